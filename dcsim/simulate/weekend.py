"""One weekend under SimPy: clock, link, operator and clients are processes over one recorder.

SimPy's time is an integer with five slots a millisecond. So, at one instant, the clock acts first, then the link, the
operator and the clients, and observers look last. If nothing else is due before a process's next act, the process acts
without going through SimPy's event queue, which is faster. No process keeps any state of the world in its frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Generator, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING, Any

import attrs
import simpy

from dcsim.domain.action_outcome import Blocked, Notice
from dcsim.domain.actions import Deliver, Operate, Slip, Verdict
from dcsim.domain.runbook import Copy, Drain, FailOver, Link, Open, Resend
from dcsim.domain.scenario import Fault, LinkFault, OperatorSlip, Scenario
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.acts import Act, Look, Player, Stream, merged, streams
from dcsim.simulate.expectations import Judge
from dcsim.trace.event import Trace
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster

if TYPE_CHECKING:
    from dcsim.simulate.waves import Waves

Process = Generator[simpy.Event, Any, None]
Flight = tuple[int, int, int, bool, LinkFault | None]
"""A redo entry on the link: when it arrives, its account and number, whether it is a copy, and the fault that it meets.
"""
SLOTS = 5
CLOCK, LINK, OPERATOR, CLIENT, LOOK = range(SLOTS)
# Deliveries are few and equal, and there may be millions: each is made once.
_delivery = lru_cache(maxsize=256)(Deliver)
MANY = 50
"""If steps have fewer acts than this, on average, it is faster to take one by one."""
QUIET_ABOVE = 2000
"""Runs with more accounts than this keep no events, unless a trace is asked for."""


def simulate(
    model: Model,
    scenario: Scenario,
    tracing: bool | None = None,
    seed: int = 0,
    table: Table | None = None,
    looks: Sequence[Look] = (),
    watch: Collection[str] | None = None,
    player: Player | None = None,
    histories: bool | None = None,
    waves: bool | None = None,
) -> Trace:
    """Run one scenario to its end.

    ``tracing`` says whether events are kept (None: unless there are more than ``QUIET_ABOVE`` accounts). ``seed``
    decides the link's jitter. ``watch`` are account names, or patterns such as ``U0*``: it is kept what these accounts
    hold when a session opens; and above ``QUIET_ABOVE`` accounts events are kept of them and of the control only,
    unless ``tracing`` asks for all.
    ``table`` holds the steps that earlier runs of the same model have taken. ``looks`` are observers, which change
    nothing. ``player``: its acts are taken in place of the scenario's steps. ``histories`` says whether it is found
    which accounts live through the same (None: if all events are kept). ``waves``: whether many acts are taken at once,
    where they can be, which changes no result (None: if there are many).
    """
    roster = Roster(scenario)
    keep = roster.size <= QUIET_ABOVE or watch is not None if tracing is None else tracing
    watched = None if watch is None else frozenset(number for name in watch for number in roster.matching(name))
    # A trace that was asked for has every event, so that it can be replayed; and where every event is kept anyhow, its
    # number is the same whoever is watched.
    whole = tracing or roster.size <= QUIET_ABOVE
    recount = keep and (whole or watched is None) if histories is None else histories
    recorder = Recorder(
        model, roster, keep, None if whole else watched, table=table or Table(model), recounting=recount
    )
    random = Random(seed)  # noqa: S311 - a seed, not a secret
    run = Simulation(model, scenario, recorder, random, tuple(looks), watched or frozenset(), player, seed)
    if (roster.size > QUIET_ABOVE and run.many) if waves is None else waves:
        run.take_waves()
    return run.run()


def _describe(fault: Fault) -> str:
    if isinstance(fault, OperatorSlip):
        return f"{fault.operator}, {fault.step}"
    return ", ".join((fault.link, fault.account or "any account", f"entry {fault.nth}" if fault.nth else "any entry"))


@attrs.define(eq=False)
class Simulation:
    """The processes and what they share: the recorder, the judge, and the queue of what is on the link.

    ``slot`` is the slot of time that has been reached. ``wake`` fires when something is put on an idle link, and
    ``calm`` when the standby has applied everything. ``cleared`` counts, for each account, how often its redo was taken
    off the link or sent again, so that a late delivery can see that it is out of date. ``shipped`` counts each
    account's entries, for the faults that name the nth. ``slips`` are the operator's, by step; ``happened`` are
    the faults that took effect.
    """

    model: Model
    scenario: Scenario
    recorder: Recorder
    random: Random
    looks: tuple[Look, ...] = ()
    watch: frozenset[int] = frozenset()
    player: Player | None = None
    seed: int = 0
    judge: Judge = attrs.field(init=False)
    env: simpy.Environment = attrs.field(init=False)
    streams: list[Stream] = attrs.field(init=False)
    start: int = attrs.field(init=False)
    slot: int = 0
    queue: deque[Flight] = attrs.field(factory=deque)
    cleared: dict[int, int] = attrs.field(factory=dict)
    wake: simpy.Event = attrs.field(init=False)
    calm: simpy.Event = attrs.field(init=False)
    link_faults: tuple[tuple[int | None, LinkFault], ...] = attrs.field(init=False)
    shipped: dict[int, int] = attrs.field(factory=dict)
    slips: dict[str, OperatorSlip] = attrs.field(init=False)
    happened: set[Fault] = attrs.field(factory=set)
    waves: Waves | None = None

    def __attrs_post_init__(self) -> None:
        roster, faults = self.recorder.roster, self.scenario.faults
        self.judge = Judge(self.model, self.scenario, self.recorder, self.watch)
        self.env = simpy.Environment(initial_time=0)
        self.wake, self.calm = self.env.event(), self.env.event()
        self.link_faults = tuple(
            (roster.numbers(f.account)[0] if f.account else None, f) for f in faults if isinstance(f, LinkFault)
        )
        self.slips = {f.step: f for f in faults if isinstance(f, OperatorSlip)}
        self.streams = streams(self.model, self.scenario, roster, self.seed)
        first = (*(s.first for s in self.streams[:1]), *(at for at, _ in self.looks))
        if self.player:
            first += tuple(act[0] for act in self.player.acts[:1])
        self.start = min((self.model.ticks[0][0], *self.model.due, *first))

    def run(self) -> Trace:
        """Drive the processes until none of them has anything left to do."""
        clients = self._play(self.player) if self.player else self._clients()
        both = () if self.waves else (self._link(), clients)
        for process in (self._clock(), self._operator(), self._look(), *both):
            self.env.process(process)
        self.env.run()
        if self.waves:
            self.waves.finish()
        # Let a millisecond pass, so that the last control is checked against the promise as well.
        self.recorder.now += 1
        self.recorder.check_time_passed()
        # The link still waits for this event. That is a cycle of references: break it, so that no garbage collection is
        # needed to free a finished run.
        self.wake.callbacks.clear()
        for number, fault in enumerate(self.scenario.faults, start=1):
            if fault not in self.happened:
                self.recorder.note(Notice("fault-unused", f"fault {number} ({_describe(fault)})", "it never happened"))
        return self.judge.trace()

    @property
    def many(self) -> bool:
        """Whether so many acts are alike that it is faster to take many at once, and nothing is against it."""
        acts = sum(len(stream.numbers) for stream in self.streams)
        alone = self.link_faults or self.player or self.recorder.tracing
        return not alone and acts > MANY * len(self.streams)

    def take_waves(self) -> None:
        """Take many acts at once, where act by act is the same."""
        from dcsim.simulate.waves import Waves  # noqa: PLC0415 - numpy is slow to import

        link = self.model.runbook.link or Link()
        self.waves = Waves(self.recorder, self.judge, self.streams, link, self.random)

    # -- time ------------------------------------------------------------------------------------------------------

    def _goal(self, at: int, slot: int) -> int:
        """SimPy's time for an instant and one of its slots."""
        return (at - self.start) * SLOTS + slot

    def _reach(self, goal: int) -> Process:
        """Wait until a slot of time: through the event queue only if something else is due before it."""
        if self.env.peek() <= goal:
            yield self.env.timeout(max(0, goal - self.env.now))
        # Time never goes back: what was due in the past happens now.
        self.slot = max(goal, self.slot)
        if self.waves:
            self.waves.advance(self.start * SLOTS + self.slot)
        self.recorder.now = self.start + self.slot // SLOTS

    def _look(self) -> Process:
        for at, look in sorted(self.looks, key=itemgetter(0)):
            yield from self._reach(self._goal(at, LOOK))
            look(self.recorder)

    # -- clock and clients -----------------------------------------------------------------------------------------

    def _clock(self) -> Process:
        for at, tick in self.model.ticks:
            yield from self._reach(self._goal(at, CLOCK))
            self.recorder.control_action("clock", tick)

    def _clients(self) -> Process:
        # The hottest loop of a run: _reach and much of the judge are written out here, to save calls per act.
        recorder, judge, start = self.recorder, self.judge, self.start
        peek, timeout = self.env.peek, self.env.timeout
        # Whether the last act on each account was refused; kept only where a step asks for it.
        refused = bytearray(recorder.roster.size if any(stream.step.if_refused for stream in self.streams) else 0)
        for at, step, account, by, action in self._acts():
            if step.if_refused and not refused[account]:
                continue
            goal = (at - start) * SLOTS + CLIENT
            if peek() <= goal:
                yield timeout(max(0, goal - self.env.now))
            self.slot, recorder.now = goal, at
            hop = recorder.lane_action("client", account, action, by)
            if refused:
                refused[account] = not hop.accepted
            if not hop.accepted or step.expect != "accepted":
                judge.judge_step(step, account, action, hop)
            if hop.shipped:
                self._ship(account)

    def _play(self, player: Player) -> Process:
        # As hot as _clients, and written out for the same reason.
        recorder, start, peek, timeout = self.recorder, self.start, self.env.peek, self.env.timeout
        for act in player.acts:
            at, account, by = act[:3]
            goal = (at - start) * SLOTS + CLIENT
            if peek() <= goal:
                yield timeout(max(0, goal - self.env.now))
            self.slot, recorder.now = goal, at
            hop = recorder.lane_action("client", account, player.action(recorder, act), by)
            player.receive(recorder, act, hop)
            if hop.shipped:
                self._ship(account)

    def _acts(self) -> Iterator[Act]:
        """What clients do, in order of time; at one instant, in the order of the file."""
        # Merging costs time for every act, so only streams that overlap are merged.
        overlapping: list[Stream] = []
        last = 0
        for stream in self.streams:
            if overlapping and stream.first > last:
                yield from merged(overlapping)
                overlapping = []
            overlapping.append(stream)
            last = max(last, stream.last)
        yield from merged(overlapping)

    # -- the link --------------------------------------------------------------------------------------------------

    def _ship(self, account: int) -> None:
        """Put the newest redo entry on the link: it arrives after the lag, in order of commit."""
        number = max(entry.number for entry in self.recorder.lane(account).redo)
        self._send(account, number, self._fault(account) if self.link_faults else None)

    def _send(self, account: int, number: int, fault: LinkFault | None = None, *, copy: bool = False) -> None:
        link = self.model.runbook.link or Link()
        due = self.recorder.now + link.lag + (self.random.randint(0, link.jitter) if link.jitter else 0)
        # Jitter must not reorder entries: none arrives before the one sent before it.
        self.queue.append((max(due, self.queue[-1][0]) if self.queue else due, account, number, copy, fault))
        if not self.wake.triggered:
            self.wake.succeed()

    def _fault(self, account: int, *, again: bool = False) -> LinkFault | None:
        """The fault that the entry now shipped meets, if any. An entry that is sent again counts as another one."""
        self.shipped[account] = nth = self.shipped.get(account, 0) + 1
        # A fault of "any entry" meets only what is sent for the first time: else no resend could ever succeed.
        positions = (nth,) if again else (None, nth)
        for number, fault in self.link_faults:
            if number in (None, account) and fault.nth in positions:
                return fault
        return None

    def _link(self) -> Process:
        while True:
            while self.queue:
                due, account, number, copy, fault = self.queue[0]
                yield from self._reach(self._goal(due, LINK))
                # While the link waited, the operator may have taken the entry off it.
                if self.queue and self.queue[0] == (due, account, number, copy, fault):
                    self.queue.popleft()
                    self._deliver(account, "again" if copy else "pass", number, fault)
            self.wake = self.env.event()
            yield self.wake

    def _deliver(self, account: int, verdict: Verdict, number: int, fault: LinkFault | None = None) -> None:
        hop = self.recorder.lane_action("link", account, _delivery(fault.link if fault else verdict, number))
        if fault and hop.accepted:
            self.happened.add(fault)
        if fault and fault.link == "duplicate":
            self._send(account, number, copy=True)
        elif fault and fault.link == "delay":
            self.env.process(self._release_later(account, number, fault.by, self.cleared.get(account, 0)))
        if self.recorder.waiting == 0 and not self.calm.triggered:
            self.calm.succeed()

    def _release_later(self, account: int, number: int, by: int, cleared: int) -> Process:
        """Deliver an entry that was held up, unless it was sent again or taken off the link in the meantime."""
        yield from self._reach(self._goal(self.recorder.now + by, LINK))
        redo = self.recorder.lane(account).redo
        still_late = any((entry.held, entry.number) == ("late", number) for entry in redo)
        # The count tells this entry from a later one that has got its number.
        if still_late and cleared == self.cleared.get(account, 0):
            self.recorder.lane_action("link", account, Deliver("release", number))
            self._deliver(account, "pass", number)

    def _clear(self) -> None:
        """Forget the deliveries of redo that a step of the operator took off the link."""
        if self.waves:
            self.waves.clear()
            return
        # Such a step takes off all redo of an account or none. Without this, a delivery that is still due would be
        # taken for one of a later entry, since numbers begin again at 1.
        gone = {account for _, account, *_ in self.queue if not self.recorder.lane(account).redo}
        late = {account for account in self.shipped if not self.recorder.lane(account).redo}
        self.queue = deque(flight for flight in self.queue if flight[1] not in gone)
        for account in gone | late:
            self.cleared[account] = self.cleared.get(account, 0) + 1

    # -- the operator ----------------------------------------------------------------------------------------------

    def _operator(self) -> Process:
        slips = dict(self.slips)
        while self.recorder.control.todo:
            index = self.recorder.control.todo[0].step
            step = self.model.runbook.steps[index]
            yield from self._reach(self._goal(self.model.due[index], OPERATOR))
            slip = slips.pop(step.id, None)
            if slip:
                before = self.recorder.control
                if self.recorder.control_action("operator", Slip(slip.operator)).control != before:
                    self.happened.add(slip)
                # After a delay the step is still to be taken; after another slip, the steps to come are others.
                if slip.operator == "delay":
                    yield from self._reach(self._goal(self.model.due[index] + slip.by, OPERATOR))
                else:
                    continue
            if isinstance(step, Drain):
                yield from self._drain(step)
            else:
                self._operate()

    def _operate(self) -> None:
        """Take the next step. When it opens a session, compare the records with what the scenario expects there."""
        taken = self.model.step(self.recorder.control.todo[0])
        stuck = self.recorder.stuck() if isinstance(taken, Resend) else ()
        done = self.recorder.control_action("operator", Operate())
        if isinstance(taken, Open) and not isinstance(done.outcome, Blocked):
            self.judge.judge_opening(taken.session, taken.site)
        if isinstance(taken, Copy | FailOver):
            self._clear()
        for account, number in stuck:
            self.cleared[account] = self.cleared.get(account, 0) + 1
            self._send(account, number, self._fault(account, again=True))

    def _drain(self, step: Drain) -> Process:
        """Wait until the standby has applied everything, or the time is up."""
        last = self._goal(self.recorder.now + step.timeout, OPERATOR)
        give_up = self.env.timeout(last - self.env.now)
        while True:
            late = bool(give_up.processed) and self.recorder.waiting > 0  # what came at the last instant is in time
            outcome = self.recorder.control_action("operator", Operate(timed_out=late)).outcome
            if not isinstance(outcome, Blocked):
                return
            if self.waves:
                yield from self._calm(self.waves, last)
                continue
            self.calm = self.env.event()
            yield self.calm | give_up
            yield from self._reach(max(int(self.env.now), self._goal(self.recorder.now, OPERATOR)))

    def _calm(self, waves: Waves, last: int) -> Process:
        """Wait until the last entry on the link has arrived, or until a slot of time."""
        while self.recorder.waiting and self.slot < last:
            arrives = waves.link.last
            yield from self._reach(last if arrives is None else min(last, self._goal(arrives // SLOTS, OPERATOR)))
        if self.slot == last:
            yield self.env.timeout(max(0, last - self.env.now))
