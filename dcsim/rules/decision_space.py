"""The decision space of a rulebook: every kind of change, on every kind of account, made anywhere, seen at any later
target. It is finite, so what is said of all of it is a proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

from dcsim.domain.account import BASELINE, typed
from dcsim.domain.kinds import ADMINISTRATORS, LOGONS, METHODS, fields_of
from dcsim.domain.moment import epoch
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.rules.phrases import several
from dcsim.semantics.intent import Ruling, cells


class RuleCell(NamedTuple):
    """One decision: what becomes at a target of a kind of change to a kind of account, made in a session or gap; or,
    where the origin is the baseline, of what stood before the first session in the fields that such a change writes.
    """

    account: str
    change: str
    origin: str
    target: str

    def __str__(self) -> str:
        return f"{self.change} of {self.account}, {made_in(self.origin)}, at {self.target}"


def made_in(*origins: str) -> str:
    """``made in session-1 and monday``; what stood before the first session was made in neither."""
    made = [origin for origin in origins if origin != BASELINE]
    parts = ["standing in the baseline"] if BASELINE in origins else []
    return " or ".join([*parts, f"made in {several(made)}"] if made else parts)


@lru_cache(maxsize=64)
def origins(book: Rulebook) -> tuple[str, ...]:
    """Sessions and gaps in order of time; ahead of them the baseline, where some rule speaks of what stood before."""
    spoken = any(BASELINE in rule.made_in for rule in book.rules)
    return ((BASELINE,) if spoken else ()) + book.timeline


@lru_cache(maxsize=64)
def pairs(book: Rulebook) -> tuple[tuple[str, str], ...]:
    """Every (origin, target): a session or gap, or the baseline, and a session that opens after it."""
    places = [(name, book.order[name]) for name in origins(book)]
    return tuple(
        (origin, target) for target, at in places if target in book.by_name for origin, made in places if made < at
    )


@lru_cache(maxsize=8)
def matrix(book: Rulebook) -> Mapping[RuleCell, Ruling]:
    """The rules' word on every cell, whether it can come to be or not: by target, origin, account and change."""
    return MappingProxyType(
        {
            cell: ruled(book, cell)
            for origin, target in pairs(book)
            for account in book.accounts
            for cell in (RuleCell(account, change, origin, target) for change in book.kinds)
        }
    )


STAYS, OPEN = Ruling("carry"), Ruling("open")
"""Where no rule speaks: what stood before stays; what becomes of a change is open."""


def ruled(book: Rulebook, cell: RuleCell) -> Ruling:
    """The rules' word on a cell, also on one of the baseline where none speaks of that.

    What stood before is a matter of fields: rules on other kinds of change that write the same ones speak of it too.
    """
    rules = cells(book).get(cell, ())
    if cell.origin == BASELINE:
        others = (rule for ruling in by_field(book, cell).values() for rule in ruling.rules)
        rules = tuple({id(rule): rule for rule in (*rules, *others)}.values())
    return Ruling(rules[0].fate, rules) if rules else STAYS if cell.origin == BASELINE else OPEN


@lru_cache(maxsize=64)
def standing(book: Rulebook) -> Mapping[tuple[str, str, str], tuple[Rule, ...]]:
    """The rules on what stood before the first session, by account kind, field and target."""
    table: dict[tuple[str, str, str], dict[int, Rule]] = {}
    for (account, change, origin, target), rules in cells(book).items():
        for field in fields_of(change) if origin == BASELINE else ():
            table.setdefault((account, field, target), {}).update((id(rule), rule) for rule in rules)
    return {key: tuple(rules.values()) for key, rules in table.items()}


def by_field(book: Rulebook, cell: RuleCell) -> Mapping[str, Ruling]:
    """What becomes of what stood before in each field that a change writes; for a cell of the baseline."""
    found = {f: standing(book).get((cell.account, f, cell.target), ()) for f in fields_of(cell.change)}
    return {field: Ruling(rules[0].fate, rules) if rules else STAYS for field, rules in found.items()}


def asked(ruling: Ruling) -> frozenset[tuple[object, ...]]:
    """All that is asked for: as the outcomes of the rules, but what stays where no rule speaks is carried."""
    return frozenset({("carry", typed(None), None)}) if ruling == STAYS else ruling.outcomes


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


@lru_cache(maxsize=8)
def possible(book: Rulebook) -> Mapping[RuleCell, Ruling]:
    """The rules' word on every cell that can come to be."""
    cannot = impossibilities(book)
    return {cell: ruling for cell, ruling in matrix(book).items() if cell[:3] not in cannot}


def happens(book: Rulebook, cell: RuleCell) -> bool:
    """Whether a cell can come to be, and does so by the rulebook's own policies: failed logons are counted only where
    they can lock an account. A scenario may set that otherwise, so that rules on them are not in vain.
    """
    return cell[:3] not in impossibilities(book) and not (cell.change in LOGONS and _uncounted(book, cell))


def _uncounted(book: Rulebook, cell: RuleCell) -> bool:
    return cell.origin != BASELINE and policy(book, "lockout-after") == 0


def _not_offered(book: Rulebook, origin: str) -> dict[str, str]:
    session = book.by_name.get(origin)
    if origin in _empty_gaps(book):
        return dict.fromkeys(book.kinds, f"no time passes in {origin}")
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


@lru_cache(maxsize=64)
def _empty_gaps(book: Rulebook) -> frozenset[str]:
    """Gaps between sessions that touch."""
    ordered = sorted(book.sessions, key=lambda session: session.opens)
    return frozenset(
        f"after-{one.name}" for one, other in pairwise(ordered) if epoch(one.closes, book) >= epoch(other.opens, book)
    )


def _not_administered(book: Rulebook, account: str, change: str) -> str:
    if change in ADMINISTRATORS and not any(account in kind.administers for kind in book.accounts.values()):
        return f"nobody administers {account}"
    return ""


def policy(book: Rulebook, name: str) -> Any:
    """A policy's value: the rulebook's, else the permissive default."""
    return book.policies[name].value if name in book.policies else POLICIES[name].default
