"""The decision space of a rulebook: every kind of change, on every kind of account, made anywhere, seen at any later
target. It is finite, so what is said of all of it is a proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

from dcsim.domain.actions import CLIENT_ACTIONS, Administer, Method
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import Rulebook
from dcsim.semantics.intent import Ruling, cells

ADMINISTRATORS = frozenset(verb for verb, action in CLIENT_ACTIONS.items() if issubclass(action, Administer))
"""Kinds of change that only another account can make."""


LOGONS = frozenset(("failed-logon", "lockout"))
"""Kinds of change that come of logons, which are refused wherever no session is open."""

METHODS: Mapping[str, tuple[Method, ...]] = MappingProxyType(
    {"change-smartcard-password": ("smartcard",), "change-2fa-password": ("otp",)}
    | dict.fromkeys(sorted(LOGONS), get_args(Method))
)
"""Kinds of change for which a session must offer one of some ways of logging on."""


class Cell(NamedTuple):
    """One decision: what becomes at a target of a kind of change to a kind of account, made in a session or gap."""

    account: str
    change: str
    origin: str
    target: str

    def __str__(self) -> str:
        return f"{self.change} of {self.account}, made in {self.origin}, at {self.target}"


@lru_cache(maxsize=64)
def pairs(book: Rulebook) -> tuple[tuple[str, str], ...]:
    """Every (origin, target): a session or gap, and a session that opens after it."""
    places = [(name, book.order[name]) for name in book.timeline]
    return tuple(
        (origin, target) for target, at in places if target in book.by_name for origin, made in places if made < at
    )


@lru_cache(maxsize=8)
def matrix(book: Rulebook) -> Mapping[Cell, Ruling]:
    """The rules' word on every cell, whether it can come to be or not: by target, origin, account and change."""
    decided, unspoken = cells(book), Ruling("open")
    table = {}
    for origin, target in pairs(book):
        for account in book.accounts:
            for change in book.kinds:
                cell = Cell(account, change, origin, target)
                rules = decided.get(cell)
                table[cell] = Ruling(rules[0].fate, rules) if rules else unspoken
    return MappingProxyType(table)


@lru_cache(maxsize=8)
def impossibilities(book: Rulebook) -> Mapping[tuple[str, str, str], str]:
    """Why a kind of account cannot make or suffer a kind of change in an interval, by (account, change, origin), under
    the rulebook's own word on what is administered, offered and accepted between sessions. What can be is left out.
    """
    found = {
        (account, change, origin): why
        for origin in book.timeline
        for change, why_not in _not_offered(book, origin).items()
        for account in book.accounts
        if (why := why_not or _not_administered(book, account, change))
    }
    return MappingProxyType(found)


def _not_offered(book: Rulebook, origin: str) -> dict[str, str]:
    session = book.by_name.get(origin)
    if session is None:
        accepted = tuple(kind for kind in policy(book, "changes-in-gaps") if kind not in LOGONS)
        why = "no such change is accepted between sessions"
        return {change: "" if change in accepted else why for change in book.kinds}
    offered = book.kinds if session.changes is None else book.expand(session.changes)
    # A logon that fails is no change that anyone asks for, so that none can be withheld.
    barred = {change: f"{origin} does not offer it" for change in book.kinds if change not in {*offered, *LOGONS}}
    no_logon = {
        change: f"{origin} offers no logon by {' or '.join(methods)}"
        for change, methods in METHODS.items()
        if not set(methods) & set(session.logon)
    }
    return {change: barred.get(change) or no_logon.get(change, "") for change in book.kinds}


def _not_administered(book: Rulebook, account: str, change: str) -> str:
    if change in ADMINISTRATORS and not any(account in kind.administers for kind in book.accounts.values()):
        return f"nobody administers {account}"
    return ""


def policy(book: Rulebook, name: str) -> Any:
    """A policy's value: the rulebook's, else the permissive default."""
    return book.policies[name].value if name in book.policies else POLICIES[name].default
