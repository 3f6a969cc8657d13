"""The step of one account: what a client's action does at the site that serves it.

The step is a pure function from model, control, lane and action to Moved or Refused. It has two halves: ``decide``
reads what the serving site holds and says what will be written, and ``act`` writes it into the lane. Rules play no
part here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatch

import attrs

from dcsim.domain.account import Cell, Record, Value
from dcsim.domain.action_outcome import Change, Moved, Refused, Transition
from dcsim.domain.actions import (
    Administer,
    ChangeOtpChannel,
    ChangePassword,
    ClientAction,
    Commit,
    CreateUser,
    InitiateTwoFactor,
    Logon,
    Logout,
    RegisterEmail,
    ReinstateUser,
    Request,
    ResetUser,
    SuspendUser,
    UnlockUser,
    Write,
)
from dcsim.domain.world import Control, Edit, Lane, Redo
from dcsim.semantics.model import Model
from dcsim.semantics.refusals import FAILED_LOGONS, REFUSALS, WHERE, Party, Visit, refusal

Writes = Mapping[str, Value]


@attrs.frozen
class Decision:
    """The serving site's answer to a visit: a code if it refuses (else empty), the changes, and what it shows."""

    code: str
    changes: tuple[Change, ...]
    shows: str
    site: str


Decide = Callable[[Model, Control, ClientAction, Party, Party | None, str | None], Decision]


def serving(control: Control, site: str | None) -> tuple[str | None, str | None]:
    """The session and site that serve a client: at ``site`` if it is given, else where a session was opened last. When
    nothing is open, there is no session, and the site is the primary.
    """
    open_there = [(name, at) for name, at in control.open if site in (None, at)]
    return open_there[-1] if open_there else (None, site or control.production)


def decide(
    model: Model, control: Control, action: ClientAction, party: Party, by: Party | None, site: str | None
) -> Decision:
    """The serving site's answer to an action, from what it holds. ``by`` is the administrator who acts."""
    session, at = serving(control, site)
    visit = Visit(model, control, party, action, at, session, kind_of(action, party.record), by)
    code = refusal(visit)
    if code:
        return Decision(code, _failed_logon(visit, code), "", at or "")
    changes = _changes(visit, _writes_by_kind(visit), model.interval(control))
    shown = model.session(session).shows.get(party.profile.kind, "") if session and isinstance(action, Logon) else ""
    return Decision("", changes, shown, at or "")


def act(
    model: Model,
    control: Control,
    lane: Lane,
    action: ClientAction,
    by: Lane | None = None,
    site: str | None = None,
    decide: Decide = decide,
) -> Transition:
    """Take a client's action at the serving site (or at ``site``, if a session is open there). Request and commit are
    one here.
    """
    at = serving(control, site)[1] or model.sites[0]
    party = Party(lane.profile, lane.store(at), lane.logon is not None)
    actor = Party(by.profile, by.store(at)) if by else None
    decision = decide(model, control, action, party, actor, site)
    lane = write(control, lane, decision.changes)
    if decision.code:
        return Refused(lane, decision.code, REFUSALS[decision.code].why, decision.changes, decision.site)
    if isinstance(action, Logon):
        lane = attrs.evolve(lane, logon=(decision.site, action.with_))
    elif isinstance(action, Logout):
        lane = attrs.evolve(lane, logon=None)
    return Moved(lane, decision.changes, decision.shows, decision.site)


def request(model: Model, control: Control, lane: Lane, request: Request, by: Lane | None = None) -> Transition:
    """Take a request whose commit comes later. It is checked now, and remembers what it read."""
    # Of a successful act only the outcome counts: its lane, in which the change is made already, is thrown away.
    outcome = act(model, control, lane, request.action, by)
    if isinstance(outcome, Refused):
        return outcome
    session, site = serving(control, None)
    edit = Edit(request, lane.store(site or ""), model.interval(control), session, site or "")
    return Moved(attrs.evolve(lane, edits=(*lane.edits, edit)), site=edit.site)


