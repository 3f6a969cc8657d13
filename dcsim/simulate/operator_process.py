"""The process of the operator: the steps of the runbook, his slips, and what he waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from dcsim.domain.action_outcome import Blocked, Turned
from dcsim.domain.actions import Operate, Slip
from dcsim.domain.faults import Fault
from dcsim.domain.runbook import Close, Copy, Drain, FailOver, Open, Resend, Step
from dcsim.domain.world import Control, Todo
from dcsim.semantics.convergence import Stuck
from dcsim.semantics.down import missing
from dcsim.simulate.faults_process import FaultsProcess
from dcsim.simulate.link import RedoLink
from dcsim.simulate.mishaps import ScenarioFaults
from dcsim.simulate.run_time import OPERATOR, Process, RunTime


@attrs.define(eq=False)
class OperatorProcess:
    """Takes the steps. ``opens`` is called when a session has opened, with its name and site.

    ``waiting``: the step that waits for a site that is down, and since when (None: no step does). ``gave_up``: the
    drains because of which steps were left out.
    """

    time: RunTime
    mishaps: ScenarioFaults
    link: RedoLink
    faults: FaultsProcess
    opens: Callable[[str, str], None]
    waiting: tuple[Step, int] | None = None
    gave_up: list[Stuck] = attrs.field(factory=list)

    def process(self) -> Process:
        """Take each step when it is due, after the step before it."""
        time, recorder, slips, put_off = self.time, self.time.recorder, dict(self.mishaps.slips), set[int]()
        while recorder.control.todo:
            index = recorder.control.todo[0].step
            step, due = time.model.runbook.steps[index], self._due(index)
            yield from time.reach(time.goal(due, OPERATOR))
            slip = slips.pop(step.id, None)
            if slip:
                self._slip(Slip(slip.operator), slip)
                # After a delay the step is still to be taken; after another slip, the steps to come are others.
                if slip.operator != "delay":
                    continue
                due += slip.by
                yield from time.reach(time.goal(due, OPERATOR))
            elif index not in put_off:
                put_off.add(index)
                late, fault = self.mishaps.late(index)
                if late and fault:
                    self._slip(Slip("delay"), fault)
                    due += late
                    yield from time.reach(time.goal(due, OPERATOR))
            if recorder.meter:
                recorder.meter.due[step.id] = due
            self.faults.at_step("before", step.id)
            yield from self._drain(step) if isinstance(step, Drain) else self._take()
            self.faults.at_step("after", step.id)

    def stuck(self) -> list[Stuck]:
        """The steps because of which others were never taken, if there are any; last, one that waits for good."""
        if not self.waiting:
            return self.gave_up
        step, since = self.waiting
        control = self.time.recorder.control
        why = " and ".join(missing(control, step))
        return [*self.gave_up, Stuck(step=step, since=since, why=why, never=self._ids(control.todo[1:]))]

    def _ids(self, todo: Iterable[Todo]) -> tuple[str, ...]:
        return tuple(self.time.model.step(each).id for each in todo)

    def _due(self, index: int) -> int:
        """When a step is due by the clock of the site at which it is taken."""
        due, step = self.time.model.due[index], self.time.model.runbook.steps[index]
        if not self.mishaps.skews:
            return due
        at = getattr(step, "site", None)
        if isinstance(step, Close):
            at = dict(self.time.recorder.control.open).get(step.session)
        skew = self.mishaps.skews.get(at or "")
        if skew:
            self.mishaps.happened.add(skew)
        return due + skew.late if skew else due

    def _slip(self, slip: Slip, fault: Fault) -> None:
        before = self.time.recorder.control
        if self.time.recorder.control_action("operator", slip).control != before:
            self.mishaps.happened.add(fault)

    def _take(self) -> Process:
        """Take the next step, as soon as the sites that it needs are up."""
        while (outcome := self._operate()) is not None and outcome.code == "site-down":
            self.waiting = self.waiting or (self._next(), self.time.recorder.now)
            yield self.time.healed
            yield from self.time.catch_up(OPERATOR)
        self.waiting = None

    def _next(self) -> Step:
        return self.time.model.step(self.time.recorder.control.todo[0])

    def _operate(self) -> Blocked | None:
        """Try the next step. What it blocks, if it is blocked."""
        taken, recorder = self._next(), self.time.recorder
        stuck = recorder.stuck() if isinstance(taken, Resend) else ()
        outcome = recorder.control_action("operator", Operate()).outcome
        if isinstance(outcome, Blocked) and outcome.code == "site-down":
            return outcome
        if isinstance(taken, Open) and isinstance(outcome, Turned):
            self.opens(taken.session, taken.site)
        if isinstance(taken, Copy | FailOver):
            self.link.clear()
        for account, number in stuck:
            self.link.resend(account, number)
        return outcome if isinstance(outcome, Blocked) else None

    def _drain(self, step: Drain) -> Process:
        """Wait until the standby has applied everything, or the time is up."""
        time, recorder = self.time, self.time.recorder
        last = time.goal(recorder.now + step.timeout, OPERATOR)
        give_up = time.env.timeout(last - time.env.now)
        while True:
            # What came at the last instant is in time.
            late = bool(give_up.processed) and (recorder.waiting > 0 or bool(missing(recorder.control, step)))
            before, behind = recorder.control, recorder.waiting
            outcome = recorder.control_action("operator", Operate(timed_out=late)).outcome
            if not isinstance(outcome, Blocked):
                self._note_left_out(step, before, behind)
                return
            yield from self.link.until_calm(last, give_up)

    def _note_left_out(self, step: Drain, before: Control, behind: int) -> None:
        """Note a drain that gave up, and the steps that are left out because of it."""
        recorder = self.time.recorder
        left_out = [todo for todo in before.todo[1:] if todo not in recorder.control.todo]
        if not left_out and not recorder.control.halted:
            return
        down = " and ".join(missing(before, step))
        accounts = "1 account was" if behind == 1 else f"{behind:,} accounts were"
        why = f"{down} is down" if down else f"redo of {accounts} not applied"
        then = "aborted the runbook" if recorder.control.halted else f"went on to {step.on_timeout}"
        stuck = Stuck(step=step, since=recorder.now, why=why, never=self._ids(left_out), then=then)
        self.gave_up.append(stuck)
