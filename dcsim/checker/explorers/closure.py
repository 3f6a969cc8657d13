"""The closure: for each distinct first lane, every pair (control, lane) that an account beginning there may reach.

The other accounts are not followed. As soon as one of them may be at a control where it offers a step, that step counts
as possible at any time. So no reachable pair is missed, and a pair's level is never more than the length of the
shortest path to it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.tables import NO_EFFECT, Place, Settling, Steps, Tables

BYTES_A_PAIR = 850
"""A rough size of a pair and its steps, for the memory budget."""

Pair = tuple[int, int, int]
"""A class of accounts, a control and a lane, by number."""


def classes_of(lanes: tuple[Any, ...]) -> dict[Any, list[int]]:
    """By distinct first lane: the first account that has it, and how many have it. Equal lanes are explored once."""
    # ``count`` compares by identity first: a million equal lanes are not hashed one by one.
    if lanes.count(lanes[0]) == len(lanes):
        return {lanes[0]: [0, len(lanes)]}
    counts: dict[Any, list[int]] = {}
    for account, lane in enumerate(lanes):
        counts.setdefault(lane, [account, 0])[1] += 1
    return counts


@attrs.define(eq=False)
class Offer:
    """What accounts of some classes (``owners``) offer to the others at one control.

    ``what`` is an act on the others (``Steps``), a step that moves the control (the ``Place`` that it leads to), or
    that a turn's test is passed (``Settling``).
    """

    what: Steps | Place | Settling
    owners: set[int] = attrs.field(factory=set)

    def reaches(self, kind: int, sizes: list[int]) -> bool:
        """Whether an account of a class gets this offer from an account other than itself."""
        return any(owner != kind or sizes[owner] > 1 for owner in self.owners)


@attrs.define(eq=False)
class Closure:
    """Pairs in the order in which they were found, with their levels.

    ``first`` is the first account of each class, ``sizes`` how many accounts the class has. ``acts``: some account can
    act on another. ``shifts``: some step of one account moves the control for all. ``broken`` are the properties that
    may break.
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
    _offers: dict[tuple[int, Any], Offer] = attrs.field(factory=dict)
    _offers_at: list[list[Offer]] = attrs.field(factory=list)
    _visited: list[list[list[int]]] = attrs.field(factory=list)
    _index: list[list[dict[int, int]]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.start = self.tables.model.start()

    def run(self) -> Closure:
        """Follow all pairs, without a limit."""
        self.follow()
        return self

    def _begin(self) -> None:
        control, lanes = self.start
        place = self.tables.place(control)
        for kind, (lane, (account, size)) in enumerate(classes_of(lanes).items()):
            self.first.append(account)
            self.sizes.append(size)
            self._index.append([])
            self._visited.append([])
            self._add(kind, place.number, place.lane(lane), 0)

    def follow(self, limit: int | None = None) -> bool:
        """Follow pairs until there are more than ``limit``. False: some are left, and a later call continues."""
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
        """The controls that every class may reach: only these are controls of reachable states."""
        for place in self.tables.places:
            if all(self.lanes(kind, place.number) for kind in range(len(self.sizes))):
                yield place

    def _add(self, kind: int, place: int, lane: int, level: int) -> None:
        here = self._index[kind]
        while place >= len(here):
            here.append({})
            self._visited[kind].append([])
        if lane not in here[place]:
            here[place][lane] = len(self.pairs)
            self.pairs.append((kind, place, lane))
            self.level.append(level)

    def _visit(self, index: int, level: int) -> None:
        kind, number, lane = self.pairs[index]
        place = self.tables.places[number]
        self._visited[kind][number].append(index)
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
        if number < len(self._offers_at):
            for offer in self._offers_at[number]:
                self._apply(offer, index, level)

    def _follow(self, index: int, steps: Iterable[tuple[int, int, int, int]], level: int) -> None:
        kind, number, _ = self.pairs[index]
        known = self._index[kind][number]
        for to, after, effect, _times in steps:
            if effect != NO_EFFECT:
                self._record_breaks(effect)
            if to != number:
                self.shifts = True
                self._add(kind, to, after, level)
                self._offer(number, self.tables.places[to], kind, level)
            elif after not in known:
                self._add(kind, to, after, level)

    def _offer(self, number: int, what: Steps | Place | Settling, kind: int, level: int) -> None:
        """Record that a class offers something at a control, and apply it to the lanes that were visited before."""
        offer = self._offers.get((number, what))
        if offer is None:
            offer = self._offers[number, what] = Offer(what)
            while number >= len(self._offers_at):
                self._offers_at.append([])
            self._offers_at[number].append(offer)
        if kind not in offer.owners:
            offer.owners.add(kind)
            for visited in self._visited:
                for index in tuple(visited[number]) if number < len(visited) else ():
                    self._apply(offer, index, level)

    def _apply(self, offer: Offer, index: int, level: int) -> None:
        kind, number, lane = self.pairs[index]
        what = offer.what
        if isinstance(what, Settling):
            if self._may_take(offer, what, kind, lane):
                self._settle(index, what, level)
        elif offer.reaches(kind, self.sizes):
            if isinstance(what, Steps):
                self._follow(index, what.of(lane), level)
            else:
                self._add(kind, what.number, self.tables.places[number].carry(lane, what), level)

    def _may_take(self, offer: Offer, turn: Settling, kind: int, lane: int) -> bool:
        """Whether a turn that needs all lanes, or any, may be taken by a state that has this lane."""
        if turn.turn.needs == "all":
            return turn.passing(lane) and len(offer.owners) == len(self.sizes)
        return turn.passing(lane) or offer.reaches(kind, self.sizes)

    def _settle(self, index: int, turn: Settling, level: int) -> None:
        kind, _, lane = self.pairs[index]
        turn.need(lane)
        for effect in (turn.own, turn.effect[lane]):
            if effect != NO_EFFECT:
                self._record_breaks(effect)
        self._add(kind, turn.to.number, turn.after[lane], level)

    def _record_breaks(self, effect: int) -> None:
        self.broken.update(self.tables.effects[effect][0])