def pending_edit(lane: Lane, commit: Commit) -> Edit | None:
    """The request that a commit completes."""
    request = Request(commit.action, commit.by, commit.ticket)
    return next((edit for edit in lane.edits if edit.request == request), None)


def commit(model: Model, control: Control, lane: Lane, commit: Commit, by: Lane | None = None) -> Transition:
    """Commit a request, if its session is still open, no other commit has overtaken it, and the record still allows it.

    The guards of a visit are checked again. Those about site and session (``WHERE``) are left to ``_too_late``.
    """
    edit = pending_edit(lane, commit)
    if edit is None:
        return Refused(lane, "no-request", "the request was refused, so there is nothing to commit")
    lane = attrs.evolve(lane, edits=tuple(e for e in lane.edits if e is not edit))
    code = _too_late(model, control, lane, edit)
    if code:
        why = REFUSALS[code].why if code in REFUSALS else "the record was changed after this request read it"
        return Refused(lane, code, why, site=edit.site)
    if isinstance(commit.action, Logon | Logout):
        return act(model, control, lane, commit.action, by, edit.site)
    party = Party(lane.profile, lane.store(edit.site))
    actor = Party(by.profile, by.store(edit.site)) if by else None
    kind = kind_of(commit.action, party.record)
    visit = Visit(model, control, party, commit.action, edit.site, edit.session, kind, actor)
    code = refusal(visit, WHERE) or ""
    if code:
        return Refused(lane, code, REFUSALS[code].why, site=edit.site)
    at_request = model.policies["origin-fixed-at"] == "request"
    changes = _changes(visit, _writes_by_kind(visit), edit.requested_in if at_request else model.interval(control))
    return Moved(write(control, lane, changes), changes, site=edit.site)


def _too_late(model: Model, control: Control, lane: Lane, edit: Edit) -> str:
    """The code if a commit is refused because of what has changed since its request; else empty."""
    if edit.site in control.down or edit.lost:
        return "site-down"
    # A request that was made between sessions is in flight too, once a session has opened.
    over = (edit.session, edit.site) not in control.open if edit.session else bool(control.open)
    strict = model.policies["in-flight-at-close"] == "refuse" or isinstance(edit.request.action, Logon)
    if over and strict:
        return "closed" if edit.session else "not-offered"
    if control.role(edit.site) == "standby":
        return "read-only"
    if model.policies["concurrent-edits"] == "refuse" and outdated(lane, edit):
        return "edited-meanwhile"
    return ""


def outdated(lane: Lane, edit: Edit) -> bool:
    """Whether the fields that a request will write have changed since it read them."""
    now = lane.store(edit.site)
    return edit.stale or any(edit.read[field] != now[field] for field in intended_writes(edit))


def intended_writes(edit: Edit) -> Writes:
    """The values that a request will write, by field."""
    return writes(edit.request.action, edit.read)


@singledispatch
def kind_of(action: ClientAction, record: Record) -> str:  # noqa: ARG001 - most actions are of one kind
    """The kind of change that an action would make to a record. Unless registered otherwise, it is the verb."""
    return action.verb


@kind_of.register
def _(action: InitiateTwoFactor, record: Record) -> str:
    if record.password.value is not None and record.channel.value is not None:
        return "repeat-2fa-set-up"
    # A second half completes the set-up, and then all of it counts as initiated now (see _set_up).
    return "initiate-2fa" if {"password", "channel"} <= set(writes(action, record)) else "partial-2fa-set-up"


@kind_of.register
def _(action: ChangePassword, _: Record) -> str:
    return "change-smartcard-password" if action.with_ == "smartcard" else "change-2fa-password"


@kind_of.register
def _(action: Write, _: Record) -> str:
    return action.record


@singledispatch
def writes(action: ClientAction, record: Record) -> Writes:  # noqa: ARG001 - some actions write nothing
    """The values that an accepted action writes, by field. Each action registers its own."""
    return {}


@writes.register
def _(action: InitiateTwoFactor, record: Record) -> Writes:
    return _set_up(action, record)


@writes.register
def _(action: ChangePassword, _: Record) -> Writes:
    return {"smartcard" if action.with_ == "smartcard" else "password": action.to}


