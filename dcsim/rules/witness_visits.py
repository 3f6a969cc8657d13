"""Makes the shortest scenarios that show a difference of two rulebooks outside their cells.

In each, an account pays one visit. One rulebook accepts it and the other refuses it, or they show different texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import product
from types import MappingProxyType
from typing import Any, get_args

import attrs

from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.action_signature import Method
from dcsim.domain.actions import ChangeOtpChannel, ClientAction, InitiateTwoFactor, Logon, Logout
from dcsim.domain.change_kinds import ADMINISTRATORS, LOGONS
from dcsim.domain.moment import Moment
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.rules import decision_space
from dcsim.rules.diff_settings import Aspect
from dcsim.rules.witness import ADMINISTRATOR, FRESH, SET_UP, WHO, administrator_of, moment_in, recipe_of

SECOND = 1000
MOST_LOGONS = 20
"""No scenario is made for a lockout above this: it would need a step for each failed logon."""

Acts = tuple[tuple[Moment, ClientAction, int], ...]
"""What one account does: when, what, and how long it takes."""


@attrs.frozen
class VisitWitness:
    """An account, what it holds at the start, and what it does. ``by`` is the kind of the administrator who acts for
    it, if one does.
    """

    kind: str
    acts: Acts
    start: Record = SET_UP
    registered: bool = True
    by: str = ""
    expect: str = "accepted"
    policies: Mapping[str, Any] = MappingProxyType({})


def visits(one: Rulebook, other: Rulebook, aspect: Aspect) -> Iterator[Scenario]:
    """Scenarios that may show the aspect, the likeliest first. They show it if the outcome that a step expects comes
    under one rulebook only.
    """
    make = _VISITS.get(aspect.topic)
    for visit in make(one, other, *aspect.of) if make else ():
        yield _scenario(one, aspect, visit)


def _scenario(book: Rulebook, aspect: Aspect, visit: VisitWitness) -> Scenario:
    accounts = [Account(WHO, Profile(visit.kind, "PARTICIPANT1", visit.registered), visit.start)]
    if visit.by:
        accounts.append(Account(ADMINISTRATOR, Profile(visit.by, "PARTICIPANT1"), SET_UP))
    who = ADMINISTRATOR if visit.by else WHO
    steps = tuple(
        ClientStep(at=at, account=who, action=action, takes=takes, expect=visit.expect, line=number)
        for number, (at, action, takes) in enumerate(visit.acts, start=1)
    )
    return Scenario(
        scenario="-".join((aspect.topic, *aspect.of)),
        title=f"What becomes of {aspect.says}",
        rulebook=book.rulebook,
        runbook="",
        accounts=tuple(accounts),
        policies=dict(visit.policies),
        steps=steps,
    )


def _both(one: Rulebook, other: Rulebook) -> list[str]:
    return [kind for kind in one.accounts if kind in other.accounts]


def _logon(method: Method, **more: Any) -> Logon:
    secret = SET_UP.smartcard if method == "smartcard" else SET_UP.password
    return Logon(method, str(secret.value), **more)


def _methods(one: Rulebook, other: Rulebook, session: str) -> list[Method]:
    """The logon methods that both offer in a session."""
    here, there = one.by_name[session].logon, other.by_name[session].logon
    return [method for method in here if method in there]


def _offering(one: Rulebook, other: Rulebook, *methods: Method) -> Iterator[tuple[str, Method]]:
    """The sessions of both, with each logon method that both offer there; only with these methods, if any are given."""
    wanted = methods or get_args(Method)
    for session in one.by_name:
        if session in other.by_name:
            yield from ((session, method) for method in _methods(one, other, session) if method in wanted)


def _later(moment: Moment, by: int) -> Moment:
    return attrs.evolve(moment, offset=moment.offset + by)


# -- sessions ------------------------------------------------------------------------------------------------------


def _window(one: Rulebook, other: Rulebook, session: str) -> Iterator[VisitWitness]:
    """A logon between the two times of opening, or between the two times of closing."""
    mine, theirs = one.by_name[session], other.by_name[session]
    for edges in ((mine.opens, theirs.opens), (mine.closes, theirs.closes)):
        if edges[0] != edges[1]:
            at = Moment(local=_between(*sorted(edges)))
            for kind, method in product(_both(one, other), _methods(one, other, session)):
                yield VisitWitness(kind, ((at, _logon(method), 0),))


def _between(first: datetime, second: datetime) -> datetime:
    return first + min(timedelta(minutes=1), (second - first) / 2)


def _by_method(one: Rulebook, other: Rulebook, session: str, *methods: Method) -> Iterator[VisitWitness]:
    at = moment_in(one, session)
    for kind, method in product(_both(one, other), methods):
        yield VisitWitness(kind, ((at, _logon(method), 0),))


def _shows(one: Rulebook, other: Rulebook, session: str, kind: str) -> Iterator[VisitWitness]:
    """A logon that expects the text of one of the two. Whether it is accepted tells nothing: it is, by both."""
    texts = [book.by_name[session].shows.get(kind, "") for book in (one, other)]
    for method in _methods(one, other, session) if kind in _both(one, other) else ():
        for text in filter(None, texts):
            yield VisitWitness(kind, ((moment_in(one, session), _logon(method), 0),), expect=text)


def _change(one: Rulebook, other: Rulebook, kind: str, change: str, origin: str) -> Iterator[VisitWitness]:
    """The change itself, made where only one of the two rulebooks accepts it."""
    if change in LOGONS:
        return  # a failed logon is refused by both
    by = administrator_of(one, other, kind) if change in ADMINISTRATORS else ""
    if by is None:
        return
    recipe = recipe_of(change)
    act = (moment_in(one, origin), recipe.act_of(one, origin), 0)
    yield VisitWitness(kind, (act,), recipe.start, by=by, policies=recipe.policies)


# -- accounts ------------------------------------------------------------------------------------------------------


def _administers(one: Rulebook, other: Rulebook, by: str, *kinds: str) -> Iterator[VisitWitness]:
    for kind, (session, _) in product(kinds, _offering(one, other)):
        if kind in _both(one, other):
            for change in sorted(ADMINISTRATORS):
                recipe = recipe_of(change)
                act = recipe.act_of(one, session)
                yield VisitWitness(kind, ((moment_in(one, session), act, 0),), recipe.start, by=by)


def _portal(one: Rulebook, other: Rulebook, kind: str) -> Iterator[VisitWitness]:
    for session, method in _offering(one, other):
        for book in (one, other):
            logon = _logon(method, portal=book.accounts[kind].portal)
            yield VisitWitness(kind, ((moment_in(one, session), logon, 0),))


def _link(one: Rulebook, other: Rulebook, kind: str, method: Method, *links: str) -> Iterator[VisitWitness]:
    for session, link in product((name for name, _ in _offering(one, other, method)), links):
        yield VisitWitness(kind, ((moment_in(one, session), _logon(method, link=link), 0),))


# -- policies ------------------------------------------------------------------------------------------------------


def _policy(one: Rulebook, other: Rulebook, name: str) -> Iterator[VisitWitness]:
    make = _POLICIES.get(name)
    if make is None:
        return
    # A limit of zero stands for none.
    limits = [limit for limit in (decision_space.policy(book, name) for book in (one, other)) if limit]
    for kind, (session, method) in product(_both(one, other), _offering(one, other)):
        yield from make(one, kind, session, method, limits)


_Make = Callable[[Rulebook, str, str, Method, list[Any]], Iterator[VisitWitness]]


def _lockout(book: Rulebook, kind: str, session: str, method: Method, limits: list[Any]) -> Iterator[VisitWitness]:
    """As many failed logons as lock an account under the stricter rulebook, then the right password."""
    at, tries = moment_in(book, session), min(limits)
    if tries <= MOST_LOGONS:
        wrong = tuple((_later(at, number * SECOND), Logon(method, "wrong"), 0) for number in range(tries))
        yield VisitWitness(kind, (*wrong, (_later(at, tries * SECOND), _logon(method), 0)))


def _old_otp(book: Rulebook, kind: str, session: str, method: Method, limits: list[Any]) -> Iterator[VisitWitness]:
    if method == "otp":
        yield VisitWitness(kind, ((moment_in(book, session), _logon(method, otp_age=min(limits) + 1), 0),))


def _no_email(book: Rulebook, kind: str, session: str, _: Method, __: list[Any]) -> Iterator[VisitWitness]:
    start = attrs.evolve(FRESH, email=Cell(False))
    yield VisitWitness(kind, ((moment_in(book, session), InitiateTwoFactor("P1", "email"), 0),), start)


def _unregistered(book: Rulebook, kind: str, session: str, method: Method, _: list[Any]) -> Iterator[VisitWitness]:
    yield VisitWitness(kind, ((moment_in(book, session), _logon(method), 0),), registered=False)


def _half(book: Rulebook, kind: str, session: str, _: Method, __: list[Any]) -> Iterator[VisitWitness]:
    yield VisitWitness(kind, ((moment_in(book, session), InitiateTwoFactor("P1"), 0),), FRESH)


def _twice(book: Rulebook, kind: str, session: str, _: Method, __: list[Any]) -> Iterator[VisitWitness]:
    yield VisitWitness(kind, ((moment_in(book, session), InitiateTwoFactor("P1", "app"), 0),))


def _in_flight(_: Rulebook, kind: str, session: str, __: Method, ___: list[Any]) -> Iterator[VisitWitness]:
    """A change that is requested a second before the session closes, and takes two seconds."""
    yield VisitWitness(kind, ((Moment(session, "closes", -SECOND), ChangeOtpChannel("P0", "app"), 2 * SECOND),))


def _at_once(book: Rulebook, kind: str, session: str, _: Method, __: list[Any]) -> Iterator[VisitWitness]:
    """A change that takes ten seconds, and another that commits in the meantime."""
    at = moment_in(book, session)
    slow, quick = (ChangeOtpChannel("P0", channel) for channel in ("app", "phone"))
    yield VisitWitness(kind, ((at, slow, 10 * SECOND), (_later(at, SECOND), quick, 0)))


def _stay(book: Rulebook, kind: str, session: str, method: Method, _: list[Any]) -> Iterator[VisitWitness]:
    """A logon whose holder logs out after the session has closed."""
    yield VisitWitness(
        kind, ((moment_in(book, session), _logon(method), 0), (Moment(session, "closes", SECOND), Logout(), 0))
    )


_POLICIES: Mapping[str, _Make] = {
    "lockout-after": _lockout,
    "otp-validity": _old_otp,
    "email-required": _no_email,
    "registration-required": _unregistered,
    "set-up": _half,
    "repeat-set-up": _twice,
    "in-flight-at-close": _in_flight,
    "concurrent-edits": _at_once,
    "logons-at-close": _stay,
}
_VISITS: Mapping[str, Callable[..., Iterator[VisitWitness]]] = {
    "window": _window,
    "logon": _by_method,
    "shows": _shows,
    "offered": _change,
    "administers": _administers,
    "portal": _portal,
    "link": _link,
    "policy": _policy,
}
