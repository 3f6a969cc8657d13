"""Reads a dump: one row for each account, with what its record held at one site and instant."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any, get_args

import attrs

from dcsim.domain.account import FIELDS, Value
from dcsim.domain.rulebook import Rulebook
from dcsim.files.findings import Finding, InputError
from dcsim.files.forms import Status
from dcsim.files.mapping import DumpMap
from dcsim.files.tables import read_table
from dcsim.usecases.reconcile.columns import Faults, Head, Kept, Known, meaning, plain_name, readable

NOT_RECORDED = object()
"""A cell that says nothing."""
NOTHING = frozenset({"", "none", "null", "nil", "-", "n/a"})
_YES = frozenset({"true", "yes", "y", "1", "registered", "locked"})
_NO = frozenset({"false", "no", "n", "0", "none", "unlocked"})
_LABELS = ("password", "smartcard", "channel")


@attrs.frozen(eq=False)
class Dump:
    """The fields that a dump records, and the values of each account in that order, with its line."""

    fields: tuple[str, ...] = ()
    rows: Mapping[str, tuple[tuple[Any, ...], int]] = attrs.field(factory=dict)


def secret_fields(book: Rulebook) -> tuple[str, ...]:
    """The fields whose values are labels or secrets, and never shown."""
    return (*_LABELS, *book.records)


def read_dump(path: Path, mapping: DumpMap, book: Rulebook, names: Container[str]) -> Dump:
    """Read a dump. InputError for cells that cannot be read, and for an account that is there twice.

    ``names`` are those of the accounts: another name may be a secret in the wrong column, and is not told.
    """
    faults, rows = Faults(path), dict[str, tuple[tuple[Any, ...], int]]()
    fields: tuple[str, ...] = ()
    heads: dict[tuple[str, ...], tuple[str, tuple[Any, ...]]] = {}
    accounts = mapping.account.values if mapping.account else {}
    for row in read_table(path):
        head = tuple(row.cells)
        if head not in heads:
            heads[head] = _columns(Head.of(path, row.line, head), mapping, book)
            fields = tuple(dict.fromkeys((*fields, *(field for field, *_ in heads[head][1]))))
        account_column, columns = heads[head]
        account = str(row.cells[account_column] or "").strip()
        account = str(accounts.get(account, account))
        held = {}
        for field, column, read, values in columns:
            try:
                held[field] = read(meaning(row.cells[column], values))
            except ValueError:
                faults.add(row.line, f"the cell for '{field}' cannot be read", "say in a mapping file what it means")
        if account in rows:
            raise InputError(
                [Finding("DC199", str(path), row.line, 1, f"{_who(account, names)} is also on line {rows[account][1]}")]
            )
        rows[account] = (tuple([held.get(field, NOT_RECORDED) for field in fields]), row.line)
    faults.end()
    if not rows:
        raise InputError([Finding("DC198", str(path), 0, 0, "the dump has no row")])
    # Rows that came before a column was first seen are shorter.
    full = {name: (held + (NOT_RECORDED,) * (len(fields) - len(held)), line) for name, (held, line) in rows.items()}
    return Dump(fields, full)


def _who(account: str, names: Container[str]) -> str:
    return f"'{account}'" if account in names else "the account"


def kept_columns(head: Head, mapping: DumpMap, book: Rulebook, names: Container[str]) -> Kept:
    """The columns that are used. ``names`` are those of the accounts."""
    account, columns = _columns(head, mapping, book)
    secret, listed = secret_fields(book), mapping.account.values if mapping.account else {}

    def known(cell: Any) -> bool:
        word = str(cell or "").strip()
        return not word or word in listed or word in names

    def others(field: str, read: Callable[[Value], Any], values: Mapping[str, Value]) -> Known:
        return readable(lambda cell: read(meaning(cell, values)), free=field in ("failures", "credential"))

    return {
        account: known,
        **{
            column: values if field in secret else others(field, read, values)
            for field, column, read, values in columns
        },
    }


def _columns(head: Head, mapping: DumpMap, book: Rulebook) -> tuple[str, tuple[Any, ...]]:
    known = (*FIELDS, *book.records)
    chosen = mapping.fields if mapping.fields is not None else dict.fromkeys(known)
    columns = []
    for field, mapped in chosen.items():
        column = head.find(field, mapped, (plain_name(field), f"two-factor.{field}"))
        if column is not None:
            columns.append((field, column, _READERS.get(field, _label), mapped.values if mapped else {}))
    account = head.need("account", mapping.account)
    if not columns:
        message = f"no column of a field; usual names are {', '.join(known)}"
        raise InputError([Finding("DC195", head.path, head.line, 1, message, hint="give a mapping file (--map)")])
    return account, tuple(columns)


def _label(value: Value) -> Any:
    return None if isinstance(value, str) and value.lower() in NOTHING else value


def _flag(value: Value) -> Any:
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).lower()
    if word not in _YES | _NO:
        raise ValueError
    return word in _YES


def _count(value: Value) -> Any:
    return NOT_RECORDED if value is None else int(value)


def _status(value: Value) -> Any:
    word = str(value).lower()
    if value is None:
        return NOT_RECORDED
    if word not in get_args(Status):
        raise ValueError
    return word


_READERS: Mapping[str, Callable[[Value], Any]] = {
    "email": _flag,
    "locked": _flag,
    "failures": _count,
    "credential": _count,
    "status": _status,
}
