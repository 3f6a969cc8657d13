"""Interned lanes: equal lanes share one number, and each distinct step is taken once.

Engines keep a million accounts, or every reachable state, as small integers. What a step means stays in ``step``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from dcsim.domain.action_outcome import Blocked, Moved
from dcsim.domain.actions import ControlAction, LaneAction, Operate
from dcsim.domain.world import Control, Lane
from dcsim.semantics.client_step import decide
from dcsim.semantics.intent import permit
from dcsim.semantics.mechanism import behind
from dcsim.semantics.model import Model
from dcsim.semantics.step import ControlStep, LaneStep, Parts, control_step, lane_step, settle

Key = tuple[int, LaneAction, int, str | None]
NOBODY = -1


@attrs.frozen(eq=False)
class Hop:
    """A step already taken: the number of the lane to which it leads, and what happened in it.

    ``shipped``: it put a redo entry on the link. ``quiet``: it gave no violation and no notice. ``accepted``: it was
    not refused. ``commits``: how many changes it made. ``waits``: by how much it changes the number of accounts that
    are behind (-1, 0 or 1).
    """

    lane: int
    step: LaneStep
    shipped: bool
    quiet: bool
    accepted: bool
    commits: int
    waits: int


@attrs.frozen(eq=False)
class Turning:
    """A control action already taken: its step, the hops known under the control after it, and what it does to each
    lane (those that were asked for). Turnings whose controls have the same view share both tables.
    """

    before: Control
    action: ControlAction
    step: ControlStep
    hops: dict[Key, Hop]
    settled: dict[int, Hop]


def remembered(part: Callable[..., Any]) -> Callable[..., Any]:
    """A pure part of a step that keeps its results. Controls with the same view count as equal. The first input is the
    same for the whole table, and so it is not in the key.
    """
    kept: dict[Any, Any] = {}

    def recall(fixed: Any, *varying: Any) -> Any:
        key = tuple(v.view if isinstance(v, Control) else v for v in varying)
        found = kept.get(key)
        if found is None:
            found = kept[key] = part(fixed, *varying)
        return found

    return recall


@attrs.define(eq=False)
class Table:
    """Interned lanes of one model, and the steps between them, which are filled in when an engine first needs them."""

    model: Model
    lanes: list[Lane] = attrs.field(factory=list)
    behind: list[bool] = attrs.field(factory=list)
    _numbers: dict[Lane, int] = attrs.field(factory=dict)
    _hops: dict[Any, dict[Key, Hop]] = attrs.field(factory=dict)
    _turns: dict[Any, Turning] = attrs.field(factory=dict)
    _settled: dict[Any, dict[int, Hop]] = attrs.field(factory=dict)
    _parts: Parts = attrs.field(factory=lambda: Parts(remembered(decide), remembered(permit)))

    def number(self, lane: Lane) -> int:
        """The number of a lane; a new one if it has not been seen."""
        found = self._numbers.get(lane)
        if found is None:
            found = self._numbers[lane] = len(self.lanes)
            self.lanes.append(lane)
            self.behind.append(behind(lane))
        return found

    def hops(self, control: Control) -> dict[Key, Hop]:
        """The steps taken so far under controls with the same view. Callers look here before they call ``hop``."""
        return self._hops.setdefault(control.view, {})

    def hop(self, control: Control, key: Key) -> Hop:
        """Take a step that has not been taken under this control, and remember it."""
        number, action, by, site = key
        lane = self.lanes[number]
        actor = self.lanes[by] if by != NOBODY else None
        step = lane_step(self.model, control, lane, action, actor, site, self._parts)
        # The copy that a duplicating link makes is one more entry as well, but no change.
        shipped = len(step.lane.redo) > len(lane.redo) and bool(step.outcome.changes)
        hop = self._hop(number, step, shipped)
        self.hops(control)[key] = hop
        return hop

    def turn(self, before: Control, action: ControlAction, *, waiting: bool) -> Turning:
        """Take a control action, and remember it; ``waiting``: whether any account is behind."""
        # Of all lanes, a control action asks only whether any is behind.
        key = (before, action, waiting)
        found = self._turns.get(key)
        if found is None:
            step = control_step(self.model, before, action, lambda: waiting)
            found = self._turns[key] = self.turning(before, action, step)
        return found

    def turning(self, before: Control, action: ControlAction, step: ControlStep) -> Turning:
        """The record of a control action that was taken."""
        # The key holds all of both controls that ``settle`` reads; a control has more, such as the steps to come.
        taken = before.todo[0].step if isinstance(action, Operate) and before.todo else None
        after = step.control
        opened = (before.opened, after.opened)
        key = (action, taken, isinstance(step.outcome, Blocked), before.view, after.view, opened)
        return Turning(before, action, step, self.hops(step.control), self._settled.setdefault(key, {}))

    def settle(self, turning: Turning, numbers: set[int]) -> dict[int, Hop]:
        """What a control action does to each of some lanes."""
        known = turning.settled
        # Not `numbers - known.keys()`: that walks through all known lanes, which may be far more than those asked for.
        new = [number for number in numbers if number not in known]
        for number in sorted(new):
            settled = settle(self.model, turning.before, turning.step, turning.action, self.lanes[number])
            known[number] = self._hop(number, settled, shipped=False)
        return {number: known[number] for number in numbers}

    def _hop(self, before: int, step: LaneStep, shipped: bool) -> Hop:
        after, outcome = self.number(step.lane), step.outcome
        waits = self.behind[after] - self.behind[before]
        return Hop(after, step, shipped, not step.seen, isinstance(outcome, Moved), len(outcome.changes), waits)
