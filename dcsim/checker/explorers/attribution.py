"""Attribution: which faults and slips come before each break, computed from a closure.

The closure keeps no record of faults and slips. Attribution computes, for each control and lane, the set of their
combinations that may come before it. A set is a whole number (a mask) with one bit for each combination. Masks are
propagated along the closure's steps, control by control in order of time, until none grows.

``alone``: the other accounts are idle, so the result is what one account can do by itself. Otherwise the others offer
their steps as in the closure, so the result contains everything that can happen.

``history_variables.WithHistory`` gives the same answers and is the reference. It explores every combination
separately, which is slower (docs/explanation/engines.md has the figures).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

import attrs

from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.history_variables import after
from dcsim.checker.explorers.protocol import Break, Mishaps
from dcsim.checker.explorers.tables import NO_EFFECT, Place, Settling
from dcsim.checker.explorers.topological_order import order

Masks = dict[int, int]
"""By lane, the combinations of faults and slips after which it may be there."""


def attributed(closure: Closure, *, alone: bool = False) -> set[Break]:
    """What may break, with the faults and slips that come before."""
    attribution = Attribution(closure, alone)
    attribution.run()
    return {
        # The steps of a ``WithHistory`` model already break a ``Break`` and not a bare name.
        name if isinstance(name, Break) else Break(name, attribution.combinations[bit])
        for name, mask in attribution.broken.items()
        for bit in range(mask.bit_length())
        if mask >> bit & 1
    }


@attrs.define(eq=False)
class Attribution:
    """``combinations``: the meaning of each bit. ``broken``: by property, the combinations after which it breaks.

    ``_masks``: the masks of lanes, by class of accounts and control. ``_fresh``: the lanes whose mask grew since their
    control was last visited.
    """

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
        """Propagate masks until none grows."""
        closure, places = self.closure, self.closure.tables.places
        control, lanes = closure.start
        first = closure.tables.place(control)
        self._rank = order(first.number, lambda number: self._successors(places[number]))
        for kind, account in enumerate(closure.first):
            self._enter(kind, first.number, first.numbers[lanes[account]], 1)
        last = -1
        while self._heap:
            number = heappop(self._heap)[1]
            # A control may stand in the heap once for each class of accounts; one visit handles all classes.
            if number != last or self._queued(number):
                closure.budget.clock()
                self._visit(places[number])
            last = number

    def _queued(self, number: int) -> bool:
        return any((kind, number) in self._fresh for kind in self._kinds)

    @property
    def _kinds(self) -> range:
        return range(len(self.closure.sizes))

    def _successors(self, place: Place) -> Iterator[int]:
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
        # Offers by (control that they lead to, effect); each maps the offering class to its combinations.
        offers: defaultdict[tuple[int, int], Masks] = defaultdict(dict)
        grown = {kind: self._saturate(kind, place, offers) for kind in self._kinds}
        if not self.alone:
            for (to, effect), owners in offers.items():
                self._offer(place, to, effect, owners)
        for turn in place.turns:
            self._turn(place, turn, grown)

    def _saturate(self, kind: int, place: Place, offers: dict[tuple[int, int], Masks]) -> Iterable[int]:
        """Follow the account's own steps from the lanes whose masks grew. Returns all lanes whose masks grew here."""
        masks, own, here = self._masks.get((kind, place.number), {}), place.own, place.number
        waiting = list(self._fresh.pop((kind, here), ()))
        grown = dict.fromkeys(waiting)
        while waiting:
            lane = waiting.pop()
            mask = masks[lane]
            for to, then, effect, _times in own.of(lane):
                then_mask = mask if effect == NO_EFFECT else self._mask_after(effect, mask)
                if to != here:
                    self._enter(kind, to, then, then_mask)
                    owners = offers[to, effect]
                    owners[kind] = owners.get(kind, 0) | mask
                elif then_mask | masks.get(then, 0) != masks.get(then, 0):
                    masks[then] = then_mask | masks.get(then, 0)
                    grown[then] = None
                    waiting.append(then)
        return grown

    def _offer(self, place: Place, to: int, effect: int, owners: Masks) -> None:
        """One account moves the control. Any other may then be at any lane that it may have after the same mishaps."""
        there = self.closure.tables.places[to]
        for kind in self._kinds:
            mask = self._others(kind, owners)
            if not mask:
                continue
            for lane, own in self._masks.get((kind, place.number), {}).items():
                if own & mask:
                    self._enter(kind, to, place.carry(lane, there), self._mask_after(effect, own & mask))

    def _others(self, kind: int, owners: Masks) -> int:
        """The combinations after which another account than the one looked at offers something."""
        mask = 0
        for owner, offered in owners.items():
            # An account gets no offer from itself, but one from another account of its class.
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
        if self.alone:
            return found
        for kind in self._kinds:
            for lane, mask in self._masks.get((kind, place.number), {}).items():
                if turn.passing(lane):
                    found[kind] = found.get(kind, 0) | mask
        return found

    def _settle(self, kind: int, turn: Settling, lane: int, mask: int) -> None:
        turn.need(lane)
        for effect in (turn.own, turn.effect[lane]):
            if effect != NO_EFFECT:
                mask = self._mask_after(effect, mask)
        self._enter(kind, turn.to.number, turn.after[lane], mask)

    # -- combinations ----------------------------------------------------------------------------------------------

    def _mask_after(self, effect: int, mask: int) -> int:
        """The combinations after a step with this effect. What the step breaks is recorded as broken after them."""
        then = self._after.get((effect, mask))
        if then is None:
            then = self._after[effect, mask] = self._add(effect, mask)
        for name in self.closure.tables.effects[effect][0]:
            self.broken[name] |= then
        return then

    def _add(self, effect: int, mask: int) -> int:
        occurrences, then = self.closure.tables.effects[effect][1], 0
        for bit in range(mask.bit_length()):
            if mask >> bit & 1:
                then |= 1 << self._bit(after(self.combinations[bit], occurrences))
        return then

    def _bit(self, mishaps: Mishaps) -> int:
        bit = self._bits.setdefault(mishaps, len(self.combinations))
        if bit == len(self.combinations):
            self.combinations.append(mishaps)
        return bit
