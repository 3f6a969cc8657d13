"""Runbooks made for a rulebook's sessions, against which two rulebooks that differ in a cell cannot both be honoured.

The plain ones treat every change alike: keep all, lose all, reset some fields. The last resort does to one change what
one of the rulebooks says.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import attrs

from dcsim.domain.account import BASELINE, Value, typed
from dcsim.domain.kinds import fields_of
from dcsim.domain.moment import Moment
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Close, Drain, Flashback, Open, Reset, RestorePoint, Role, Runbook, Step, Switch
from dcsim.rules.decision_space import RuleCell, matrix, pairs, ruled
from dcsim.semantics.intent import Ruling, empty
from dcsim.semantics.scene import spell

BEGINNING, MADE = "beginning", "made"
BEFORE = 2 * 60_000
"""How long before the first session the beginning is marked: before any change that is made ahead of it."""
TIMEOUT = 10 * 60_000

Wish = tuple[str, Value]
"""A fate that a runbook brings about, and the constant of a reset."""


@lru_cache(maxsize=8)
def keep(book: Rulebook) -> Runbook:
    """Every change reaches every later session: planned switchovers, and nothing is flashed back."""
    return _runbook(book, "keep-everything", "Nothing is lost: planned switchovers between sessions", {})


@lru_cache(maxsize=32)
def lose(book: Rulebook, target: str) -> Runbook:
    """Nothing done before a target is there when it opens: both sites are flashed back to the beginning."""
    title = f"Everything done before {target} is flashed back"
    marks = tuple(_mark(book, BEGINNING, _beginning(book)))
    back = tuple(_back(book, BEGINNING, target))
    return _runbook(book, f"lose-everything-at-{target}", title, {target: back}, marks)


@lru_cache(maxsize=32)
def fall_back(book: Rulebook, target: str, baseline: str) -> Runbook:
    """Nothing done after a session is there when a target opens: both sites are flashed back to its end."""
    title = f"Everything done after {baseline} is flashed back before {target}"
    after = next(name for name in _order(book) if book.order[name] > book.order[baseline])
    steps = {after: tuple(_mark(book, MADE, Moment(after, "opens", 0)))}
    steps[target] = (*steps.get(target, ()), *_back(book, MADE, target))
    return _runbook(book, f"back-to-{baseline}-at-{target}", title, steps)


def reset(book: Rulebook, target: str, fields: tuple[str, ...], to: Value) -> Runbook:
    """Every change is kept, but some fields are set to a constant before a target opens."""
    title = f"{', '.join(fields)} reset to {to if isinstance(to, str) else spell(to)} at {target}"
    return _runbook(book, f"reset-at-{target}", title, {target: tuple(_reset(book, target, fields, to))})


def heed_standing(book: Rulebook, one: Rulebook, cell: RuleCell) -> Runbook:
    """What a rulebook says of what stood before is done at each target, in the fields that such a change writes: it is
    emptied, replaced, or brought back. The runbook is made for the sessions of the other, which are the same.
    """
    before: dict[str, tuple[Step, ...]] = {}
    state: Wish = ("carry", None)
    for target in _order(one):
        ruling = ruled(book, cell._replace(target=target))
        wish: Wish = (ruling.fate, ruling.rules[0].to if ruling.rules else None)
        if typed(wish) != typed(state):
            before[target], state = tuple(_put(one, target, fields_of(cell.change), wish)), wish
    marks = tuple(_mark(one, BEGINNING, _beginning(one)))
    title = f"What stood before in {', '.join(fields_of(cell.change))} fares as {book.rulebook} says"
    return _runbook(one, f"heed-{cell.change}-of-{cell.account}-that-stood", title, before, marks)


def _put(book: Rulebook, target: str, fields: tuple[str, ...], wish: Wish) -> Iterator[Step]:
    if wish[0] == "carry":
        yield from _back(book, BEGINNING, target)
    for field in fields if wish[0] != "carry" else ():
        to = wish[1] if wish[0] == "reset" else empty(field)
        for step in _reset(book, target, (field,), to):
            yield attrs.evolve(step, id=f"{step.id}-{field}")


def heed(book: Rulebook, other: Rulebook, cell: RuleCell) -> Runbook:
    """What a rulebook says of one change, made where the cell says, is done at each later target, and so to all that
    was done before. Where it leaves that open, the opposite of what the other says is done.
    """
    at = [target for origin, target in pairs(book) if origin == cell.origin]
    marks = tuple(_mark(book, BEGINNING, _beginning(book)))
    before: dict[str, tuple[Step, ...]] = {}
    state: Wish = ("carry", None)
    for target in at:
        wish = _wish(matrix(book)[cell._replace(target=target)], matrix(other)[cell._replace(target=target)])
        steps = [] if before else list(_mark(book, MADE, Moment(target, "opens", 0)))
        if typed(wish) != typed(state):
            steps += _back(book, BEGINNING if wish[0] == "discard" else MADE, target)
        if wish[0] == "reset":
            steps += _reset(book, target, fields_of(cell.change), wish[1])
        before[target], state = tuple(steps), wish
    title = f"{cell.change} made in {cell.origin} fares as {book.rulebook} says"
    return _runbook(book, f"heed-{cell.change}-of-{cell.account}-made-in-{cell.origin}", title, before, marks)


def _wish(ruling: Ruling, other: Ruling) -> Wish:
    if ruling.rules:
        return ruling.fate, ruling.rules[0].to
    return ("discard", None) if other.fate == "carry" else ("carry", None)


def runbooks(one: Rulebook, other: Rulebook, cell: RuleCell, *, idle: bool) -> Iterator[Runbook]:
    """Those against which two rulebooks are held for a cell, the plainest first: keep, lose, each constant to which
    one resets it, and the fate that each gives it. ``idle``: nobody does anything, so there is nothing to keep or lose.
    """
    if cell.origin == BASELINE:
        yield keep(one)
        yield from (heed_standing(book, one, cell) for book in (one, other))
    elif not idle:
        yield keep(one)
        yield lose(one, cell.target)
        said = (rule.baseline for book in (one, other) for rule in ruled(book, cell).rules)
        yield from (fall_back(one, cell.target, name) for name in dict.fromkeys(said) if name and name != BASELINE)
    rules = (rule for book in (one, other) for rule in ruled(book, cell).rules if rule.fate == "reset")
    for constant in {typed(rule.to): rule.to for rule in rules}.values():
        yield reset(one, cell.target, fields_of(cell.change), constant)
    if cell.origin != BASELINE:
        yield heed(one, other, cell)
        yield heed(other, one, cell)


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
