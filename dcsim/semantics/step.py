"""The step that every engine takes: the mechanism acts, intent is updated, and the promise and the practices compare
the two.

``lane_step`` takes an action on one account. ``control_step`` and ``settle`` take one that touches all accounts.
``passing`` checks the control when time passes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import attrs

from dcsim.domain.account import Cell
from dcsim.domain.action_outcome import Blocked, Change, Moved, Notice, OpenCell, Refused, Transition, Turned, Violation
from dcsim.domain.actions import Commit, ControlAction, Deliver, LaneAction, Operate, Request, Tick
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Close, Open, Revert
from dcsim.domain.world import Control, Expected, Lane, Ledger
from dcsim.semantics import client_step, intent, mechanism, promise
from dcsim.semantics.invariant_registry import INVARIANTS, Scene, show, violations
from dcsim.semantics.model import Model


@attrs.frozen
class LaneStep:
    """What an action did to one account, and which invariants it broke."""

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
    """What a control action did to the control, and which invariants it broke."""

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
    """The two pure parts of a step. An engine may keep their results, because many lanes share their inputs."""

    decide: client_step.Decide = client_step.decide
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
        outcome = client_step.request(model, control, lane, action, by)
    elif isinstance(action, Commit):
        outcome = client_step.commit(model, control, lane, action, by)
    else:
        outcome = client_step.act(model, control, lane, action, by, site, parts.decide)
    after = _update_ledger(model, outcome, parts)
    broken = _selected(model, promise.check_outcome(model, control, lane, action, after, by))
    after, wrong = _check_record(model, control, after) if after.lane is not lane else (after, ())
    scene = Scene(model=model, control=control, lane=after.lane, before=lane, action=action, outcome=after)
    # An act whose outcome is wrong may leave a wrong record: one cause is reported once.
    return LaneStep(after, (*(broken or wrong), *violations("change", scene)))


def _selected(model: Model, broken: tuple[Violation, ...]) -> tuple[Violation, ...]:
    """The violations of those invariants that the model is checked against."""
    if not broken or model.only is None:
        return broken
    return tuple(v for v in broken if model.checks(v.invariant, INVARIANTS[v.invariant].family))


def _check_record(model: Model, control: Control, outcome: Transition) -> tuple[Transition, tuple[Violation, ...]]:
    """Check the record against the promise at each site that serves the session whose window is open."""
    lane = outcome.lane
    broken: tuple[Violation, ...] = ()
    for session, site in promise.served_in_window(model, control):
        lane, wrong = promise.check_record(model, lane, session, site)
        broken += _selected(model, wrong)
    return (outcome if lane is outcome.lane else attrs.evolve(outcome, lane=lane)), broken


def _update_ledger(model: Model, outcome: Transition, parts: Parts) -> Transition:
    """Fold each committed change into the account's ledger."""
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
    outcome, broken = _check_record(model, control, Moved(after, site=control.other or ""))
    scene = Scene(model=model, control=control, lane=outcome.lane, before=lane, action=action, out_of_turn=out_of_turn)
    return LaneStep(outcome, (*broken, *violations("apply", scene)))


def passing(model: Model, control: Control) -> tuple[Violation, ...]:
    """What of the promise is broken when time passes under a control."""
    # Several steps of the operator may share an instant: no client can see the control between them.
    return _selected(model, promise.check_control(model, control))


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
        return ControlStep(outcome, broken, _refusal_notice(model, control, outcome))
    opened = _opening_step(model, control, action)
    if opened:
        broken += violations("window", Scene(model=model, control=after, session=opened.session, site=opened.site))
    return ControlStep(outcome, broken)


def _refusal_notice(model: Model, control: Control, outcome: Blocked) -> tuple[Notice, ...]:
    """A notice that the sites refused a step."""
    # A drain that waits leaves the control as it is, and is not refused.
    if outcome.control == control or not control.todo:
        return ()
    step = model.step(control.todo[0])
    return (Notice("step-refused", step.id, f"the step was refused ({outcome.code}): {outcome.why}"),)


