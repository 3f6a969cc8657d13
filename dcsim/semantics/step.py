"""The step as the engines drive it: mechanism, then intent, then the promise that holds one against the other, and the
practices.

``lane_step`` for what touches one account, ``control_step`` and ``settle`` for what touches all, ``passing`` for what
time that passes shows of the control.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from dcsim.domain.account import Cell
from dcsim.domain.actions import Commit, ControlAction, Deliver, LaneAction, Operate, Request, Tick
from dcsim.domain.outcome import Blocked, Change, Moved, Notice, Refused, Transition, Turned, Violation
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Close, Open, Revert
from dcsim.domain.world import Control, Expected, Lane, Ledger
from dcsim.semantics import client, intent, mechanism, promise
from dcsim.semantics.invariants import INVARIANTS, Scene, show, violations
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
    broken = _only(model, promise.decided(model, control, lane, action, after, by))
    after, wrong = _held(model, control, after) if after.lane is not lane else (after, ())
    scene = Scene(model=model, control=control, lane=after.lane, before=lane, action=action, outcome=after)
    return LaneStep(after, (*(broken or wrong), *violations("change", scene)))


def _only(model: Model, broken: tuple[Violation, ...]) -> tuple[Violation, ...]:
    """What is broken of that which the model is held against."""
    if not broken or model.only is None:
        return broken
    return tuple(v for v in broken if model.holds(v.invariant, INVARIANTS[v.invariant].family))


def _held(model: Model, control: Control, outcome: Transition) -> tuple[Transition, tuple[Violation, ...]]:
    """Hold the record against the promise wherever its session is served in its window."""
    lane = outcome.lane
    broken: tuple[Violation, ...] = ()
    for session, site in promise.watched(model, control):
        lane, wrong = promise.held(model, lane, session, site)
        broken += _only(model, wrong)
    return (outcome if lane is outcome.lane else attrs.evolve(outcome, lane=lane)), broken


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
    outcome, broken = _held(model, control, Moved(after, site=control.other or ""))
    scene = Scene(model=model, control=control, lane=outcome.lane, before=lane, action=action, out_of_turn=out_of_turn)
    return LaneStep(outcome, (*broken, *violations("apply", scene)))


def passing(model: Model, control: Control) -> tuple[Violation, ...]:
    """What of the promise is broken by letting time pass under a control."""
    return _only(model, promise.served(model, control))


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
    taken = model.step(before.todo[0]) if isinstance(action, Operate) else None
    settled = mechanism.settle(model, before, after, action, lane)
    if isinstance(taken, Open):
        return _opened(model, before, after, settled, taken)
    outcome, broken = _held(model, after, Moved(settled))
    if isinstance(taken, Close):
        site = dict(before.open)[taken.session]
        scene = Scene(model=model, control=after, lane=outcome.lane, session=taken.session, site=site)
        broken += violations("close", scene)
    if isinstance(taken, Revert):
        scene = Scene(model=model, control=after, lane=outcome.lane, site=taken.site)
        broken += violations("revert", scene)
    over = _over(model, before, after)
    if not over:
        return LaneStep(outcome, broken)
    ledger = intent.forget(model.rulebook, outcome.lane.ledger, over)
    return LaneStep(Moved(attrs.evolve(outcome.lane, ledger=ledger)), broken)


def _opened(model: Model, before: Control, after: Control, lane: Lane, step: Open) -> LaneStep:
    """A session opens: what the site holds is held against the promise, also where it opens late.

    Before its window nothing is promised yet: it is held when the window opens. Opened anew when its window is over, it
    has nothing to be held against any more.
    """
    scene = Scene(model=model, control=after, lane=lane, session=step.session, site=step.site)
    late, early = _late(model, after, step.session), after.interval < model.rulebook.order[step.session]
    if early or (late and step.session in before.opened):
        return LaneStep(Moved(lane), violations("open", scene))
    held, broken = promise.held(model, lane, step.session, step.site)
    return LaneStep(Moved(held), (*_only(model, broken), *violations("open", scene)), _notices(scene))


def _late(model: Model, control: Control, session: str) -> bool:
    return control.interval > model.rulebook.order[session]


def _over(model: Model, before: Control, after: Control) -> str:
    """The session that is over with this step: its window has passed, it was opened, and it is open no more."""
    was, now = (({name for name, _ in control.open}, control.interval) for control in (before, after))
    shut = was[0] - now[0]
    passed = {model.rulebook.timeline[was[1]]} if was[1] != now[1] else set()
    over = (name for name in {*shut, *passed} - now[0] if name in after.opened and _late(model, after, name))
    return next(over, "")


def _opening(model: Model, control: Control, action: ControlAction) -> Open | None:
    step = model.step(control.todo[0]) if isinstance(action, Operate) and control.todo else None
    return step if isinstance(step, Open) else None


def _did(expected: Expected, found: Cell) -> str:
    if intent.same(found, expected.cells[-1]):
        return "carried it"
    return "did not carry it" if intent.same(found, expected.cells[0]) else "carried part of it"


def _notices(scene: Scene) -> tuple[Notice, ...]:
    """What the rules leave open at a target that opens, and the restrictions that a discard lifts."""
    out = []
    rows = scene.account.ledger.of(scene.session)
    for field in (f for f in scene.found.fields if f in rows):
        expected, found = rows[field], scene.found[field]
        if expected.questions and len(expected.cells) > 1 and intent.allows(expected, found):
            did = _did(expected, found)
            asked = ", ".join(f"{kind} made in {origin}" for kind, origin in expected.questions)
            says = f"the source does not say whether {asked} reaches {scene.session}; this runbook {did}: {show(found)}"
            out.append(Notice("open-cell", f"{field} at {scene.site}", says))
        if field == "status" and expected.lifted and found.value == "active":
            made = ", ".join(cell.origin for cell in expected.lifted)
            says = f"the suspension made in {made} is discarded: the account is active in {scene.session}"
            out.append(Notice("restriction-lifted", f"status at {scene.site}", says))
    return tuple(out)
