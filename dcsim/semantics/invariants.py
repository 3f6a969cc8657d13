"""The invariants: where intent and mechanism must agree. Each has an id, a statement, and what it rests on.

A check looks at one scene and yields what is broken; its docstring is the invariant's statement. The number is the
failure mode of dual-site weekends that it catches (docs/reference/failure-modes).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import attrs

from dcsim.domain.account import BASELINE, COUNTERS, Cell, Record, typed, unlike
from dcsim.domain.actions import Commit, Deliver, Logon
from dcsim.domain.kinds import fields_of
from dcsim.domain.outcome import Change, Moved, Refused, Violation
from dcsim.domain.rulebook import Rule
from dcsim.domain.world import Expected
from dcsim.semantics import intent
from dcsim.semantics.client import asked, outdated, waiting
from dcsim.semantics.mechanism import OPERATOR, behind
from dcsim.semantics.scene import INVARIANTS, Scene, any_of, invariant, show, spell, violations

__all__ = ["INVARIANTS", "Scene", "show", "spell", "violations"]

# -- when a target opens -------------------------------------------------------------------------------------------


def _permitted(s: Scene, field: str) -> bool:
    found = s.found[field]
    if intent.allows(s.account.ledger.at(s.session, field), found):
        return True
    constants = intent.constants(s.model.rulebook, s.account.profile.kind, s.session, field)
    return found.origin == OPERATOR and any(typed(found.value) == typed(to) for to in constants)


_Mismatch = Literal["arrives", "survives", "leak", "reset", "counter", "credential"]


@lru_cache(maxsize=1)
def _mismatches(s: Scene) -> tuple[tuple[_Mismatch, Violation], ...]:
    """Every field that holds what the rules do not permit, and the way in which it is wrong.

    Kept, since one check after the other asks it of the same scene.
    """
    return tuple(_wrong(s, [field for field in s.concerned if not _permitted(s, field)]))


def _wrong(s: Scene, wrong: list[str]) -> Iterator[tuple[_Mismatch, Violation]]:
    for field in wrong:
        expected, found = s.account.ledger.at(s.session, field), s.found[field]
        how = _how(s, field, expected, found)
        if field == "credential" and {"password", "channel"} & set(wrong):
            continue
        yield how, Violation("", f"{field} at {s.site}", any_of(expected), show(found), expected.rules)


def _how(s: Scene, field: str, expected: Expected, found: Cell) -> _Mismatch:
    order = s.model.rulebook.order
    newest = max(order.get(cell.origin, -1) for cell in expected.cells)
    if field in COUNTERS:
        return "counter"
    if found.origin == OPERATOR or any(cell.origin == intent.ANY_ORIGIN for cell in expected.cells):
        return "reset"
    if order.get(found.origin, len(order)) > newest:
        return "leak"
    if field == "credential":
        return "credential"
    origin = s.model.rulebook.by_name.get(expected.cells[-1].origin)
    return "survives" if (origin.site if origin else s.model.sites[0]) == s.site else "arrives"


def _of(s: Scene, how: _Mismatch, name: str) -> Iterator[Violation]:
    return (attrs.evolve(v, invariant=name) for h, v in _mismatches(s) if h == how)


@invariant("carried-arrives", 1, "open")
def _(s: Scene) -> Iterator[Violation]:
    """What is carried to a session at the other site is there when it opens."""
    yield from _of(s, "arrives", "carried-arrives")


@invariant("carried-survives", 4, "open")
def _(s: Scene) -> Iterator[Violation]:
    """What is carried to a later session at the same site is still there when it opens."""
    yield from _of(s, "survives", "carried-survives")


@invariant("discarded-absent", 3, "open")
def _(s: Scene) -> Iterator[Violation]:
    """No value that the rules discard is there when a target opens."""
    yield from _of(s, "leak", "discarded-absent")


@invariant("reset-applied", 4, "open")
def _(s: Scene) -> Iterator[Violation]:
    """What the rules reset holds its constant when the target opens, and nothing else was reset."""
    yield from _of(s, "reset", "reset-applied")


@invariant("counters-follow-rule", 6, "open")
def _(s: Scene) -> Iterator[Violation]:
    """Failed-logon counters and locks hold what a declared rule permits."""
    yield from _of(s, "counter", "counters-follow-rule")


@invariant("credential-same-version", 11, "open")
def _(s: Scene) -> Iterator[Violation]:
    """The OTP credential has the version that belongs to the password and channel in force."""
    yield from _of(s, "credential", "credential-same-version")


@invariant("opens-caught-up", 2, "open")
def _(s: Scene) -> Iterator[Violation]:
    """A session opens at the link's far end only when all that earlier sessions committed has been applied there."""
    if s.site == s.control.other and behind(s.account):
        sessions = s.model.rulebook.by_name
        redo = (entry for entry in s.account.redo if entry.held != "again")
        waiting = sum(any(cell.origin in sessions for _, cell in entry.cells) for entry in redo)
        if waiting:
            yield Violation("opens-caught-up", f"redo at {s.site}", "all applied", f"{waiting} not applied")


