"""How many operations an account has: none once they can break nothing any more (docs/explanation/bounds.md)."""

from __future__ import annotations

from functools import cached_property
from math import inf

import attrs

from dcsim.checker.model.point import Point
from dcsim.domain.runbook import Close, Open
from dcsim.semantics.model import Model

Limits = tuple[float, float]
"""The bound on operations between two ticks; and that on those of kinds which a site accepts between sessions, too."""


@attrs.frozen(eq=False)
class LastActs:
    """The bound on operations, and where it is 0. ``judged``: an invariant looks at acts in the last session."""

    model: Model
    ops: int | None
    judged: bool

    def limits(self, point: Point) -> Limits:
        """The bounds at a point. They are 0 once only the last close is left, and when no session is still to open, if
        no act can break anything then. A change that is accepted in a gap as well may make one possible that is not: it
        has operations until the last session is closed.
        """
        control = point.control
        most = inf if self.ops is None else self.ops
        if self.judged or control.interval < self._last:
            return most, most
        left = [self.model.step(todo) for todo in control.todo]
        if control.interval > self._last and not any(isinstance(step, Open) for step in left):
            return 0, most if control.open else 0
        return (0, most) if all(isinstance(step, Close) for step in left) else (most, most)

    @cached_property
    def _last(self) -> int:
        """The place in time of the last session."""
        return max(self.model.rulebook.order[name] for name in self.model.rulebook.by_name)

    @cached_property
    def in_gaps(self) -> frozenset[str]:
        """The kinds of change that the production site accepts between sessions."""
        return frozenset(self.model.policies["changes-in-gaps"])
