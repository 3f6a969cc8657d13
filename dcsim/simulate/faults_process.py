"""The process of faults in time: outages, crashes and returns, and what is told of the others."""

from __future__ import annotations

from collections import Counter
from operator import itemgetter

import attrs

from dcsim.domain.actions import Down, Up
from dcsim.domain.faults import Crash, Outage
from dcsim.semantics.convergence import DownTime
from dcsim.simulate.link import RedoLink
from dcsim.simulate.mishaps import ScenarioFaults
from dcsim.simulate.run_time import FAULT, Process, RunTime


@attrs.define(eq=False)
class FaultsProcess:
    """Lets faults strike. ``causes`` counts, for each thing that is down, the faults that keep it down."""

    time: RunTime
    mishaps: ScenarioFaults
    link: RedoLink
    begins: int
    """The first instant at which anything happens."""
    causes: Counter[str] = attrs.field(factory=Counter)
    downs: list[DownTime] = attrs.field(factory=list)
    """What was down, from when until when."""

    def process(self) -> Process:
        """Let each fault strike at its instant."""
        # What goes down at the instant at which it would be back stays down, as if both faults were one.
        strikes = sorted(self.mishaps.strikes(self.begins), key=lambda strike: not isinstance(strike[1], Down))
        for at, action, fault in sorted(strikes, key=itemgetter(0)):
            yield from self.time.reach(self.time.goal(at, FAULT))
            match action:
                case Down() | Up() if isinstance(fault, Outage) and not self.time.model.runbook.link:
                    pass  # What is not there cannot be down.
                case Down():
                    self.mishaps.happened.add(fault)
                    self.down(action.what, fault.back if isinstance(fault, Crash) else None)
                case Up():
                    self.up(action.what)
                case _:
                    self.time.recorder.control_action("fault", action)

    def at_step(self, place: str, step: str) -> None:
        """Let the crashes strike that come ``before`` or ``after`` a step, each only the first time."""
        for fault in self.mishaps.crashes.pop((place, step), ()):
            self.mishaps.happened.add(fault)
            self.down(fault.of, fault.back)

    def down(self, what: str, back: int | None) -> None:
        """Something goes down; ``back`` is how long it stays so (None: until it is told)."""
        self.causes[what] += 1
        if self.causes[what] == 1:
            self.time.recorder.control_action("fault", Down(what))
            self.downs.append(DownTime(what=what, since=self.time.recorder.now))
        if back is not None:
            self.time.env.process(self._return(what, back))

    def _return(self, what: str, back: int) -> Process:
        yield from self.time.reach(self.time.goal(self.time.recorder.now + back, FAULT))
        self.up(what)

    def up(self, what: str) -> None:
        """A fault that kept something down ends; the thing is up if it was the last one."""
        self.causes[what] -= 1
        if self.causes[what] == 0:
            shipped = self.time.recorder.control.ships
            self.time.recorder.control_action("fault", Up(what))
            self._ended(what)
            if self.time.recorder.control.ships and not shipped:
                self.link.resume()
            self.time.heal()

    def _ended(self, what: str) -> None:
        last = max(index for index, down in enumerate(self.downs) if down.what == what)
        self.downs[last] = attrs.evolve(self.downs[last], until=self.time.recorder.now)
