"""Checks a rulebook whose shape is right: names, windows, citations, and rules that contradict each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise, product
from typing import get_args
from zoneinfo import ZoneInfo, available_timezones

from dcsim.domain.account import BASELINE, FIELDS
from dcsim.domain.action_signature import Method
from dcsim.domain.change_kinds import KINDS, fields_of
from dcsim.domain.figures import FIGURES
from dcsim.domain.moment import epoch
from dcsim.domain.rulebook import ChangeSet, Policy, Rule, Rulebook, Session
from dcsim.files.account_fields import constant_flaws
from dcsim.files.findings import Flaw, Keys, unknown
from dcsim.files.forms import EXPECT_LISTS
from dcsim.files.lint_common import duplicates, repeats, unknowns
from dcsim.files.lint_dates import date_flaws
from dcsim.files.lint_questions import question_flaws, question_times
from dcsim.files.scalar_parsers import blank

_NAME = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
_RESERVED = (BASELINE, "operator", "any", *EXPECT_LISTS, *FIGURES)


def rulebook_flaws(book: Rulebook) -> Iterator[Flaw]:
    """Everything that is wrong with a rulebook whose shape is right."""
    named = list(_names(book))
    yield from named
    yield from repeats(book)
    yield from _references(book)
    yield from question_flaws(book)
    yield from _without_basis(book)
    if not book.accounts:
        yield Flaw("DC109", ("accounts",), "a rulebook needs a kind of account")
    if not book.sessions:
        yield Flaw("DC109", ("sessions",), "a rulebook needs a session")
        return
    yield from _windows(book)
    yield from date_flaws(book)
    if not named:
        # Intervals are named after sessions, so they mean nothing where a name is wrong.
        for index, rule in enumerate(book.rules):
            yield from _rule_times(book, rule, ("rules", index))
        yield from question_times(book)
        yield from _contradictions(book)


def _names(book: Rulebook) -> Iterator[Flaw]:
    sessions = [(("sessions", i, "name"), s.name) for i, s in enumerate(book.sessions)]
    gaps = {f"{side}-{name}" for _, name in sessions for side in ("before", "after")}
    yield from duplicates("session", sessions, gaps.union(_RESERVED))
    for keys, name in sessions:
        if not _NAME.fullmatch(name):
            yield Flaw("DC109", keys, f"'{name}' cannot name a session", "use letters, digits and hyphens")
    fields = (*FIELDS, *KINDS, "two-factor", "records")
    yield from duplicates("record", ((("records", i), name) for i, name in enumerate(book.records)), fields)
    for name in book.change_sets:
        if name in book.kinds:
            yield Flaw(
                "DC129", ("change-sets", name), f"change set '{name}' has the name of a kind of change", "", True
            )
    yield from duplicates("rule", ((("rules", i, "id"), rule.id) for i, rule in enumerate(book.rules)))
    questions = enumerate(book.open_questions)
    yield from duplicates("open question", ((("open-questions", i, "id"), question.id) for i, question in questions))
    statements = enumerate(book.source.statements)
    numbers = ((("source", "statements", i, "number"), str(statement.number)) for i, statement in statements)
    yield from duplicates("statement", numbers)


def _references(book: Rulebook) -> Iterator[Flaw]:
    for name, kind in book.accounts.items():
        yield from _account_kinds(book, kind.administers, ("accounts", name, "administers"))
        for method in kind.links:
            if method not in get_args(Method):
                keys: Keys = ("accounts", name, "links", method)
                yield Flaw("DC109", keys, f"'{method}' is no way to log on", "use smartcard or otp", at_key=True)
    for index, session in enumerate(book.sessions):
        yield from _change_kinds(book, session.changes or (), ("sessions", index, "changes"))
        for name in session.shows:
            if name not in book.accounts:
                yield unknown(
                    "DC124", ("sessions", index, "shows", name), "account kind", name, book.accounts, at_key=True
                )
    for name, chosen in book.change_sets.items():
        yield from _change_set(book, name, chosen)
    for index, rule in enumerate(book.rules):
        yield from _rule_references(book, rule, ("rules", index))
    for name, policy in book.policies.items():
        if isinstance(policy.value, tuple):
            yield from _change_kinds(book, policy.value, ("policies", name, "value"))


def _change_set(book: Rulebook, name: str, chosen: ChangeSet) -> Iterator[Flaw]:
    keys: Keys = ("change-sets", name)
    # A set may not name other sets: what a rule says would depend on the order in which they are written out.
    yield from unknowns("DC123", "change kind", chosen.members, book.kinds, (*keys, "members"))
    yield from unknowns("DC123", "change kind", chosen.such_as, book.kinds, (*keys, "such-as"))
    if not (chosen.members or chosen.such_as):
        yield Flaw("DC109", keys, f"change set '{name}' has no members", at_key=True)
    for index, kind in enumerate(chosen.such_as):
        if kind in chosen.members:
            yield Flaw("DC151", (*keys, "such-as", index), f"'{kind}' is one of the 'members' already")


def _rule_references(book: Rulebook, rule: Rule, keys: Keys) -> Iterator[Flaw]:
    yield from _account_kinds(book, rule.accounts, (*keys, "accounts"))
    yield from _change_kinds(book, rule.changes, (*keys, "changes"))
    for name in ("accounts", "changes", "made-in", "at"):
        if not getattr(rule, name.replace("-", "_")):
            yield Flaw("DC109", (*keys, name), f"rule '{rule.id}' says nothing with an empty '{name}'")
    if rule.fate == "reset":
        kinds = (kind for kind in book.expand(rule.changes) if kind in book.kinds)
        fields = dict.fromkeys(field for kind in kinds for field in fields_of(kind))
        yield from constant_flaws(fields, rule.to, (*keys, "to"))
    elif rule.to is not None:
        yield Flaw("DC109", (*keys, "to"), f"'to' belongs to a reset, and this is a {rule.fate}")
    if rule.baseline is not None and rule.fate != "discard":
        yield Flaw("DC109", (*keys, "baseline"), f"'baseline' belongs to a discard, and this is a {rule.fate}")


def _account_kinds(book: Rulebook, names: tuple[str, ...], keys: Keys) -> Iterator[Flaw]:
    return unknowns("DC124", "account kind", names, book.accounts, keys)


def _change_kinds(book: Rulebook, names: tuple[str, ...], keys: Keys) -> Iterator[Flaw]:
    return unknowns("DC123", "change kind", names, (*book.kinds, *book.change_sets), keys)


def _without_basis(book: Rulebook) -> Iterator[Flaw]:
    """Sessions, rules and policies without a citation or an assumption, or with a blank one."""
    things: list[tuple[str, Keys, Session | Rule | Policy]] = [
        *((f"session '{s.name}'", ("sessions", i), s) for i, s in enumerate(book.sessions)),
        *((f"rule '{r.id}'", ("rules", i), r) for i, r in enumerate(book.rules)),
        *((f"policy '{name}'", ("policies", name), p) for name, p in book.policies.items()),
    ]
    for what, keys, thing in things:
        place = thing.citation.place if thing.citation else None
        given = [not blank(text) for text in (place, thing.assumption) if text is not None]
        if not any(given):
            yield Flaw("DC145", keys, f"{what} has neither citation nor assumption")
        elif not all(given):
            yield Flaw("DC145", keys, f"{what} has a citation or an assumption that is blank", "leave it out")


def _windows(book: Rulebook) -> Iterator[Flaw]:
    try:
        zone = ZoneInfo(book.timezone)
    except (KeyError, ValueError, OSError):
        yield unknown("DC131", ("timezone",), "timezone", book.timezone, _nearby(book.timezone))
        return
    for index, session in enumerate(book.sessions):
        for edge, local in (("opens", session.opens), ("closes", session.closes)):
            if not _exists(local, book, zone):
                message = f"the clocks of {book.timezone} never show {local:%Y-%m-%d %H:%M}"
                yield Flaw("DC109", ("sessions", index, edge), message)
        if epoch(session.opens, book) >= epoch(session.closes, book):
            yield Flaw("DC141", ("sessions", index), f"session '{session.name}' does not open before it closes")
    ordered = sorted(enumerate(book.sessions), key=lambda entry: epoch(entry[1].opens, book))
    for (_, before), (index, after) in pairwise(ordered):
        if epoch(after.opens, book) < epoch(before.closes, book):
            message = f"session '{after.name}' opens before '{before.name}' has closed"
            yield Flaw("DC140", ("sessions", index, "opens"), message)


def _exists(local: datetime, book: Rulebook, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone ever show this time. They do not where they are put forward."""
    try:
        return datetime.fromtimestamp(epoch(local, book) / 1000, zone).replace(tzinfo=None) == local
    except (OverflowError, ValueError):
        return False


