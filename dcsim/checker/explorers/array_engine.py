"""The array engine: compute the closure, fill the arrays, count their cells.

It is exact for any model whose states fit into memory; the accounts may interact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import attrs
import numpy as np

from dcsim.checker.explorers.budget import Budget, OverBudget, without_collector
from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.distance_arrays import Reached, TooFarError
from dcsim.checker.explorers.protocol import Explored, Lanes, breaks
from dcsim.checker.explorers.relations import Relations
from dcsim.checker.explorers.scatter_min import Cells
from dcsim.checker.explorers.table_columns import Ints, ints
from dcsim.checker.explorers.tables import Place, Settling, Steps, Tables

EffectCounts = Iterator[tuple[int, int]]
"""Effects by number, and how often each occurs."""


def explore(model: Lanes, budget: Budget | None = None) -> Explored:
    """Every reachable state."""
    budget = budget or Budget()
    with without_collector():
        try:
            return of(Closure(Tables(model), budget).run())
        except OverBudget as over:
            return _undecided(0, str(over))


def of(closure: Closure) -> Explored:
    """Every reachable state of a model whose closure is complete."""
    reached = Reached(Relations(closure), closure.budget)
    try:
        try:
            reached.fill()
        except TooFarError:
            # Bytes are half the memory and enough for most models: only a path of 254 steps or more needs two.
            reached = Reached(reached.relations, closure.budget, np.uint16)
            reached.fill()
    except OverBudget as over:
        return _undecided(reached.states(), str(over))
    return _counted(closure, reached)


def _undecided(states: int, why: str) -> Explored:
    return Explored(engine="array", states=states, transitions=0, depth=0, complete=False, exact=False, why=why)


def _counted(closure: Closure, reached: Reached) -> Explored:
    counts = CellCounts(reached, closure.tables)
    counts.count()
    broken, fired = closure.tables.tally(counts.effects.items())
    return Explored(
        engine="array",
        states=counts.states,
        transitions=counts.transitions,
        depth=counts.depth,
        broken=breaks(broken),
        fired=dict(fired),
    )


@attrs.define(eq=False)
class CellCounts:
    """Counts over all cells: states, transitions, the greatest distance, and how often each effect occurs."""

    reached: Reached
    tables: Tables
    states: int = 0
    transitions: int = 0
    depth: int = 0
    effects: Counter[int] = attrs.field(factory=Counter)

    def count(self) -> None:
        """Count the cells of every control."""
        for place in self.reached.relations.places:
            cells = self.reached.cells[place.number]
            live = cells < self.reached.far
            states = int(np.count_nonzero(live))
            if states:
                self.states += states
                self.depth = max(self.depth, int(cells.max(where=live, initial=0)))
                for effect, times in self._effects_of(place, cells, live):
                    self.effects[effect] += times

    def _effects_of(self, place: Place, cells: Cells, live: Cells) -> EffectCounts:
        relations = self.reached.relations
        accounts = range(cells.ndim)
        for account in accounts:
            lanes = relations.lanes(place, account)
            yield from self._steps(place.own, lanes, _margin(live, account))
            for actor in accounts:
                if actor != account:
                    ranks = relations.ranks(place, actor)
                    for rank in np.unique(ranks[ranks >= 0]).tolist():
                        may = np.flatnonzero(ranks == rank)
                        yield from self._steps(place.by[rank], lanes, _margin(live.take(may, axis=actor), account))
        for turn, leap in zip(place.turns, relations.leaps(place), strict=True):
            ready = self.reached.ready(cells, leap)
            yield from self._turn(place, turn, live if ready is cells else ready < self.reached.far)

    def _steps(self, steps: Steps, lanes: Ints, times: Ints) -> EffectCounts:
        """The effects of one account's steps. ``times``: how many states there are at each position of its axis."""
        self.transitions += int(ints(steps.total)[lanes] @ times)
        if any(steps.effect):
            # Most steps have no effect: the product over all steps is computed only where one has.
            counts = np.zeros(len(steps.here.lanes), dtype=np.int64)
            counts[lanes] = times
            source, effect, each = ints(steps.lane), ints(steps.effect), ints(steps.times)
            yield from _by_effect(effect, counts[source] * each)

    def _turn(self, place: Place, turn: Settling, live: Cells) -> EffectCounts:
        taken = int(np.count_nonzero(live))
        self.transitions += taken
        if taken:
            yield turn.own, taken
            for account in range(live.ndim):
                lanes = self.reached.relations.lanes(place, account)
                effects = np.array([turn.effect[lane] if turn.settled(lane) >= 0 else 0 for lane in lanes.tolist()])
                yield from _by_effect(effects, _margin(live, account))


def _margin(live: Cells, account: int) -> Ints:
    """How many states there are at each position of an axis."""
    others = tuple(other for other in range(live.ndim) if other != account)
    return np.asarray(np.count_nonzero(live, axis=others), dtype=np.int64)


def _by_effect(effects: Ints, times: Ints) -> EffectCounts:
    for effect in np.unique(effects[times > 0]).tolist():
        yield effect, int(times[(effects == effect) & (times > 0)].sum())
