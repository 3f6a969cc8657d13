"""Many accounts at once: their lanes as a numpy array, and an action that many of them take, as one step for each lane.

Accounts that are in one lane and take the same action under one control take the same step. So its cost is paid once,
and each account's share is to look up a number. What was found is the same as if each account had been asked in turn.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.domain.action_outcome import Notice, Violation
from dcsim.domain.actions import LaneAction
from dcsim.semantics.interning import NOBODY, Hop, Key, Table
from dcsim.trace.event import Found
from dcsim.trace.history_arrays import HistoryArrays, alike
from dcsim.trace.meter import Meter
from dcsim.trace.moves import EXAMPLES, Crowd
from dcsim.trace.recorder import Recorder
from dcsim.trace.tally import Kind

Accounts = NDArray[np.int32]
PART = 1 << 14
"""So many accounts are looked at together, so that what numpy copies on the way stays small."""
LanesSeen = Mapping[int, Sequence[Violation | Notice]]
"""What was found on all accounts in some lanes, by the lane's number."""
Order = tuple[int, int, int]
"""When something was found: its slot of time, its place in this slot, and its place among what was found there."""


def as_array(numbers: Sequence[int]) -> Accounts:
    """Some numbers of accounts as an array."""
    if isinstance(numbers, range):
        return np.arange(numbers.start, numbers.stop, numbers.step, dtype=np.int32)
    if isinstance(numbers, array):
        return np.frombuffer(numbers, np.dtype(numbers.typecode)).astype(np.int32)
    return np.asarray(numbers, np.int32)


COLUMNS = {
    "lane": np.int32,
    "commits": np.int64,
    "waits": np.int64,
    "shipped": np.bool_,
    "quiet": np.bool_,
    "accepted": np.bool_,
    "newest": np.int32,
}


@attrs.define(eq=False)
class HopArrays:
    """The steps that accounts in some lanes take by one action; ``index`` says which, by lane (NOBODY: not known yet).

    ``columns`` hold what ``Hop`` says of each step; ``newest`` is the number of the last redo entry after it.
    """

    hops: list[Hop] = attrs.field(factory=list)
    index: NDArray[np.int32] = attrs.field(factory=lambda: np.empty(0, np.int32))
    columns: dict[str, NDArray[Any]] = attrs.field(factory=lambda: {n: np.empty(0, t) for n, t in COLUMNS.items()})

    def of(self, lanes: NDArray[np.int32], table: Table, find: Callable[[int], Hop]) -> NDArray[np.int32]:
        """Which step accounts in some lanes take. ``find`` takes a new step, from a lane."""
        if len(table.lanes) > len(self.index):
            more = max(len(table.lanes), 2 * len(self.index)) - len(self.index)
            self.index = np.concatenate([self.index, np.full(more, NOBODY, np.int32)])
        which = self.index[lanes]
        if len(which) and which.min() < 0:
            new = np.unique(lanes[which < 0]).tolist()
            self.index[new] = np.arange(len(self.hops), len(self.hops) + len(new))
            self._add([find(lane) for lane in new], table)
            which = self.index[lanes]
        return which

    def _add(self, hops: list[Hop], table: Table) -> None:
        self.hops += hops
        for name, column in self.columns.items():
            more = [_newest(table, hop) if name == "newest" else getattr(hop, name) for hop in hops]
            self.columns[name] = np.concatenate([column, np.array(more, COLUMNS[name])])


def _newest(table: Table, hop: Hop) -> int:
    return max((entry.number for entry in table.lanes[hop.lane].redo), default=0)


