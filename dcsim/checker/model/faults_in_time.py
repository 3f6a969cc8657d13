"""Faults in time as turns of the control: the link or a site goes down between two events, and comes back later.

``control_step`` says what is down and what waits. Here stands when: after any event, and until any later one. Instants
between two events matter only where they change the order of what comes next (docs/explanation/bounds.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

from dcsim.checker.explorers.protocol import Occurrence
from dcsim.domain.actions import LINK, Down, Up
from dcsim.domain.runbook import Drain
from dcsim.domain.world import Control
from dcsim.semantics.model import Model

FaultKind = Literal["entry", "outage", "crash"]
FAULT_KINDS: dict[FaultKind, str] = {
    "entry": "redo entries late, lost or doubled",
    "outage": "outages of the link",
    "crash": "crashes of sites",
}
"""The kinds of fault that a check can try, in words."""


@attrs.frozen(cache_hash=True)
class TimedFault:
    """A fault in time that begins or ends, at an instant or later, but before the next event."""

    action: Down | Up
    at: int


def fault_occurrence(what: str) -> Occurrence:
    """The mishap of something that goes down."""
    return Occurrence("fault", "link", "outage") if what == LINK else Occurrence("fault", "crash", what)


def breakable(model: Model, kinds: tuple[FaultKind, ...], control: Control, *, in_transit: bool) -> Iterator[str]:
    """What may go down now. The link may only while redo may be on it: an outage before that changes nothing."""
    left = bool(control.todo) or control.interval < len(model.rulebook.timeline) - 1
    if left and "outage" in kinds and in_transit and control.other is not None and LINK not in control.down:
        yield LINK
    if left and "crash" in kinds:
        yield from (site for site in model.sites if site not in control.down)


def spans(model: Model, control: Control, since: int, until: int | None) -> Iterator[tuple[int, int]]:
    """The first and the last instant of each span of time after ``since`` and before ``until`` within which it does
    not matter when a step that waits is taken: which steps are due by then, and what comes before a drain's time-out.
    """
    fixed = {*model.due, *(at for at, _ in model.ticks)}
    steps = [model.step(todo) for todo in control.todo]
    marks = {since, *(model.due[todo.step] for todo in control.todo)}
    marks |= {at - step.timeout + 1 for step in steps if isinstance(step, Drain) for at in fixed}
    firsts = sorted(mark for mark in marks if mark >= since and (until is None or mark < until))
    for first, following in zip(firsts, [*firsts[1:], until], strict=True):
        yield first, (first if following is None else following - 1)