@invariant("no-orphan-lock", 7, "open")
def _(s: Scene) -> Iterator[Violation]:
    """No lock outlives the failed logons that caused it, where those are discarded."""
    lock, kind = s.found.locked, s.account.profile.kind
    causes = intent.fate(s.model.rulebook, kind, "failed-logon", lock.origin, s.session)
    if lock.value and causes.fate == "discard":
        rules = tuple(rule.id for rule in causes.rules)
        yield Violation("no-orphan-lock", f"locked at {s.site}", "no lock", show(lock), rules)


def _half(record: Record) -> bool:
    return (record.password.value is None) != (record.channel.value is None)


@invariant("initiation-carried-whole", 22, "open")
def _(s: Scene) -> Iterator[Violation]:
    """Password and channel of an initiation arrive together or not at all."""
    if _half(s.found) and not all(_half(record) for _, record in s.account.stores):
        got = "password only" if s.found.channel.value is None else "channel only"
        yield Violation("initiation-carried-whole", f"2FA at {s.site}", "password and channel, or neither", got)


@invariant("no-dangling-account", 15, "open")
def _(s: Scene) -> Iterator[Violation]:
    """Nothing belongs to an account that does not exist."""
    if s.found.status.value != "absent":
        return
    left = [f for f in s.found.fields if f != "status" and s.found[f].value not in (None, False, 0)]
    if left:
        yield Violation("no-dangling-account", f"account at {s.site}", "nothing of an absent account", ", ".join(left))


@invariant("sites-agree", 18, "open")
def _(s: Scene) -> Iterator[Violation]:
    """The standby holds what the serving site holds, but for redo that is on its way (lost redo is not)."""
    other = s.control.other
    if other in (None, s.site) or s.control.role(other or "") != "standby":
        return
    standby = s.account.store(other or "")
    for entry in s.account.redo:
        standby = standby.put(dict(entry.cells)) if entry.held not in ("again", "lost") else standby
    for field in unlike(s.found, standby):
        yield Violation("sites-agree", f"{field} at {other}", show(s.found[field]), show(standby[field]))


# -- when a client acts, a session closes, the standby applies or reverts ------------------------------------------


def _changes(s: Scene) -> tuple[Change, ...]:
    return s.outcome.changes if s.outcome else ()


@invariant("one-origin", 9, "change")
def _(s: Scene) -> Iterator[Violation]:
    """Each change has exactly one origin, fixed at its commit."""
    now = s.model.interval(s.control)
    for change in _changes(s):
        if change.after.origin != now:
            yield Violation("one-origin", f"{change.field} at {change.site}", now, change.after.origin)


@invariant("writes-in-window", 10, "change")
def _(s: Scene) -> Iterator[Violation]:
    """Every accepted write falls in a window, or in a gap for which a policy accepts it."""
    now = s.model.interval(s.control)
    for change in _changes(s):
        if now not in s.model.rulebook.by_name and change.kind not in s.model.policies["changes-in-gaps"]:
            yield Violation(
                "writes-in-window", f"{change.field} at {change.site}", "no write in a gap", f"made in {now}"
            )


@invariant("window-served", 12, "change")
def _(s: Scene) -> Iterator[Violation]:
    """Inside a printed window a client finds its session open."""
    now = s.model.interval(s.control)
    if isinstance(s.outcome, Refused) and s.outcome.code == "closed" and now in s.model.rulebook.by_name:
        yield Violation("window-served", now, "open", "closed")


@invariant("logon-in-window", 19, "change")
def _(s: Scene) -> Iterator[Violation]:
    """Nobody logs on outside the printed windows."""
    now = s.model.interval(s.control)
    if isinstance(s.action, Logon) and isinstance(s.outcome, Moved) and now not in s.model.rulebook.by_name:
        yield Violation("logon-in-window", now, "refused", "accepted")


