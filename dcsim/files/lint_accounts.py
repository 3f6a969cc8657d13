"""Checks the names of a scenario's accounts, populations and groups: what each stands for, and that it does alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate, islice
from typing import Any

from dcsim.domain.scenario import NumberedNames
from dcsim.files.cast import ANY, MOST_ACCOUNTS, Cast
from dcsim.files.findings import Flaw, Keys
from dcsim.files.forms import AccountForm, ScenarioForm
from dcsim.files.lint_common import duplicates
from dcsim.files.scenario import flattened


def account_flaws(form: ScenarioForm, cast: Cast) -> Iterator[Flaw]:
    """What is wrong with the names of accounts and groups, and with what is expected of groups."""
    ids: list[tuple[Keys, str]]
    ids = [(("accounts", i, "id"), a.id) for i, a in enumerate(form.accounts) if isinstance(a, AccountForm)]
    yield from _single(ids, cast)
    yield from _numbered(len(ids), cast)
    yield from _groups(form, cast)
    yield from _contradictions(form, cast)


def _single(ids: list[tuple[Keys, str]], cast: Cast) -> Iterator[Flaw]:
    yield from duplicates("account", ids)
    for keys, name in ids:
        if not name or ANY in name:
            yield Flaw("DC109", keys, f"'{name}' cannot name an account")
        elif any(True for _ in cast.populations_with(name)):
            yield Flaw("DC129", keys, f"account '{name}' is one of a population already")


def _numbered(singles: int, cast: Cast) -> Iterator[Flaw]:
    yield from duplicates("prefix", [(("accounts", i, "prefix"), names.prefix) for i, names in cast.numbered])
    # How many accounts there are up to each population; a flaw stands at the first that goes beyond the limit.
    counts = accumulate((max(0, names.count) for _, names in cast.numbered), initial=singles)
    for (index, _), count in zip(cast.numbered, islice(counts, 1, None), strict=True):
        if count > MOST_ACCOUNTS:
            message = f"a scenario has {MOST_ACCOUNTS:,} accounts at most"
            yield Flaw("DC109", ("accounts", index, "population"), message)
    yield from _overlapping(cast)


def _overlapping(cast: Cast) -> Iterator[Flaw]:
    """Populations of which one has an account of another."""
    found = set[frozenset[str]]()
    for index, names in reversed(cast.numbered):
        for name in _shortest(names):
            for other in cast.populations_with(name):
                both = frozenset((names.prefix, other.prefix))
                if len(both) > 1 and both not in found:
                    found.add(both)
                    message = f"account '{name}' is one of '{other.every}' already"
                    yield Flaw("DC129", ("accounts", index, "prefix"), message)


def _shortest(names: NumberedNames) -> Iterator[str]:
    """The first name of each length. Two populations, such as U and U1, share names only if they share one of these."""
    yield names.name(1)
    for digits in range(names.digits, len(str(names.count))):
        yield names.name(10**digits)


def _groups(form: ScenarioForm, cast: Cast) -> Iterator[Flaw]:
    for name, members in form.groups.items():
        keys: Keys = ("groups", name)
        yield from _group_name(name, cast, keys, at_key=True)
        if not members:
            yield Flaw("DC109", keys, f"nobody is in the group '{name}'", "name its accounts, or leave it out")
        for index, member in enumerate(members):
            yield from cast.unknown(member, (*keys, index))
            if member in cast.groups and name in cast.through(member):
                yield Flaw("DC164", (*keys, index), f"group '{name}' is inside itself", "leave this member out")
    checked = set(form.groups)
    for index, holder in enumerate(form.accounts):
        if holder.group and holder.group not in checked:
            checked.add(holder.group)
            yield from _group_name(holder.group, cast, ("accounts", index, "group"))


def _group_name(name: str, cast: Cast, keys: Keys, *, at_key: bool = False) -> Iterator[Flaw]:
    if ANY in name:
        yield Flaw("DC109", keys, f"'{name}' cannot name a group: it is a pattern of names", at_key=at_key)
    elif cast.has(name):
        yield Flaw("DC129", keys, f"group '{name}' has the name of an account", at_key=at_key)


def _contradictions(form: ScenarioForm, cast: Cast) -> Iterator[Flaw]:
    """Values that a group and an account of it are both expected to hold, and that differ."""
    for target, accounts in form.expect.seen.items():
        held: dict[str, tuple[str, Mapping[str, Any]]] = {}
        several = any(name in cast.named for name in accounts)
        for name, expected in accounts.items() if several else ():
            fields = flattened(expected)
            for member in cast.members(name):
                other, before = held.setdefault(member, (name, fields))
                if field := next((f for f in fields if f in before and before[f] != fields[f]), None):
                    message = f"'{member}' is expected to hold another {field} as one of '{other}'"
                    yield Flaw("DC165", ("expect", target, name), message, at_key=True)
                    break
                held[member] = (other, {**before, **fields})