def settle(model: Model, before: Control, step: ControlStep, action: ControlAction, lane: Lane) -> LaneStep:
    """What a control action does to one account."""
    if isinstance(step.outcome, Blocked):
        return LaneStep(Moved(lane))
    after = step.control
    taken = model.step(before.todo[0]) if isinstance(action, Operate) else None
    settled = mechanism.settle(model, before, after, action, lane)
    if isinstance(taken, Open):
        return _check_opening(model, before, after, settled, taken)
    outcome, broken = _check_record(model, after, Moved(settled))
    if isinstance(taken, Close):
        site = dict(before.open)[taken.session]
        scene = Scene(model=model, control=after, lane=outcome.lane, session=taken.session, site=site)
        broken += violations("close", scene)
    if isinstance(taken, Revert):
        scene = Scene(model=model, control=after, lane=outcome.lane, site=taken.site)
        broken += violations("revert", scene)
    finished = _finished_session(model, before, after)
    if not finished:
        return LaneStep(outcome, broken)
    ledger = intent.forget(model.rulebook, outcome.lane.ledger, finished)
    return LaneStep(Moved(attrs.evolve(outcome.lane, ledger=ledger)), broken)


def _check_opening(model: Model, before: Control, after: Control, lane: Lane, step: Open) -> LaneStep:
    """Check what the site holds against the promise when a session opens, even if it opens late.

    Before its window nothing is promised yet: the record is checked when the window opens. When a session opens again
    after its window, its rows of the ledger are gone, and there is nothing to compare with.
    """
    scene = Scene(model=model, control=after, lane=lane, session=step.session, site=step.site)
    late, early = _window_passed(model, after, step.session), after.interval < model.rulebook.order[step.session]
    if early or (late and step.session in before.opened):
        return LaneStep(Moved(lane), violations("open", scene))
    checked, broken = promise.check_record(model, lane, step.session, step.site)
    return LaneStep(Moved(checked), (*_selected(model, broken), *violations("open", scene)), _notices(scene))


def _window_passed(model: Model, control: Control, session: str) -> bool:
    return control.interval > model.rulebook.order[session]


def _finished_session(model: Model, before: Control, after: Control) -> str:
    """The session that this step finishes: it was opened, it is no longer open, and its window has passed."""
    open_before, open_after = ({name for name, _ in control.open} for control in (before, after))
    # Either the operator closed it just now, or the clock left its window just now and it was closed before.
    candidates = open_before - open_after
    if before.interval != after.interval:
        candidates.add(model.rulebook.timeline[before.interval])
    for name in candidates - open_after:
        if name in after.opened and _window_passed(model, after, name):
            return name
    return ""


def _opening_step(model: Model, control: Control, action: ControlAction) -> Open | None:
    step = model.step(control.todo[0]) if isinstance(action, Operate) and control.todo else None
    return step if isinstance(step, Open) else None


def _fate_seen(expected: Expected, found: Cell) -> Literal["carried", "not carried", "carried in part"]:
    """What the runbook did with an open change."""
    # Options are in the order of what they assume: the first carries no open change, the last carries them all.
    if intent.same(found, expected.cells[-1]):
        return "carried"
    return "not carried" if intent.same(found, expected.cells[0]) else "carried in part"


_DID = {"carried": "carried it", "not carried": "did not carry it", "carried in part": "carried part of it"}


def _open_cell(scene: Scene, field: str, expected: Expected, found: Cell) -> Notice:
    changes = expected.questions
    cell = OpenCell(scene.account.profile.kind, field, scene.session, changes, _fate_seen(expected, found))
    asked = ", ".join(f"{kind} made in {origin}" for kind, origin in changes)
    did = f"this runbook {_DID[cell.did]}: {show(found)}"
    says = f"the source does not say whether {asked} reaches {scene.session}; {did}"
    return Notice("open-cell", f"{field} at {scene.site}", says, cell)


def _notices(scene: Scene) -> tuple[Notice, ...]:
    """Notices about a target that opens: what the rules leave open, and the restrictions that a discard lifts."""
    notices = []
    rows = scene.account.ledger.of(scene.session)
    for field in (f for f in scene.found.fields if f in rows):
        expected, found = rows[field], scene.found[field]
        if expected.questions and len(expected.cells) > 1 and intent.allows(expected, found):
            notices.append(_open_cell(scene, field, expected, found))
        if field == "status" and expected.lifted and found.value == "active":
            made = ", ".join(cell.origin for cell in expected.lifted)
            says = f"the suspension made in {made} is discarded: the account is active in {scene.session}"
            notices.append(Notice("restriction-lifted", f"status at {scene.site}", says))
    return tuple(notices)
