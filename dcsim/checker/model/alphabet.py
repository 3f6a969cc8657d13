"""What clients may try, with abstract values: enough of each kind to tell every outcome apart.

Every change writes a value that is in use nowhere in the account's lane: nothing in the step compares values but for
equality, so a history in which two values happen to be equal breaks nothing that one with distinct values keeps
(docs/explanation/bounds.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, count

from dcsim.domain.account import Value
from dcsim.domain.actions import (
    Administer,
    ChangeOtpChannel,
    ChangePassword,
    ClientAction,
    Commit,
    CreateUser,
    InitiateTwoFactor,
    Logon,
    RegisterEmail,
    ReinstateUser,
    Request,
    ResetUser,
    SuspendUser,
    UnlockUser,
    Write,
)
from dcsim.domain.kinds import KINDS, fields_of
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Reset, Runbook
from dcsim.domain.world import Lane
from dcsim.semantics.model import Model

LABELS = {"password": "P", "smartcard": "C", "channel": "channel-"}
FIRST = {"channel": ("email", "app")}
"""Labels with a name of their own, before those that are numbered."""
WRONG = "wrong"
USER = "*"
"""The user in an administrator's act, until the act is written down for an account with a name."""


def client_actions(model: Model, lane: Lane, site: str) -> Iterator[ClientAction]:
    """Everything that an account's holder may try, given what the serving site holds: first what rules speak of."""
    speaks = fields_in_use(model.rulebook)
    acts = [act for field, act in _acts(model, lane, site) if field in speaks or isinstance(act, Logon)]
    return iter(sorted(acts, key=lambda act: not _ruled(model.rulebook, act)))


def _acts(model: Model, lane: Lane, site: str) -> Iterator[tuple[str, ClientAction]]:
    """Acts with a field that each is about."""
    record, said = lane.store(site), constants(model.rulebook, model.runbook)
    password, channel = fresh(lane, "password", said), fresh(lane, "channel", said)
    yield "password", InitiateTwoFactor(password, channel)
    if model.policies["set-up"] == "stepwise":
        yield "password", InitiateTwoFactor(password, None)
        yield "password", InitiateTwoFactor(None, channel)
    yield "email", RegisterEmail()
    now = str(record.password.value) if record.password.value is not None else WRONG
    yield "password", ChangePassword(now, password)
    yield "password", ChangeOtpChannel(now, channel)
    yield "password", Logon(with_="otp", password=now)
    yield "password", Logon(with_="otp", password=WRONG)
    card = record.smartcard.value
    if card is not None:
        yield "smartcard", ChangePassword(str(card), fresh(lane, "smartcard", said), with_="smartcard")
        yield "smartcard", Logon(with_="smartcard", password=str(card))
        yield "smartcard", Logon(with_="smartcard", password=WRONG)
    for name in model.rulebook.records:
        yield name, Write(name, fresh(lane, name, said))


def fresh(lane: Lane, field: str, said: frozenset[Value] = frozenset()) -> str:
    """The first label that is in use nowhere in a lane, and is no constant that rules or the operator speak of."""
    used = {*said, *_used(lane, field)}
    numbered = (f"{LABELS.get(field, 'V')}{n}" for n in count(1))
    return next(label for label in chain(FIRST.get(field, ()), numbered) if label not in used)


@lru_cache(maxsize=64)
def constants(book: Rulebook, runbook: Runbook) -> frozenset[Value]:
    """The values that rules reset fields to, and those that the operator sets."""
    set_by_hand = {step.to for step in runbook.steps if isinstance(step, Reset)}
    return frozenset(set_by_hand | {rule.to for rule in book.rules})


def _used(lane: Lane, field: str) -> Iterator[Value]:
    for _, record in (*lane.stores, *lane.points):
        yield record[field].value
    for entry in lane.redo:
        yield from (cell.value for name, cell in entry.cells if name == field)
    for (_, name), expected in lane.ledger.rows:
        if name == field:
            yield from (cell.value for cell in expected.cells)
    for edit in lane.edits:
        act = edit.request.action
        yield edit.read[field].value
        yield from (getattr(act, name, None) for name in ("password", "channel", "to", "value"))


@lru_cache(maxsize=64)
def fields_in_use(book: Rulebook) -> frozenset[str]:
    """The fields that a rulebook knows: those that rules, sessions, gaps, links or records speak of.

    A rulebook about orders knows no 2FA; what its clients do there is not tried, and the verdict says so.
    """
    named = {kind for rule in book.rules for kind in book.expand(rule.changes)}
    named |= {kind for s in book.sessions if s.changes is not None for kind in book.expand(s.changes)}
    for change_set in book.change_sets.values():
        named |= {*change_set.members, *change_set.such_as}
    gaps = book.policies.get("changes-in-gaps")
    named |= set(gaps.value) if gaps and isinstance(gaps.value, tuple) else set()
    known = {field for kind in named for field in fields_of(kind)} | set(book.records)
    methods = {method for kind in book.accounts.values() for method in kind.links}
    plain = not known and not book.rules
    if known & {"password", "channel", "credential"} or "otp" in methods or plain:
        known |= {"password", "channel", "credential"}
    if "smartcard" in methods or plain:
        known |= {"smartcard"}
    known |= {"failures", "locked"}
    return frozenset(known | ({"email"} if plain or _email(book) else set()))


def _email(book: Rulebook) -> bool:
    policy = book.policies.get("email-required")
    return bool(policy and policy.value)


def untried(book: Rulebook) -> tuple[str, ...]:
    """The kinds of change that are not tried, since the rulebook knows nothing of what they write."""
    known = fields_in_use(book)
    return tuple(kind for kind in KINDS if not (known | {"status"}) & set(fields_of(kind)))


@lru_cache(maxsize=64)
def _kinds_ruled(book: Rulebook) -> frozenset[str]:
    return frozenset(kind for rule in book.rules for kind in book.expand(rule.changes))


def _ruled(book: Rulebook, act: ClientAction) -> bool:
    """Whether a rule speaks of what an act does."""
    verbs = {"change-password": ("change-2fa-password", "change-smartcard-password"), "write": book.records}
    return bool(_kinds_ruled(book) & {act.verb, *verbs.get(act.verb, ())})


def in_flight(accepted: Iterable[ClientAction], lane: Lane) -> Iterator[Request | Commit]:
    """Requests whose commit comes later, of what would be accepted now; and the commits of those that wait."""
    ticket = 1 + max((edit.request.ticket for edit in lane.edits), default=0)
    for action in accepted:
        if not isinstance(action, Logon):
            yield Request(action, "", ticket)
    for edit in lane.edits:
        yield Commit(edit.request.action, edit.request.by, edit.request.ticket)


def administrators_actions() -> tuple[Administer, ...]:
    """Everything that an administrator may try on a user."""
    return (SuspendUser(USER), ReinstateUser(USER), ResetUser(USER), UnlockUser(USER), CreateUser(USER))
