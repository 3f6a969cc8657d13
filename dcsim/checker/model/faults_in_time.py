"""Faults in time as turns of the control: the link or a site goes down between two events, and comes back later.

``control_step`` says what is down and what waits. Here stands when: after any event, and until any later one. Instants
between two events matter only where they change the order of what comes next (docs/explanation/bounds.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from dcsim.checker.explorers.protocol import Occurrence, Turn
from dcsim.checker.model.point import Point, ends
from dcsim.domain.actions import LINK, Down, Up
from dcsim.domain.faults import FaultKind
from dcsim.domain.runbook import Drain
from dcsim.domain.world import Control
from dcsim.semantics.model import Model
from dcsim.semantics.step import control_step

if TYPE_CHECKING:
    from dcsim.checker.model.clock_and_operator import Environment


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
    # There is no span where no time is left, as after a drain whose time-out is 0.
    for first, following in zip(firsts, [*firsts[1:], until], strict=bool(firsts)):
        yield first, (first if following is None else following - 1)


@attrs.frozen(eq=False)
class FaultTurns:
    """The turns of faults in time: at most so many ``faults``, of these ``kinds``."""

    environment: Environment
    faults: int
    kinds: tuple[FaultKind, ...]

    def turns(self, point: Point) -> Iterator[Turn]:
        """What may go down now, and what may come back. Between two events of one instant, only a site goes down."""
        control, tick = point.control, self.environment.tick(point.control)
        now = point.stage == "now"
        if point.faults < self.faults and not (now and tick and tick[0] <= point.at):
            in_transit = self.environment.in_transit(point) and not now
            for what in breakable(self.environment.model, self.kinds, control, in_transit=in_transit):
                yield self._turn(point, Down(what), point.at)
        for what in control.down if not now else ():
            for first, last in self.returns(point):
                yield self._turn(point, Up(what), first, last)

    def returns(self, point: Point) -> tuple[tuple[int, int], ...]:
        """The spans of time, before the next event, in which something may come back."""
        control, tick, head = point.control, self.environment.tick(point.control), self.environment.head(point)
        until = tick[0] if tick else None
        waits = not point.put_off and (self.environment.blocked(control) or self.environment.drains(control))
        if self.environment.drains(control):
            deadline = self.environment.deadline(point)
            until = deadline if until is None else min(until, deadline)
        if head is not None and not waits:
            until = max(head, point.at + 1) if until is None else max(min(head, until), point.at + 1)
            return ((point.at, until - 1),)
        return tuple(spans(self.environment.model, control, point.at, until))

    def _turn(self, point: Point, action: Down | Up, at: int, last: int = 0) -> Turn:
        before = point.control
        step = control_step(self.environment.model, before, action, lambda: False)
        resumed = step.control.ships and not before.ships
        after = attrs.evolve(
            point,
            control=step.control,
            at=at,
            faults=point.faults + isinstance(action, Down),
            since=self.environment.since(point, at + 1),
            in_transit=self.environment.in_transit(point),
            resent=last if resumed else point.resent,
            resumed=point.resumed and not resumed,
        )
        after = self.environment.staged(self.environment.settled_link(after))
        broken = tuple(v.invariant for v in self.environment.passing(after))
        after = attrs.evolve(after, stage="over") if ends(broken) else after
        mishap = (fault_occurrence(action.what),) if isinstance(action, Down) else ()
        return Turn(TimedFault(action, at), after, self.environment.settling(before, step, action), broken, mishap)
