"""What events moved, what the rules decide, and histories: as data for JSON. Keys that say nothing are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from dcsim.domain.account import Cell
from dcsim.trace.event import SharedHistory
from dcsim.trace.moves import AnyMove, CellMove, ControlMove, RedoMove
from dcsim.trace.ruling import SessionRuling


def write_move(move: AnyMove) -> dict[str, Any]:
    """What an event moved, as data: ``what`` tells a cell, a redo entry, and each part of the control."""
    match move:
        case CellMove():
            point = {"point": move.place.name} if move.place.name else {}
            place = {"site": move.place.site, **point, "field": move.field}
            cells = {"before": move.before and _cell(move.before), "after": _cell(move.after)}
            return {"what": "cell", **place, **cells, **_alike(move)}
        case RedoMove():
            copy = {"copy": True} if move.copy else {}
            cells = {"cells": {field: _cell(cell) for field, cell in move.cells}}
            states = {"before": move.before, "after": move.after}
            return {"what": "redo", "number": move.number, **copy, **cells, **states, **_alike(move)}
        case ControlMove():
            return {key: value for key, value in attrs.asdict(move).items() if value or key in ("before", "after")}


def write_ruling(ruling: SessionRuling) -> dict[str, Any]:
    """What the rules decide at a session, as data."""
    line: dict[str, Any] = {"session": ruling.session, "field": ruling.field, "rules": list(ruling.rules)}
    line |= {"fate": ruling.fate} if ruling.fate else {}
    line |= {"questions": list(ruling.questions)} if ruling.questions else {}
    line |= {"permitted": [*map(_cell, ruling.permitted)]} if ruling.permitted else {}
    return line | _alike(ruling)


def write_histories(histories: Iterable[SharedHistory]) -> list[dict[str, Any]]:
    """Return histories as data."""
    return [
        {
            "representative": each.representative,
            "accounts": each.accounts,
            "examples": list(each.examples),
            "events": list(each.events),
        }
        for each in histories
    ]


def _cell(cell: Cell) -> Mapping[str, Any]:
    return {"value": cell.value, "origin": cell.origin}


def _alike(of: CellMove | RedoMove | SessionRuling) -> dict[str, Any]:
    """Return the accounts that it is about. An event of one account names that account itself."""
    return {"accounts": of.accounts, "examples": list(of.examples)} if of.examples else {}
