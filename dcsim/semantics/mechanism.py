"""What operator, clock and link do to the control and to each lane. Rules play no part here.

A control action has two halves: ``turn`` changes the control once, and ``settle`` changes each lane. Accounts are
independent, so ``settle`` needs no other lane. ``turn`` asks one question of all lanes, ``behind``: whether any redo is
not yet applied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from dcsim.domain.account import Cell, Record
from dcsim.domain.action_outcome import Blocked, Turned
from dcsim.domain.actions import ControlAction, Deliver, Disturb, Down, Operate, Slip, Tick, Up, Verdict
from dcsim.domain.runbook import (
    Activate,
    Close,
    Copy,
    Drain,
    FailOver,
    Flashback,
    Open,
    Resend,
    Reset,
    RestorePoint,
    Revert,
    Step,
    Switch,
)
from dcsim.domain.world import Control, Held, Lane, Redo, Todo
from dcsim.semantics.down import befall, lose, missing
from dcsim.semantics.model import Model

OPERATOR = "operator"
"""The origin of values that a reset step writes."""


def behind(lane: Lane) -> bool:
    """Whether the other site lacks something that the primary committed for this account."""
    # An "again" is a copy of an entry that was delivered: nothing is lacking while it is on the link.
    return any(entry.held != "again" for entry in lane.redo)


# -- the control's half --------------------------------------------------------------------------------------------


def turn(model: Model, control: Control, action: ControlAction, anyone_behind: Callable[[], bool]) -> Turned | Blocked:
    """Change the control. A step that is blocked is dropped from the steps to come, except a drain, which waits."""
    if isinstance(action, Tick):
        # In the timeline, the gap after a session stands next to it.
        interval = model.rulebook.order[action.session] + (action.edge == "closes")
        return Turned(attrs.evolve(control, interval=interval), f"{action.session} {action.edge}")
    if isinstance(action, Down | Up | Disturb):
        return befall(control, action)
    if not control.todo:
        return Blocked(control, "nothing-to-do", "the runbook has no step left")
    if isinstance(action, Slip):
        step = model.step(control.todo[0])
        return Turned(attrs.evolve(control, todo=_slip(control.todo, action)), f"{action.error} {step.id}")
    return _operate(model, control, action, anyone_behind)


def _slip(todo: tuple[Todo, ...], slip: Slip) -> tuple[Todo, ...]:
    head, rest = todo[0], todo[1:]
    if slip.error == "skip":
        return rest
    if slip.error == "repeat":
        return (head, head, *rest)
    if slip.error == "delay":
        return (attrs.evolve(head, late=head.late + 1), *rest)
    return (rest[0], head, *rest[1:]) if rest else todo


def _operate(model: Model, control: Control, action: Operate, anyone_behind: Callable[[], bool]) -> Turned | Blocked:
    step, rest = model.step(control.todo[0]), control.todo[1:]
    done = attrs.evolve(control, todo=rest)
    if isinstance(step, Drain):
        return _drain(model, control, done, step, action, anyone_behind)
    gone = missing(control, step)
    if gone:
        # As a drain that goes on waiting, and not as a step that is refused: the operator tries again.
        return Blocked(control, "site-down", f"{step.id} waits for {' and '.join(gone)}, which is down")
    blocked = _why_blocked(control, step, anyone_behind)
    if blocked:
        return Blocked(done, *blocked)
    return Turned(_after(done, step), step.id)


def _drain(
    model: Model, control: Control, done: Control, step: Drain, action: Operate, anyone_behind: Callable[[], bool]
) -> Turned | Blocked:
    if not action.timed_out:
        if missing(control, step):
            return Blocked(control, "not-caught-up", "a site is down, so nobody knows what the standby has applied")
        if anyone_behind():
            return Blocked(control, "not-caught-up", "the standby has not applied all that the primary committed")
        return Turned(done, step.id)
    if step.on_timeout == "abort":
        return Turned(attrs.evolve(done, todo=(), halted=True), f"{step.id} timed out: runbook aborted")
    if step.on_timeout == "proceed":
        return Turned(done, f"{step.id} timed out: proceeding")
    goal = model.runbook.by_id[step.on_timeout]
    later = tuple(todo for todo in done.todo if todo.step >= goal)
    return Turned(attrs.evolve(done, todo=later), f"{step.id} timed out: on to {step.on_timeout}")


def _why_blocked(control: Control, step: Step, anyone_behind: Callable[[], bool]) -> tuple[str, str] | None:
    """The code and the reason if a site cannot do what the step asks."""
    match step:
        case Open() if control.role(step.site) == "standby":
            return "read-only", f"{step.site} is a standby, which cannot serve"
        case Open() if (step.session, step.site) in control.open:
            return "open-already", f"{step.session} is open at {step.site} already"
        case Close() if step.session not in dict(control.open):
            return "not-open", f"{step.session} is not open"
        case Activate() if control.role(step.site) != "standby":
            return "not-a-standby", f"{step.site} is no standby"
        case Revert() if control.role(step.site) != "snapshot-standby":
            return "not-a-snapshot-standby", f"{step.site} is no snapshot standby"
        case Revert() | Flashback() if (step.site, step.to) not in control.points:
            return "no-such-point", f"no restore point {step.to!r} was taken at {step.site}"
        case Revert() | Flashback() | Copy() if _serving(control, step):
            return "serving", "the site is open to clients"
        case Switch() if control.open:
            return "serving", "a session is open"
        case Switch() if control.other is None or control.role(control.other) != "standby" or anyone_behind():
            return "not-caught-up", "there is no standby that has applied all that the primary committed"
        case FailOver() if control.other is None:
            return "not-a-standby", "there is no other site"
    return None


BLOCKED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "nothing-to-do": ((), "the runbook has no step left"),
    "site-down": ((), "a site that the step needs is down; the step waits until it is back"),
    "not-caught-up": (("drain", "switch"), "the standby has not applied all that the primary committed"),
    "read-only": (("open",), "the site is a standby, which cannot serve"),
    "open-already": (("open",), "the session is open at that site already"),
    "not-open": (("close",), "the session is not open"),
    "not-a-standby": (("activate", "fail-over"), "the site is no standby, or there is no other site"),
    "not-a-snapshot-standby": (("revert",), "the site is no snapshot standby"),
    "no-such-point": (("revert", "flashback"), "the restore point was not taken at that site"),
    "serving": (("revert", "flashback", "copy", "switch"), "the site is open to clients, or any session is"),
}
"""Why the sites refuse a step of the operator, by code: the verbs that are refused so, and the reason."""


def _serving(control: Control, step: Step) -> bool:
    site = step.target if isinstance(step, Copy) else getattr(step, "site", "")
    return site in {at for _, at in control.open}


def _after(control: Control, step: Step) -> Control:
    """The control after a step that was not blocked."""
    match step:
        case Open():
            # dict.fromkeys drops repeats and keeps the order: a session that opens again is listed once.
            opened = tuple(dict.fromkeys((*control.opened, step.session)))
            return attrs.evolve(control, open=(*control.open, (step.session, step.site)), opened=opened)
        case Close():
            return attrs.evolve(control, open=tuple(o for o in control.open if o[0] != step.session))
        case RestorePoint():
            return attrs.evolve(control, points=tuple(dict.fromkeys((*control.points, (step.site, step.name)))))
        case Activate():
            return _with_roles(control, {step.site: "snapshot-standby"})
        case Revert():
            return _with_roles(control, {step.site: "standby"})
        case Switch() | FailOver():
            return _with_roles(control, {control.other or "": "primary", control.production or "": "standby"})
    return control


def _with_roles(control: Control, roles: dict[str, str]) -> Control:
    return attrs.evolve(control, roles=tuple((site, roles.get(site, role)) for site, role in control.roles))


# -- a lane's half -------------------------------------------------------------------------------------------------


def settle(model: Model, before: Control, after: Control, action: ControlAction, lane: Lane) -> Lane:
    """The lane after a control action that was not blocked. ``before`` and ``after`` are the controls around it."""
    if isinstance(action, Down):
        return lose(lane, action.what)
    if not isinstance(action, Operate) or isinstance(model.step(before.todo[0]), Drain):
        return lane
    step = model.step(before.todo[0])
    match step:
        case Close() if model.policies["logons-at-close"] == "end":
            return attrs.evolve(lane, logon=None) if lane.logon else lane
        case Resend():
            redo = tuple(attrs.evolve(e, held="sent") if e.held in ("lost", "late") else e for e in lane.redo)
            return attrs.evolve(lane, redo=redo)
        case RestorePoint():
            return attrs.evolve(lane, points=_with_point(lane.points, (step.site, step.name), lane.store(step.site)))
        case Revert():
            return catch_up(model, after, lane.with_store(step.site, dict(lane.points)[step.site, step.to]))
        case Flashback():
            return lane.with_store(step.site, dict(lane.points)[step.site, step.to])
        case Copy():
            copied = lane.with_store(step.target, _copied(lane, step))
            # A whole copy of the primary holds all that is on the link, so that redo is no longer needed.
            rebuilt = not step.fields and step.source == before.production and step.target == before.other
            return attrs.evolve(copied, redo=()) if rebuilt else copied
        case Reset() if step.accounts and lane.profile.kind not in step.accounts:
            return lane
        case Reset() if lane.store(step.site).status.value == "absent":
            return lane
        case Reset():
            cells = {field: Cell(step.to, OPERATOR) for field in step.fields}
            return lane.with_store(step.site, lane.store(step.site).put(cells))
        case FailOver():
            # A forced fail-over loses what the standby has not applied.
            return attrs.evolve(lane, redo=())
    return lane


Points = tuple[tuple[tuple[str, str], Record], ...]


def _with_point(points: Points, name: tuple[str, str], record: Record) -> Points:
    return (*(p for p in points if p[0] != name), (name, record))


def _copied(lane: Lane, step: Copy) -> Record:
    source, target = lane.store(step.source), lane.store(step.target)
    return target.put({f: source[f] for f in step.fields}) if step.fields else source


# -- the link ------------------------------------------------------------------------------------------------------


def deliver(model: Model, control: Control, lane: Lane, delivery: Deliver) -> tuple[Lane, Redo | None, bool]:
    """Carry out the link's verdict on an entry: the lane after it, the entry that it was about (None if no entry fits),
    and whether an entry was applied out of order.
    """
    at = _judged(lane, delivery)
    # A fault may befall an entry at any time, but nothing arrives over a link that is down.
    if at is None or (not control.ships and delivery.verdict in _ARRIVES):
        return lane, None, False
    entry = lane.redo[at]
    if delivery.verdict in _HELD:
        return _with_held(lane, at, _HELD[delivery.verdict]), entry, False
    if delivery.verdict == "again":
        return _deliver_copy(model, control, lane, at)
    lane = _with_held(lane, at, "received")
    if delivery.verdict == "duplicate":
        lane = attrs.evolve(lane, redo=(*lane.redo, attrs.evolve(entry, held="again")))
    # Only a blind standby applies an entry while an earlier one is held up or lost.
    blind = model.applies == "blind" and _applies(control)
    overtook = blind and any(e.held in ("late", "lost") for e in lane.redo[:at])
    return catch_up(model, control, lane), entry, overtook


_HELD: dict[Verdict, Held] = {"delay": "late", "drop": "lost", "release": "sent", "resend": "sent"}
"""What becomes of an entry by each verdict that does not deliver it."""
_ARRIVES: tuple[Verdict, ...] = ("pass", "duplicate", "again")
"""The verdicts by which something arrives at the other site."""
_MEANT: dict[Verdict, tuple[Held, ...]] = {"again": ("again",), "release": ("late",), "resend": ("lost", "late")}
"""The entries that each verdict may be about; those that are not listed are about entries that are ``sent``."""


def _judged(lane: Lane, delivery: Deliver) -> int | None:
    """The index of the entry that a verdict is about: the first that fits, with the given number unless it is 0."""
    held, number = _MEANT.get(delivery.verdict, ("sent",)), delivery.number
    fits = (i for i, entry in enumerate(lane.redo) if entry.held in held and number in (0, entry.number))
    return next(fits, None)


def _with_held(lane: Lane, at: int, held: Held) -> Lane:
    entry = attrs.evolve(lane.redo[at], held=held)
    return attrs.evolve(lane, redo=(*lane.redo[:at], entry, *lane.redo[at + 1 :]))


def _deliver_copy(model: Model, control: Control, lane: Lane, at: int) -> tuple[Lane, Redo, bool]:
    """Deliver a copy of an entry that was delivered before. A checked standby recognises the copy and drops it. A blind
    one applies it again. A snapshot standby applies nothing.
    """
    entry = lane.redo[at]
    lane = attrs.evolve(lane, redo=lane.redo[:at] + lane.redo[at + 1 :])
    applies = applies_copies(model, control)
    return (_apply(control, lane, entry) if applies else lane), entry, applies


def applies_copies(model: Model, control: Control) -> bool:
    """Whether a copy of an entry that was delivered before is applied once more."""
    return model.applies == "blind" and _applies(control)


def _applies(control: Control) -> bool:
    """Whether the site at the far end of the link applies what it receives."""
    return control.other is not None and control.role(control.other) == "standby"


def catch_up(model: Model, control: Control, lane: Lane) -> Lane:
    """Apply what the standby has received: a checked standby up to the first missing entry, a blind one all of it."""
    if not _applies(control):
        return lane
    blind = model.applies == "blind"
    keep: list[Redo] = []
    for entry in lane.redo:
        # Copies do not make a hole, since their entries were delivered.
        if entry.held == "received" and (blind or all(k.held == "again" for k in keep)):
            lane = _apply(control, lane, entry)
        else:
            keep.append(entry)
    return attrs.evolve(lane, redo=tuple(keep))


def _apply(control: Control, lane: Lane, entry: Redo) -> Lane:
    site = control.other or ""
    return lane.with_store(site, lane.store(site).put(dict(entry.cells)))
