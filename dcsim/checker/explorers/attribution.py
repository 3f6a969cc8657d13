"""Attribution: which faults and slips come before each break, from a closure that follows no combination apart.

A set of combinations is a whole number, one bit for each; it is handed on along the closure's steps, control by control
in order of time, until nothing grows. Followed alone, an account meets what it can come to while the others are idle;
followed among the others, no less than all that can happen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

import attrs

from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.history_variables import after
from dcsim.checker.explorers.protocol import Break, Mishaps
from dcsim.checker.explorers.tables import SILENT, Place, Settling
from dcsim.checker.explorers.topological import order

Masks = dict[int, int]
"""By lane, the combinations of faults and slips after which it may be there."""


def attributed(closure: Closure, *, alone: bool = False) -> set[Break]:
    """What may break, told apart by the faults and slips before."""
    attribution = Attribution(closure, alone)
    attribution.run()
    return {
        # A model with history tells them apart by itself.
        name if isinstance(name, Break) else Break(name, attribution.combinations[bit])
        for name, mask in attribution.broken.items()
        for bit in range(mask.bit_length())
        if mask >> bit & 1
    }


@attrs.define(eq=False)
class Attribution:
    """``masks``: by class of accounts and control. ``broken``: by property, the combinations after which it breaks."""

    closure: Closure
    alone: bool
    combinations: list[Mishaps] = attrs.field(factory=lambda: [()])
    broken: defaultdict[str, int] = attrs.field(factory=lambda: defaultdict(int))
    _bits: dict[Mishaps, int] = attrs.field(factory=lambda: {(): 0})
    _after: dict[tuple[int, int], int] = attrs.field(factory=dict)
    _masks: dict[tuple[int, int], Masks] = attrs.field(factory=dict)
    _fresh: dict[tuple[int, int], dict[int, None]] = attrs.field(factory=dict)
    _heap: list[tuple[int, int]] = attrs.field(factory=list)
    _rank: dict[int, int] = attrs.field(factory=dict)

    def run(self) -> None:
        """Hand masks on until none grows."""
        closure, places = self.closure, self.closure.tables.places
        control, lanes = closure.start
        first = closure.tables.place(control)
        self._rank = order(first.number, lambda number: self._ways(places[number]))
        for kind, account in enumerate(closure.first):
            self._enter(kind, first.number, first.numbers[lanes[account]], 1)
        last = -1
        while self._heap:
            number = heappop(self._heap)[1]
            if number != last or self._heaped(number):
                closure.budget.clock()
                self._visit(places[number])
            last = number

    def _heaped(self, number: int) -> bool:
        return any((kind, number) in self._fresh for kind in self._kinds)

    @property
    def _kinds(self) -> range:
        return range(len(self.closure.sizes))

    def _ways(self, place: Place) -> Iterator[int]:
        yield from set(place.own.to)
        yield from (turn.to.number for turn in place.turns)

    def _enter(self, kind: int, number: int, lane: int, mask: int) -> None:
        masks = self._masks.setdefault((kind, number), {})
        known = masks.get(lane, 0)
        if mask | known != known:
            masks[lane] = mask | known
            fresh = self._fresh.get((kind, number))
            if fresh is None:
                fresh = self._fresh[kind, number] = {}
                heappush(self._heap, (self._rank[number], number))
            fresh[lane] = None

    # -- one control -----------------------------------------------------------------------------------------------

    def _visit(self, place: Place) -> None:
        offers: defaultdict[tuple[int, int], Masks] = defaultdict(dict)
        grown = {kind: self._saturate(kind, place, offers) for kind in self._kinds}
        if not self.alone:
            for (to, note), owners in offers.items():
                self._offer(place, to, note, owners)
        for turn in place.turns:
            self._turn(place, turn, grown)

    def _saturate(self, kind: int, place: Place, offers: dict[tuple[int, int], Masks]) -> Iterable[int]:
        """Follow the account's own steps from the lanes whose masks grew; all lanes that did."""
        masks, own, here = self._masks.get((kind, place.number), {}), place.own, place.number
        waiting = list(self._fresh.pop((kind, here), ()))
        grown = dict.fromkeys(waiting)
        while waiting:
            lane = waiting.pop()
            mask = masks[lane]
            for to, then, note, _times in own.of(lane):
                told = mask if note == SILENT else self._heed(note, mask)
                if to != here:
                    self._enter(kind, to, then, told)
                    owners = offers[to, note]
                    owners[kind] = owners.get(kind, 0) | mask
                elif told | masks.get(then, 0) != masks.get(then, 0):
                    masks[then] = told | masks.get(then, 0)
                    grown[then] = None
                    waiting.append(then)
        return grown

    def _offer(self, place: Place, to: int, note: int, owners: Masks) -> None:
        """One account moves the control: any other may be anywhere that it may be after the same slips."""
        there = self.closure.tables.places[to]
        for kind in self._kinds:
            mask = self._others(kind, owners)
            for lane, own in self._masks.get((kind, place.number), {}).items() if mask else ():
                if own & mask:
                    self._enter(kind, to, place.carry(lane, there), self._heed(note, own & mask))

    def _others(self, kind: int, owners: Masks) -> int:
        """The combinations after which an account other than one of this class offers something."""
        mask = 0
        for owner, offered in owners.items():
            if not self.alone and (owner != kind or self.closure.sizes[kind] > 1):
                mask |= offered
        return mask

    def _turn(self, place: Place, turn: Settling, grown: dict[int, Iterable[int]]) -> None:
        for kind in self._kinds:
            masks = self._masks.get((kind, place.number), {})
            if turn.turn.needs != "any":
                for lane in grown[kind]:
                    if turn.passing(lane):
                        self._settle(kind, turn, lane, masks[lane])
                continue
            others = self._others(kind, self._passing(place, turn))
            for lane, own in tuple(masks.items()):
                mask = own if turn.passing(lane) else own & others
                if mask:
                    self._settle(kind, turn, lane, mask)

    def _passing(self, place: Place, turn: Settling) -> Masks:
        """By class, the combinations after which one of its accounts passes a turn's test."""
        found: Masks = {}
        for kind in self._kinds if not self.alone else ():
            for lane, mask in self._masks.get((kind, place.number), {}).items():
                if turn.passing(lane):
                    found[kind] = found.get(kind, 0) | mask
        return found

    def _settle(self, kind: int, turn: Settling, lane: int, mask: int) -> None:
        turn.need(lane)
        for note in (turn.own, turn.note[lane]):
            if note != SILENT:
                mask = self._heed(note, mask)
        self._enter(kind, turn.to.number, turn.after[lane], mask)

    # -- combinations ----------------------------------------------------------------------------------------------

    def _heed(self, note: int, mask: int) -> int:
        """The combinations after a step with this note, held against what it breaks."""
        then = self._after.get((note, mask))
        if then is None:
            then = self._after[note, mask] = self._add(note, mask)
        for name in self.closure.tables.notes[note][0]:
            self.broken[name] |= then
        return then

    def _add(self, note: int, mask: int) -> int:
        met, then = self.closure.tables.notes[note][1], 0
        for bit in range(mask.bit_length()):
            if mask >> bit & 1:
                then |= 1 << self._bit(after(self.combinations[bit], met))
        return then

    def _bit(self, mishaps: Mishaps) -> int:
        bit = self._bits.setdefault(mishaps, len(self.combinations))
        if bit == len(self.combinations):
            self.combinations.append(mishaps)
        return bit