def by_step(which: NDArray[np.int32], wanted: NDArray[np.bool_]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each step that is wanted, and where it was taken, in order."""
    members = np.flatnonzero(wanted[which])
    if len(members):
        members = members[np.argsort(which[members], kind="stable")]
        starts = np.flatnonzero(np.diff(which[members]))
        for part in np.split(members, starts + 1):
            yield int(which[part[0]]), part


@attrs.frozen(eq=False)
class Wave:
    """Many accounts that take the same action, in order of time: the slot of each, and its place in this slot."""

    accounts: Accounts
    slots: NDArray[np.int64]
    places: NDArray[np.int64]

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Wave:
        """Some accounts of this wave, in its order."""
        return Wave(self.accounts[chosen], self.slots[chosen], self.places[chosen])


@attrs.define(eq=False)
class LaneArrays:
    """Takes steps on many accounts of a recorder that keeps no events.

    What was found is kept until ``tell``, which hands it to the recorder in order of time.
    """

    recorder: Recorder
    histories: HistoryArrays | None = attrs.field(init=False)
    first: dict[Kind, tuple[Order, Violation | Notice, int]] = attrs.field(factory=dict)
    """What was found first of each kind since ``tell``: when, what, and on which account."""
    _commits: list[tuple[Wave, NDArray[np.int32]]] = attrs.field(factory=list)
    """The commits of accounts since ``tell_meter``, and the meter's number of each step, if there is a meter."""
    _hops: dict[tuple[LaneAction, int], HopArrays] = attrs.field(factory=dict)
    _under: object = None
    """The recorder's table of steps from which these steps are taken."""

    def __attrs_post_init__(self) -> None:
        """Find histories if the recorder does."""
        self.histories = HistoryArrays(self.recorder.histories) if self.recorder.histories else None

    @property
    def lanes(self) -> NDArray[np.int32]:
        """The number of each account's lane; to write here is to move accounts."""
        return np.frombuffer(self.recorder.lanes, np.int32)

    def take(self, wave: Wave, action: LaneAction, by: int = NOBODY) -> tuple[HopArrays, NDArray[np.int32]]:
        """Take one action on many accounts, none of them twice: the steps, and which of them each account took."""
        recorder, lanes = self.recorder, self.lanes
        steps = self._steps(action, by)
        actor = NOBODY if by == NOBODY else recorder.lanes[by]
        which = steps.of(lanes[wave.accounts], recorder.table, lambda lane: self._hop((lane, action, actor, None)))
        lanes[wave.accounts] = steps.columns["lane"][which]
        counts = np.bincount(which, minlength=len(steps.hops))
        recorder.actions += len(which)
        recorder.commits += int(counts @ steps.columns["commits"])
        recorder.waiting += int(counts @ steps.columns["waits"])
        if recorder.meter and counts @ steps.columns["commits"]:
            self._meter(recorder.meter, steps, which, wave)
        for number, members in by_step(which, ~steps.columns["quiet"]):
            self._find(steps.hops[number].step.seen, wave.only(members))
        if self.histories:
            self.histories.act_many(wave.accounts, action, by, steps.hops, which)
        return steps, which

    def _meter(self, meter: Meter, steps: HopArrays, which: NDArray[np.int32], wave: Wave) -> None:
        members = np.flatnonzero(steps.columns["commits"][which])
        taken, kept = np.unique(which[members]).tolist(), np.zeros(len(steps.hops), np.int32)
        kept[taken] = [meter.number(steps.hops[number]) for number in taken]
        self._commits.append((wave.only(members), kept[which[members]]))

    def tell_meter(self, instants: Callable[[NDArray[np.int64]], NDArray[np.int64]]) -> None:
        """Hand the commits since the last time to the meter, in order; ``instants`` gives those of slots of time."""
        meter, commits, self._commits = self.recorder.meter, self._commits, []
        if meter and commits:
            waves, hops = zip(*commits, strict=True)
            order = np.argsort(np.concatenate([wave.places for wave in waves]), kind="stable")
            meter.at.frombytes(instants(np.concatenate([wave.slots for wave in waves])[order]).tobytes())
            meter.accounts.frombytes(np.concatenate([wave.accounts for wave in waves])[order].tobytes())
            meter.hops.frombytes(np.concatenate(hops)[order].tobytes())

    def _steps(self, action: LaneAction, by: int) -> HopArrays:
        recorder = self.recorder
        if self._under is not recorder.hops:
            self._under = recorder.hops
            self._hops.clear()
        return self._hops.setdefault((action, NOBODY if by == NOBODY else recorder.lanes[by]), HopArrays())

    def _hop(self, key: Key) -> Hop:
        return self.recorder.hops.get(key) or self.recorder.table.hop(self.recorder.control, key)

    def distinct(self) -> set[int]:
        """The numbers of the lanes in which any account is."""
        present = np.zeros(len(self.recorder.table.lanes), np.bool_)
        for part in self._parts():
            present[part] = True
        return set(np.flatnonzero(present).tolist())

    def distinct_of(self, accounts: Sequence[int]) -> set[int]:
        """The numbers of the lanes in which some accounts are."""
        present = np.zeros(len(self.recorder.table.lanes), np.bool_)
        for start in range(0, len(accounts), PART):
            present[self.lanes[as_array(accounts[start : start + PART])]] = True
        return set(np.flatnonzero(present).tolist())

    def alike(self, accounts: Sequence[int], lanes: Iterable[int], alone: int) -> list[tuple[int, int]]:
        """Those of some accounts that are in some lanes, in their order: so many alone, and of those after them the
        first in each lane; each with the number of accounts that it stands for.
        """
        numbers = as_array(accounts)
        wanted = np.zeros(len(self.recorder.table.lanes), np.bool_)
        wanted[list(lanes)] = True
        numbers = numbers[wanted[self.lanes[numbers]]]
        later = numbers[alone:]
        groups = sorted((int(part[0]), len(part)) for _, part in by_step(self.lanes[later], wanted))
        return [*((number, 1) for number in numbers[:alone].tolist()), *((int(later[at]), n) for at, n in groups)]

    def settle(self, settled: dict[int, Hop]) -> list[Found]:
        """Move every account to its lane after a control action, and tell what was found on each."""
        recorder = self.recorder
        seen = {number: hop.step.seen for number, hop in settled.items() if not hop.quiet}
        told = self._find_in_lanes(seen)
        if any(hop.lane != number for number, hop in settled.items()):
            to = np.zeros(max(settled) + 1, np.int32)
            for number, hop in settled.items():
                to[number] = hop.lane
            # Not in place: others may hold the lanes as they were before.
            recorder.lanes, recorder.waiting = recorder.lanes[:], 0
            behind = np.array(recorder.table.behind)
            for part in self._parts():
                part[:] = to[part]
                recorder.waiting += int(np.count_nonzero(behind[part]))
        self._tell_now(seen, told, len(recorder.events) + 1)
        name = recorder.roster.name
        return [Found(account=name(account), what=what) for account, number in told for what in seen[number]]

    def find(self, seen: LanesSeen) -> None:
        """Tell what is found at the end of a run on every account in some lanes."""
        self._tell_now(seen, self._find_in_lanes(seen), len(self.recorder.events))

    def _parts(self) -> Iterator[NDArray[np.int32]]:
        """The lanes, part by part: numpy copies what it indexes by, and a copy of them all would take memory."""
        lanes = self.lanes
        return (lanes[start : start + PART] for start in range(0, len(lanes), PART))

    # -- what was found --------------------------------------------------------------------------------------------

    def _find(self, seen: Sequence[Violation | Notice], wave: Wave) -> None:
        """Count what was found on a wave of accounts that took one step."""
        for position, what in enumerate(seen):
            kind = self.recorder.tallies.kind(what, self.recorder.control.interval)
            tally = self.recorder.tallies.of(kind)
            marks = np.frombuffer(tally.marks, np.uint8)
            tally.count += len(wave.accounts) - int(np.count_nonzero(marks[wave.accounts]))
            marks[wave.accounts] = 1
            order = int(wave.slots[0]), int(wave.places[0]), position
            if kind not in self.first or order < self.first[kind][0]:
                self.first[kind] = order, what, int(wave.accounts[0])

    def tell(self, instant: Callable[[int], int], event: int | None = None) -> None:
        """Hand what was found to the recorder, in order; ``instant`` gives that of a slot of time. ``event`` is the
        number of the event that says so, if any does (None: the next).
        """
        recorder, now = self.recorder, self.recorder.now
        for kind, (order, what, account) in sorted(self.first.items(), key=lambda item: item[1][0]):
            recorder.now = instant(order[0])
            recorder.keep(kind, what, account, len(recorder.events) + 1 if event is None else event)
        recorder.now = now
        self.first.clear()

    def _find_in_lanes(self, seen: LanesSeen) -> list[tuple[int, int]]:
        """Count what was found on all accounts in some lanes. Return the accounts of which an event says so, with their
        lanes.
        """
        recorder, lanes = self.recorder, self.lanes
        loud = np.zeros(len(recorder.table.lanes), np.bool_)
        loud[list(seen)] = True
        for number, accounts in by_step(lanes, loud) if seen else ():
            self._find(seen[number], Wave(accounts.astype(np.int32), np.broadcast_to(0, accounts.shape), accounts))
        if not recorder.tracing:
            return []
        told = range(len(lanes)) if recorder.weights is None else sorted(recorder.weights)
        numbers = as_array(told)
        numbers = numbers[loud[lanes[numbers]]]
        return list(zip(numbers.tolist(), lanes[numbers].tolist(), strict=True))

    def _tell_now(self, seen: LanesSeen, told: list[tuple[int, int]], event: int) -> None:
        recorder = self.recorder
        self.tell(lambda _: recorder.now, event)
        # A folded trace shows the first account that is in it.
        for account, number in told if recorder.weights is not None else ():
            for what in seen[number]:
                recorder.keep(recorder.tallies.kind(what, recorder.control.interval), what, account, event)

    def crowds(self, lanes: array[int]) -> dict[int, Crowd]:
        """The accounts in each lane, of some that were kept."""
        found = ((lanes[first[0]], count, first) for count, first in alike(lanes, EXAMPLES))
        return {lane: Crowd(count, tuple(first)) for lane, count, first in found}