def _nearby(timezone: str) -> list[str]:
    """Zones that begin with the same letter. There are about six hundred zones, more than ``nearest`` looks at."""
    return [zone for zone in available_timezones() if zone[:1] == timezone[:1]]


def _rule_times(book: Rulebook, rule: Rule, keys: Keys) -> Iterator[Flaw]:
    yield from unknowns("DC121", "session or gap", rule.made_in, (BASELINE, *book.timeline), (*keys, "made-in"))
    yield from unknowns("DC121", "session", rule.at, book.by_name, (*keys, "at"))
    if rule.baseline is not None and rule.baseline not in (BASELINE, *book.by_name):
        yield unknown("DC121", (*keys, "baseline"), "session", rule.baseline, (BASELINE, *book.by_name))
    place = book.order
    for origin, (index, target) in product(rule.made_in, enumerate(rule.at)):
        if origin in place and target in book.by_name and place[origin] >= place[target]:
            message = f"rule '{rule.id}': '{target}' does not come after '{origin}'"
            yield Flaw("DC143", (*keys, "at", index), message)
    baseline = place.get(rule.baseline or "")
    for origin in rule.made_in:
        if baseline is not None and origin in place and baseline >= place[origin]:
            message = f"rule '{rule.id}': the baseline '{rule.baseline}' does not come before '{origin}'"
            yield Flaw("DC143", (*keys, "baseline"), message)


