"""The meter: it keeps what figures of a run are computed from, in little memory, and changes nothing.

Commits are kept in columns of numbers, for all accounts; lanes only as they are when a site begins to serve a session.
"""

from __future__ import annotations

from array import array
from typing import Any

import attrs

from dcsim.domain.actions import ControlAction, Operate
from dcsim.domain.runbook import Drain, FailOver
from dcsim.domain.world import Control
from dcsim.semantics.interning import Hop, Table
from dcsim.semantics.model import Model


@attrs.frozen(kw_only=True, eq=False)
class SeenLanes:
    """The number of each account's lane at an instant, and how many commits there were until then."""

    at: int
    lanes: array[int]
    commits: int


@attrs.frozen(kw_only=True, eq=False)
class Serving(SeenLanes):
    """A site begins to serve a session in its window: the session is open there, and the site is up.

    ``cleared`` are the lanes before each forced fail-over since a site began to serve the last time.
    """

    session: str
    site: str
    control: Control
    cleared: tuple[SeenLanes, ...] = ()


@attrs.define(eq=False)
class Meter:
    """What figures are computed from.

    ``at``, ``accounts`` and ``hops`` are columns with a row for each commit: its instant, the number of the account,
    and the place of the step in ``steps``. ``controls`` are the control at the beginning and after each control action,
    with the instant. ``began`` and ``done`` are the instants at which a drain was begun, and at which a step was taken,
    by its id; ``due`` is the instant for which the operator put it down, by the clock of its site and with his delay.
    ``table`` is that of the run.
    """

    table: Table
    at: array[int] = attrs.field(factory=lambda: array("q"))
    accounts: array[int] = attrs.field(factory=lambda: array("i"))
    hops: array[int] = attrs.field(factory=lambda: array("i"))
    steps: list[Hop] = attrs.field(factory=list)
    controls: list[tuple[int, Control]] = attrs.field(factory=list)
    servings: list[Serving] = attrs.field(factory=list)
    due: dict[str, int] = attrs.field(factory=dict)
    began: dict[str, int] = attrs.field(factory=dict)
    done: dict[str, int] = attrs.field(factory=dict)
    _numbers: dict[Hop, int] = attrs.field(factory=dict)
    _cleared: list[SeenLanes] = attrs.field(factory=list)

    def committed(self, at: int, account: int, hop: Hop) -> None:
        """Keep the commit of an account."""
        self.at.append(at)
        self.accounts.append(account)
        self.hops.append(self.number(hop))

    def number(self, hop: Hop) -> int:
        """The place of a step in ``steps``."""
        number = self._numbers.get(hop)
        if number is None:
            number = self._numbers[hop] = len(self.steps)
            self.steps.append(hop)
        return number

    def turned(self, at: int, before: Control, after: Control, action: ControlAction, lanes: array[int]) -> None:
        """Keep what a control action did. ``lanes`` are those before it."""
        if not self.controls:
            self.controls.append((at, before))
        if isinstance(action, Operate) and before.todo:
            self._operated(at, before, after, lanes)
        if after is not before:
            self.controls.append((at, after))
        for session, site in _served(self.table.model, after) - _served(self.table.model, before):
            if after.interval > self.table.model.rulebook.order[session]:
                continue  # Its window has passed: too late for anyone who was promised the session.
            cleared, self._cleared = tuple(self._cleared), []
            place: dict[str, Any] = {"session": session, "site": site, "control": after, "cleared": cleared}
            self.servings.append(Serving(at=at, lanes=lanes[:], commits=len(self.at), **place))

    def _operated(self, at: int, before: Control, after: Control, lanes: array[int]) -> None:
        step = self.table.model.step(before.todo[0])
        if isinstance(step, Drain):
            self.began.setdefault(step.id, at)
        if after.todo != before.todo:
            self.done.setdefault(step.id, at)
        if isinstance(step, FailOver) and after.roles != before.roles:
            self._cleared.append(SeenLanes(at=at, lanes=lanes[:], commits=len(self.at)))


def _served(model: Model, control: Control) -> set[tuple[str, str]]:
    """Return the sessions that are open at a site that is up, each with the site, and whose windows have begun."""
    order = model.rulebook.order
    serving = ((session, site) for session, site in control.open if site not in control.down)
    return {(session, site) for session, site in serving if control.interval >= order[session]}
