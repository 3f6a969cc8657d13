"""The files beside a scenario: those that it includes, and tables. Each has a key, its path as seen from the scenario.

They are read from the disk, or from the texts that a trace keeps: then no file is needed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from dcsim.files.findings import Finding, InputError, unlocated
from dcsim.files.place import found_at
from dcsim.files.resolver import SourceText, from_file
from dcsim.files.tables import FORMATS, JSON_LINES, PARQUET, TableRow, csv_rows, json_rows, read_table
from dcsim.harmless import to_json

Reader = Callable[[str], SourceText]
"""Gives the text of the file with a key. InputError if there is none."""

CSV = ".csv"


def on_disk(folder: Path) -> Reader:
    """Read files from the disk, beside a scenario in this folder."""

    def read(key: str) -> SourceText:
        path = folder / key
        # A trace holds texts, so a table that is none is kept as one.
        if path.suffix == PARQUET:
            return SourceText("".join(_json(row.cells) for row in read_table(path)), str(path))
        return from_file(path)

    return read


def _json(cells: Mapping[str, Any]) -> str:
    plain = {name: cell if isinstance(cell, str | int | None) else str(cell) for name, cell in cells.items()}
    return to_json(plain, compact=True) + "\n"


def in_texts(texts: Mapping[str, str]) -> Reader:
    """Take files from texts that are kept by their keys."""

    def read(key: str) -> SourceText:
        if key not in texts:
            raise unlocated("DC107", "texts", f"missing key '{key}'")
        return SourceText(texts[key], f"<{key}>")

    return read


def file_key(by: str, name: str) -> str:
    """The key of a file that another one names: its path from the folder of the scenario."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(by), name))


def no_such(node: yaml.Node, error: InputError) -> InputError:
    """The error for a file that cannot be read; if there is none, it stands where the file is named."""
    finding = error.findings[0]
    if finding.code != "DC100":
        return error
    hint = "its path is looked up beside the file that names it"
    return InputError([found_at(node, "DC100", f"no such file: '{node.value}'", hint)])


def path_in(node: yaml.Node) -> yaml.ScalarNode:
    """The node of a path. InputError if it is none."""
    if isinstance(node, yaml.ScalarNode) and isinstance(node.value, str) and node.value and "\0" not in node.value:
        return node
    raise InputError([found_at(node, "DC108", "expected the path of a file")])


def table_at(node: yaml.Node, by: str, read: Reader) -> tuple[str, SourceText]:
    """The key and the text of the table that a file names. InputError if there is none."""
    named = path_in(node)
    key = file_key(by, named.value)
    if PurePosixPath(key).suffix not in (CSV, *JSON_LINES, PARQUET):
        message, hint = f"'{named.value}' is no table by its suffix", f"expected {', '.join(FORMATS)}"
        raise InputError([found_at(named, "DC109", message, hint)])
    try:
        return key, read(key)
    except InputError as error:
        raise no_such(named, error) from None


def rows_in(key: str, source: SourceText, faults: list[Finding] | None = None) -> Iterator[TableRow]:
    """The rows of a table. InputError if it is none; ``faults`` get the findings of rows that are none."""
    rows = csv_rows if PurePosixPath(key).suffix == CSV else json_rows
    return rows(source.text, source.shown, faults)


def cells_of(line: str, delimiter: str) -> Iterator[tuple[int, str]]:
    """The cells of a line of CSV as they are written, each with the column at which it starts."""
    start, quoted = 0, False
    for at, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == delimiter and not quoted:
            yield start, line[start:at]
            start = at + 1
    yield start, line[start:]
