"""Makes runbooks that tell two rulebooks apart: where these differ in a cell, no such runbook honours both.

The plain runbooks treat every change alike: they keep all, lose all, or reset some fields. The last resort does to one
change what one of the rulebooks says.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import attrs

from dcsim.domain.account import BASELINE, Value, typed
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.moment import Moment
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Close, Drain, Flashback, Open, Reset, RestorePoint, Role, Runbook, Step, Switch
from dcsim.rules.decision_space import RuleCell, matrix, pairs, ruled
from dcsim.semantics.intent import Ruling, empty
from dcsim.semantics.scene import spell

BEGINNING, MADE = "beginning", "made"
BEFORE = 2 * 60_000
"""How long before the first session its restore point is taken. Witnesses make no change earlier than this."""
TIMEOUT = 10 * 60_000

Outcome = tuple[str, Value]
"""A fate that a runbook brings about, and the constant of a reset."""


@lru_cache(maxsize=8)
def keep(book: Rulebook) -> Runbook:
    """Every change reaches every later session: sites switch as planned, and nothing is flashed back."""
    return _runbook(book, "keep-everything", "Nothing is lost: planned switchovers between sessions", {})


@lru_cache(maxsize=32)
def lose(book: Rulebook, target: str) -> Runbook:
    """Nothing done before a target is left when it opens: both sites are flashed back to the beginning."""
    title = f"Everything done before {target} is flashed back"
    marks = tuple(_mark(book, BEGINNING, _beginning(book)))
    back = tuple(_back(book, BEGINNING, target))
    return _runbook(book, f"lose-everything-at-{target}", title, {target: back}, marks)


@lru_cache(maxsize=32)
def fall_back(book: Rulebook, target: str, baseline: str) -> Runbook:
    """Nothing done after a session is left when a target opens: both sites are flashed back to the session's end."""
    title = f"Everything done after {baseline} is flashed back before {target}"
    after = next(name for name in _order(book) if book.order[name] > book.order[baseline])
    steps = {after: tuple(_mark(book, MADE, Moment(after, "opens", 0)))}
    steps[target] = (*steps.get(target, ()), *_back(book, MADE, target))
    return _runbook(book, f"back-to-{baseline}-at-{target}", title, steps)


def reset(book: Rulebook, target: str, fields: tuple[str, ...], to: Value) -> Runbook:
    """Every change is kept, except that some fields are set to a constant before a target opens."""
    title = f"{', '.join(fields)} reset to {to if isinstance(to, str) else spell(to)} at {target}"
    return _runbook(book, f"reset-at-{target}", title, {target: tuple(_reset(book, target, fields, to))})


def follow_baseline(book: Rulebook, one: Rulebook, cell: RuleCell) -> Runbook:
    """At each target, the fields that the cell's change writes are emptied, replaced or brought back, as ``book`` says
    of what stood before. The steps are made for the sessions of ``one``, which are the same.
    """
    before: dict[str, tuple[Step, ...]] = {}
    current: Outcome = ("carry", None)
    for target in _order(one):
        ruling = ruled(book, cell._replace(target=target))
        wanted: Outcome = (ruling.fate, ruling.rules[0].to if ruling.rules else None)
        # Steps only where the outcome changes. ``typed``: True is not 1.
        if typed(wanted) != typed(current):
            before[target], current = tuple(_put(one, target, fields_of(cell.change), wanted)), wanted
    marks = tuple(_mark(one, BEGINNING, _beginning(one)))
    title = f"What stood before in {', '.join(fields_of(cell.change))} fares as {book.rulebook} says"
    return _runbook(one, f"heed-{cell.change}-of-{cell.account}-that-stood", title, before, marks)


def _put(book: Rulebook, target: str, fields: tuple[str, ...], wanted: Outcome) -> Iterator[Step]:
    fate, constant = wanted
    if fate == "carry":
        yield from _back(book, BEGINNING, target)
        return
    for field in fields:
        to = constant if fate == "reset" else empty(field)
        for step in _reset(book, target, (field,), to):
            # A reset sets one constant, so each field has a step of its own.
            yield attrs.evolve(step, id=f"{step.id}-{field}")


