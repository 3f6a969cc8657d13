"""What clients may try, with abstract values: enough values of each kind to reach every outcome.

Every change writes a value that occurs nowhere in the account's lane. The step compares values only for equality. So a
history in which two values happen to be equal breaks nothing that a history with distinct values does not break
(docs/explanation/bounds.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, count
from typing import Any, Literal

import attrs

from dcsim.domain.account import Record, Value
from dcsim.domain.action_signature import METHODS, Argument, arguments, method_of, valued, ways
from dcsim.domain.actions import CLIENT_ACTIONS, Administer, ClientAction, Commit, Request
from dcsim.domain.change_kinds import KINDS, fields_of
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Reset, Runbook
from dcsim.domain.world import Lane
from dcsim.semantics.client_step import kind_of
from dcsim.semantics.model import Model

LABELS = {"password": "P", "smartcard": "C", "channel": "channel-"}
FIRST = {"channel": ("email", "app")}
"""Labels with proper names, which are used before the numbered ones."""
WRONG = "wrong"
USER = "*"
"""Stands for the user in an administrator's act, until the act is written for a certain account."""


def client_actions(model: Model, lane: Lane, site: str) -> Iterator[ClientAction]:
    """Everything that an account's holder may try, given what the serving site holds. What rules name comes first."""
    return _filled(_own(model.rulebook), model, lane, site)


def administrators_actions(model: Model, lane: Lane, site: str) -> Iterator[ClientAction]:
    """Everything that an administrator may try on a user, given what the serving site holds of the user."""
    return _filled(_on_others(model.rulebook), model, lane, site)


@attrs.frozen
class _Value:
    """Stands for a value until the account's lane is known: the secret that it holds, a wrong one, or a new value."""

    sort: Literal["secret", "wrong", "new"]
    field: str


Form = tuple[type[ClientAction], tuple[tuple[str, Any], ...]]
"""An action with its arguments: fixed values, and ``_Value`` for the others."""


@lru_cache(maxsize=64)
def _own(book: Rulebook) -> tuple[Form, ...]:
    """The forms of what a holder may do: the actions that write a field which the rulebook knows."""
    known = fields_in_use(book)
    acts = [act for cls in CLIENT_ACTIONS.values() if not issubclass(cls, Administer) for act in _ways(cls, book)]
    tried = [act for act in acts if {field for kind in kinds_of(act) for field in fields_of(kind)} & known]
    return tuple(map(_form, sorted(tried, key=lambda act: (not _ruled(book, act), METHODS.index(method_of(act))))))


@lru_cache(maxsize=64)
def _on_others(book: Rulebook) -> tuple[Form, ...]:
    """The forms of what an administrator may do."""
    acts = (act for cls in CLIENT_ACTIONS.values() if issubclass(cls, Administer) for act in _ways(cls, book))
    return tuple(map(_form, acts))


def _ways(cls: type[ClientAction], book: Rulebook) -> Iterator[ClientAction]:
    """Every way to do an action: with a new value, or without it where it may be left out; with the secret that is
    held, or with a wrong one where that has an effect of its own.
    """

    def offer(argument: Argument, field: str) -> Iterable[Any]:
        if argument.sort == "secret":
            return (_Value("secret", field), _Value("wrong", field)) if cls.guesses else (_Value("secret", field),)
        if argument.sort == "new":
            return (_Value("new", field), None) if argument.part else (_Value("new", field),)
        return {"method": METHODS, "record": book.records, "user": (USER,)}[argument.sort]

    return ways(cls, offer) if cls.lasting else iter(())


def _form(act: ClientAction) -> Form:
    return type(act), tuple((argument.name, getattr(act, argument.name)) for argument in arguments(type(act)))


def _filled(forms: Iterable[Form], model: Model, lane: Lane, site: str) -> Iterator[ClientAction]:
    """The actions with the values that an account may give. Where it holds no secret, a wrong one is given."""
    record, reserved = lane.store(site), constants(model.rulebook, model.runbook)
    values: dict[_Value, Value] = {}
    for value in (value for _, given in forms for _, value in given):
        if isinstance(value, _Value) and value not in values:
            new = value.sort == "new"
            values[value] = fresh(lane, value.field, reserved) if new else _presented(value, record[value.field].value)
    made = (cls(**{n: values[v] if isinstance(v, _Value) else v for n, v in given}) for cls, given in forms)
    return iter(dict.fromkeys(made))


