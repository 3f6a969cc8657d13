"""Redact: copies of a log and of a dump in which secrets and values are salted hashes, to be given to others.

A copy has only the columns that are used. A cell that the mapping lists is a word, not a secret, and stays. In other
columns only what dcsim, the scenario or the mapping knows stays: another word may be a secret in the wrong column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from dcsim.domain.account import Value
from dcsim.domain.scenario import Scenario
from dcsim.files.disk import make_folder, save
from dcsim.files.findings import unlocated
from dcsim.files.load import Case
from dcsim.files.mapping import TableMap
from dcsim.files.tables import PARQUET, TableRow, parquet, read_table, write_table
from dcsim.usecases.reconcile.columns import Head, Kept, Known, spelled
from dcsim.usecases.reconcile.dump import NOTHING, kept_columns
from dcsim.usecases.reconcile.labels import hidden, is_hidden
from dcsim.usecases.reconcile.log import LogColumns

SHORTEST = 4
"""A secret that is at least so long is also looked for within cells that may be any text."""


def redact(folder: Path, log: Path, dump: Path | None, mapping: TableMap, case: Case, salt: bytes) -> list[Path]:
    """Write the copies into a folder, and return their paths."""
    make_folder(folder)
    if dump and dump.name == log.name:
        raise unlocated("DC117", str(folder / dump.name), "would be both the log's copy and the dump's", "rename one")
    names, book = _names(case.scenario), case.rulebook
    tables = [_Table(log, lambda head: LogColumns.of(head, mapping.log).kept(mapping.log, book, names))]
    if dump:
        tables.append(_Table(dump, lambda head: kept_columns(head, mapping.dump, book, names)))
    hashes = _Hashes(salt, {secret for table in tables for secret in table.secrets()})
    return [table.redacted(folder, hashes) for table in tables]


def _names(scenario: Scenario) -> frozenset[str]:
    populations = (p.name(n) for p in scenario.populations for n in range(1, p.count + 1))
    return frozenset((*(account.id for account in scenario.accounts), *populations))


@attrs.define(eq=False)
class _Hashes:
    """What becomes of cells. ``secrets`` are those of both files."""

    salt: bytes
    secrets: set[str]
    _tried: dict[str, bool] = attrs.field(factory=dict)

    def cell(self, cell: Any, words: Mapping[str, Value] | Known) -> Any:
        """The cell of a copy: a hash in place of a secret, and of a word that nobody knows."""
        if not callable(words):
            secret = _secret(cell, words)
            return hidden(secret, self.salt) if secret else cell
        known = words(cell)
        if known or cell is None:
            return cell
        text = spelled(cell).strip()
        free = known is None and not self._holds_secret(text)
        return cell if free or is_hidden(text) else hidden(text, self.salt)

    def _holds_secret(self, text: str) -> bool:
        if text not in self._tried:
            self._tried[text] = any(len(secret) >= SHORTEST and secret in text for secret in self.secrets)
        return self._tried[text]


@attrs.define(eq=False)
class _Table:
    """A file, and which of its columns are used."""

    path: Path
    columns: Callable[[Head], Kept]
    _heads: dict[tuple[str, ...], Kept] = attrs.field(factory=dict)

    def rows(self) -> Iterator[tuple[TableRow, Kept]]:
        """Each row, with its columns that are used."""
        for row in read_table(self.path):
            names = tuple(row.cells)
            if names not in self._heads:
                self._heads[names] = self.columns(Head.of(self.path, row.line, names))
            yield row, self._heads[names]

    def secrets(self) -> Iterator[str]:
        """Every secret."""
        for row, kept in self.rows():
            for name, words in kept.items():
                if not callable(words) and (secret := _secret(row.cells[name], words)):
                    yield secret

    def redacted(self, folder: Path, hashes: _Hashes) -> Path:
        """Write the copy."""
        rows = [
            {name: hashes.cell(row.cells[name], words) for name, words in kept.items()} for row, kept in self.rows()
        ]
        head = list(dict.fromkeys(name for names, kept in self._heads.items() for name in names if name in kept))
        cells = ([row.get(name) for name in head] for row in rows)
        copy, suffix = folder / self.path.name, self.path.suffix
        if suffix == PARQUET:
            save(copy, parquet(self.path, head, ([None if c is None else spelled(c) for c in row] for row in cells)))
        else:
            save(copy, write_table(suffix, head, cells))
        return copy


def _secret(cell: Any, words: Mapping[str, Value]) -> str:
    """The text of a cell that must be hidden; else empty."""
    text = "" if cell is None else spelled(cell).strip()
    return "" if text in words or text.lower() in NOTHING or is_hidden(text) else text
