"""For each distinct first lane, every (control, lane) that an account beginning there may come to, level by level.

The others are not followed: whatever one of them may do at a control, once one may be there, it may do at any time. So
nothing reachable is missed, and a pair's level is never more than the length of the shortest path to it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.tables import SILENT, Place, Settling, Steps, Tables

BYTES_A_PAIR = 850
"""A rough size of a pair and its steps, for the memory budget."""

Pair = tuple[int, int, int]
"""A class of accounts, a control and a lane, by number."""


def classes_of(lanes: tuple[Any, ...]) -> dict[Any, list[int]]:
    """The accounts of each distinct first lane; equal first lanes are explored once."""
    if lanes.count(lanes[0]) == len(lanes):
        return {lanes[0]: [0, len(lanes)]}
    counts: dict[Any, list[int]] = {}
    for account, lane in enumerate(lanes):
        counts.setdefault(lane, [account, 0])[1] += 1
    return counts


@attrs.define(eq=False)
class Offer:
    """What some accounts offer to others at one control: an act, a change of the control, or leave for a turn."""

    what: Steps | Place | Settling
    owners: set[int] = attrs.field(factory=set)

    def reaches(self, kind: int, sizes: list[int]) -> bool:
        """Whether it applies to an account of a class: another account offers it."""
        return any(owner != kind or sizes[owner] > 1 for owner in self.owners)


@attrs.define(eq=False)
class Closure:
    """Pairs in the order in which they were met, with their levels.

    ``first`` is the first account of each class, ``sizes`` how many it has. ``acts`` and ``shifts`` tell what was met
    on the way: an account that acts on another, a step of one account that moves the control for all. ``broken`` are
    the properties that may break.
    """

    tables: Tables
    budget: Budget
    start: tuple[Any, tuple[Any, ...]] = attrs.field(init=False)
    first: list[int] = attrs.field(factory=list)
    sizes: list[int] = attrs.field(factory=list)
    pairs: list[Pair] = attrs.field(factory=list)
    level: array[int] = attrs.field(factory=lambda: array("i"))
    broken: set[str] = attrs.field(factory=set)
    acts: bool = False
    shifts: bool = False
    depth: int = 0
    _followed: int = 0
    _rules: dict[tuple[int, Any], Offer] = attrs.field(factory=dict)
    _at: list[list[Offer]] = attrs.field(factory=list)
    _done: list[list[list[int]]] = attrs.field(factory=list)
    _index: list[list[dict[int, int]]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.start = self.tables.model.start()

    def run(self) -> Closure:
        """Follow everything."""
        self.follow()
        return self

    def _begin(self) -> None:
        control, lanes = self.start
        place = self.tables.place(control)
        for kind, (lane, (account, size)) in enumerate(classes_of(lanes).items()):
            self.first.append(account)
            self.sizes.append(size)
            self._index.append([])
            self._done.append([])
            self._add(kind, place.number, place.lane(lane), 0)

    def follow(self, limit: int | None = None) -> bool:
        """Follow so many pairs, or all; whether all were followed. It can be taken up again."""
        if not self.pairs:
            self._begin()
        while self._followed < len(self.pairs):
            if limit is not None and len(self.pairs) > limit:
                return False
            self.depth, end = self.level[self._followed], len(self.pairs)
            self.budget.take(0, held=end * BYTES_A_PAIR)
            self._visit_all(self._followed, end)
            self._followed = end
        return True

    def _visit_all(self, start: int, end: int) -> None:
        for index in range(start, end):
            self.budget.clock()
            self._visit(index, self.depth + 1)

    def lanes(self, kind: int, place: int) -> dict[int, int]:
        """The lanes of a class at a control, each with its index among the pairs."""
        return self._index[kind][place] if place < len(self._index[kind]) else {}

    def places(self) -> Iterator[Place]:
        """The controls that every class may be at."""
        for place in self.tables.places:
            if all(self.lanes(kind, place.number) for kind in range(len(self.sizes))):
                yield place

    def _add(self, kind: int, place: int, lane: int, level: int) -> None:
        here = self._index[kind]
        while place >= len(here):
            here.append({})
            self._done[kind].append([])
        if lane not in here[place]:
            here[place][lane] = len(self.pairs)
            self.pairs.append((kind, place, lane))
            self.level.append(level)

    def _visit(self, index: int, level: int) -> None:
        kind, number, lane = self.pairs[index]
        place = self.tables.places[number]
        self._done[kind][number].append(index)
        self._follow(index, place.own.of(lane), level)
        rank = place.rank(lane)
        if rank >= 0:
            self.acts = True
            self._offer(number, place.by[rank], kind, level)
        for turn in place.turns:
            if turn.turn.needs == "nothing":
                self._settle(index, turn, level)
            elif turn.passing(lane):
                self._offer(number, turn, kind, level)
        if number < len(self._at):
            for rule in self._at[number]:
                self._apply(rule, index, level)

    def _follow(self, index: int, steps: Iterable[tuple[int, int, int, int]], level: int) -> None:
        kind, number, _ = self.pairs[index]
        known = self._index[kind][number]
        for to, after, note, _times in steps:
            if note != SILENT:
                self._heed(note)
            if to != number:
                self.shifts = True
                self._add(kind, to, after, level)
                self._offer(number, self.tables.places[to], kind, level)
            elif after not in known:
                self._add(kind, to, after, level)

    def _offer(self, number: int, what: Steps | Place | Settling, kind: int, level: int) -> None:
        """A class offers something at a control: apply it to all lanes that it newly reaches."""
        rule = self._rules.get((number, what))
        if rule is None:
            rule = self._rules[number, what] = Offer(what)
            while number >= len(self._at):
                self._at.append([])
            self._at[number].append(rule)
        if kind not in rule.owners:
            rule.owners.add(kind)
            for other in range(len(self.sizes)):
                for index in tuple(self._done[other][number]) if number < len(self._done[other]) else ():
                    self._apply(rule, index, level)

    def _apply(self, rule: Offer, index: int, level: int) -> None:
        kind, number, lane = self.pairs[index]
        what = rule.what
        if isinstance(what, Settling):
            if self._leave(rule, what, kind, lane):
                self._settle(index, what, level)
        elif rule.reaches(kind, self.sizes):
            if isinstance(what, Steps):
                self._follow(index, what.of(lane), level)
            else:
                self._add(kind, what.number, self.tables.places[number].carry(lane, what), level)

    def _leave(self, rule: Offer, turn: Settling, kind: int, lane: int) -> bool:
        """Whether a turn that needs all lanes, or any, may be taken with this one among them."""
        if turn.turn.needs == "all":
            return turn.passing(lane) and len(rule.owners) == len(self.sizes)
        return turn.passing(lane) or rule.reaches(kind, self.sizes)

    def _settle(self, index: int, turn: Settling, level: int) -> None:
        kind, _, lane = self.pairs[index]
        turn.need(lane)
        for note in (turn.own, turn.note[lane]):
            if note != SILENT:
                self._heed(note)
        self._add(kind, turn.to.number, turn.after[lane], level)

    def _heed(self, note: int) -> None:
        self.broken.update(self.tables.notes[note][0])
