"""Lineage: where a value came from, back to the act that made it; and where a value was last to be had.

Both read what one account went through, event by event. They compare lanes and know no rule. A value at a place came
either from the event itself (a client's act, an operator's reset), or from another place that held it just before:
a restore point, a redo entry, the other site's store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from dcsim.domain.account import Cell, Value, typed
from dcsim.domain.actions import Deliver, Operate
from dcsim.domain.runbook import Copy, Flashback, Reset, RestorePoint, Revert, Step
from dcsim.domain.world import Control, Lane
from dcsim.semantics.model import Model
from dcsim.trace.event import Event
from dcsim.trace.places import CellPlace, held
from dcsim.trace.recorder import Recorder


@attrs.frozen
class AccountStage:
    """What an account holds after an event (None: at the beginning), and the control then."""

    event: Event | None
    lane: Lane
    control: Control


def stages_of(recorder: Recorder, account: str) -> tuple[AccountStage, ...]:
    """Return what an account has gone through. Its events must have been kept."""
    (number,) = recorder.roster.numbers(account)
    return tuple(
        AccountStage(_numbered(recorder, recorder.events[event - 1], index) if event else None, lane, control)
        for index, (event, lane, control) in enumerate(recorder.history(number))
    )


def _numbered(recorder: Recorder, event: Event, index: int) -> Event:
    """Return an event under the number that a reader can look up: in a whole or folded trace; or in the account's own
    day where only some accounts are watched.
    """
    whole = recorder.watch is None or recorder.weights is not None
    return event if whole else attrs.evolve(event, n=index)


# -- where a value came from ---------------------------------------------------------------------------------------


@attrs.frozen
class Arrival:
    """A value came to a place, by an event (None: it stood there at the beginning)."""

    place: CellPlace
    cell: Cell
    event: Event | None


def lineage(model: Model, stages: Sequence[AccountStage], site: str, field: str) -> tuple[Arrival, ...]:
    """Return how the value that a site holds after the last stage came there: the latest arrival first, and last the
    act that made it, or the beginning.
    """
    return tuple(_arrivals(model, stages, CellPlace(site), field))


def _arrivals(model: Model, stages: Sequence[AccountStage], place: CellPlace, field: str) -> Iterator[Arrival]:
    last = len(stages) - 1
    while True:
        cell = held(stages[last].lane, field)[place]
        came = next((i for i in range(last, 0, -1) if _came(stages[i - 1], stages[i], place, field)), 0)
        yield Arrival(place, cell, stages[came].event)
        source = _source(model, stages[came - 1], stages[came], place, field) if came else None
        if source is None:
            return
        place, last = source, came - 1


def _came(before: AccountStage, after: AccountStage, place: CellPlace, field: str) -> bool:
    """Whether an event left another cell at a place than before, or wrote the one that was there once more."""
    rewritten = after.event is not None and any((c.field, c.site) == (field, place.site) for c in after.event.changes)
    there = rewritten and not place.name and not place.number
    return there or held(before.lane, field).get(place) != held(after.lane, field).get(place)


def _source(model: Model, before: AccountStage, after: AccountStage, place: CellPlace, field: str) -> CellPlace | None:
    """Return the place from which an event took the cell that it left at a place; None if the event made it."""
    event, cell = after.event, held(after.lane, field)[place]
    if event is None or event.changes or isinstance(step_of(model, before, event), Reset):
        return None
    holders = [other for other, there in held(before.lane, field).items() if there == cell and other != place]
    named = _named(step_of(model, before, event), event)
    return next((other for other in holders if other == named), None) or next(iter(_by_redo_first(holders)), None)


def _named(step: Step | None, event: Event) -> CellPlace | None:
    """Return the place that an event names as the source of what it writes."""
    match step:
        case Copy():
            return CellPlace(step.source)
        case Revert() | Flashback():
            return CellPlace(step.site, step.to)
        case RestorePoint():
            return CellPlace(step.site)
    return CellPlace(number=event.action.number) if isinstance(event.action, Deliver) else None


def _by_redo_first(places: list[CellPlace]) -> list[CellPlace]:
    # A revert applies redo after it has flashed back, and the newest entry is applied last.
    return sorted(places, key=lambda place: -place.number)


def step_of(model: Model, before: AccountStage, event: Event) -> Step | None:
    """Return the runbook's step that an event takes; None for other events."""
    taken = isinstance(event.action, Operate) and before.control.todo
    return model.step(before.control.todo[0]) if taken else None


# -- where a value was last ----------------------------------------------------------------------------------------


def latest(stages: Sequence[AccountStage], field: str, value: Value) -> Cell:
    """Return the cell with a value that was seen last at any place; of no origin if there was none."""
    for stage in reversed(stages):
        for cell in held(stage.lane, field).values():
            if typed(cell.value) == typed(value):
                return cell
    return Cell(value, "")


@attrs.frozen
class LastSeen:
    """Where a value was last: the places that held it then, and the event after which none did (None: they hold it)."""

    places: tuple[CellPlace, ...]
    event: Event | None


def last_seen(
    stages: Sequence[AccountStage], field: str, cell: Cell, *, any_origin: bool = False, site: str = ""
) -> LastSeen:
    """Return where a cell was last, at any place or in one site's store. Without places, it never was there.

    ``any_origin``: only the value counts, wherever it was made.
    """

    def holds(stage: AccountStage) -> tuple[CellPlace, ...]:
        places = held(stage.lane, field).items()
        alike = (
            (place, typed(there.value) == typed(cell.value), there.origin == cell.origin) for place, there in places
        )
        return tuple(p for p, value, origin in alike if value and (origin or any_origin) and site in ("", str(p)))

    found = [holds(stage) for stage in stages]
    last = next((i for i in range(len(found) - 1, -1, -1) if found[i]), None)
    if last is None:
        return LastSeen((), None)
    return LastSeen(found[last], stages[last + 1].event if last + 1 < len(stages) else None)


def since(stages: Sequence[AccountStage], place: CellPlace) -> Event | None:
    """Return the event since which a redo entry is held as it is after the last stage."""
    held_as = [next((e.held for e in stage.lane.redo if e.number == place.number), "") for stage in stages]
    first = next((i for i in range(len(stages) - 1, -1, -1) if held_as[i] != place.held), -1) + 1
    return stages[first].event if first < len(stages) else None
