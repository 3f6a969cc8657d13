"""The step of one account: what a client's action does at the site that serves it.

Pure: (model, control, lane, action) to Moved or Refused. ``by`` is the lane of the administrator who acts, read and
never written. Rules play no part here.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from dcsim.domain.account import Cell, Record, Value
from dcsim.domain.actions import (
    Administer,
    ChangeOtpChannel,
    ChangePassword,
    ClientAction,
    Commit,
    InitiateTwoFactor,
    Logon,
    Logout,
    RegisterEmail,
    Request,
    Write,
)
from dcsim.domain.outcome import Change, Moved, Refused, Transition
from dcsim.domain.world import Control, Edit, Lane, Redo
from dcsim.semantics.model import Model
from dcsim.semantics.visit import FAILED_LOGONS, REFUSALS, Visit, refusal

Writes = Mapping[str, Value]


def act(
    model: Model, control: Control, lane: Lane, action: ClientAction, by: Lane | None = None, site: str | None = None
) -> Transition:
    """Take a client's action at the serving site (or at ``site``, where it is open), request and commit in one."""
    visit = _visit(model, control, lane, action, by, site)
    code = refusal(visit)
    if code:
        return _refuse(visit, code)
    return _commit(visit, model.interval(control))


def request(
    model: Model, control: Control, lane: Lane, request: Request, by: Lane | None = None, site: str | None = None
) -> Transition:
    """Take a request whose commit comes later: it is checked now, and remembers what it read."""
    visit = _visit(model, control, lane, request.action, by, site)
    code = refusal(visit)
    if code:
        return _refuse(visit, code)
    edit = Edit(request.action, request.by, visit.record, model.interval(control), visit.site or "")
    return Moved(attrs.evolve(lane, edits=(*lane.edits, edit)), site=edit.site)


def commit(model: Model, control: Control, lane: Lane, commit: Commit, by: Lane | None = None) -> Transition:
    """Commit the oldest such request, if its session is still open and nothing has changed under it."""
    edit = next((e for e in lane.edits if (e.action, e.by) == (commit.action, commit.by)), None)
    if edit is None:
        return Refused(lane, "no-request", "the request was refused, so there is nothing to commit")
    lane = attrs.evolve(lane, edits=_without(lane.edits, edit))
    session = next((name for name, site in control.open if site == edit.site), None)
    visit = Visit(model, control, lane, edit.action, edit.site, session, kind_of(edit.action, edit.read), by)
    if session is None and model.policies["in-flight-at-close"] == "refuse":
        return _refuse(visit, "closed")
    written = writes(edit.action, edit.read)
    changed = any(edit.read[field] != visit.record[field] for field in written)
    if changed and model.policies["concurrent-edits"] == "refuse":
        return Refused(lane, "edited-meanwhile", "the record was changed after this request read it", site=edit.site)
    at_request = model.policies["origin-fixed-at"] == "request"
    return _commit(visit, edit.requested_in if at_request else model.interval(control))


def _visit(
    model: Model, control: Control, lane: Lane, action: ClientAction, by: Lane | None, site: str | None
) -> Visit:
    """Find the session and site that serve: the one asked for, else the one opened last, else production in a gap."""
    serving = [(name, at) for name, at in control.open if site in (None, at)]
    session, at = serving[-1] if serving else (None, site or control.production)
    record = lane.store(at) if at else lane.stores[0][1]
    return Visit(model, control, lane, action, at, session, kind_of(action, record), by)


def kind_of(action: ClientAction, record: Record) -> str:
    """The kind of change that an action would make to a record; its verb where the two are the same."""
    match action:
        case InitiateTwoFactor():
            has = writes(action, record)
            if record.password.value is not None and record.channel.value is not None:
                return "repeat-2fa-set-up"
            return "initiate-2fa" if {"password", "channel"} <= set(has) else "partial-2fa-set-up"
        case ChangePassword(with_="smartcard"):
            return "change-smartcard-password"
        case ChangePassword():
            return "change-2fa-password"
        case Write():
            return action.record
    return action.verb


