"""Controls and lanes by number, and the steps between them, tabulated once from the model's own functions.

A lane has a number at each control where it was met. Its steps are asked of the model when they are first needed, and
kept in flat arrays: where it leads, what it says (broken and met properties), and how many actions lead there so.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from typing import Any

import attrs

from dcsim.checker.explorers.protocol import Lanes, Move, Occurrence, Turn

SILENT = 0
"""The note of steps that break and meet nothing."""
UNKNOWN = -1

Digest = dict[tuple[Any, Any, int], int]
Note = tuple[tuple[str, ...], tuple[Occurrence, ...]]


def _ints() -> array[int]:
    return array("i")


@attrs.define(eq=False)
class Steps:
    """What one kind of step, a lane's own or another's act on it, does to the lanes of one control.

    The steps of a lane stand at ``first[lane]``, ``count[lane]`` of them, ``total[lane]`` actions. Each leads from
    ``lane`` to ``to`` (a control) and ``after`` (a lane there), with a note, by so many actions.
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
    note: array[int] = attrs.field(factory=_ints)
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
        for (control, after, note), times in tables.digest(self.ask(here.lanes[lane])).items():
            place = here if control is None or control is here.control else tables.place(control)
            edge = (place.number, place.lane(after), note)
            edges[edge] = edges.get(edge, 0) + times
        self.first[lane], self.count[lane], self.total[lane] = len(self.to), len(edges), sum(edges.values())
        if edges:
            tos, afters, notes = zip(*edges, strict=True)
            self.lane.extend([lane] * len(edges))
            self.to.extend(tos)
            self.after.extend(afters)
            self.note.extend(notes)
            self.times.extend(edges.values())

    def of(self, lane: int) -> Iterator[tuple[int, int, int, int]]:
        """(control, lane, note, times) of each step of a lane."""
        self.need(lane)
        cut = slice(self.first[lane], self.first[lane] + self.count[lane])
        return zip(self.to[cut], self.after[cut], self.note[cut], self.times[cut], strict=True)


@attrs.define(eq=False)
class Settling:
    """A turn of the control, and what it does to each lane: ``after``, its note, and whether it passes the test."""

    tables: Tables
    here: Place
    turn: Turn
    to: Place
    own: int
    after: array[int] = attrs.field(factory=_ints)
    note: array[int] = attrs.field(factory=_ints)
    passes: array[int] = attrs.field(factory=_ints)

    def passing(self, lane: int) -> bool:
        """Whether a lane passes the turn's test; always, where nothing is needed."""
        if self.turn.needs == "nothing":
            return True
        if lane >= len(self.passes):
            _lengthen(self.passes, len(self.here.lanes))
        if self.passes[lane] == UNKNOWN:
            self.passes[lane] = bool(self.turn.test(self.here.lanes[lane]))
        return bool(self.passes[lane])

    def settled(self, lane: int) -> int:
        """Where a lane was settled; -1: it was not needed."""
        return self.after[lane] if lane < len(self.after) else UNKNOWN

    def need(self, lane: int) -> None:
        """Settle a lane, if that was not done before."""
        if lane >= len(self.after):
            _lengthen(self.after, len(self.here.lanes))
            _lengthen(self.note, len(self.here.lanes))
        if self.after[lane] == UNKNOWN:
            after, broken, met = self.turn.settle(self.here.lanes[lane])
            self.after[lane] = self.to.lane(after)
            self.note[lane] = self.tables.note(broken, met) if broken or met else SILENT


def _lengthen(column: array[int], size: int) -> None:
    column.extend([UNKNOWN] * (size - len(column)))


@attrs.define(eq=False)
class Place:
    """A control by number, with the lanes met there, by number."""

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
        """The number of the lane's authority here, a place in ``by``; -1: it may do nothing to others."""
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
        return Settling(self.tables, self, turn, to, self.tables.note(turn.broken, turn.met))


@attrs.define(eq=False)
class Tables:
    """All that was asked of a model so far."""

    model: Lanes
    places: list[Place] = attrs.field(factory=list)
    notes: list[Note] = attrs.field(factory=lambda: [((), ())])
    _numbers: dict[Any, int] = attrs.field(factory=dict)
    _digests: dict[int, tuple[Iterable[Move], Digest]] = attrs.field(factory=dict)
    _noted: dict[Note, int] = attrs.field(factory=lambda: {((), ()): SILENT})

    def place(self, control: Any) -> Place:
        """The place of a control."""
        number = self._numbers.get(control)
        if number is None:
            number = self._numbers[control] = len(self.places)
            self.places.append(Place(self, number, control))
        return self.places[number]

    def digest(self, moves: Iterable[Move]) -> Digest:
        """Where moves lead and what they say, each with how many do so; a tuple that comes again is not read again."""
        known = self._digests.get(id(moves))
        if known is not None and known[0] is moves:
            return known[1]
        found: Digest = {}
        for _action, control, lane, broken, met in moves:
            key = (control, lane, self.note(broken, met) if broken or met else SILENT)
            found[key] = found.get(key, 0) + 1
        if isinstance(moves, tuple):
            self._digests[id(moves)] = (moves, found)
        return found

    def note(self, broken: tuple[str, ...], met: tuple[Occurrence, ...]) -> int:
        """The number of what a step says."""
        number = self._noted.setdefault((broken, met), len(self.notes))
        if number == len(self.notes):
            self.notes.append((broken, met))
        return number

    def tell(self, notes: Iterable[tuple[int, int]]) -> tuple[set[str], Counter[Occurrence]]:
        """The names broken, and how often each was met, from (note, times)."""
        broken: set[str] = set()
        met: Counter[Occurrence] = Counter()
        for note, times in notes:
            broken.update(self.notes[note][0])
            for name in self.notes[note][1]:
                met[name] += times
        return broken, met