def follow(book: Rulebook, other: Rulebook, cell: RuleCell) -> Runbook:
    """At each later target, a change made at the cell's origin fares as ``book`` says; and everything done before fares
    likewise. Where ``book`` leaves its fate open, the opposite of what the other rulebook says is done.
    """
    at = [target for origin, target in pairs(book) if origin == cell.origin]
    marks = tuple(_mark(book, BEGINNING, _beginning(book)))
    before: dict[str, tuple[Step, ...]] = {}
    current: Outcome = ("carry", None)
    for target in at:
        wanted = _wanted(matrix(book)[cell._replace(target=target)], matrix(other)[cell._replace(target=target)])
        # The first target comes right after the change was made: a restore point there holds it.
        steps = [] if before else list(_mark(book, MADE, Moment(target, "opens", 0)))
        if typed(wanted) != typed(current):
            steps += _back(book, BEGINNING if wanted[0] == "discard" else MADE, target)
        if wanted[0] == "reset":
            steps += _reset(book, target, fields_of(cell.change), wanted[1])
        before[target], current = tuple(steps), wanted
    title = f"{cell.change} made in {cell.origin} fares as {book.rulebook} says"
    return _runbook(book, f"heed-{cell.change}-of-{cell.account}-made-in-{cell.origin}", title, before, marks)


def _wanted(ruling: Ruling, other: Ruling) -> Outcome:
    if ruling.rules:
        return ruling.fate, ruling.rules[0].to
    # Whatever is done is permitted here; the opposite of the other's word is not permitted there.
    return ("discard", None) if other.fate == "carry" else ("carry", None)


def runbooks(one: Rulebook, other: Rulebook, cell: RuleCell, *, idle: bool) -> Iterator[Runbook]:
    """The runbooks to try for a cell in which two rulebooks differ, the plainest first: keep, lose, a reset to each
    constant that either names, and the fate that each of the two gives. ``idle``: nobody does anything, so there is
    nothing to keep or lose.
    """
    rules = [rule for book in (one, other) for rule in ruled(book, cell).rules]
    if cell.origin == BASELINE:
        yield keep(one)
        yield from (follow_baseline(book, one, cell) for book in (one, other))
    elif not idle:
        yield keep(one)
        yield lose(one, cell.target)
        # A fall back to the baseline is what ``lose`` does.
        for name in dict.fromkeys(rule.baseline for rule in rules):
            if name and name != BASELINE:
                yield fall_back(one, cell.target, name)
    # Each constant once; ``typed`` tells True from 1.
    for constant in {typed(rule.to): rule.to for rule in rules if rule.fate == "reset"}.values():
        yield reset(one, cell.target, fields_of(cell.change), constant)
    if cell.origin != BASELINE:
        yield follow(one, other, cell)
        yield follow(other, one, cell)


def _beginning(book: Rulebook) -> Moment:
    return Moment(_order(book)[0], "opens", -BEFORE)


def _mark(book: Rulebook, name: str, at: Moment) -> Iterator[Step]:
    return (RestorePoint(id=f"mark-{name}-{site}", at=at, site=site, name=name) for site in _sites(book))


def _back(book: Rulebook, name: str, target: str) -> Iterator[Step]:
    at = Moment(target, "opens", 0)
    return (Flashback(id=f"back-{target}-{site}", at=at, site=site, to=name) for site in _sites(book))


def _reset(book: Rulebook, target: str, fields: tuple[str, ...], to: Value) -> Iterator[Step]:
    at = Moment(target, "opens", 0)
    return (Reset(id=f"reset-{target}-{site}", at=at, site=site, fields=fields, to=to) for site in _sites(book))


def _order(book: Rulebook) -> tuple[str, ...]:
    return tuple(name for name in book.timeline if name in book.by_name)


def _sites(book: Rulebook) -> dict[str, Role]:
    """The sites in the order in which they serve: the first is the primary, the second its standby."""
    names = list(dict.fromkeys(book.by_name[name].site for name in _order(book)))
    # A procedure has two sites, also where one of them serves all sessions.
    names += ["standby-site"] if len(names) == 1 else []
    return {name: "standby" if index else "primary" for index, name in enumerate(names)}


def _runbook(
    book: Rulebook, name: str, title: str, before: dict[str, tuple[Step, ...]], first: tuple[Step, ...] = ()
) -> Runbook:
    steps = (*first, *_steps(book, before))
    return Runbook(runbook=name, version=1, title=title, sites=_sites(book), steps=steps)


def _steps(book: Rulebook, before: dict[str, tuple[Step, ...]]) -> Iterator[Step]:
    order = _order(book)
    earlier = dict(pairwise(reversed(order)))
    production = book.by_name[order[0]].site
    for name in order:
        opens = Moment(name, "opens", 0)
        if name in earlier:
            yield Drain(id=f"drain-before-{name}", at=Moment(earlier[name], "closes", 0), timeout=TIMEOUT)
        if book.by_name[name].site != production:
            production = book.by_name[name].site
            yield Switch(id=f"switch-for-{name}", at=opens)
        yield from before.get(name, ())
        yield Open(id=f"open-{name}", at=opens, session=name, site=production)
        yield Close(id=f"close-{name}", at=Moment(name, "closes", 0), session=name)