@invariant("act-at-its-site", 12, "change")
def _(s: Scene) -> Iterator[Violation]:
    """Inside a printed window clients are served by the site that the rulebook names."""
    session = s.model.rulebook.by_name.get(s.model.interval(s.control))
    site = s.outcome.site if isinstance(s.outcome, Moved) else ""
    if session and site and site != session.site:
        yield Violation("act-at-its-site", session.name, session.site, site)


@invariant("no-lost-update", 14, "change")
def _(s: Scene) -> Iterator[Violation]:
    """A commit never overwrites a change that its request did not see."""
    if not isinstance(s.action, Commit) or s.before is None or not _changes(s):
        return
    edit = waiting(s.before, s.action)
    if edit and outdated(s.before, edit):
        fields = " and ".join(asked(edit))
        yield Violation("no-lost-update", f"{fields} at {edit.site}", "as the request read it", "changed since")


@invariant("set-up-whole", 8, "close")
def _(s: Scene) -> Iterator[Violation]:
    """When a session closes, 2FA is initiated if and only if password and channel are set."""
    if _half(s.found):
        got = "password only" if s.found.channel.value is None else "channel only"
        yield Violation("set-up-whole", f"2FA at {s.site}", "password and channel, or neither", got)


@invariant("applied-in-order", 17, "apply")
def _(s: Scene) -> Iterator[Violation]:
    """The standby applies each redo entry once and in commit order."""
    if s.out_of_turn and isinstance(s.action, Deliver):
        yield Violation("applied-in-order", f"redo at {s.control.other}", "once, in commit order", "out of turn")


@invariant("restores-baseline", 5, "revert")
def _(s: Scene) -> Iterator[Violation]:
    """What a revert leaves is what the discarding rule declares as its baseline, but for what was committed since."""
    book, lane = s.model.rulebook, s.account
    for field, rule in _baselines(s):
        target, found = intent.end_of(rule.baseline or ""), s.found[field]
        since = found.origin not in rule.made_in and book.order.get(found.origin, -1) > book.order[rule.baseline or ""]
        expected = Expected((lane.ledger.start[field],)) if rule.baseline == BASELINE else lane.ledger.at(target, field)
        if not since and not intent.allows(expected, found):
            yield Violation("restores-baseline", f"{field} at {s.site}", any_of(expected), show(found), (rule.id,))


def _baselines(s: Scene) -> Iterator[tuple[str, Rule]]:
    """Each field that a rule discards from a session this site has served, with the first such rule."""
    book, kind = s.model.rulebook, s.account.profile.kind
    past = {x.name for x in book.sessions if x.site == s.site and book.order[x.name] < s.control.interval}
    rules: dict[str, Rule] = {}
    for rule in book.rules:
        if rule.fate == "discard" and rule.baseline and kind in rule.accounts and past & set(rule.made_in):
            for change in book.expand(rule.changes):
                rules |= {field: rule for field in fields_of(change) if field not in rules}
    return iter(sorted(rules.items()))


# -- the control ---------------------------------------------------------------------------------------------------


@invariant("serves-at-its-site", 12, "control")
def _(s: Scene) -> Iterator[Violation]:
    """Each session is served by the site that the rulebook names."""
    for name, site in s.control.open:
        promised = s.model.session(name).site
        if site != promised:
            yield Violation("serves-at-its-site", name, promised, site)


@invariant("one-writer", 13, "control")
def _(s: Scene) -> Iterator[Violation]:
    """At most one site accepts writes at any instant."""
    sites = tuple(dict.fromkeys(site for _, site in s.control.open))
    if len(sites) > 1:
        yield Violation("one-writer", "sites", "one open", f"{' and '.join(sites)} open")


@invariant("standby-ready", 18, "window")
def _(s: Scene) -> Iterator[Violation]:
    """When the production site opens a session, the other site is a standby again."""
    other = s.control.other
    started_as = s.model.runbook.sites.get(other or "")
    if s.site == s.control.production and other and started_as == "standby" and s.control.role(other) != "standby":
        yield Violation("standby-ready", f"role of {other}", "standby", s.control.role(other))


@invariant("every-session-opens", 23, "control")
def _(s: Scene) -> Iterator[Violation]:
    """Every session has been opened by the time its window ends."""
    if s.session and s.session not in s.control.opened:
        yield Violation("every-session-opens", s.session, "opened", "never opened")
