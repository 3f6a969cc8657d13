"""Waves: what many clients do is taken many accounts at a time, and has the same results as if each acted in turn.

Between two events of the control, accounts do not meet: only each account's own order of acts and deliveries matters.
So lanes stay behind until something needs them (an event of the control, an observer, the end), and then all that was
due is taken in waves. A wave is many accounts that take the same action; each step is taken once for each lane
(``LaneArrays``). These things bind accounts together all the same:

- An administrator, whose own record decides what he may do. What he does and what befalls himself are never taken
  together (``_parts``).
- The link: jitter is drawn, and entries keep their order, in the order in which they were sent. So if its lag varies,
  no account acts twice in what is taken together; else its second act is a wave after that of its first.
- What was found first, and which failures are kept. Both are put in order before they are told.
- Events that are kept. What befalls a watched account is taken alone, after all that was before it.

Runs with faults of single redo entries or acts, with a player, and those that keep the events of many accounts, go act
by act (``ClientsProcess``, ``LinkProcess``; ``Simulation`` decides).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from random import Random

import attrs
import numpy as np
import simpy
from numpy.typing import NDArray

from dcsim.domain.actions import Deliver
from dcsim.domain.runbook import Link
from dcsim.semantics.interning import NOBODY
from dcsim.simulate.act_arrays import MOST, ActArrays, Acts
from dcsim.simulate.acts import Stream
from dcsim.simulate.expectations import Judge
from dcsim.simulate.failure_arrays import NEVER, FailureArrays
from dcsim.simulate.link_arrays import Entries, LinkArrays, lags, together
from dcsim.simulate.mishaps import ScenarioFaults
from dcsim.simulate.random_arrays import randints
from dcsim.simulate.run_time import CLIENT, LINK, OPERATOR, SLOTS, Process, RunTime
from dcsim.trace.lane_arrays import LaneArrays, Wave
from dcsim.trace.recorder import Recorder

Ints = NDArray[np.int64]
FEW = 64
"""So many acts are looked at first for an account that acts twice."""


@attrs.define(eq=False)
class Waves:
    """Clients and link of one run.

    Places in time are slots since the epoch (``RunTime`` has six a millisecond), and within a slot twice the number of
    the act in the order of the run; what an act sends has the odd number after it.
    """

    time: RunTime
    mishaps: ScenarioFaults
    random: Random
    judge: Judge
    streams: list[Stream]
    recorder: Recorder = attrs.field(init=False)
    acts: ActArrays = attrs.field(init=False)
    link: LinkArrays = attrs.field(factory=LinkArrays)
    lanes: LaneArrays = attrs.field(init=False)
    _taken: int = 0
    """How many acts were taken: the place of the next one."""
    _last: int = NOBODY
    """The instant of the last of what is being taken."""
    _most: int = FEW
    """So many acts are looked at for an account that acts twice, if none may."""
    _at: NDArray[np.int32] = attrs.field(init=False)
    """Where each account acts among some acts, while these are looked at; else NOBODY."""
    _by: NDArray[np.int32] = attrs.field(init=False)
    """The administrator of each stream."""
    _refused: NDArray[np.bool_] = attrs.field(init=False)
    """Whether the last act on each account was refused; kept only where a step asks for it."""
    _failures: FailureArrays = attrs.field(init=False)
    _watched: NDArray[np.bool_] = attrs.field(init=False)
    """Whether the events of each account are kept; none, if no events are."""

    def __attrs_post_init__(self) -> None:
        """Nothing was taken yet."""
        self.recorder, self.acts = self.time.recorder, ActArrays(self.streams)
        self.time.catch_lanes_up = lambda slot: self.advance(self.time.start * SLOTS + slot)
        self.recorder.many = self.lanes = LaneArrays(self.recorder)
        self._failures = FailureArrays(self.judge)
        self._watched = np.zeros(self.recorder.roster.size if self.recorder.tracing else 0, np.bool_)
        self._watched[list(self.recorder.watch or ())] = True
        self._at = np.full(self.recorder.roster.size, NOBODY, np.int32)
        asked = any(stream.step.if_refused for stream in self.streams)
        self._refused = np.zeros(self.recorder.roster.size if asked else 0, np.bool_)
        self._by = np.array([stream.by for stream in self.streams], np.int32)

    def finish(self) -> None:
        """Take all that is left."""
        self.advance(NEVER)
        self.time.catch_lanes_up = None

    def advance(self, goal: int) -> None:
        """Take all that is due before a slot of time."""
        recorder = self.recorder
        if recorder.last_at is None and (first := self._next(goal)) is not None:
            self._take_until(min(goal, (first // SLOTS + 1) * SLOTS))
        last = recorder.last_at
        if last is not None and recorder.control is not recorder.checked:
            # What breaks when time passes is found before what is done later.
            self._take_until(min(goal, (last + 1) * SLOTS))
            if (first := self._next(goal)) is not None:
                recorder.now = first // SLOTS
                recorder.check_time_passed()
                recorder.last_at = last
        self._take_until(goal)

    def _next(self, goal: int) -> int | None:
        """The slot of what is due next before another slot."""
        acts = self.acts.next(_instants_before(goal))
        link = self.link.first if self.recorder.control.ships else None
        due = [slot for slot in (acts if acts is None else acts * SLOTS + CLIENT, link) if slot is not None]
        return min(due) if due and min(due) < goal else None

    def _take_until(self, goal: int) -> None:
        self._last = NOBODY
        while (acts := self.acts.read(_instants_before(goal))) is not None:
            places = 2 * np.arange(self._taken, self._taken + len(acts.instants), dtype=np.int64)
            self._taken += len(acts.instants)
            for part in self._parts(acts):
                some = acts.only(part)
                if self._is_watched(some.accounts[:1]).any():
                    self._act_alone(some, places[part])
                    continue
                for chosen in self._waves(some):
                    self._act(some.only(chosen), places[part][chosen])
            self._failures.tell()
            self.lanes.tell_meter(lambda slots: slots // SLOTS)
        if self.recorder.control.ships:
            self._deliver(self.link.take(goal))
        self.lanes.tell(lambda slot: slot // SLOTS)
        if self._last != NOBODY:
            self.recorder.last_at = self.recorder.now = self._last

    # -- what is taken together ------------------------------------------------------------------------------------

    def _parts(self, acts: Acts) -> Iterator[slice]:
        """Cut some acts so that no administrator acts in a part in which something befalls himself, and so that what
        befalls a watched account is alone.
        """
        by, end, watched = self._by[acts.streams], len(acts.instants), self._is_watched(acts.accounts)
        slots, start = acts.instants * SLOTS + CLIENT, 0
        while start < end:
            cuts = [end]
            for who in set(np.unique(by[start:]).tolist()) - {NOBODY}:
                does, has = (int(np.argmax(of[start:] == who)) for of in (by, acts.accounts))
                if acts.accounts[start + has] == who:
                    cuts.append(start + (does + 1 if does == has else max(does, has)))
                cuts += self._arriving(slots, start, partial(_is_of, who))
            if len(watched):
                first = start + int(np.argmax(watched[start:]))
                cuts += [max(first, start + 1)] if watched[first] else []
                cuts += self._arriving(slots, start, lambda batch: self._is_watched(batch.accounts))
            yield slice(start, min(cuts))
            start = min(cuts)

    def _arriving(self, slots: Ints, start: int, chosen: Callable[[Entries], NDArray[np.bool_]]) -> list[int]:
        """The first of some acts, each at its slot, before which an entry arrives of those chosen, if there is one."""
        later = (at for slot in self.link.arrivals(chosen) if (at := int(np.searchsorted(slots, slot))) > start)
        return list(islice(later, 1))

    def _is_watched(self, accounts: NDArray[np.int32]) -> NDArray[np.bool_]:
        return self._watched[accounts] if len(self._watched) else self._watched

    def _waves(self, acts: Acts) -> Iterator[Ints]:
        """Which acts are taken together, and which after them: no account acts twice in a wave."""
        left, at = np.arange(len(acts.instants)), self._at
        while len(left):
            some = left[: self._most] if self.in_order else left
            who = acts.accounts[some]
            # Of an account that acts several times, the number of its first act remains.
            at[who[::-1]] = some[::-1]
            first = at[who] == some
            at[who] = NOBODY
            if not self.in_order:
                yield some[first]
                left = left[~first]
                continue
            cut = len(some) if first.all() else int(np.argmin(first))
            self._most = min(2 * cut + FEW, MOST)
            yield some[:cut]
            left = left[cut:]

    def _act(self, acts: Acts, places: Ints) -> None:
        """Take some acts, each of another account."""
        slots = acts.instants * SLOTS + CLIENT
        self._arrive(acts.accounts, slots)
        sent: list[Entries] = []
        streams = np.unique(acts.streams).tolist()
        for index in streams:
            members = slice(None) if len(streams) == 1 else np.flatnonzero(acts.streams == index)
            sent += self._wave(index, Wave(acts.accounts[members], slots[members], places[members]))
        if sent:
            self._send(together(sent))

    def _act_alone(self, acts: Acts, places: Ints) -> None:
        """Take the act of a watched account, after all that was before it."""
        recorder, account, stream = self.recorder, int(acts.accounts[0]), self.streams[int(acts.streams[0])]
        slots = acts.instants * SLOTS + CLIENT
        self._arrive(acts.accounts, slots)
        if stream.step.if_refused and not self._refused[account]:
            return
        self._tell()
        recorder.now = self._last = int(acts.instants[0])
        hop = recorder.lane_action("client", account, stream.action, stream.by)
        if len(self._refused):
            self._refused[account] = not hop.accepted
        self.judge.judge_step(stream.step, account, stream.action, hop)
        if hop.shipped:
            newest = max(entry.number for entry in recorder.lane(account).redo)
            self._send(Entries(slots, acts.accounts, np.array([newest], np.int32), places))

    def _tell(self) -> None:
        """Tell all that was found so far."""
        self._failures.tell()
        self.lanes.tell_meter(lambda slots: slots // SLOTS)
        self.lanes.tell(lambda slot: slot // SLOTS)

    def _wave(self, index: int, wave: Wave) -> Iterator[Entries]:
        """Let many accounts take the act of one stream; return what they sent, not yet with its arrival."""
        stream, refused = self.streams[index], self._refused
        if stream.step.if_refused:
            wave = wave.only(refused[wave.accounts])
        if not len(wave.accounts):
            return
        steps, which = self.lanes.take(wave, stream.action, stream.by)
        self._last = max(self._last, int(wave.slots[-1]) // SLOTS)
        if len(refused):
            refused[wave.accounts] = ~steps.columns["accepted"][which]
        self._failures.compare(stream, wave, steps, which)
        shipped = np.flatnonzero(steps.columns["shipped"][which])
        if len(shipped):
            some = wave.only(shipped)
            yield Entries(some.slots, some.accounts, steps.columns["newest"][which[shipped]], some.places)

    # -- the link --------------------------------------------------------------------------------------------------

    @property
    def in_order(self) -> bool:
        """Whether arrivals hang on the order in which entries are sent."""
        return bool(self.timing.jitter or self.mishaps.slow)

    @property
    def timing(self) -> Link:
        """The link as the runbook has it."""
        return self.time.model.runbook.link or Link()

    def _send(self, entries: Entries) -> None:
        """Put entries on the link, whose slots are still those at which they are sent."""
        sent, link = entries.slots // SLOTS, self.timing
        due = sent + (lags(self.mishaps, entries.accounts, sent) if self.mishaps.slow else link.lag)
        if link.jitter:
            due = due + randints(self.random, link.jitter, len(sent))
        if self.in_order:
            # None arrives before the one sent before it.
            last = self.link.last
            due = np.maximum.accumulate(due if last is None else np.maximum(due, last // SLOTS))
        # What arrives in the slot in which it is sent, or should have before it, arrives just after the act.
        self.link.put(attrs.evolve(entries, slots=np.maximum(due * SLOTS + LINK, entries.slots)))

    def resume(self) -> None:
        """Send everything again that is on the link, after the link or an end of it was down."""
        again, self.link = self.link.take(NEVER), LinkArrays()
        if again:
            now = self.time.start * SLOTS + self.time.slot
            self._send(attrs.evolve(again, slots=np.full(len(again), now, np.int64)))

    def resend(self, account: int, number: int) -> None:
        """Nothing: only faults of single entries, which waves do not know, lose entries or hold them up."""

    def clear(self) -> None:
        """Take off the link what a step of the operator dropped."""
        redo = np.array([bool(lane.redo) for lane in self.recorder.table.lanes])
        self.link.keep(lambda batch: redo[self.lanes.lanes[batch.accounts]])

    def until_calm(self, last: int, give_up: simpy.Event) -> Process:  # noqa: ARG002 - slots tell when
        """Wait until the last entry on the link has arrived, something heals, or it is the ``last`` slot."""
        time, recorder = self.time, self.recorder
        while True:
            healed, arrives = time.healed, self.link.last if recorder.control.ships else None
            goal = last if arrives is None else min(last, time.goal(arrives // SLOTS, OPERATOR))
            yield from time.reach_or_heal(goal, OPERATOR)
            if healed.triggered or not recorder.waiting or time.slot >= last:
                return

    def _arrive(self, accounts: NDArray[np.int32], slots: Ints) -> None:
        """Deliver what arrives before some accounts act, each at its slot of time."""
        first, at = self.link.first, self._at
        if first is None or first > slots[-1] or not self.recorder.control.ships:
            return
        at[accounts] = np.arange(len(accounts), dtype=np.int32)

        def before(batch: Entries) -> NDArray[np.bool_]:
            where = at[batch.accounts]
            ready: NDArray[np.bool_] = (where == NOBODY) | (batch.slots <= slots[where])
            return ready

        self._deliver(self.link.take(int(slots[-1]) + 1, before))
        at[accounts] = NOBODY

    def _deliver(self, entries: Entries | None) -> None:
        """Deliver some entries, which are in order of time; those of watched accounts each alone."""
        while entries:
            watched = np.flatnonzero(self._is_watched(entries.accounts))
            alone = int(watched[0]) if len(watched) else len(entries)
            self._deliver_many(entries.only(slice(alone)))
            if alone == len(entries):
                return
            self._tell()
            self.recorder.now = self._last = int(entries.slots[alone]) // SLOTS
            verdict = Deliver("pass", int(entries.numbers[alone]))
            self.recorder.lane_action("link", int(entries.accounts[alone]), verdict)
            entries = entries.only(slice(alone + 1, None))

    def _deliver_many(self, entries: Entries) -> None:
        if entries:
            self._last = max(self._last, int(entries.slots[-1]) // SLOTS)
        # In ascending order: those of one account arrive in the order of their numbers.
        for number in np.unique(entries.numbers).tolist():
            some = entries.only(entries.numbers == number)
            self.lanes.take(Wave(some.accounts, some.slots, some.places + 1), Deliver("pass", number))


def _is_of(account: int, batch: Entries) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = batch.accounts == account
    return found


def _instants_before(goal: int) -> int:
    """The first instant at which clients act no more before a slot of time."""
    return -(-(goal - CLIENT) // SLOTS)
