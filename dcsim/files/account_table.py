"""Accounts from a table: one a row, whose columns are the keys of an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import attrs
import yaml

from dcsim.files.beside import CSV, cells_of, rows_in
from dcsim.files.cells import CellText
from dcsim.files.findings import Finding, InputError, Keys, nearest, suggest
from dcsim.files.forms import IGNORED, AccountForm, TwoFactor, keys_of
from dcsim.files.place import FilePlace, LostNode
from dcsim.files.resolver import SourceText
from dcsim.files.tables import TableRow, delimiter_of
from dcsim.files.yaml_edits import TableNode
from dcsim.files.yaml_nodes import TEXT, Document

_Path = tuple[str, ...]
_OWN: Mapping[str, _Path] = {key.name: (key.name,) for key in keys_of(AccountForm)}
_TWO_FACTOR = "two-factor"
_PARTS = {key.name for key in keys_of(TwoFactor)}
_NESTED: Mapping[str, _Path] = {
    column: (_TWO_FACTOR, part) for part in sorted(_PARTS) for column in (part, f"{_TWO_FACTOR}.{part}")
}


def accounts_in(
    key: str, source: SourceText, defaults: Document, records: Sequence[str] | None, findings: list[Finding]
) -> Iterator[yaml.Node]:
    """A node for each row of a table. ``defaults`` hold for rows that leave a key out. InputError for a faulty table;
    ``findings`` get the faults of rows and columns that hide no others.

    ``records`` are the names of the rulebook's records; None: they are not known, so any other column may be one.
    """
    known = {} if records is None else _recorded(records)
    typed = PurePosixPath(key).suffix != CSV
    table = _Table(source, defaults, known, findings, strict=records is not None, typed=typed)
    before = len(findings)
    any_row = False
    for row in rows_in(key, source, findings):
        any_row = True
        node = RowNode(table, row.line, table.value(row))
        if "id" in node.value:
            yield node
        else:
            findings.append(Finding("DC107", source.shown, row.line, 1, "the row has no id"))
    if len(findings) > before:
        # Names may be missing that a row would have declared.
        yield LostNode(FilePlace(source.shown, 0))
    elif not any_row:
        raise InputError([Finding("DC109", source.shown, 1, 1, "the table has no row, so it has no account")])


def _recorded(records: Sequence[str]) -> Mapping[str, _Path]:
    return {column: ("records", name) for name in records for column in (name, f"records.{name}")}


@attrs.define(eq=False)
class _Table:
    """What the rows of one table share: its text, the defaults, and what each column stands for.

    ``strict``: the names of the records are known. ``typed``: the cells have types, as in JSON Lines.
    """

    source: SourceText
    defaults: Document
    recorded: Mapping[str, _Path]
    findings: list[Finding]
    strict: bool
    typed: bool
    columns: dict[str, _Path] = attrs.field(factory=dict)

    def value(self, row: TableRow) -> dict[str, Any]:
        """The mapping in which the account of a row would be written."""
        made = dict(self.defaults.value)
        inner: dict[str, dict[str, Any]] = {}
        columns = self.columns
        if len(columns) != len(row.cells) or not columns.keys() >= row.cells.keys():
            self._learn(row)
        for column, cell in row.cells.items():
            keys = columns[column]
            value = CellText(cell.strip()) if type(cell) is str else cell
            if value is None or value == "" or not keys:
                continue
            if len(keys) == 1:
                made[keys[0]] = value
            else:
                inner.setdefault(keys[0], {})[keys[1]] = value
        for name, values in inner.items():
            before = made.get(name)
            made[name] = {**before, **values} if isinstance(before, dict) else values
        # Half a set-up as a default is for the rows that give the other half.
        half = made.get(_TWO_FACTOR)
        if _TWO_FACTOR not in inner and isinstance(half, dict) and not half.keys() >= _PARTS:
            del made[_TWO_FACTOR]
        return made

    def _learn(self, row: TableRow) -> None:
        """Find out what the columns of a row stand for. InputError if each row would then have a fault."""
        findings = [found for column in row.cells for found in self._flaws(column, row)]
        learned = {column: self.stands_for(column) for column in row.cells}
        # The cells of an unknown column are checked as those of the one that was probably meant.
        learned |= {column: self._meant(column, learned) for column in row.cells if self._strange(column)}
        if ("id",) not in learned.values() and not self.typed:
            findings.append(self._at_head("", row, "DC168", "no column 'id'", "each account needs one"))
            raise InputError(findings)
        if findings and self._lacks_one(learned):
            raise InputError(findings)
        self.columns.update(learned)
        meant: dict[_Path, str] = {}
        for column, keys in learned.items():
            if keys and meant.setdefault(keys, column) != column:
                message = f"'{column}' and '{meant[keys]}' stand for the same key"
                findings.append(self._at_head(column, row, "DC129", message, "keep one of the columns"))
        self.findings += findings

    def _meant(self, column: str, learned: Mapping[str, _Path]) -> _Path:
        keys = self.known.get(nearest(column, self.known) or "", ())
        return () if keys in learned.values() else keys

    def _lacks_one(self, learned: Mapping[str, _Path]) -> bool:
        """Whether an unknown column may be one without which each account has a fault."""
        given = {*learned.values(), *((key,) for key in self.defaults.value)}
        half = self.defaults.value.get(_TWO_FACTOR)
        parts = {keys[1] for keys in given if keys[:1] == (_TWO_FACTOR,) and len(keys) > 1}
        parts |= set(half) if isinstance(half, dict) else set()
        needed = {(key.name,) for key in keys_of(AccountForm) if key.required}
        return () in given and (not given >= needed or 0 < len(parts) < len(_PARTS))

    def stands_for(self, column: str) -> _Path:
        """The keys to which a column leads; none if it is ignored."""
        if column.startswith(IGNORED):
            return ()
        return _OWN.get(column) or self.recorded.get(column) or _NESTED.get(column) or ("records", column)

    @cached_property
    def known(self) -> Mapping[str, _Path]:
        """The columns that there may be, with the keys to which they lead."""
        known = {**_OWN, **_NESTED, **self.recorded}
        return known if self.typed else {column: keys for column, keys in known.items() if column != "records"}

    def _strange(self, column: str) -> bool:
        return self.strict and column not in self.known and not column.startswith(IGNORED)

    def _flaws(self, column: str, row: TableRow) -> Iterator[Finding]:
        if self._strange(column) and column not in self.columns:
            yield self._at_head(column, row, "DC168", f"unknown column '{column}'", suggest(column, self.known))

    def _at_head(self, column: str, row: TableRow, code: str, message: str, hint: str) -> Finding:
        """A finding about a column, where it is named: in the first line of CSV, in the row of JSON Lines."""
        heads = [] if self.typed else [at for at, cell in self._cells(self.lines[0]) if cell.strip(' "') == column]
        line, at = (1, heads[0]) if heads else (row.line if self.typed else 1, 0)
        return Finding(code, self.source.shown, line, at + 1, message, hint=hint)

    def _cells(self, line: str) -> Iterator[tuple[int, str]]:
        return cells_of(line, self.delimiter)

    @cached_property
    def delimiter(self) -> str:
        """What stands between its cells."""
        return delimiter_of(self.source.text)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text. They are asked for only where something is wrong."""
        return self.source.text.removeprefix("\ufeff").split("\n")

    def place(self, line: int, keys: Keys, *, at_key: bool) -> FilePlace:
        """The cell that holds what the keys lead to; or the default, if no cell does; or the row."""
        if not keys:
            return FilePlace(self.source.shown, line - 1)
        text = self.lines[line - 1] if not self.typed and 0 < line <= len(self.lines) else ""
        for (start, cell), column in zip(self._cells(text), self.columns, strict=False):
            if self.columns[column][: len(keys)] == keys and cell.strip(' "'):
                return FilePlace(self.source.shown, line - 1, start)
        if keys[0] in self.defaults.value and not any(own[:1] == keys[:1] for own in self.columns.values()):
            path, row, col = self.defaults.place(keys, at_key)
            return FilePlace(path, row - 1, col - 1)
        return FilePlace(self.source.shown, line - 1)


class RowNode(TableNode):
    """A row of a table, or one of its cells."""

    def __init__(self, table: _Table, line: int, value: Any, keys: Keys = (), *, at_key: bool = False) -> None:
        self.tag, self.value = TEXT, value
        self.table, self.line, self.keys, self.at_key = table, line, keys, at_key

    @property
    def start_mark(self) -> FilePlace:  # type: ignore[override]
        """Where it stands."""
        return self.table.place(self.line, self.keys, at_key=self.at_key)

    def part(self, key: str) -> tuple[RowNode, RowNode]:
        """The nodes of one key and of its value: both are the cell, if there is one."""
        keys = (*self.keys, key)
        return RowNode(self.table, self.line, None, keys, at_key=True), RowNode(self.table, self.line, None, keys)

    def changed(self, places: Mapping[Keys, str | None]) -> RowNode:
        """The row with other values."""
        value = deepcopy(self.value)
        for (*above, last), text in places.items():
            inside = value
            for key in above:
                inside = inside.get(key) if isinstance(inside, dict) else None
            if isinstance(inside, dict):
                inside.pop(last, None)
                inside.update({} if text is None else {last: CellText(text)})
        return RowNode(self.table, self.line, value, self.keys)
