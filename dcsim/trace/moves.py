"""What an event moved: each thing that is another after it than before, at every place, whoever caused the event.

It compares lanes and controls, and knows no rule. What the rules decide about an event is in ``ruling``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeVar

import attrs

from dcsim.domain.account import Cell, unlike
from dcsim.domain.actions import Action, Deliver, Operate
from dcsim.domain.runbook import Copy, FailOver
from dcsim.domain.world import Control, Held, Lane, Redo, Todo
from dcsim.semantics.mechanism import applies_copies
from dcsim.semantics.model import Model
from dcsim.trace.places import CellPlace

EXAMPLES = 3
"""So many accounts are named of those that an event moves alike."""
RedoState = Held | Literal["", "applied", "ignored", "cleared"]
"""Where a redo entry is. Empty: not yet on the link. It has left the link if it is ``applied``, ``ignored`` (a copy of
one that was delivered), or ``cleared`` (taken off by a whole copy of the site, or by a forced fail-over).
"""


@attrs.frozen(kw_only=True)
class CellMove:
    """A field holds another cell in a site's store or at a restore point; ``before`` is None if the point is new.

    ``accounts`` were moved alike, and ``examples`` are the first of them. An event of one account names none.
    """

    place: CellPlace
    field: str
    before: Cell | None
    after: Cell
    accounts: int = 1
    examples: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class RedoMove:
    """A redo entry, with what it carries, is somewhere else on its way. ``copy``: the link made it of another entry."""

    number: int
    copy: bool
    cells: tuple[tuple[str, Cell], ...]
    before: RedoState
    after: RedoState
    accounts: int = 1
    examples: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ControlMove:
    """Something has changed that belongs to no account: a site's role, whether a session is open at a site, a restore
    point that was taken at a site, the interval, whether the runbook goes on, whether a site or the link is up, or a
    step to come, other than by being taken.
    """

    what: Literal["role", "session", "restore-point", "interval", "runbook", "step", "up-or-down"]
    name: str = ""
    site: str = ""
    before: str
    after: str


LaneMove = CellMove | RedoMove
AnyMove = CellMove | RedoMove | ControlMove
M = TypeVar("M", bound=attrs.AttrsInstance)


# -- one account ---------------------------------------------------------------------------------------------------


def lane_moves(model: Model, control: Control, action: Action, before: Lane, after: Lane) -> tuple[LaneMove, ...]:
    """Return what an action moved of one account. ``control`` is the control before it."""
    return (
        *_store_moves(before, after),
        *_point_moves(before, after),
        *_redo_moves(model, control, action, before, after),
    )


def _store_moves(before: Lane, after: Lane) -> Iterator[CellMove]:
    for site, record in after.stores:
        was = before.store(site)
        for field in unlike(was, record):
            yield CellMove(place=CellPlace(site), field=field, before=was[field], after=record[field])


def _point_moves(before: Lane, after: Lane) -> Iterator[CellMove]:
    # A restore point is taken anew or once more, and is never dropped.
    taken = dict(before.points)
    for (site, name), record in after.points if after.points != before.points else ():
        was = taken.get((site, name))
        for field in unlike(was, record) if was else record.fields:
            cell = was[field] if was else None
            yield CellMove(place=CellPlace(site, name), field=field, before=cell, after=record[field])


def _redo_moves(model: Model, control: Control, action: Action, before: Lane, after: Lane) -> Iterator[RedoMove]:
    then, now = _entries(before), _entries(after)
    for key in dict.fromkeys((*then, *now)) if then != now else ():
        entry = now.get(key) or then[key]
        was: RedoState = then[key].held if key in then else ""
        becomes: RedoState = now[key].held if key in now else _left(model, control, action, copy=key[1])
        if was != becomes:
            number, copy = key
            yield RedoMove(number=number, copy=copy, cells=entry.cells, before=was, after=becomes)


def _entries(lane: Lane) -> dict[tuple[int, bool], Redo]:
    """Return the entries on the link. A copy has the number of the entry of which it was made."""
    return {(entry.number, entry.held == "again"): entry for entry in lane.redo}


def _left(model: Model, control: Control, action: Action, *, copy: bool) -> RedoState:
    """Return how an entry left the link."""
    if isinstance(action, Deliver):
        return "applied" if not copy or applies_copies(model, control) else "ignored"
    taken = model.step(control.todo[0]) if isinstance(action, Operate) and control.todo else None
    return "cleared" if isinstance(taken, Copy | FailOver) else "applied"


# -- many accounts -------------------------------------------------------------------------------------------------


@attrs.frozen
class Crowd:
    """Accounts that are in one lane: how many they are, and the numbers of the first of them."""

    accounts: int
    first: tuple[int, ...]


def crowds(lanes: Iterable[tuple[int, int]], weights: Mapping[int, int] | None = None) -> dict[int, Crowd]:
    """Return the accounts in each lane, from each account's number and that of its lane.

    ``weights`` say for how many accounts each stands (None: for itself alone).
    """
    first: dict[int, list[int]] = {}
    accounts: dict[int, int] = {}
    for account, lane in lanes:
        weight = 1 if weights is None else weights[account]
        accounts[lane] = accounts.get(lane, 0) + weight
        named = first.setdefault(lane, [])
        if weight and len(named) < EXAMPLES:
            named.append(account)
    return {lane: Crowd(count, tuple(first[lane])) for lane, count in accounts.items()}


def merged(parts: Iterable[tuple[Crowd, Iterable[M]]], name: Callable[[int], str]) -> tuple[M, ...]:
    """Return each distinct move of some crowds once, with the number of its accounts and the names of the first."""
    by_move: dict[M, list[Crowd]] = {}
    for crowd, moves in parts:
        for move in moves:
            by_move.setdefault(move, []).append(crowd)
    return tuple(
        attrs.evolve(move, accounts=sum(crowd.accounts for crowd in alike), examples=_examples(alike, name))  # type: ignore[misc]
        for move, alike in by_move.items()
    )


def _examples(alike: Iterable[Crowd], name: Callable[[int], str]) -> tuple[str, ...]:
    return tuple(map(name, sorted(number for crowd in alike for number in crowd.first)[:EXAMPLES]))


# -- the control ---------------------------------------------------------------------------------------------------


def control_moves(model: Model, action: Action, before: Control, after: Control) -> Iterator[ControlMove]:
    """Yield what an action moved that belongs to no account. ``before`` and ``after`` are the controls around it."""
    if before.interval != after.interval:
        yield ControlMove(what="interval", before=model.interval(before), after=model.interval(after))
    was = dict(before.roles)
    for site, role in after.roles:
        if was[site] != role:
            yield ControlMove(what="role", name=site, site=site, before=was[site], after=role)
    for opening in dict.fromkeys((*before.open, *after.open)):
        then, now = ("open" if opening in opened else "closed" for opened in (before.open, after.open))
        if then != now:
            yield ControlMove(what="session", name=opening[0], site=opening[1], before=then, after=now)
    for site, name in after.points:
        if (site, name) not in before.points:
            yield ControlMove(what="restore-point", name=name, site=site, before="", after="taken")
    if before.halted != after.halted:
        yield ControlMove(what="runbook", before="goes on", after="aborted")
    for what in sorted({*before.down} ^ {*after.down}):
        then, now = ("down" if what in control.down else "up" for control in (before, after))
        yield ControlMove(what="up-or-down", name=what, before=then, after=now)
    yield from _step_moves(model, before.todo[isinstance(action, Operate) :], after.todo)


def _step_moves(model: Model, then: Sequence[Todo], now: Sequence[Todo]) -> Iterator[ControlMove]:
    """Yield what became of the steps to come, other than those that were taken."""
    for name, fate in _step_fates([attrs.astuple(todo) for todo in then], [attrs.astuple(todo) for todo in now]):
        yield ControlMove(what="step", name=model.runbook.steps[name].id, before="to come", after=fate)


def _step_fates(then: list[tuple[int, int]], now: list[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """Yield each step that is to come no more, or otherwise than before: its index in the runbook, and how."""
    was, becomes = (Counter(step for step, _ in todos) for todos in (then, now))
    for step in was | becomes:
        if was[step] != becomes[step]:
            yield step, "dropped" if was[step] > becomes[step] else "repeated"
    if was == becomes:
        unlike = next((pair for pair in zip(then, now, strict=True) if pair[0] != pair[1]), None)
        if unlike:
            yield unlike[1][0], "delayed" if unlike[0][0] == unlike[1][0] else "brought forward"