@writes.register
def _(action: ChangeOtpChannel, record: Record) -> Writes:
    return {"channel": action.channel, "credential": _next(record)}


@writes.register
def _(_: RegisterEmail, __: Record) -> Writes:
    return {"email": True}


@writes.register
def _(action: Write, _: Record) -> Writes:
    return {action.record: action.value}


@writes.register
def _(_: Logon, record: Record) -> Writes:
    return {"failures": 0} if record.failures.value else {}


@writes.register(CreateUser)
@writes.register(ReinstateUser)
def _(_: Administer, __: Record) -> Writes:
    return {"status": "active"}


@writes.register
def _(_: SuspendUser, __: Record) -> Writes:
    return {"status": "suspended"}


@writes.register
def _(_: ResetUser, __: Record) -> Writes:
    return {"password": None, "channel": None}


@writes.register
def _(_: UnlockUser, __: Record) -> Writes:
    return {"locked": False, "failures": 0}


def _set_up(action: InitiateTwoFactor, record: Record) -> Writes:
    """What a 2FA set-up writes. One that is complete writes both parts and a new credential, so that all three have one
    origin.
    """
    password = action.password if action.password is not None else record.password.value
    channel = action.channel if action.channel is not None else record.channel.value
    if password is not None and channel is not None:
        return {"password": password, "channel": channel, "credential": _next(record)}
    return {"password": password} if channel is None else {"channel": channel}


def _next(record: Record) -> int:
    return int(record.credential.value or 0) + 1


def _writes_by_kind(visit: Visit) -> Mapping[str, Writes]:
    # An accepted logon sets the counter of failed logons back to 0, which is a change of the counter's kind.
    kind = "failed-logon" if isinstance(visit.action, Logon) else visit.kind
    return {kind: writes(visit.action, visit.record)}


def _failed_logon(visit: Visit, code: str) -> tuple[Change, ...]:
    """The changes that a logon with a wrong secret makes: it is counted, and at the limit it locks the account."""
    limit = visit.policy("lockout-after")
    if not limit or not isinstance(visit.action, Logon) or code not in FAILED_LOGONS:
        return ()
    failures = int(visit.record.failures.value or 0) + 1
    by_kind: Mapping[str, Writes] = {"failed-logon": {"failures": failures}}
    if failures >= limit:
        by_kind = {"lockout": {"failures": 0, "locked": True}}
    return _changes(visit, by_kind, visit.model.interval(visit.control))


def _changes(visit: Visit, by_kind: Mapping[str, Writes], origin: str) -> tuple[Change, ...]:
    """The writes of one transaction, stamped with their origin."""
    return tuple(
        Change(kind, field, visit.record[field], Cell(value, origin), visit.site or "")
        for kind, written in by_kind.items()
        for field, value in written.items()
    )


def write(control: Control, lane: Lane, changes: tuple[Change, ...]) -> Lane:
    """Write one transaction: the store's new record, and one redo entry if the site is the primary of a link."""
    if not changes:
        return lane
    site, cells = changes[0].site, {change.field: change.after for change in changes}
    redo = lane.redo
    if control.role(site) == "primary" and control.other:
        number = 1 + max((entry.number for entry in redo), default=0)
        redo = (*redo, Redo(tuple(cells.items()), number=number))
    stores = tuple((s, r.put(cells) if s == site else r) for s, r in lane.stores)
    edits = tuple(_mark_stale(edit, site, cells) for edit in lane.edits)
    # Not attrs.evolve, which is slower: every write passes here.
    return Lane(lane.profile, stores, lane.ledger, lane.points, redo, edits, lane.logon)


def _mark_stale(edit: Edit, site: str, cells: Mapping[str, Cell]) -> Edit:
    """A pending request after a write: stale if the write touched a field that it will write."""
    # Values cannot tell this: a second write may put back what the request read.
    stale = edit.stale or (site == edit.site and not set(cells).isdisjoint(intended_writes(edit)))
    return attrs.evolve(edit, stale=stale)
