"""The steps of accounts and the turns, as pairs of positions on the axes of the arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs
import numpy as np

from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.scatter_min import ScatterMin, scatter_min
from dcsim.checker.explorers.table_columns import Ints, ints
from dcsim.checker.explorers.tables import Place, Steps, Tables
from dcsim.checker.explorers.topological_order import order


@attrs.frozen(eq=False)
class AxisStep:
    """Steps of one account from a control to one control, by position on its axis.

    ``by``: for an act, the acting account and the positions on its axis from which it may act. ``carry``: where the
    other accounts' lanes are on the axes of the control that the step leads to. ``waves`` are applied one after
    another. ``forward``: no wave leads back into itself or into an earlier one, so that applying each once is enough.
    """

    account: int
    to: Place
    waves: tuple[ScatterMin, ...]
    forward: bool
    by: tuple[int, Ints] | None = None
    carry: tuple[Ints, ...] = ()


@attrs.frozen(eq=False)
class Leap:
    """A turn: for each axis, where its positions are settled, and which of them pass the turn's test."""

    to: Place
    scatters: tuple[ScatterMin, ...]
    passes: tuple[Ints, ...]
    needs: Literal["nothing", "all", "any"]


@attrs.define(eq=False)
class Relations:
    """The axes of each control's array, and the steps along them. An axis has the lanes of the closure, by level."""

    closure: Closure
    kinds: list[int] = attrs.field(init=False)
    places: list[Place] = attrs.field(init=False)
    _lanes: dict[tuple[int, int], Ints] = attrs.field(factory=dict)
    _positions: dict[tuple[int, int], Ints] = attrs.field(factory=dict)
    _steps: dict[int, tuple[list[AxisStep], list[AxisStep]]] = attrs.field(factory=dict)
    _leaps: dict[int, list[Leap]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        _, lanes = self.closure.start
        kind = {lanes[account]: kind for kind, account in enumerate(self.closure.first)}
        self.kinds = [kind[lane] for lane in lanes]
        self.places = list(self.closure.places())

    @property
    def tables(self) -> Tables:
        """The tables of the closure."""
        return self.closure.tables

    def lanes(self, place: Place, account: int) -> Ints:
        """The lanes on an account's axis."""
        key = (self.kinds[account], place.number)
        if key not in self._lanes:
            self._lanes[key] = np.fromiter(self.closure.lanes(*key), dtype=np.int64)
        return self._lanes[key]

    def positions(self, place: Place, account: int) -> Ints:
        """The position of each lane on an account's axis; -1: the lane is not on it."""
        key = (self.kinds[account], place.number)
        found = self._positions.get(key)
        if found is None or len(found) < len(place.lanes):
            lanes = self.lanes(place, account)
            found = self._positions[key] = np.full(len(place.lanes), -1, dtype=np.int64)
            found[lanes] = np.arange(len(lanes))
        return found

    def shape(self, place: Place) -> tuple[int, ...]:
        """The lengths of a control's axes."""
        return tuple(len(self.closure.lanes(kind, place.number)) for kind in self.kinds)

    def begin(self) -> tuple[Place, tuple[int, ...]]:
        """The first control, and the first position of each account."""
        control, lanes = self.closure.start
        place = self.tables.place(control)
        return place, tuple(int(self.positions(place, a)[place.numbers[lane]]) for a, lane in enumerate(lanes))

    def order(self) -> dict[int, int]:
        """The rank of each control: it comes before the controls that follow it, except in loops."""
        return order(self.begin()[0].number, self._successors)

    def _successors(self, number: int) -> Iterator[int]:
        place = self.tables.places[number]
        yield from (step.to.number for step in self.steps(place)[1])
        yield from (leap.to.number for leap in self.leaps(place))

    # -- steps -----------------------------------------------------------------------------------------------------

    def steps(self, place: Place) -> tuple[list[AxisStep], list[AxisStep]]:
        """The steps of accounts that stay at a control, and the steps that leave it."""
        if place.number not in self._steps:
            every = list(self._every_step(place))
            inner = [step for step in every if step.to is place]
            self._steps[place.number] = inner, [step for step in every if step.to is not place]
        return self._steps[place.number]

    def _every_step(self, place: Place) -> Iterator[AxisStep]:
        accounts = range(len(self.kinds))
        for account in accounts:
            yield from self._steps_of(place, place.own, account, None)
            for actor in accounts:
                if actor != account:
                    ranks = self.ranks(place, actor)
                    for rank in np.unique(ranks[ranks >= 0]).tolist():
                        yield from self._steps_of(
                            place, place.by[rank], account, (actor, np.flatnonzero(ranks == rank))
                        )

    def ranks(self, place: Place, account: int) -> Ints:
        """The authority at each position of an axis; -1: none."""
        return np.array([place.rank(lane) for lane in self.lanes(place, account).tolist()], dtype=np.int64)

    def _steps_of(self, place: Place, steps: Steps, account: int, by: tuple[int, Ints] | None) -> Iterator[AxisStep]:
        lanes, positions = ints(steps.lane), self.positions(place, account)
        source, to, after = positions[lanes], ints(steps.to), ints(steps.after)
        for number in np.unique(to).tolist():
            there = self.tables.places[number]
            chosen = (to == number) & (source >= 0)
            then = self.positions(there, account)[after[chosen]]
            yield self._axis_step(place, there, account, by, source[chosen], then)

    def _axis_step(
        self, place: Place, to: Place, account: int, by: tuple[int, Ints] | None, source: Ints, after: Ints
    ) -> AxisStep:
        """A step's pairs of positions in waves, by the level of the source. Steps that change nothing are left out."""
        pairs = self.closure.lanes(self.kinds[account], place.number).values()
        levels = np.array([self.closure.level[index] for index in pairs], dtype=np.int64)
        if to is place:
            kept = source != after
            source, after = source[kept], after[kept]
            wave, forward = levels[source], bool((levels[source] < levels[after]).all())
        else:
            wave, forward = np.zeros(len(source), dtype=np.int64), True
        waves = tuple(scatter_min(source[wave == at], after[wave == at]) for at in np.unique(wave))
        carry = () if to is place else tuple(self._carry(place, to, other) for other in range(len(self.kinds)))
        return AxisStep(account, to, waves, forward, by, carry)

    def _carry(self, place: Place, to: Place, account: int) -> Ints:
        positions, lanes = self.positions(to, account), self.lanes(place, account).tolist()
        numbers = (to.numbers.get(place.lanes[lane], -1) for lane in lanes)
        return np.array([positions[number] if number >= 0 else -1 for number in numbers], dtype=np.int64)

    # -- turns -----------------------------------------------------------------------------------------------------

    def leaps(self, place: Place) -> list[Leap]:
        """The turns of a control."""
        if place.number not in self._leaps:
            self._leaps[place.number] = list(self._turns(place))
        return self._leaps[place.number]

    def _turns(self, place: Place) -> Iterator[Leap]:
        for turn in place.turns:
            scatters, passes = [], []
            for account in range(len(self.kinds)):
                lanes = self.lanes(place, account).tolist()
                positions = self.positions(turn.to, account)
                settled = [turn.settled(lane) for lane in lanes]
                after = np.array([positions[lane] if lane >= 0 else -1 for lane in settled], dtype=np.int64)
                source = np.flatnonzero(after >= 0)
                scatters.append(scatter_min(source, after[source]))
                passes.append(np.flatnonzero([turn.passing(lane) for lane in lanes]))
            yield Leap(turn.to, tuple(scatters), tuple(passes), turn.turn.needs)