def writes(action: ClientAction, record: Record) -> Writes:
    """The values that an accepted action writes, by field."""
    match action:
        case InitiateTwoFactor():
            return _set_up(action, record)
        case ChangePassword(with_="smartcard"):
            return {"smartcard": action.to}
        case ChangePassword():
            return {"password": action.to}
        case ChangeOtpChannel():
            return {"channel": action.channel, "credential": _next(record)}
        case RegisterEmail():
            return {"email": True}
        case Write():
            return {action.record: action.value}
        case Logon():
            return {"failures": 0} if record.failures.value else {}
        case Administer():
            return _ADMINISTERED[action.verb]
    return {}


_ADMINISTERED: Mapping[str, Writes] = {
    "create-user": {"status": "active"},
    "suspend-user": {"status": "suspended"},
    "reinstate-user": {"status": "active"},
    "reset-user": {"password": None, "channel": None},
    "unlock-user": {"locked": False, "failures": 0},
}


def _set_up(action: InitiateTwoFactor, record: Record) -> Writes:
    """A set-up that completes writes both parts and a new credential, so that one interval owns the whole."""
    password = action.password if action.password is not None else record.password.value
    channel = action.channel if action.channel is not None else record.channel.value
    if password is not None and channel is not None:
        return {"password": password, "channel": channel, "credential": _next(record)}
    return {"password": password} if channel is None else {"channel": channel}


def _next(record: Record) -> int:
    return int(record.credential.value or 0) + 1


def _commit(visit: Visit, origin: str) -> Moved:
    """Write an accepted action's values, stamped with their origin, and log them for the standby."""
    action, lane = visit.action, visit.lane
    if isinstance(action, Logout):
        return Moved(attrs.evolve(lane, logon=None))
    kind = "failed-logon" if isinstance(action, Logon) else visit.kind
    lane, changes = _write(visit, {kind: writes(action, visit.record)}, origin)
    if not isinstance(action, Logon):
        return Moved(lane, changes, site=visit.site or "")
    lane = attrs.evolve(lane, logon=(visit.site or "", action.with_))
    shows = visit.model.session(visit.session or "").shows.get(lane.profile.kind, "")
    return Moved(lane, changes, shows, visit.site or "")


def _refuse(visit: Visit, code: str) -> Refused:
    """Refuse; a logon with a wrong secret counts as a failure, and one too many locks the account."""
    limit = visit.policy("lockout-after")
    lane, changes = visit.lane, tuple[Change, ...]()
    if limit and isinstance(visit.action, Logon) and code in FAILED_LOGONS:
        failures = int(visit.record.failures.value or 0) + 1
        counted: dict[str, Writes] = {"failed-logon": {"failures": failures}}
        if failures >= limit:
            counted = {"lockout": {"failures": 0, "locked": True}}
        lane, changes = _write(visit, counted, visit.model.interval(visit.control))
    return Refused(lane, code, REFUSALS[code].why, changes, visit.site or "")


def _write(visit: Visit, by_kind: Mapping[str, Writes], origin: str) -> tuple[Lane, tuple[Change, ...]]:
    """One transaction: the store's new record, its changes, and one redo entry if the site is the primary."""
    site, record = visit.site or "", visit.record
    changes = tuple(
        Change(kind, field, record[field], Cell(value, origin), site)
        for kind, written in by_kind.items()
        for field, value in written.items()
    )
    if not changes:
        return visit.lane, ()
    cells = {change.field: change.after for change in changes}
    lane = visit.lane.with_store(site, record.put(cells))
    if visit.control.role(site) == "primary" and visit.control.other:
        lane = attrs.evolve(lane, redo=(*lane.redo, Redo(tuple(cells.items()))))
    return lane, changes


def _without(edits: tuple[Edit, ...], edit: Edit) -> tuple[Edit, ...]:
    at = edits.index(edit)
    return edits[:at] + edits[at + 1 :]
