"""Tables: reads and writes CSV, JSON Lines and Parquet, by the suffix of the file.

A cell of CSV is text. JSON Lines and Parquet have types, which are kept. Nothing here knows what a column means.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs

from dcsim import harmless
from dcsim.files.disk import read_text
from dcsim.files.findings import Finding, InputError, unlocated
from dcsim.files.overwrite_guard import is_input
from dcsim.harmless import from_json, to_json

JSON_LINES = (".jsonl", ".ndjson")
PARQUET = ".parquet"
MOST_BYTES = 1024 * 1024 * 1024
"""Tables may be larger than the files that people write."""
FORMATS = ("CSV (.csv)", "JSON Lines (.jsonl)", "Parquet (.parquet)")


@attrs.frozen
class TableRow:
    """One row of a table: the line on which it stands (Parquet: its number, from 1), and its cells by column."""

    line: int
    cells: dict[str, Any]


def read_table(path: Path) -> Iterator[TableRow]:
    """Yield the rows of a table. InputError where the file cannot be read, or is no table."""
    is_input(path)
    if path.suffix == PARQUET:
        return _parquet_rows(path)
    text = read_text(path, MOST_BYTES)
    return _flat(json_rows(text, str(path)), path) if path.suffix in JSON_LINES else csv_rows(text, str(path))


def _flat(rows: Iterable[TableRow], path: Path) -> Iterator[TableRow]:
    for row in rows:
        if any(isinstance(cell, dict | list) for cell in row.cells.values()):
            raise InputError([Finding("DC175", str(path), row.line, 1, "a cell may not be a list or an object")])
        yield row


def csv_rows(text: str, shown: str, faults: list[Finding] | None = None) -> Iterator[TableRow]:
    """Yield the rows of a CSV text, whose first row names the columns. InputError for a row of another length; with
    ``faults``, these get the finding instead, and the row is left out.
    """
    text = text.removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter_of(text))
    line = 0
    try:
        names = [name.strip() for name in next(reader, [])]
        if not any(names) or len(set(names)) < len(names):
            raise InputError([Finding("DC175", shown, 1, 1, "the first row must name each column once")])
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(names):
                message = f"the row has {len(cells)} cells; the first row names {len(names)} columns"
                _fault(Finding("DC175", shown, reader.line_num, 1, message), faults)
            else:
                yield TableRow(reader.line_num, dict(zip(names, cells, strict=True)))
            line = reader.line_num
    except csv.Error as error:
        # A quotation mark that is not closed reaches to the end: the fault is where the row begins.
        hint = "a quotation mark is not closed" if reader.line_num > line + 1 or "end of data" in str(error) else ""
        raise InputError([Finding("DC175", shown, line + 1, 1, f"not CSV: {error}", hint=hint)]) from None


def _fault(finding: Finding, faults: list[Finding] | None) -> None:
    if faults is None:
        raise InputError([finding])
    faults.append(finding)


def delimiter_of(text: str) -> str:
    """What stands between cells: a comma, unless the first line has none and has another usual one."""
    first = text.split("\n", 1)[0]
    return "," if "," in first else max(",;\t|", key=first.count)


def json_rows(text: str, shown: str, faults: list[Finding] | None = None) -> Iterator[TableRow]:
    """Yield the rows of JSON Lines. InputError for a line that is no object, or a finding more among ``faults``."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        wrong, cells = "expected one JSON object a line", None
        try:
            cells = from_json(line)
        except ValueError as error:
            wrong = f"not JSON: {error}"
        if isinstance(cells, dict):
            yield TableRow(number, cells)
        else:
            _fault(Finding("DC175", shown, number, 1, wrong), faults)


def _parquet_rows(path: Path) -> Iterator[TableRow]:
    pyarrow, format_ = pyarrow_for(path)
    try:
        table = format_.read_table(path)
    except FileNotFoundError:
        raise unlocated("DC100", str(path), "no such file") from None
    except (OSError, pyarrow.ArrowException) as error:
        raise unlocated("DC175", str(path), f"not Parquet: {error}") from None
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    rows = zip(*columns.values(), strict=True)
    return (TableRow(number, dict(zip(columns, cells, strict=True))) for number, cells in enumerate(rows, start=1))


def write_table(suffix: str, head: Sequence[str], rows: Iterable[Sequence[Any]], *, with_head: bool = True) -> str:
    """Return a table as CSV, or as JSON Lines if the suffix asks for these. ``with_head``: CSV names its columns.

    CSV has no escapes of its own. What a terminal would obey in a name or a label is written as Python escapes it.
    """
    if suffix in JSON_LINES:
        return "".join(to_json(dict(zip(head, row, strict=True)), compact=True) + "\n" for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([head] if with_head else ())
    writer.writerows([harmless.line(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue()


def parquet(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a table as Parquet. Every cell is text. ``path`` is only for the error where pyarrow is missing."""
    pyarrow, format_ = pyarrow_for(path)
    columns = list(zip(*rows, strict=True)) or [()] * len(head)
    cells = (pyarrow.array(column, pyarrow.string()) for column in columns)
    table = pyarrow.table(dict(zip(head, cells, strict=True)))
    sink = pyarrow.BufferOutputStream()
    format_.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


def pyarrow_for(path: Path) -> tuple[Any, Any]:
    """Import pyarrow, an extra: few users need it, and it is large."""
    try:
        parquet_module = import_module("pyarrow.parquet")
    except ImportError:
        hint = "install it with `pip install 'dcsim[parquet]'`, or use CSV"
        raise unlocated("DC176", str(path), "Parquet needs pyarrow, which is not installed", hint) from None
    return import_module("pyarrow"), parquet_module
