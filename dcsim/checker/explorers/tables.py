"""Tables of a model: controls and lanes by number, and the steps between them. The model is asked once for each.

A lane has a number at each control where it occurs. Its steps are computed by the model when they are first needed, and
kept in flat arrays: where each step leads, its effect, and how many actions make this very step. An *effect* is what
the step breaks, and the occurrences in it. Effects have numbers too.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from typing import Any

import attrs

from dcsim.checker.explorers.protocol import Lanes, Move, Occurrence, Turn

NO_EFFECT = 0
"""The number of the effect of steps that break nothing and in which nothing happens."""
UNKNOWN = -1

Digest = dict[tuple[Any, Any, int], int]
Effect = tuple[tuple[str, ...], tuple[Occurrence, ...]]


def _ints() -> array[int]:
    return array("i")


@attrs.define(eq=False)
class Steps:
    """The steps of the lanes of one control: their own steps, or another account's acts on them.

    The steps of a lane stand at the indices from ``first[lane]``; there are ``count[lane]`` of them, made by
    ``total[lane]`` actions. Each leads from ``lane`` to the control ``to`` and the lane ``after`` there, with an
    effect, and is made by ``times`` actions.
    """

    tables: Tables
    here: Place
    ask: Callable[[Any], Iterable[Move]]
    first: array[int] = attrs.field(factory=_ints)
    count: array[int] = attrs.field(factory=_ints)
    total: array[int] = attrs.field(factory=_ints)
    lane: array[int] = attrs.field(factory=_ints)
    to: array[int] = attrs.field(factory=_ints)
    after: array[int] = attrs.field(factory=_ints)
    effect: array[int] = attrs.field(factory=_ints)
    times: array[int] = attrs.field(factory=_ints)

    def need(self, lane: int) -> None:
        """Tabulate a lane's steps, if that was not done before."""
        if lane >= len(self.first):
            for column in (self.first, self.count, self.total):
                _lengthen(column, len(self.here.lanes))
        if self.first[lane] == UNKNOWN:
            self._tabulate(lane)

    def _tabulate(self, lane: int) -> None:
        here, tables = self.here, self.tables
        edges: dict[tuple[int, int, int], int] = {}
        # Actions that lead to the same lane with the same effect are one entry, with their number.
        for (control, after, effect), times in tables.digest(self.ask(here.lanes[lane])).items():
            place = here if control is None or control is here.control else tables.place(control)
            edge = (place.number, place.lane(after), effect)
            edges[edge] = edges.get(edge, 0) + times
        self.first[lane], self.count[lane], self.total[lane] = len(self.to), len(edges), sum(edges.values())
        if edges:
            tos, afters, effects = zip(*edges, strict=True)
            self.lane.extend([lane] * len(edges))
            self.to.extend(tos)
            self.after.extend(afters)
            self.effect.extend(effects)
            self.times.extend(edges.values())

    def of(self, lane: int) -> Iterator[tuple[int, int, int, int]]:
        """(control, lane, effect, times) of each step of a lane."""
        self.need(lane)
        cut = slice(self.first[lane], self.first[lane] + self.count[lane])
        return zip(self.to[cut], self.after[cut], self.effect[cut], self.times[cut], strict=True)


@attrs.define(eq=False)
class Settling:
    """A turn of the control, and for each lane: the lane ``after``, the effect, and whether it passes the test.

    ``own`` is the effect of the turn itself.
    """

    tables: Tables
    here: Place
    turn: Turn
    to: Place
    own: int
    after: array[int] = attrs.field(factory=_ints)
    effect: array[int] = attrs.field(factory=_ints)
    passes: array[int] = attrs.field(factory=_ints)

    def passing(self, lane: int) -> bool:
        """Whether a lane passes the turn's test. Always true if the turn needs nothing."""
        if self.turn.needs == "nothing":
            return True
        if lane >= len(self.passes):
            _lengthen(self.passes, len(self.here.lanes))
        if self.passes[lane] == UNKNOWN:
            self.passes[lane] = bool(self.turn.test(self.here.lanes[lane]))
        return bool(self.passes[lane])

    def settled(self, lane: int) -> int:
        """The lane that a lane was settled to; -1: it was not settled yet."""
        return self.after[lane] if lane < len(self.after) else UNKNOWN

    def need(self, lane: int) -> None:
        """Settle a lane, if that was not done before."""
        if lane >= len(self.after):
            _lengthen(self.after, len(self.here.lanes))
            _lengthen(self.effect, len(self.here.lanes))
        if self.after[lane] == UNKNOWN:
            after, broken, occurrences = self.turn.settle(self.here.lanes[lane])
            self.after[lane] = self.to.lane(after)
            self.effect[lane] = self.tables.effect(broken, occurrences) if broken or occurrences else NO_EFFECT


