"""The array engine: close, fill, count. Exact for any model whose states fit; the accounts may interact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

import attrs
import numpy as np

from dcsim.check.explorers.budget import Budget, OverBudget, without_collector
from dcsim.check.explorers.closure import Closure
from dcsim.check.explorers.columns import Ints, ints
from dcsim.check.explorers.predecessors import Trail
from dcsim.check.explorers.protocol import Explored, Label, Lanes, stops
from dcsim.check.explorers.reached import Reached, TooFarError
from dcsim.check.explorers.relations import Relations
from dcsim.check.explorers.scatter_min import Cells
from dcsim.check.explorers.tables import Place, Settling, Steps, Tables

Said = Iterator[tuple[int, int, int]]
"""Notes: how often each was said, and the least distance of a state from which it was."""


def explore(model: Lanes, budget: Budget | None = None, stop_at: Collection[str] | None = ()) -> Explored:
    """Every reachable state; a shortest path to a property of ``stop_at`` that breaks."""
    budget = budget or Budget()
    with without_collector():
        try:
            return of(Closure(Tables(model), budget).run(), stop_at)
        except OverBudget as over:
            return _undecided(0, str(over))


def of(closure: Closure, stop_at: Collection[str] | None = ()) -> Explored:
    """As ``explore``, of a model that has been closed."""
    reached = Reached(Relations(closure), closure.budget)
    try:
        try:
            reached.fill()
        except TooFarError:
            reached = Reached(reached.relations, closure.budget, np.uint16)
            reached.fill()
    except OverBudget as over:
        return _undecided(reached.states(), str(over))
    return _counted(closure, reached, stop_at)


def _undecided(states: int, why: str) -> Explored:
    return Explored(engine="array", states=states, transitions=0, depth=0, complete=False, exact=False, why=why)


def _counted(closure: Closure, reached: Reached, stop_at: Collection[str] | None) -> Explored:
    tally = Tally(reached, closure.tables)
    tally.count()
    broken, fired = closure.tables.tell(tally.notes.items())
    place, lanes, distance = tally.nearest(stop_at)
    path: tuple[Label, ...] = ()
    if place is not None:
        trail = Trail(closure.tables, reached)
        last = next(edge for edge in trail.edges(place, lanes) if stops(edge.broken, stop_at))
        path, broken = (*trail.to(place, lanes, distance), last.action), set(last.broken)
    return Explored(
        engine="array",
        states=tally.states,
        transitions=tally.transitions,
        depth=tally.depth,
        broken=tuple(sorted(broken)),
        path=path,
        fired=dict(fired),
    )


@attrs.define(eq=False)
class Tally:
    """What the cells come to: states, transitions, what they said how often, and how near it was said first."""

    reached: Reached
    tables: Tables
    states: int = 0
    transitions: int = 0
    depth: int = 0
    notes: Counter[int] = attrs.field(factory=Counter)
    near: dict[int, tuple[int, Place]] = attrs.field(factory=dict)

    def count(self) -> None:
        """Go through all controls."""
        for place in self.reached.relations.places:
            cells = self.reached.cells[place.number]
            live = cells < self.reached.far
            states = int(np.count_nonzero(live))
            if states:
                self.states += states
                self.depth = max(self.depth, int(cells.max(where=live, initial=0)))
                for note, times, distance in self._said(place, cells, live):
                    self.notes[note] += times
                    if distance < self.near.get(note, (self.reached.far, place))[0]:
                        self.near[note] = (distance, place)

    def nearest(self, stop_at: Collection[str] | None) -> tuple[Place | None, tuple[int, ...], int]:
        """A nearest state from which a property of these breaks, and its distance."""
        bad = (self.near[note] for note in self.near if stops(self.tables.notes[note][0], stop_at))
        distance, place = min(bad, key=lambda found: found[0], default=(0, None))
        if place is None:
            return None, (), 0
        relations, trail = self.reached.relations, Trail(self.tables, self.reached)
        box = [relations.lanes(place, account).tolist() for account in range(len(relations.kinds))]
        for lanes in self.reached.among(place, box, distance):
            if any(stops(edge.broken, stop_at) for edge in trail.edges(place, lanes)):
                return place, lanes, distance
        raise AssertionError("no state breaks it: the model's functions are not pure")

    def _said(self, place: Place, cells: Cells, live: Cells) -> Said:
        relations = self.reached.relations
        accounts = range(cells.ndim)
        for account in accounts:
            lanes = relations.lanes(place, account)
            yield from self._steps(place.own, lanes, *_margin(cells, live, account))
            for actor in accounts:
                if actor != account:
                    ranks = relations.ranks(place, actor)
                    for rank in np.unique(ranks[ranks >= 0]).tolist():
                        may = np.flatnonzero(ranks == rank)
                        some, alive = cells.take(may, axis=actor), live.take(may, axis=actor)
                        yield from self._steps(place.by[rank], lanes, *_margin(some, alive, account))
        for turn, leap in zip(place.turns, relations.leaps(place), strict=True):
            ready = self.reached.ready(cells, leap)
            yield from self._turn(place, turn, ready, live if ready is cells else ready < self.reached.far)

    def _steps(self, steps: Steps, lanes: Ints, times: Ints, least: Ints) -> Said:
        """By the states at each position of an account's axis, how many and how near."""
        self.transitions += int(ints(steps.total)[lanes] @ times)
        if any(steps.note):
            counts, distances = np.zeros(len(steps.here.lanes), dtype=np.int64), np.full(len(steps.here.lanes), 1 << 32)
            counts[lanes], distances[lanes] = times, least
            source, note, each = ints(steps.lane), ints(steps.note), ints(steps.times)
            yield from _by_note(note, counts[source] * each, distances[source])

    def _turn(self, place: Place, turn: Settling, ready: Cells, live: Cells) -> Said:
        taken = int(np.count_nonzero(live))
        self.transitions += taken
        if taken:
            yield turn.own, taken, int(ready.min())
            for account in range(ready.ndim):
                times, least = _margin(ready, live, account)
                lanes = self.reached.relations.lanes(place, account)
                notes = np.array([turn.note[lane] if turn.settled(lane) >= 0 else 0 for lane in lanes.tolist()])
                yield from _by_note(notes, times, least)


def _margin(cells: Cells, live: Cells, account: int) -> tuple[Ints, Ints]:
    """How many states there are at each position of an axis, and the least distance of any."""
    others = tuple(other for other in range(cells.ndim) if other != account)
    return np.count_nonzero(live, axis=others).astype(np.int64), cells.min(axis=others).astype(np.int64)


def _by_note(notes: Ints, times: Ints, least: Ints) -> Said:
    for note in np.unique(notes[times > 0]).tolist():
        of = (notes == note) & (times > 0)
        yield note, int(times[of].sum()), int(least[of].min())
