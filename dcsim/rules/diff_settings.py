"""Compares two rulebooks outside their rules: sessions, logons, changes offered, texts shown, accounts, policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import attrs

from dcsim.domain.moment import spell
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import AccountKind, Rulebook, Session
from dcsim.files.yaml_scalars import spelled
from dcsim.rules.blocks import blocks
from dcsim.rules.decision_space import RuleCell, impossibilities, policy
from dcsim.rules.phrases import among, several

Topic = Literal["", "window", "site", "logon", "shows", "offered", "administers", "portal", "link", "policy"]


@attrs.frozen
class Aspect:
    """One thing in which two rulebooks differ.

    ``topic`` is the sort of the difference. ``of`` names what it concerns: a session, a logon method, a kind of
    account, a kind of change or a policy. Both tell what a scenario must do to show the difference. Without a topic, no
    scenario can run under both rulebooks.
    """

    says: str
    topic: Topic = ""
    of: tuple[str, ...] = ()


LEFT_OUT = "titles, the source and its citations, assumptions, ids, how rules and sets are written, open questions"
"""What is not compared."""


def aspects(one: Rulebook, other: Rulebook, called: tuple[str, str], common: list[RuleCell]) -> Iterator[Aspect]:
    """Every difference; ``common`` are the cells that both have."""
    yield from _in_one_only(one, other, called)
    for name in one.timeline:
        if name in one.by_name and name in other.by_name:
            yield from _session(one, other, name)
    offered = list(_offered(one, other, called, common))
    yield from offered
    for name in one.accounts:
        if name in other.accounts:
            yield from _kind(name, one.accounts[name], other.accounts[name])
    # Where changes are offered in a gap in one rulebook only, the policy's own line would repeat it.
    in_gaps = any(aspect.of[2] not in one.by_name for aspect in offered)
    yield from _policies(one, other, skipped=("changes-in-gaps",) if in_gaps else ())


def _in_one_only(one: Rulebook, other: Rulebook, called: tuple[str, str]) -> Iterator[Aspect]:
    for what, mine, theirs in (
        ("account kinds", tuple(one.accounts), tuple(other.accounts)),
        ("records", one.records, other.records),
        ("sessions", tuple(one.by_name), tuple(other.by_name)),
    ):
        for name, alone in zip(called, (set(mine) - set(theirs), set(theirs) - set(mine)), strict=True):
            if alone:
                yield Aspect(f"{what} only in {name}: {several(sorted(alone))}")
    if not one.by_name.keys() & other.by_name.keys():
        yield Aspect("no session has the same name in both, so that no cell of one can be compared with the other's")


# -- sessions ------------------------------------------------------------------------------------------------------


def _session(one: Rulebook, other: Rulebook, name: str) -> Iterator[Aspect]:
    mine, theirs = one.by_name[name], other.by_name[name]
    if (mine.opens, mine.closes, one.timezone) != (theirs.opens, theirs.closes, other.timezone):
        says = f"{name}: {_window(mine)} {one.timezone}, and {_window(theirs)} {other.timezone}"
        yield Aspect(says, "window", (name,))
    if mine.site != theirs.site:
        yield Aspect(f"{name}: served by {mine.site}, and by {theirs.site}", "site", (name,))
    if set(mine.logon) != set(theirs.logon):
        apart = sorted(set(mine.logon) ^ set(theirs.logon))
        says = f"{name}: logon by {_methods(mine)}, and by {_methods(theirs)}"
        yield Aspect(says, "logon", (name, *apart))
    for kind in dict.fromkeys((*mine.shows, *theirs.shows)):
        here, there = mine.shows.get(kind, ""), theirs.shows.get(kind, "")
        if here != there:
            yield Aspect(f"{name}: a logon shows a {kind} {_text(here)}, and {_text(there)}", "shows", (name, kind))


def _window(session: Session) -> str:
    return f"{session.opens:%Y-%m-%d %H:%M} to {session.closes:%Y-%m-%d %H:%M}"


def _methods(session: Session) -> str:
    return among(sorted(set(session.logon)))


def _text(text: str) -> str:
    return f"“{text}”" if text else "nothing"


def _offered(one: Rulebook, other: Rulebook, called: tuple[str, str], common: list[RuleCell]) -> Iterator[Aspect]:
    """Changes that can be made under one rulebook and not under the other."""
    mine, theirs = impossibilities(one), impossibilities(other)
    # Whether a change can be made does not depend on the target: without it, each change is listed once.
    known = dict.fromkeys(cell._replace(target="") for cell in common)
    for name, cannot in zip(called, (theirs.keys() - mine.keys(), mine.keys() - theirs.keys()), strict=True):
        for block in blocks(cell for cell in known if cell[:3] in cannot):
            origins = [origin for origin, _ in block.places]
            made = f"{several(block.changes)} of {several(block.accounts)} can be made in {several(origins)}"
            first = (block.accounts[0], block.changes[0], origins[0])
            yield Aspect(f"{made} only under {name}", "offered", first)


# -- accounts ------------------------------------------------------------------------------------------------------


def _kind(name: str, mine: AccountKind, theirs: AccountKind) -> Iterator[Aspect]:
    if mine.system != theirs.system:
        yield Aspect(f"{name}: system {_text(mine.system)}, and {_text(theirs.system)}")
    if mine.portal.rstrip("/") != theirs.portal.rstrip("/"):
        yield Aspect(f"{name}: portal {_text(mine.portal)}, and {_text(theirs.portal)}", "portal", (name,))
    for method in dict.fromkeys((*mine.links, *theirs.links)):
        here, there = set(mine.links.get(method, ())), set(theirs.links.get(method, ()))
        if here != there:
            says = f"{name}: links by {method} {_texts(here)}, and {_texts(there)}"
            yield Aspect(says, "link", (name, method, *sorted(here ^ there)))
    if set(mine.administers) != set(theirs.administers):
        apart = sorted(set(mine.administers) ^ set(theirs.administers))
        says = f"{name}: administers {among(sorted(mine.administers))}, and {among(sorted(theirs.administers))}"
        yield Aspect(says, "administers", (name, *apart))


def _texts(links: set[str]) -> str:
    return among([f"“{link}”" for link in sorted(links)])


# -- policies ------------------------------------------------------------------------------------------------------


def _policies(one: Rulebook, other: Rulebook, skipped: tuple[str, ...]) -> Iterator[Aspect]:
    for name in (name for name in POLICIES if name not in skipped):
        mine, theirs = _value(one, name), _value(other, name)
        if mine != theirs:
            yield Aspect(f"policy {name}: {_spelled(name, mine)}, and {_spelled(name, theirs)}", "policy", (name,))


def _value(book: Rulebook, name: str) -> Any:
    """A policy's value. Kinds of change are a set: their order is no difference."""
    value = policy(book, name)
    return frozenset(book.expand(value)) if isinstance(value, tuple) else value


def _spelled(name: str, value: Any) -> str:
    if isinstance(value, frozenset):
        return among(sorted(value))
    return spell(value) if POLICIES[name].takes == "duration" else spelled(value)