def _lengthen(column: array[int], size: int) -> None:
    column.extend([UNKNOWN] * (size - len(column)))


@attrs.define(eq=False)
class Place:
    """A control by number, with the lanes that occur there, by number."""

    tables: Tables
    number: int
    control: Any
    lanes: list[Any] = attrs.field(factory=list)
    numbers: dict[Any, int] = attrs.field(factory=dict)
    ranks: array[int] = attrs.field(factory=_ints)
    own: Steps = attrs.field(init=False)
    by: list[Steps] = attrs.field(factory=list)
    _authorities: dict[Hashable, int] = attrs.field(factory=dict)
    _turns: tuple[Settling, ...] | None = None

    def __attrs_post_init__(self) -> None:
        self.own = Steps(self.tables, self, partial(self.tables.model.moves, self.control))

    def lane(self, lane: Any) -> int:
        """The lane's number here."""
        number = self.numbers.get(lane)
        if number is None:
            number = self.numbers[lane] = len(self.lanes)
            self.lanes.append(lane)
        return number

    def carry(self, lane: int, to: Place) -> int:
        """The number of a lane of this control at another."""
        return to.lane(self.lanes[lane])

    def rank(self, lane: int) -> int:
        """The number of the lane's authority here, which is its index in ``by``; -1: it can do nothing to others."""
        if lane < len(self.ranks):
            return self.ranks[lane]
        for other in range(len(self.ranks), lane + 1):
            authority = self.tables.model.authority(self.control, self.lanes[other])
            self.ranks.append(UNKNOWN if authority is None else self._rank(authority))
        return self.ranks[lane]

    def _rank(self, authority: Hashable) -> int:
        rank = self._authorities.setdefault(authority, len(self.by))
        if rank == len(self.by):
            self.by.append(Steps(self.tables, self, partial(self.tables.model.acts, self.control, authority)))
        return rank

    @property
    def turns(self) -> tuple[Settling, ...]:
        """The turns of this control."""
        if self._turns is None:
            found = self.tables.model.turns(self.control)
            self._turns = tuple(map(self._turn, found))
        return self._turns

    def _turn(self, turn: Turn) -> Settling:
        to = self.tables.place(turn.control)
        return Settling(self.tables, self, turn, to, self.tables.effect(turn.broken, turn.occurrences))


@attrs.define(eq=False)
class Tables:
    """Everything that a model was asked so far."""

    model: Lanes
    places: list[Place] = attrs.field(factory=list)
    effects: list[Effect] = attrs.field(factory=lambda: [((), ())])
    _numbers: dict[Any, int] = attrs.field(factory=dict)
    _digests: dict[int, tuple[Iterable[Move], Digest]] = attrs.field(factory=dict)
    _effect_numbers: dict[Effect, int] = attrs.field(factory=lambda: {((), ()): NO_EFFECT})

    def place(self, control: Any) -> Place:
        """The place of a control."""
        number = self._numbers.get(control)
        if number is None:
            number = self._numbers[control] = len(self.places)
            self.places.append(Place(self, number, control))
        return self.places[number]

    def digest(self, moves: Iterable[Move]) -> Digest:
        """Where moves lead and with which effect, each with the number of such moves."""
        # Models return the same tuple for lanes that look alike, so its digest is kept by identity. The tuple is kept
        # with it: while it lives, no other object can have its identity.
        known = self._digests.get(id(moves))
        if known is not None and known[0] is moves:
            return known[1]
        found: Digest = {}
        for _action, control, lane, broken, occurrences in moves:
            key = (control, lane, self.effect(broken, occurrences) if broken or occurrences else NO_EFFECT)
            found[key] = found.get(key, 0) + 1
        if isinstance(moves, tuple):
            self._digests[id(moves)] = (moves, found)
        return found

    def effect(self, broken: tuple[str, ...], occurrences: tuple[Occurrence, ...]) -> int:
        """The number of an effect."""
        number = self._effect_numbers.setdefault((broken, occurrences), len(self.effects))
        if number == len(self.effects):
            self.effects.append((broken, occurrences))
        return number

    def tally(self, effects: Iterable[tuple[int, int]]) -> tuple[set[str], Counter[Occurrence]]:
        """The properties broken, and how often each occurrence happens, from pairs (effect, times)."""
        broken: set[str] = set()
        occurrences: Counter[Occurrence] = Counter()
        for effect, times in effects:
            broken.update(self.effects[effect][0])
            for name in self.effects[effect][1]:
                occurrences[name] += times
        return broken, occurrences
