"""A trace in the Informal Trace Format, which viewers of Apalache's and Quint's counterexamples open.

There is one state for the beginning of the weekend, and one after each event. ``history`` makes the states as Python
values, ``write_itf`` writes them in the format, and ``read_itf`` reads them back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from dcsim.domain.account import Cell, Record
from dcsim.domain.action_outcome import Violation
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import Scenario
from dcsim.semantics.model import Model
from dcsim.trace.event import Event, Trace
from dcsim.trace.jsonl import write_action
from dcsim.trace.recorder import Recorder
from dcsim.trace.retake import retake

VARIABLES = (
    "action",
    "actor",
    "account",
    "outcome",
    "broken",
    "now",
    "interval",
    "open",
    "roles",
    "down",
    "stores",
    "redo",
)
NONE = {"tag": "UNIT", "value": "U_OF_UNIT"}
"""The format has no null. This is Apalache's unit, which Quint and others read: the value that says nothing."""

State = dict[str, Any]


class Map(dict[Any, Any]):
    """A map with keys of any type. (A plain dict stands for a record, whose keys are field names.)"""


@attrs.frozen
class ItfReading:
    """The content of an ITF file: what the trace is about, its variables, and their values in each state."""

    meta: Mapping[str, Any]
    variables: tuple[str, ...]
    states: tuple[State, ...]


# -- the states of a trace ---------------------------------------------------------------------------------------------


def history(model: Model, scenario: Scenario, trace: Trace) -> tuple[State, ...]:
    """The world before a trace and after each of its events. ValueError if the events have other results under this
    model.
    """
    begun = {"action": {"do": "begin"}, "actor": "", "account": "", "outcome": "", "broken": frozenset()}
    world = retake(model, scenario, trace)
    return tuple((_event(event) if event else begun) | _world(recorder) for event, recorder in world)


def _event(event: Event) -> State:
    broken = frozenset(found.what.invariant for found in event.found if isinstance(found.what, Violation))
    action = write_action(event.action) | ({"by": event.by} if event.by else {})
    return {
        "action": action,
        "actor": event.actor,
        "account": event.account,
        "outcome": event.outcome,
        "broken": broken,
    }


def _world(recorder: Recorder) -> State:
    control, model = recorder.control, recorder.model
    kept = range(len(recorder.lanes)) if recorder.weights is None else recorder.weights
    lanes = {recorder.roster.name(number): recorder.lane(number) for number in kept}
    return {
        "now": recorder.now,
        "interval": model.interval(control),
        "open": frozenset(control.open),
        "roles": Map(control.roles),
        "down": frozenset(control.down),
        "stores": Map({name: Map({s: _record(r) for s, r in lane.stores}) for name, lane in lanes.items()}),
        "redo": Map({name: [_entry(e.held, e.cells) for e in lane.redo] for name, lane in lanes.items()}),
    }


def _record(record: Record) -> Map:
    return Map({field: _cell(record[field]) for field in record.fields})


def _entry(held: str, cells: tuple[tuple[str, Cell], ...]) -> State:
    return {"held": held, "cells": Map({field: _cell(cell) for field, cell in cells})}


def _cell(cell: Cell) -> State:
    return {"value": cell.value, "origin": cell.origin}


# -- the format --------------------------------------------------------------------------------------------------------


def write_itf(model: Model, scenario: Scenario, trace: Trace) -> dict[str, Any]:
    """A trace as ITF, ready for JSON. Its header is about the first violation, if there is one."""
    states = history(model, scenario, trace)
    return {
        "#meta": {"format": "ITF", **_about(model.rulebook, scenario, trace), **_folded(trace)},
        "vars": list(VARIABLES),
        "states": [
            {"#meta": {"index": index}, **{name: encode(state[name]) for name in VARIABLES}}
            for index, state in enumerate(states)
        ],
    }


def _about(book: Rulebook, scenario: Scenario, trace: Trace) -> dict[str, Any]:
    about = {"source": scenario.scenario, "description": scenario.label or scenario.title}
    if not trace.broken:
        return about | {"status": "ok"}
    first = trace.broken[0]
    violation = first.violation
    return about | {
        "status": "violation",
        "invariant": violation.invariant,
        "state": first.event,
        "account": first.account,
        "where": violation.where,
        "expected": violation.expected,
        "found": violation.actual,
        "rules": list(violation.rules),
        "citations": [rule.basis for rule in book.rules if rule.id in violation.rules],
    }


def _folded(trace: Trace) -> dict[str, Any]:
    """For how many accounts each account of a folded trace stands."""
    if not trace.folded:
        return {}
    return {"accounts": trace.accounts, "stands-for": {each.representative: each.accounts for each in trace.histories}}


def read_itf(data: Mapping[str, Any]) -> ItfReading:
    """Read what ``write_itf`` wrote. ValueError if it is not ITF."""
    try:
        variables = tuple(data["vars"])
        states = tuple({name: decode(state[name]) for name in variables} for state in data["states"])
        return ItfReading(dict(data["#meta"]), variables, states)
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"not ITF: {error!r}") from None


def encode(value: Any) -> Any:
    """A value in the format. Whole numbers, tuples, sets and maps are tagged; lists and records are as in JSON."""
    match value:
        case None:
            return NONE
        # Before int(), which a bool would match as well.
        case bool() | str():
            return value
        case int():
            return {"#bigint": str(value)}
        case Map():
            return {"#map": [[encode(key), encode(item)] for key, item in value.items()]}
        case Mapping():
            return {key: encode(item) for key, item in value.items()}
        case tuple():
            return {"#tup": [encode(item) for item in value]}
        case frozenset():
            # Sorted, so that equal traces give equal files; by repr, which orders values of any types.
            return {"#set": [encode(item) for item in sorted(value, key=repr)]}
        case list():
            return [encode(item) for item in value]
    raise TypeError(f"the format has nothing for {type(value).__name__}")


def decode(value: Any) -> Any:
    """The value from which ``encode`` made this."""
    match value:
        case {"#bigint": digits}:
            return int(digits)
        case {"#map": pairs}:
            return Map(_pairs(pairs))
        case {"#tup": items}:
            return tuple(decode(item) for item in items)
        case {"#set": items}:
            return frozenset(decode(item) for item in items)
        # A record could look like this as well, but dcsim writes none with these names.
        case dict() if value == NONE:
            return None
        case dict():
            return {key: decode(item) for key, item in value.items()}
        case list():
            return [decode(item) for item in value]
    return value


def _pairs(pairs: list[Any]) -> Iterator[tuple[Any, Any]]:
    return ((decode(key), decode(item)) for key, item in pairs)
