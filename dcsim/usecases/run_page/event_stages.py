"""Each event of a run with the control around it, and with what one account held before and after it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import attrs

from dcsim.domain.actions import Operate, Slip
from dcsim.domain.runbook import Step
from dcsim.domain.world import Control, Lane
from dcsim.trace.event import Event
from dcsim.usecases.run_page.gather import RunEvidence


@attrs.frozen(kw_only=True)
class EventStage:
    """An event, the runbook's step that it is about, and the control before and after it.

    ``lanes`` are those of the account before and after it.
    """

    event: Event
    step: Step | None
    before: Control
    after: Control
    lanes: tuple[Lane, Lane]

    @property
    def done(self) -> Step | None:
        """The step, if it was taken and not refused; a drain that timed out is one too."""
        return self.step if isinstance(self.event.action, Operate) and self.event.outcome == "moved" else None


def event_stages(evidence: RunEvidence, account: str) -> tuple[EventStage, ...]:
    """Return the stages of the events that concern an account, or no account at all."""
    return tuple(_stages(evidence, account))


def _stages(evidence: RunEvidence, account: str) -> Iterator[EventStage]:
    recorder = evidence.recorder
    (number,) = recorder.roster.numbers(account)
    for (_, was, before), (n, now, after) in pairwise(recorder.history(number)):
        event = recorder.events[n - 1]
        step = step_about(evidence, before, event)
        yield EventStage(event=event, step=step, before=before, after=after, lanes=(was, now))


def step_about(evidence: RunEvidence, before: Control, event: Event) -> Step | None:
    """Return the runbook's step that the operator took, or with which something went wrong."""
    about = isinstance(event.action, Operate | Slip) and before.todo
    return evidence.model.step(before.todo[0]) if about else None
