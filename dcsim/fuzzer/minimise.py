"""Delta debugging: make a failing scenario as short and as plain as possible, one step at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, TypeVar

import attrs

from dcsim.domain.account import Account
from dcsim.domain.actions import Administer
from dcsim.domain.faults import AccountFault, LinkFault
from dcsim.domain.scenario import ClientStep, Population, Scenario, Seen
from dcsim.fuzzer.simplify import plainer, put
from dcsim.fuzzer.simplify_faults import Books

Fails = Callable[[Scenario], bool]
T = TypeVar("T")

PAIRS_UP_TO = 16
"""Up to this number of items, every pair is removed on trial, after no single item can be removed."""
MOST_NAMED = 8
"""The most accounts of a population that are tried as a replacement for the whole population."""


class Enough(Exception):
    """Raised by a predicate to end the search."""


def size(scenario: Scenario) -> int:
    """Return the size of a scenario: the number of its steps and faults."""
    return len(scenario.steps) + len(scenario.faults)


def minimise(scenario: Scenario, fails: Fails, books: Books | None = None) -> Scenario:
    """Remove from a failing scenario what it does not need to fail, and give it plain values. ``books`` are the
    rulebook and the runbook: without them, faults in time keep their moments and steps.

    The result fails too. Nothing can be removed from it, neither one item nor two of the same sort. If ``fails`` is
    deterministic, the result is too. When ``fails`` raises Enough, the shortest scenario so far is returned.
    """
    reached, seen = [scenario], set[str]()

    def still_fails(candidate: Scenario) -> bool:
        # Every candidate that fails replaces the scenario, so the last one that failed is the result so far.
        if fails(candidate):
            reached[0] = candidate
            return True
        return False

    try:
        # Plain values can make more steps unnecessary, and the reverse. End when a scenario occurs again: it is stable,
        # or a cycle.
        while (key := fingerprint(scenario)) not in seen:
            seen.add(key)
            scenario = plainer(_shorter(scenario, still_fails), still_fails, books)
    except Enough:
        return reached[0]
    return scenario


def fingerprint(scenario: Scenario) -> str:
    """Return a text that is equal for equal scenarios. Line numbers are ignored."""
    steps = [attrs.evolve(step, line=0) for step in scenario.steps]
    seen = [attrs.evolve(one, line=0) for one in scenario.seen]
    return repr(attrs.evolve(scenario, steps=tuple(steps), seen=tuple(seen)))


# -- shorter -------------------------------------------------------------------------------------------------------


def _shorter(scenario: Scenario, fails: Fails) -> Scenario:
    for population in scenario.populations:
        scenario = _first(scenario, _fewer_of(scenario, population), fails)
    scenario = _fewer_accounts(scenario, fails)
    for name in ("steps", "faults", "seen", "violations", "policies"):
        scenario = _fewer(scenario, name, fails)
    # Some parts can only be removed together with a change of another part.
    for candidates in (_earlier_entries, _together):
        scenario = _repeatedly(scenario, candidates, fails)
    return _fewer_accounts(scenario, fails)


def _first(scenario: Scenario, candidates: Iterator[Scenario], fails: Fails) -> Scenario:
    return next((candidate for candidate in candidates if fails(candidate)), scenario)


def _repeatedly(scenario: Scenario, candidates: Callable[[Scenario], Iterator[Scenario]], fails: Fails) -> Scenario:
    """Replace the scenario by the first candidate that fails, as often as there is one. Each candidate is shorter."""
    while (shorter := _first(scenario, candidates(scenario), fails)) is not scenario:
        scenario = shorter
    return scenario


def _fewer(scenario: Scenario, name: str, fails: Fails) -> Scenario:
    """Remove halves, quarters, ..., single items, then pairs of one field, where the scenario still fails."""
    whole = getattr(scenario, name)
    kept: tuple[Any, ...] = tuple(whole.items()) if isinstance(whole, dict) else tuple(whole)

    def with_(some: tuple[Any, ...]) -> Scenario:
        return put(scenario, name, dict(some) if isinstance(whole, dict) else some)

    chunk = len(kept)
    while chunk >= 1:
        at = 0
        while at < len(kept):
            candidate = kept[:at] + kept[at + chunk :]
            if fails(with_(candidate)):
                kept = candidate
            else:
                at += chunk
        chunk //= 2
    kept = _without_pairs(kept, lambda some: fails(with_(some)))
    return with_(kept) if len(kept) < len(whole) else scenario


def _without_pairs(kept: tuple[T, ...], fails: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    for one, other in combinations(range(len(kept)), 2) if len(kept) <= PAIRS_UP_TO else ():
        candidate = tuple(item for index, item in enumerate(kept) if index not in (one, other))
        if fails(candidate):
            return _without_pairs(candidate, fails)
    return kept


def _earlier_entries(scenario: Scenario) -> Iterator[Scenario]:
    """Yield candidates without one step, with one fault of the link moved to the entry before.

    Faults count the entries of redo. If a step that writes an entry is removed, the later entries have smaller numbers.
    """
    later = [f for f in scenario.faults if isinstance(f, LinkFault) and (f.nth or 1) > 1]
    for moved in later:
        faults = tuple(attrs.evolve(f, nth=(f.nth or 1) - 1) if f is moved else f for f in scenario.faults)
        for index in range(len(scenario.steps)):
            yield attrs.evolve(scenario, faults=faults, steps=_without(scenario.steps, index))


def _together(scenario: Scenario) -> Iterator[Scenario]:
    """Yield candidates without one step and one fault."""
    for one in range(len(scenario.faults)):
        for other in range(len(scenario.steps)):
            faults, steps = _without(scenario.faults, one), _without(scenario.steps, other)
            yield attrs.evolve(scenario, faults=faults, steps=steps)


def _without(items: tuple[T, ...], index: int) -> tuple[T, ...]:
    return items[:index] + items[index + 1 :]


# -- accounts ------------------------------------------------------------------------------------------------------


def _fewer_accounts(scenario: Scenario, fails: Fails) -> Scenario:
    """Remove halves, quarters, ..., single accounts and populations, each with everything that names it."""
    names = [account.id for account in scenario.accounts] + [p.every for p in scenario.populations]
    chunk = (len(names) + 1) // 2
    while chunk >= 1 and len(names) > 1:
        at = 0
        while at < len(names):
            left_out = names[at : at + chunk]
            candidate = _without_accounts(scenario, left_out)
            if len(left_out) < len(names) and fails(candidate):
                scenario = candidate
                del names[at : at + chunk]
            else:
                at += chunk
        chunk //= 2
    return scenario


def _without_accounts(scenario: Scenario, names: list[str]) -> Scenario:
    gone = set(names)
    numbered = tuple(p.prefix for p in scenario.populations if p.every in gone)
    kept = {account.id for account in scenario.accounts} - gone

    def stays(name: str | None) -> bool:
        if name is None or name in kept:
            return True
        # A member of a removed population has a name with its prefix. ``startswith(())`` is always false.
        return name not in gone and not name.startswith(numbered)

    return attrs.evolve(
        scenario,
        accounts=tuple(a for a in scenario.accounts if a.id not in gone),
        populations=tuple(p for p in scenario.populations if p.every not in gone),
        steps=tuple(s for s in scenario.steps if stays(s.account) and stays(_user(s))),
        faults=tuple(f for f in scenario.faults if not isinstance(f, AccountFault) or stays(f.account)),
        seen=tuple(s for s in scenario.seen if stays(s.account)),
    )


def _user(step: ClientStep) -> str | None:
    return step.action.user if isinstance(step.action, Administer) else None


# -- populations ---------------------------------------------------------------------------------------------------


def _fewer_of(scenario: Scenario, population: Population) -> Iterator[Scenario]:
    """Yield candidates with a smaller population.

    First one account replaces it, then all accounts that are named; then its size is reduced, the smallest first.
    """
    many, first = population.every, population.name(1)
    named = list(dict.fromkeys(_members(scenario, population)))
    for name in dict.fromkeys([*named[:MOST_NAMED], first]):
        yield _as_single(scenario, population, [name])
    if len(named) > 1:
        yield _as_single(scenario, population, named)
    last = max(map(population.number, named), default=1)
    count = last
    while count < population.count:
        fewer = tuple(attrs.evolve(p, count=count) if p is population else p for p in scenario.populations)
        yield attrs.evolve(scenario, populations=fewer)
        count *= 2
    if many not in {s.account for s in scenario.steps}:
        yield _as_single(scenario, population, named or [first])


def _members(scenario: Scenario, population: Population) -> Iterator[str]:
    """Yield the members of a population that are named individually."""
    single = {account.id for account in scenario.accounts}
    names = [step.account for step in scenario.steps]
    names += [user for user in map(_user, scenario.steps) if user]
    names += [fault.account for fault in scenario.faults if isinstance(fault, AccountFault) and fault.account]
    names += [expected.account for expected in scenario.seen]
    for name in names:
        # A single account may have a name like those of the members.
        if name not in single and population.number(name):
            yield name


def _as_single(scenario: Scenario, population: Population, names: list[str]) -> Scenario:
    """Return the scenario with single accounts instead of a population. The first of them does what all members did."""
    many = population.every
    dropped = set(_members(scenario, population)) - set(names)
    accounts = tuple(Account(name, population.like.profile, population.like.start) for name in names)

    def one(name: str) -> str:
        return names[0] if name == many else name

    def step(old: ClientStep) -> ClientStep:
        action = old.action
        if isinstance(action, Administer):
            action = attrs.evolve(action, user=one(action.user))
        every = 0 if many in (old.account, _user(old)) else old.every
        return attrs.evolve(old, account=one(old.account), action=action, every=every)

    seen: dict[tuple[str, str], Seen] = {}
    for old in scenario.seen:
        if old.account not in dropped:
            seen.setdefault((old.target, one(old.account)), attrs.evolve(old, account=one(old.account)))
    return attrs.evolve(
        scenario,
        accounts=(*scenario.accounts, *accounts),
        populations=tuple(p for p in scenario.populations if p is not population),
        steps=tuple(step(s) for s in scenario.steps if s.account not in dropped and _user(s) not in dropped),
        faults=tuple(f for f in scenario.faults if not isinstance(f, AccountFault) or f.account not in dropped),
        seen=tuple(seen.values()),
    )
