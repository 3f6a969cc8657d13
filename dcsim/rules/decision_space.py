"""The decision space of a rulebook: all its cells. A cell is one kind of change, on one kind of account, made in one
interval, seen at one later target. There are finitely many, so a statement that was checked on each of them is proved.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

from dcsim.domain.account import BASELINE, typed
from dcsim.domain.change_kinds import ADMINISTRATORS, LOGONS, METHODS, fields_of
from dcsim.domain.moment import epoch
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.rules.phrases import several
from dcsim.semantics.intent import Ruling, cells


class RuleCell(NamedTuple):
    """One decision: the fate, at a target, of a kind of change to a kind of account that was made in a session or gap.

    Where the origin is the baseline, the decision is about what stood before the first session in the fields that such
    a change writes.
    """

    account: str
    change: str
    origin: str
    target: str

    def __str__(self) -> str:
        return f"{self.change} of {self.account}, {made_in(self.origin)}, at {self.target}"


def made_in(*origins: str) -> str:
    """Origins in words: ``made in session-1 and monday``. The baseline is no interval in which anything was made."""
    made = [origin for origin in origins if origin != BASELINE]
    parts = ["standing in the baseline"] if BASELINE in origins else []
    return " or ".join([*parts, f"made in {several(made)}"] if made else parts)


@lru_cache(maxsize=64)
def origins(book: Rulebook) -> tuple[str, ...]:
    """Sessions and gaps in order of time. The baseline comes first if some rule names it."""
    has_baseline = any(BASELINE in rule.made_in for rule in book.rules)
    return ((BASELINE,) if has_baseline else ()) + book.timeline


@lru_cache(maxsize=64)
def pairs(book: Rulebook) -> tuple[tuple[str, str], ...]:
    """Every (origin, target): a session, a gap or the baseline, and a session that opens after it."""
    earlier: list[str] = []
    found: list[tuple[str, str]] = []
    for name in origins(book):  # in order of time
        if name in book.by_name:
            found += [(origin, name) for origin in earlier]
        earlier.append(name)
    return tuple(found)


@lru_cache(maxsize=8)
def matrix(book: Rulebook) -> Mapping[RuleCell, Ruling]:
    """The ruling on every cell, even on those that cannot occur; in order of target, origin, account and change."""
    return MappingProxyType(
        {
            cell: ruled(book, cell)
            for origin, target in pairs(book)
            for account in book.accounts
            for cell in (RuleCell(account, change, origin, target) for change in book.kinds)
        }
    )


STAYS, OPEN = Ruling("carry"), Ruling("open")
"""The rulings where there is no rule: what stood before stays, and the fate of a change is open."""


def ruled(book: Rulebook, cell: RuleCell) -> Ruling:
    """The ruling on a cell; also on a cell of the baseline, whether or not a rule names the baseline.

    What stood before is decided by field: rules on other kinds of change apply too if these write the same fields.
    """
    rules = cells(book).get(cell, ())
    if cell.origin == BASELINE:
        others = (rule for ruling in by_field(book, cell).values() for rule in ruling.rules)
        # By identity: equal rules at two places of the file are two rules.
        rules = tuple({id(rule): rule for rule in (*rules, *others)}.values())
    if rules:
        return Ruling(rules[0].fate, rules)
    return STAYS if cell.origin == BASELINE else OPEN


@lru_cache(maxsize=64)
def standing(book: Rulebook) -> Mapping[tuple[str, str, str], tuple[Rule, ...]]:
    """The rules on what stood before the first session, by account kind, field and target."""
    table: dict[tuple[str, str, str], dict[int, Rule]] = {}
    for (account, change, origin, target), rules in cells(book).items():
        for field in fields_of(change) if origin == BASELINE else ():
            table.setdefault((account, field, target), {}).update((id(rule), rule) for rule in rules)
    return {key: tuple(rules.values()) for key, rules in table.items()}


def by_field(book: Rulebook, cell: RuleCell) -> Mapping[str, Ruling]:
    """For a cell of the baseline: the ruling on what stood before, for each field that the change writes."""
    found = {f: standing(book).get((cell.account, f, cell.target), ()) for f in fields_of(cell.change)}
    return {field: Ruling(rules[0].fate, rules) if rules else STAYS for field, rules in found.items()}


def asked(ruling: Ruling) -> frozenset[tuple[object, ...]]:
    """The outcomes that a ruling asks for. What stays because there is no rule counts as carried."""
    return frozenset({("carry", typed(None), None)}) if ruling == STAYS else ruling.outcomes


@lru_cache(maxsize=8)
def impossibilities(book: Rulebook) -> Mapping[tuple[str, str, str], str]:
    """Why a change cannot be made to a kind of account in an interval, by (account, change, origin).

    It depends on what the rulebook says about who administers whom, what sessions offer, and what is accepted between
    sessions. Changes that can be made have no entry.
    """
    found: dict[tuple[str, str, str], str] = {}
    for origin in book.timeline:
        for change, not_offered in _not_offered(book, origin).items():
            for account in book.accounts:
                if why := not_offered or _not_administered(book, account, change):
                    found[account, change, origin] = why
    return MappingProxyType(found)


@lru_cache(maxsize=8)
def possible(book: Rulebook) -> Mapping[RuleCell, Ruling]:
    """The ruling on every cell that can occur."""
    cannot = impossibilities(book)
    return {cell: ruling for cell, ruling in matrix(book).items() if cell[:3] not in cannot}


def happens(book: Rulebook, cell: RuleCell) -> bool:
    """Whether a cell can occur under the rulebook's own policies.

    A failed logon is counted only if the rulebook sets a lockout. A scenario may set one, so a rule on failed logons
    makes sense all the same: such cells are ``possible``, but do not happen.
    """
    return cell[:3] not in impossibilities(book) and not (cell.change in LOGONS and _uncounted(book, cell))


def _uncounted(book: Rulebook, cell: RuleCell) -> bool:
    return cell.origin != BASELINE and policy(book, "lockout-after") == 0


def _not_offered(book: Rulebook, origin: str) -> dict[str, str]:
    """For each kind of change, why it cannot be made in this session or gap; empty text where it can."""
    session = book.by_name.get(origin)
    if origin in _empty_gaps(book):
        return dict.fromkeys(book.kinds, f"no time passes in {origin}")
    if session is None:
        accepted = tuple(kind for kind in policy(book, "changes-in-gaps") if kind not in LOGONS)
        why = "no such change is accepted between sessions"
        return {change: "" if change in accepted else why for change in book.kinds}
    offered = book.kinds if session.changes is None else book.expand(session.changes)
    # A failed logon is not offered by anyone, so a session cannot withhold it.
    barred = {change: f"{origin} does not offer it" for change in book.kinds if change not in {*offered, *LOGONS}}
    no_logon = {
        change: f"{origin} offers no logon by {' or '.join(methods)}"
        for change, methods in METHODS.items()
        if not set(methods) & set(session.logon)
    }
    return {change: barred.get(change) or no_logon.get(change, "") for change in book.kinds}


@lru_cache(maxsize=64)
def _empty_gaps(book: Rulebook) -> frozenset[str]:
    """Gaps of no length: one session closes as the next one opens."""
    ordered = sorted(book.sessions, key=lambda session: session.opens)
    return frozenset(
        f"after-{one.name}" for one, other in pairwise(ordered) if epoch(one.closes, book) >= epoch(other.opens, book)
    )


def _not_administered(book: Rulebook, account: str, change: str) -> str:
    if change in ADMINISTRATORS and not any(account in kind.administers for kind in book.accounts.values()):
        return f"nobody administers {account}"
    return ""


def policy(book: Rulebook, name: str) -> Any:
    """A policy's value: that of the rulebook, else the default, which permits most."""
    return book.policies[name].value if name in book.policies else POLICIES[name].default
