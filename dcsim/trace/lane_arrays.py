"""Many accounts at once: their lanes as a numpy array, and an action that many of them take, as one step for each lane.

Accounts that are in one lane and take the same action under one control take the same step. So its cost is paid once,
and each account's share is to look up a number. What was found is the same as if each account had been asked in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.domain.action_outcome import Notice, Violation
from dcsim.domain.actions import LaneAction
from dcsim.semantics.interning import NOBODY, Hop, Key
from dcsim.trace.history_arrays import HistoryArrays
from dcsim.trace.recorder import Kind, Recorder

Accounts = NDArray[np.int32]
PART = 1 << 16
"""So many accounts are looked at together, so that what numpy copies on the way stays small."""
Order = tuple[int, int, int]
"""When something was found: its slot of time, its place in this slot, and its place among what was found there."""


@attrs.define(eq=False)
class Hops:
    """The steps that accounts in some lanes take by one action, and where to find each, by lane.

    The other columns are by step. ``newest`` is the number of the lane's last redo entry.
    """

    hops: list[Hop] = attrs.field(factory=list)
    index: NDArray[np.int32] = attrs.field(factory=lambda: np.empty(0, np.int32))
    to: NDArray[np.int32] = attrs.field(factory=lambda: np.empty(0, np.int32))
    commits: NDArray[np.int64] = attrs.field(factory=lambda: np.empty(0, np.int64))
    waits: NDArray[np.int64] = attrs.field(factory=lambda: np.empty(0, np.int64))

    def of(self, lanes: NDArray[np.int32], size: int, find: Callable[[int], Hop]) -> NDArray[np.int32]:
        """Which step accounts in some lanes take; ``size``: how many lanes there are. ``find`` takes a new step."""
        if size > len(self.index):
            more = np.full(max(size, 2 * len(self.index)) - len(self.index), NOBODY, np.int32)
            self.index = np.concatenate([self.index, more])
        which = self.index[lanes]
        if len(which) and which.min() < 0:
            for lane in np.unique(lanes[which < 0]).tolist():
                self.index[lane] = len(self.hops)
                self.hops.append(find(lane))
            self.to = np.array([hop.lane for hop in self.hops], np.int32)
            self.commits = np.array([hop.commits for hop in self.hops], np.int64)
            self.waits = np.array([hop.waits for hop in self.hops], np.int64)
            which = self.index[lanes]
        return which


@attrs.frozen(eq=False)
class Wave:
    """Many accounts that take the same action, in order of time: the slot of each, and its place in this slot."""

    accounts: Accounts
    slots: NDArray[np.int64]
    places: NDArray[np.int64] | Accounts

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
    _hops: dict[tuple[LaneAction, int], Hops] = attrs.field(factory=dict)
    _under: object = None
    """The recorder's table of steps from which these steps are taken."""

    def __attrs_post_init__(self) -> None:
        """Find histories if the recorder does."""
        self.histories = HistoryArrays(self.recorder.histories) if self.recorder.histories else None

    @property
    def lanes(self) -> NDArray[np.int32]:
        """The number of each account's lane; to write here is to move accounts."""
        return np.frombuffer(self.recorder.lanes, np.int32)

    def take(self, wave: Wave, action: LaneAction, by: int = NOBODY) -> tuple[Hops, NDArray[np.int32]]:
        """Take one action on many accounts, none of them twice: the steps, and which of them each account took."""
        recorder, lanes = self.recorder, self.lanes
        steps = self._steps(action, by)
        actor = NOBODY if by == NOBODY else recorder.lanes[by]
        which = steps.of(
            lanes[wave.accounts], len(recorder.table.lanes), lambda lane: self._hop((lane, action, actor, None))
        )
        lanes[wave.accounts] = steps.to[which]
        counts = np.bincount(which, minlength=len(steps.hops))
        recorder.actions += len(which)
        recorder.commits += int(counts @ steps.commits)
        recorder.waiting += int(counts @ steps.waits)
        for number in np.flatnonzero(counts).tolist():
            if not steps.hops[number].quiet:
                self._find(steps.hops[number], wave.only(which == number))
        if self.histories:
            self.histories.act_many(wave.accounts, action, by, steps.hops, which)
        return steps, which

    def _steps(self, action: LaneAction, by: int) -> Hops:
        recorder = self.recorder
        if self._under is not recorder.hops:
            self._under = recorder.hops
            self._hops.clear()
        return self._hops.setdefault((action, NOBODY if by == NOBODY else recorder.lanes[by]), Hops())

    def _hop(self, key: Key) -> Hop:
        return self.recorder.hops.get(key) or self.recorder.table.hop(self.recorder.control, key)

    def distinct(self) -> set[int]:
        """The numbers of the lanes in which any account is."""
        present = np.zeros(len(self.recorder.table.lanes), np.bool_)
        for part in self._parts():
            present[part] = True
        return set(np.flatnonzero(present).tolist())

    def settle(self, settled: dict[int, Hop]) -> None:
        """Move every account to its lane after a control action, and tell what was found on each."""
        recorder, lanes = self.recorder, self.lanes
        for number, hop in settled.items():
            if not hop.quiet:
                accounts = np.flatnonzero(lanes == number).astype(np.int32)
                self._find(hop, Wave(accounts, np.broadcast_to(0, accounts.shape), accounts))
        if any(hop.lane != number for number, hop in settled.items()):
            to = np.zeros(max(settled) + 1, np.int32)
            for number, hop in settled.items():
                to[number] = hop.lane
            behind, recorder.waiting = np.array(recorder.table.behind), 0
            for part in self._parts():
                part[:] = to[part]
                recorder.waiting += int(np.count_nonzero(behind[part]))
        self.tell(lambda _: recorder.now)

    def _parts(self) -> Iterator[NDArray[np.int32]]:
        """The lanes, part by part: numpy copies what it indexes by, and a copy of them all would take memory."""
        lanes = self.lanes
        return (lanes[start : start + PART] for start in range(0, len(lanes), PART))

    # -- what was found --------------------------------------------------------------------------------------------

    def _find(self, hop: Hop, wave: Wave) -> None:
        """Count what was found on a wave of accounts that took one step."""
        for position, what in enumerate(hop.step.seen):
            kind = self.recorder.kind(what)
            tally = self.recorder.tally(kind)
            marks = np.frombuffer(tally.marks, np.uint8)
            tally.count += len(wave.accounts) - int(np.count_nonzero(marks[wave.accounts]))
            marks[wave.accounts] = 1
            order = int(wave.slots[0]), int(wave.places[0]), position
            if kind not in self.first or order < self.first[kind][0]:
                self.first[kind] = order, what, int(wave.accounts[0])

    def tell(self, instant: Callable[[int], int]) -> None:
        """Hand what was found to the recorder, in order; ``instant`` gives that of a slot of time."""
        recorder, now = self.recorder, self.recorder.now
        for kind, (order, what, account) in sorted(self.first.items(), key=lambda item: item[1][0]):
            recorder.now = instant(order[0])
            recorder.keep(kind, what, account, 0)
        recorder.now = now
        self.first.clear()
