"""The process of the replication link: redo entries that travel, the faults that they meet, and what is sent again."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import Protocol

import attrs
import simpy

from dcsim.domain.actions import Deliver, Verdict
from dcsim.domain.faults import LinkFault
from dcsim.domain.runbook import Link
from dcsim.simulate.mishaps import ScenarioFaults
from dcsim.simulate.run_time import LINK, OPERATOR, Process, RunTime

Flight = tuple[int, int, int, bool, LinkFault | None]
"""A redo entry on the link: when it arrives, its account and number, whether it is a copy, and the fault that it meets.
"""
# Deliveries are few and equal, and there may be millions: each is made once.
_deliveries: dict[tuple[Verdict, int], Deliver] = {}


class RedoLink(Protocol):
    """What other processes want of the link."""

    def resume(self) -> None:
        """Send everything again that is on the link, after the link or an end of it was down."""

    def resend(self, account: int, number: int) -> None:
        """Send an entry again that was lost or held up."""

    def clear(self) -> None:
        """Forget the deliveries of redo that a step of the operator took off the link."""

    def until_calm(self, last: int, give_up: simpy.Event) -> Process:
        """Wait until the standby has applied everything, something heals, or it is the ``last`` slot."""


@attrs.define(eq=False)
class LinkProcess:
    """Carries redo. ``queue`` is what is on the link, in order of arrival.

    ``wake`` fires when something is put on an idle link, and ``calm`` when the standby has applied everything.
    ``cleared`` counts, for each account, how often its redo was taken off the link or sent again, so that a late
    delivery can see that it is out of date. ``shipped`` counts each account's entries, for the faults that name the
    nth. ``begun`` counts how often the process was begun anew.
    """

    time: RunTime
    mishaps: ScenarioFaults
    random: Random
    queue: deque[Flight] = attrs.field(factory=deque)
    cleared: dict[int, int] = attrs.field(factory=dict)
    shipped: dict[int, int] = attrs.field(factory=dict)
    begun: int = 0
    wake: simpy.Event = attrs.field(init=False)
    calm: simpy.Event = attrs.field(init=False)
    faults: tuple[tuple[int | None, LinkFault], ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Begin with nothing on the link."""
        self.wake, self.calm = self.time.env.event(), self.time.env.event()
        numbers = self.time.recorder.roster.numbers
        faults = (f for f in self.mishaps.scenario.faults if isinstance(f, LinkFault))
        self.faults = tuple((numbers(f.account)[0] if f.account else None, f) for f in faults)

    def process(self) -> Process:
        """Deliver what arrives, in order. While the link or an end of it is down, wait, and send everything again."""
        time, begun = self.time, self.begun
        while True:
            while self.queue:
                flight, healed = self.queue[0], time.healed
                goal = time.goal(flight[0], LINK)
                yield from time.reach(goal) if not self.mishaps.breaks else time.reach_or_heal(goal, LINK)
                if begun == self.begun and not time.recorder.control.ships:
                    yield time.healed
                    yield from time.catch_up(LINK)
                if begun != self.begun:
                    return
                if self.queue[0] == flight and not healed.triggered:
                    self.queue.popleft()
                    _, account, number, copy, fault = flight
                    self._deliver(account, "again" if copy else "pass", number, fault)
            self.wake = time.env.event()
            yield self.wake

    def ship(self, account: int) -> None:
        """Put the newest redo entry on the link: it arrives after the lag, in order of commit."""
        number = max(entry.number for entry in self.time.recorder.lane(account).redo)
        self._send(account, number, self._fault(account) if self.faults else None)

    def resend(self, account: int, number: int) -> None:
        """Send an entry again that was lost or held up."""
        self.cleared[account] = self.cleared.get(account, 0) + 1
        self._send(account, number, self._fault(account, again=True))

    def _send(self, account: int, number: int, fault: LinkFault | None = None, *, copy: bool = False) -> None:
        due = self._arrival(account)
        # Jitter must not reorder entries: none arrives before the one sent before it.
        self.queue.append((max(due, self.queue[-1][0]) if self.queue else due, account, number, copy, fault))
        if not self.wake.triggered:
            self.wake.succeed()

    def _arrival(self, account: int) -> int:
        """When an entry arrives that is sent now, if nothing holds it up."""
        now, link = self.time.recorder.now, self.time.model.runbook.link or Link()
        lag = self.mishaps.lag(account, now) if self.mishaps.slow else link.lag
        return now + lag + (self.random.randint(0, link.jitter) if link.jitter else 0)

    def resume(self) -> None:
        """Send everything again that is on the link, after the link or an end of it was down."""
        again, self.queue = self.queue, deque()
        for _, account, number, copy, fault in again:
            self._send(account, number, fault, copy=copy)

    def _fault(self, account: int, *, again: bool = False) -> LinkFault | None:
        """The fault that the entry now shipped meets, if any. An entry that is sent again counts as another one."""
        self.shipped[account] = nth = self.shipped.get(account, 0) + 1
        # A fault of "any entry" meets only what is sent for the first time: else no resend could ever succeed.
        positions = (nth,) if again else (None, nth)
        for number, fault in self.faults:
            if number in (None, account) and fault.nth in positions:
                return fault
        return None

    def _deliver(self, account: int, verdict: Verdict, number: int, fault: LinkFault | None = None) -> None:
        hop = self.time.recorder.lane_action("link", account, _delivery(fault.link if fault else verdict, number))
        if fault and hop.accepted:
            self.mishaps.happened.add(fault)
        if fault and fault.link == "duplicate":
            self._send(account, number, copy=True)
        elif fault and fault.link == "delay":
            self.time.env.process(self._release_later(account, number, fault.by, self.cleared.get(account, 0)))
        if self.time.recorder.waiting == 0 and not self.calm.triggered:
            self.calm.succeed()

    def _release_later(self, account: int, number: int, by: int, cleared: int) -> Process:
        """Deliver an entry that was held up, unless it was sent again or taken off the link in the meantime."""
        time = self.time
        yield from time.reach(time.goal(time.recorder.now + by, LINK))
        redo = time.recorder.lane(account).redo
        still_late = any((entry.held, entry.number) == ("late", number) for entry in redo)
        # The count tells this entry from a later one that has got its number.
        if still_late and cleared == self.cleared.get(account, 0):
            time.recorder.lane_action("link", account, Deliver("release", number))
            if time.recorder.control.ships:
                self._deliver(account, "pass", number)
            else:
                self._send(account, number)

    def until_calm(self, last: int, give_up: simpy.Event) -> Process:  # noqa: ARG002 - waves know no event for it
        """Wait until the standby has applied everything, something heals, or it is the ``last`` slot."""
        self.calm = self.time.env.event()
        yield self.calm | self.time.healed | give_up
        yield from self.time.catch_up(OPERATOR)

    def finish(self) -> None:
        """End the run, in which the link still waits for something to send."""
        # That is a cycle of references: break it, so that no garbage collection is needed to free a finished run.
        (self.wake.callbacks or []).clear()

    def clear(self) -> None:
        """Forget the deliveries of redo that a step of the operator took off the link."""
        # Such a step takes off all redo of an account or none. Without this, a delivery that is still due would be
        # taken for one of a later entry, since numbers begin again at 1.
        recorder = self.time.recorder
        gone = {account for _, account, *_ in self.queue if not recorder.lane(account).redo}
        late = {account for account in self.shipped if not recorder.lane(account).redo}
        self.queue = deque(flight for flight in self.queue if flight[1] not in gone)
        if gone:
            # The process waits for an entry that may be gone, and others may arrive before that.
            self.begun += 1
            self.time.env.process(self.process())
        for account in gone | late:
            self.cleared[account] = self.cleared.get(account, 0) + 1


def _delivery(verdict: Verdict, number: int) -> Deliver:
    found = _deliveries.get((verdict, number))
    if found is None:
        found = _deliveries[verdict, number] = Deliver(verdict, number)
    return found