def _presented(secret: _Value, held: Value) -> Value:
    """The secret given where a site holds one: it, or a wrong one, which is another even where it is "wrong"."""
    if secret.sort == "secret" and held is not None:
        return held
    return WRONG if held != WRONG else f"not {WRONG}"


def kinds_of(act: ClientAction) -> tuple[str, ...]:
    """The kinds of change that an act asks for on a record that holds nothing yet, accepted or refused."""
    kind = kind_of(act, Record())
    return (kind,) if kind in act.kinds or not act.kinds else tuple(act.kinds)


def fresh(lane: Lane, field: str, reserved: frozenset[Value] = frozenset()) -> str:
    """The first label that occurs nowhere in a lane, and is no constant of rules or runbook (``reserved``)."""
    used = {*reserved, *_used(lane, field)}
    numbered = (f"{LABELS.get(field, 'V')}{n}" for n in count(1))
    return next(label for label in chain(FIRST.get(field, ()), numbered) if label not in used)


@lru_cache(maxsize=64)
def constants(book: Rulebook, runbook: Runbook) -> frozenset[Value]:
    """The values that rules reset fields to, and those that the runbook's ``reset`` steps set."""
    set_by_hand = {step.to for step in runbook.steps if isinstance(step, Reset)}
    return frozenset(set_by_hand | {rule.to for rule in book.rules})


def _used(lane: Lane, field: str) -> Iterator[Value]:
    yield lane.ledger.start[field].value
    for _, record in (*lane.stores, *lane.points):
        yield record[field].value
    for entry in lane.redo:
        yield from (cell.value for name, cell in entry.cells if name == field)
    for (_, name), expected in lane.ledger.rows:
        if name == field:
            yield from (cell.value for cell in expected.cells)
    for edit in lane.edits:
        yield edit.read[field].value
        act = edit.request.action
        yield from (getattr(act, name) for name, of, _ in valued(act) if of == field)


def named(book: Rulebook) -> tuple[str, ...]:
    """The kinds of change that rules, sessions, change sets or the policy for gaps name, in the order of all kinds."""
    kinds = {kind for rule in book.rules for kind in book.expand(rule.changes)}
    kinds |= {kind for s in book.sessions if s.changes is not None for kind in book.expand(s.changes)}
    for change_set in book.change_sets.values():
        kinds |= {*change_set.members, *change_set.such_as}
    gaps = book.policies.get("changes-in-gaps")
    kinds |= set(gaps.value) if gaps and isinstance(gaps.value, tuple) else set()
    return tuple(kind for kind in book.kinds if kind in kinds)


@lru_cache(maxsize=64)
def fields_in_use(book: Rulebook) -> frozenset[str]:
    """The fields that a rulebook knows: those that its rules, sessions, gaps, links or records name.

    A rulebook about orders, for instance, does not know 2FA. Changes of 2FA are not tried then; the verdict says so.
    """
    known = {field for kind in named(book) for field in fields_of(kind)} | set(book.records)
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
    """The kinds of change that are not tried, since the rulebook knows none of the fields that they write."""
    known = fields_in_use(book)
    return tuple(kind for kind in KINDS if not (known | {"status"}) & set(fields_of(kind)))


@lru_cache(maxsize=64)
def _kinds_ruled(book: Rulebook) -> frozenset[str]:
    return frozenset(kind for rule in book.rules for kind in book.expand(rule.changes))


def _ruled(book: Rulebook, act: ClientAction) -> bool:
    """Whether a rule names a kind of change that an act makes."""
    return bool(_kinds_ruled(book) & {*act.kinds, *(book.records if not act.kinds else ())})


def in_flight(accepted: Iterable[ClientAction], lane: Lane, *, by_other: bool) -> Iterator[Request | Commit]:
    """Requests for the acts that would be accepted now, and the commits of the requests that wait: those of the
    account's holder, or with ``by_other`` those of an administrator.
    """
    ticket = 1 + max((edit.request.ticket for edit in lane.edits), default=0)
    for action in accepted:
        yield Request(action, "", ticket)
    for edit in lane.edits:
        if isinstance(edit.request.action, Administer) == by_other:
            yield Commit(edit.request.action, edit.request.by, edit.request.ticket)