def _contradictions(book: Rulebook) -> Iterator[Flaw]:
    """One flaw for each pair of rules that contradict each other.

    Compared by cell, not by pairs of rules: a rulebook may have hundreds of rules.
    """
    first_rule: dict[tuple[str, str, str, str], int] = {}
    reported: set[tuple[int, int]] = set()
    for index, rule in enumerate(book.rules):
        for what, cell in _cells(book, rule):
            first = first_rule.setdefault(cell, index)
            if (first, index) not in reported and book.rules[first].outcome != rule.outcome:
                reported.add((first, index))
                yield Flaw("DC144", ("rules", index), _contradiction(book.rules[first], rule, what))


def _cells(book: Rulebook, rule: Rule) -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    """The cells of a rule, each with its words. In the baseline, a cell has a field in place of the kind of change: two
    rules on what stood before conflict where they write the same field.
    """
    for account, change, origin, target in product(rule.accounts, book.expand(rule.changes), rule.made_in, rule.at):
        if origin == BASELINE:
            for field in fields_of(change):
                yield f"the {field} of a {account} as it stood before, at {target},", (account, field, origin, target)
        else:
            yield f"{change} of a {account} in {origin} at {target}", (account, change, origin, target)


def _contradiction(one: Rule, other: Rule, what: str) -> str:
    return (
        f"rules '{one.id}' and '{other.id}' contradict each other: {what} is "
        f"{_decision(one)} ({one.basis}) and {_decision(other)} ({other.basis})"
    )


def _decision(rule: Rule) -> str:
    if rule.fate == "reset":
        return f"reset to {rule.to!r}"
    back = f" back to {rule.baseline}" if rule.baseline else ""
    return {"carry": "carried", "discard": f"discarded{back}"}[rule.fate]
