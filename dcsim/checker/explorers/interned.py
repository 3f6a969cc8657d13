"""The interned engine: breadth-first search in which a state is its control and one integer.

Each account's lane has its own bits in the integer. The search assumes nothing about the accounts. Lanes are tabulated
when a state first needs them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.checker.explorers.budget import Budget, OverBudget, without_collector
from dcsim.checker.explorers.protocol import Explored, Lanes, breaks
from dcsim.checker.explorers.table_columns import Flags, Ints, SettlingColumns, StepColumns, carried, flags
from dcsim.checker.explorers.tables import Place, Settling, Steps, Tables

WORD = 62
"""Bits for the lanes of a state: a signed 64-bit integer without its two highest bits."""
CHUNK = 1 << 16
"""States expanded at once."""
BYTES_A_STATE = 40
"""A rough size of one state in all arrays that hold it, for the memory budget."""
BYTES_A_ROW = 800
"""A rough size of a state that is being expanded: about 16 steps, and the intermediate columns."""


def explore(model: Lanes, budget: Budget | None = None) -> Explored:
    """Visit every reachable state in order of depth."""
    return of(Tables(model), budget or Budget())


def of(tables: Tables, budget: Budget, limit: int | None = None) -> Explored:
    """As ``explore``, with tables that are filled in part. ``limit``: give up at more states than this."""
    with without_collector():
        return Search(tables, budget, limit).run()


@attrs.define(eq=False)
class Search:
    """One search, level by level. ``seen`` holds a sorted array of integers for each control."""

    tables: Tables
    budget: Budget
    limit: int | None = None
    accounts: int = 0
    bits: int = 0
    seen: dict[int, Ints] = attrs.field(factory=dict)
    states: int = 0
    transitions: int = 0
    effects: Counter[int] = attrs.field(factory=Counter)
    _columns: dict[Steps, StepColumns] = attrs.field(factory=dict)
    _turns: dict[Settling, SettlingColumns] = attrs.field(factory=dict)

    def run(self) -> Explored:
        """Search until no state is new, or a budget runs out."""
        why, depth = "", 0
        try:
            frontier = self._begin()
            while frontier:
                frontier = self._level(frontier)
                depth += bool(frontier)
        except OverBudget as over:
            why = str(over)
        broken, fired = self.tables.tally(self.effects.items())
        return Explored(
            engine="interned",
            states=self.states,
            transitions=self.transitions,
            depth=depth,
            complete=not why,
            broken=breaks(broken),
            fired=dict(fired),
            why=why,
        )

    def _begin(self) -> dict[int, Ints]:
        control, lanes = self.tables.model.start()
        self.accounts, self.bits = len(lanes), WORD // len(lanes)
        place, self.states = self.tables.place(control), 1
        if self.bits < 2:
            raise OverBudget(f"{self.accounts} accounts do not fit one packed integer")
        code = sum(place.lane(lane) << self.bits * account for account, lane in enumerate(lanes))
        self._require_room(place)
        self.seen[place.number] = np.array([code], dtype=np.int64)
        return dict(self.seen)

    def _level(self, frontier: dict[int, Ints]) -> dict[int, Ints]:
        found: dict[int, list[Ints]] = {}
        for number, codes in frontier.items():
            for at in range(0, len(codes), CHUNK):
                self.budget.clock()
                waiting = sum(part.nbytes for parts in found.values() for part in parts)
                held = self.states * BYTES_A_STATE + waiting
                self.budget.take(waiting + min(len(codes), CHUNK) * BYTES_A_ROW, held)
                by_control: dict[int, list[Ints]] = {}
                for to, after in self._expand(self.tables.places[number], codes[at : at + CHUNK]):
                    if len(after):
                        by_control.setdefault(to, []).append(after)
                for to, parts in by_control.items():
                    found.setdefault(to, []).append(_distinct(parts))
        fresh = {to: self._fresh(to, _distinct(parts)) for to, parts in found.items()}
        if self.limit is not None and self.states > self.limit:
            raise OverBudget(f"more than {self.limit:,} states")
        return {to: codes for to, codes in fresh.items() if len(codes)}

    def _fresh(self, to: int, codes: Ints) -> Ints:
        """The states that were not seen before. They count as seen from now on."""
        seen = self.seen.get(to)
        if seen is None:
            self.seen[to], fresh = codes, codes
        else:
            self.budget.take(seen.nbytes + 3 * codes.nbytes)
            where = np.searchsorted(seen, codes)
            new = seen[np.minimum(where, len(seen) - 1)] != codes
            fresh = codes[new]
            self.seen[to] = np.insert(seen, where[new], fresh)
        self.states += len(fresh)
        return fresh

    # -- steps -----------------------------------------------------------------------------------------------------

    def _expand(self, place: Place, codes: Ints) -> Iterator[tuple[int, Ints]]:
        lanes = [self._lane(codes, account) for account in range(self.accounts)]
        for account in range(self.accounts):
            yield from self._moved(place, place.own, codes, lanes, account)
        for actor in range(self.accounts if self.accounts > 1 else 0):
            ranks = self._ranks(place, lanes[actor])
            for rank in np.unique(ranks[ranks >= 0]).tolist():
                may = ranks == rank
                for account in range(self.accounts):
                    if account != actor:
                        some = [lane[may] for lane in lanes]
                        yield from self._moved(place, place.by[rank], codes[may], some, account)
        for turn in place.turns:
            yield turn.to.number, self._turned(turn, codes, lanes)

    def _ranks(self, place: Place, lanes: Ints) -> Ints:
        ranks = np.full(len(place.lanes), -1, dtype=np.int64)
        for lane in np.flatnonzero(flags(lanes, len(ranks))).tolist():
            ranks[lane] = place.rank(lane)
        return ranks[lanes]

    def _moved(
        self, place: Place, steps: Steps, codes: Ints, lanes: list[Ints], account: int
    ) -> Iterator[tuple[int, Ints]]:
        table = self._columns.get(steps) or self._columns.setdefault(steps, StepColumns(steps))
        table.need(lanes[account])
        count = table.count[lanes[account]]
        # The steps of lane i are edges first[i] .. first[i] + count[i] - 1; this lists them for all lanes in turn.
        ends = np.cumsum(count)
        edge = np.arange(ends[-1]) + np.repeat(table.first[lanes[account]] - ends + count, count)
        if not len(edge):
            return
        self.transitions += int(table.total[lanes[account]].sum())
        if not table.without_effects:
            self._count_effects(table.effect[edge], table.times[edge])
        shift = self.bits * account
        # The state without this account's lane; the lane after the step is added to it.
        base = codes - (lanes[account] << shift)
        if table.single:
            self._require_room(place)
            yield place.number, np.repeat(base, count) + (table.after << shift)[edge]
            return
        where = np.repeat(np.arange(len(codes)), count)
        to = table.to[edge]
        for number in np.unique(to).tolist():
            there, chosen = self.tables.places[number], to == number
            rows = where[chosen]
            new = base[rows] if there is place else self._rest(place, there, lanes, account)[rows]
            self._require_room(there)
            yield number, new + (table.after[edge[chosen]] << shift)

    def _rest(self, place: Place, to: Place, lanes: list[Ints], account: int) -> Ints:
        """The other accounts' lanes as bits, with the numbers that they have at another control."""
        out = np.zeros(len(lanes[account]), dtype=np.int64)
        for other, lane in enumerate(lanes):
            if other != account:
                out += carried(place, to, lane) << self.bits * other
        return out

    def _turned(self, turn: Settling, codes: Ints, lanes: list[Ints]) -> Ints:
        table = self._turns.get(turn) or self._turns.setdefault(turn, SettlingColumns(turn))
        if turn.turn.needs != "nothing":
            join = np.logical_and if turn.turn.needs == "all" else np.logical_or
            may: Flags = join.reduce([table.test(lane) for lane in lanes])
            codes, lanes = codes[may], [lane[may] for lane in lanes]
        for lane in lanes:
            table.need(lane)
        if not len(codes):
            return codes
        self.transitions += len(codes)
        self._require_room(turn.to)
        self.effects[turn.own] += len(codes)
        after = np.zeros(len(codes), dtype=np.int64)
        for account, lane in enumerate(lanes):
            self._count_effects(table.effect[lane], np.ones(len(lane)))
            after += table.after[lane] << self.bits * account
        return after

    # -- effects of steps --------------------------------------------------------------------------------------------

    def _count_effects(self, effects: Ints, times: NDArray[Any]) -> None:
        counts = np.bincount(effects, weights=times)
        for effect in np.flatnonzero(counts).tolist():
            self.effects[effect] += int(counts[effect])

    # -- packing ---------------------------------------------------------------------------------------------------

    def _lane(self, codes: Ints, account: int) -> Ints:
        return (codes >> self.bits * account) & ((1 << self.bits) - 1)

    def _require_room(self, place: Place) -> None:
        if len(place.lanes) > 1 << self.bits:
            raise OverBudget(f"{len(place.lanes):,} lanes of {self.accounts} accounts do not fit one packed integer")


def _distinct(parts: list[Ints]) -> Ints:
    codes = np.concatenate(parts)
    codes.sort()
    return codes[np.concatenate([[True], codes[1:] != codes[:-1]])] if len(codes) else codes
