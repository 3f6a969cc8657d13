"""The step as the engines drive it: mechanism, then intent, then the invariants that hold one against the other.

``lane_step`` for what touches one account, ``control_step`` and ``settle`` for what touches all.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from dcsim.domain.account import Cell
from dcsim.domain.actions import Commit, ControlAction, Deliver, LaneAction, Operate, Request, Tick
from dcsim.domain.outcome import Blocked, Change, Moved, Notice, Refused, Transition, Turned, Violation
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Close, Open, Revert
from dcsim.domain.world import Control, Lane, Ledger
from dcsim.semantics import client, intent, mechanism
from dcsim.semantics.invariants import Scene, show, violations
from dcsim.semantics.model import Model


@attrs.frozen
class LaneStep:
    """What an action did to one account, and what of it breaks an invariant."""

    outcome: Transition
    violations: tuple[Violation, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def lane(self) -> Lane:
        """The lane after the action."""
        return self.outcome.lane

    @property
    def seen(self) -> tuple[Violation | Notice, ...]:
        """Violations, then notices."""
        return (*self.violations, *self.notices)


@attrs.frozen
class ControlStep:
    """What a control action did to the control, and what of it breaks an invariant."""

    outcome: Turned | Blocked
    violations: tuple[Violation, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def control(self) -> Control:
        """The control after the action."""
        return self.outcome.control

    @property
    def seen(self) -> tuple[Violation | Notice, ...]:
        """Violations, then notices."""
        return (*self.violations, *self.notices)


@attrs.frozen
class Parts:
    """The two pure parts of a step whose results an engine may keep, since many lanes share their inputs."""

    decide: client.Decide = client.decide
    permit: Callable[[Rulebook, str, Ledger, Change], Ledger] = intent.permit


PURE = Parts()


def lane_step(
    model: Model,
    control: Control,
    lane: Lane,
    action: LaneAction,
    by: Lane | None = None,
    site: str | None = None,
    parts: Parts = PURE,
) -> LaneStep:
    """Take an action on one account: a client's act, request or commit, or a delivery."""
    if isinstance(action, Deliver):
        return _delivery(model, control, lane, action)
    if isinstance(action, Request):
        outcome = client.request(model, control, lane, action, by)
    elif isinstance(action, Commit):
        outcome = client.commit(model, control, lane, action, by)
    else:
        outcome = client.act(model, control, lane, action, by, site, parts.decide)
    after = _fold(model, outcome, parts)
    scene = Scene(model=model, control=control, lane=after.lane, before=lane, action=action, outcome=after)
    return LaneStep(after, violations("change", scene))


def _fold(model: Model, outcome: Transition, parts: Parts) -> Transition:
    """Tell the ledger of each committed change."""
    if not outcome.changes:
        return outcome
    lane = outcome.lane
    ledger = lane.ledger
    for change in outcome.changes:
        ledger = parts.permit(model.rulebook, lane.profile.kind, ledger, change)
    return attrs.evolve(outcome, lane=attrs.evolve(lane, ledger=ledger))


def _delivery(model: Model, control: Control, lane: Lane, action: Deliver) -> LaneStep:
    after, entry, out_of_turn = mechanism.deliver(model, control, lane, action)
    if entry is None:
        return LaneStep(Refused(lane, "nothing-on-the-link", "no redo entry waits for that verdict"))
    scene = Scene(model=model, control=control, lane=after, before=lane, action=action, out_of_turn=out_of_turn)
    return LaneStep(Moved(after, site=control.other or ""), violations("apply", scene))


def control_step(
    model: Model, control: Control, action: ControlAction, anyone_behind: Callable[[], bool]
) -> ControlStep:
    """Take a control action: the clock's, the operator's, or the operator's slip."""
    outcome = mechanism.turn(model, control, action, anyone_behind)
    after = outcome.control
    closing = action.session if isinstance(action, Tick) and action.edge == "closes" else ""
    broken: tuple[Violation, ...] = ()
    if closing or after.open != control.open:
        broken = violations("control", Scene(model=model, control=after, session=closing, action=action))
    if isinstance(outcome, Blocked):
        return ControlStep(outcome, broken, _refused(model, control, outcome))
    opened = _opening(model, control, action)
    if opened:
        broken += violations("window", Scene(model=model, control=after, session=opened.session, site=opened.site))
    return ControlStep(outcome, broken)


def _refused(model: Model, control: Control, outcome: Blocked) -> tuple[Notice, ...]:
    """A step that the sites refused must not pass in silence; a drain that waits is not refused."""
    if outcome.control == control or not control.todo:
        return ()
    step = model.step(control.todo[0])
    return (Notice("step-refused", step.id, f"the step was refused ({outcome.code}): {outcome.why}"),)


def settle(model: Model, before: Control, step: ControlStep, action: ControlAction, lane: Lane) -> LaneStep:
    """What a control action does to one account."""
    if isinstance(step.outcome, Blocked):
        return LaneStep(Moved(lane))
    after = step.control
    if isinstance(action, Tick):
        over = action.session if action.edge == "closes" else ""
        return LaneStep(Moved(attrs.evolve(lane, ledger=intent.forget(lane.ledger, over)) if over else lane))
    settled = mechanism.settle(model, before, after, action, lane)
    taken = model.step(before.todo[0]) if isinstance(action, Operate) else None
    if isinstance(taken, Open):
        scene = Scene(model=model, control=after, lane=settled, session=taken.session, site=taken.site)
        return LaneStep(Moved(settled), violations("open", scene), _notices(scene))
    if isinstance(taken, Close):
        site = dict(before.open)[taken.session]
        scene = Scene(model=model, control=after, lane=settled, session=taken.session, site=site)
        return LaneStep(Moved(settled), violations("close", scene))
    if isinstance(taken, Revert):
        scene = Scene(model=model, control=after, lane=settled, site=taken.site)
        return LaneStep(Moved(settled), violations("revert", scene))
    return LaneStep(Moved(settled))


def _opening(model: Model, control: Control, action: ControlAction) -> Open | None:
    step = model.step(control.todo[0]) if isinstance(action, Operate) and control.todo else None
    return step if isinstance(step, Open) else None


def _did(cells: tuple[Cell, ...], found: Cell) -> str:
    if found == cells[-1]:
        return "carried it"
    return "did not carry it" if found == cells[0] else "carried part of it"


def _notices(scene: Scene) -> tuple[Notice, ...]:
    """What the rules leave open at a target that opens, and the restrictions that a discard lifts."""
    out = []
    for field in scene.concerned:
        expected, found = scene.account.ledger.at(scene.session, field), scene.found[field]
        if len(expected.cells) > 1:
            did = _did(expected.cells, found)
            asked = ", ".join(f"{kind} made in {cell.origin}" for kind, cell in expected.opened)
            says = f"the source does not say whether {asked} reaches {scene.session}; this runbook {did}: {show(found)}"
            out.append(Notice("open-cell", f"{field} at {scene.site}", says))
        if field == "status" and expected.lifted and found.value == "active":
            made = ", ".join(cell.origin for cell in expected.lifted)
            says = f"the suspension made in {made} is discarded: the account is active in {scene.session}"
            out.append(Notice("restriction-lifted", f"status at {scene.site}", says))
    return tuple(out)
