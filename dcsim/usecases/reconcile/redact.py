"""Redact: copies of a log and of a dump in which secrets and values are salted hashes, to be given to others.

A copy has only the columns that are used. A cell that the mapping lists is a word, not a secret, and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dcsim.domain.account import Value
from dcsim.domain.rulebook import Rulebook
from dcsim.files.disk import make_folder, save
from dcsim.files.findings import unlocated
from dcsim.files.mapping import TableMap
from dcsim.files.tables import PARQUET, TableRow, parquet, read_table, write_table
from dcsim.usecases.reconcile.columns import Head, Kept, spelled
from dcsim.usecases.reconcile.dump import NOTHING, kept_columns
from dcsim.usecases.reconcile.labels import hidden, is_hidden
from dcsim.usecases.reconcile.log import LogColumns

SHORTEST = 4
"""A secret that is at least so long is also hidden where it occurs within another cell of its row."""


def redact(folder: Path, log: Path, dump: Path | None, mapping: TableMap, book: Rulebook, salt: bytes) -> list[Path]:
    """Write the copies into a folder, and return their paths."""
    make_folder(folder)
    if dump and dump.name == log.name:
        raise unlocated("DC117", str(folder / dump.name), "would be both the log's copy and the dump's", "rename one")
    written = [_redacted(folder, log, lambda head: LogColumns.of(head, mapping.log).kept, salt)]
    if dump:
        written.append(_redacted(folder, dump, lambda head: kept_columns(head, mapping.dump, book), salt))
    return written


def _redacted(folder: Path, path: Path, columns: Callable[[Head], Kept], salt: bytes) -> Path:
    heads: dict[tuple[str, ...], Kept] = {}
    rows = list(_rows(read_table(path), path, columns, heads, salt))
    head = list(dict.fromkeys(name for names, kept in heads.items() for name in names if name in kept))
    cells = ([row.get(name) for name in head] for row in rows)
    copy = folder / path.name
    if path.suffix == PARQUET:
        save(copy, parquet(path, head, ([None if c is None else spelled(c) for c in row] for row in cells)))
    else:
        save(copy, write_table(path.suffix, head, cells))
    return copy


def _rows(
    table: Iterator[TableRow],
    path: Path,
    columns: Callable[[Head], Kept],
    heads: dict[tuple[str, ...], Kept],
    salt: bytes,
) -> Iterator[dict[str, Any]]:
    for row in table:
        names = tuple(row.cells)
        if names not in heads:
            heads[names] = columns(Head.of(path, row.line, names))
        kept = heads[names]
        secrets = {
            text: hidden(text, salt)
            for name, words in kept.items()
            if not isinstance(words, str) and (text := _secret(row.cells[name], words))
        }
        yield {name: _cell(row.cells[name], words, secrets) for name, words in kept.items()}


def _secret(cell: Any, words: Mapping[str, Value]) -> str:
    """The text of a cell that must be hidden; else empty."""
    text = "" if cell is None else spelled(cell).strip()
    return "" if text in words or text.lower() in NOTHING or is_hidden(text) else text


def _cell(cell: Any, words: Mapping[str, Value] | str, secrets: Mapping[str, str]) -> Any:
    if not isinstance(words, str):
        return secrets.get(_secret(cell, words), cell)
    if words == "text" and isinstance(cell, str):
        for secret, hash_ in secrets.items():
            if len(secret) >= SHORTEST:
                cell = cell.replace(secret, hash_)
    return cell
