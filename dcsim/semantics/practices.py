"""Practices: good practice that nobody promised. Each has an id, a statement, and the failure mode that it catches.

A check reads one scene and yields violations. Its docstring is the practice's statement. A broken practice ends no
schedule. A runbook may waive a practice with a reason (``waives``).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from dcsim.domain.account import BASELINE, Record, typed, unlike
from dcsim.domain.action_outcome import Change, Violation
from dcsim.domain.actions import Commit, Deliver
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.world import Expected, Option
from dcsim.semantics import intent
from dcsim.semantics.client_step import intended_writes, outdated, pending_edit
from dcsim.semantics.mechanism import behind
from dcsim.semantics.model import Model
from dcsim.semantics.scene import INVARIANTS, Scene, any_of, invariant, show

# -- when a session opens -----------------------------------------------------------------------------------------


@invariant("opens-caught-up", 2, "open")
def _(s: Scene) -> Iterator[Violation]:
    """A session opens at the link's far end only when all that earlier sessions committed has been applied there."""
    # Redo of changes made between sessions does not count.
    if s.site == s.control.other and behind(s.account):
        sessions = s.model.rulebook.by_name
        redo = (entry for entry in s.account.redo if entry.held != "again")
        unapplied = sum(any(cell.origin in sessions for _, cell in entry.cells) for entry in redo)
        if unapplied:
            yield Violation("opens-caught-up", f"redo at {s.site}", "all applied", f"{unapplied} not applied")


@invariant("no-orphan-lock", 7, "open")
def _(s: Scene) -> Iterator[Violation]:
    """No lock outlives the failed logons that caused it, where those are discarded."""
    lock, kind = s.found.locked, s.account.profile.kind
    causes = intent.fate(s.model.rulebook, kind, "failed-logon", lock.origin, s.session)
    if lock.value and causes.fate == "discard":
        yield Violation("no-orphan-lock", f"locked at {s.site}", "no lock", show(lock), causes.ids, fields=("locked",))


_HALVES = ("password", "channel")


def _half(record: Record) -> bool:
    return (record.password.value is None) != (record.channel.value is None)


@invariant("no-dangling-account", 15, "open")
def _(s: Scene) -> Iterator[Violation]:
    """Nothing belongs to an account that does not exist."""
    if s.found.status.value != "absent":
        return
    left = [f for f in s.found.fields if f != "status" and s.found[f].value not in (None, False, 0)]
    if left:
        where, every = f"account at {s.site}", s.found.fields
        yield Violation("no-dangling-account", where, "nothing of an absent account", ", ".join(left), fields=every)


@invariant("sites-agree", 18, "open")
def _(s: Scene) -> Iterator[Violation]:
    """The standby holds what the serving site holds, apart from redo that is on its way (lost redo is not)."""
    other = s.control.other
    if other in (None, s.site) or s.control.role(other or "") != "standby":
        return
    standby = s.account.store(other or "")
    for entry in s.account.redo:
        if entry.held == "lost" and s.model.applies == "checked":
            break  # a checked standby applies nothing that comes after a missing entry
        standby = standby.put(dict(entry.cells)) if entry.held not in ("again", "lost") else standby
    for field in s.found.fields:
        if typed(s.found[field].value) != typed(standby[field].value):
            here, there = show(s.found[field]), show(standby[field])
            yield Violation("sites-agree", f"{field} at {other}", here, there, fields=(field,))


# -- when a client acts, a session closes, the standby applies or reverts ------------------------------------------


def _changes(s: Scene) -> tuple[Change, ...]:
    return s.outcome.changes if s.outcome else ()


# -- when nothing more is to come ----------------------------------------------------------------------------------


@invariant("stores-converge", 18, "end")
def _(s: Scene) -> Iterator[Violation]:
    """When all has healed and nothing more is to come, a standby holds what the primary holds."""
    primary, other = s.control.production, s.control.other
    if primary is None or other is None or "sites-agree" in s.model.waived:
        return
    redo = [entry for entry in s.account.redo if entry.held != "again"]
    if s.control.role(other) == "snapshot-standby":
        # It keeps what it receives for the day on which it reverts.
        redo = [entry for entry in redo if entry.held != "received"]
    if redo:
        held = " and ".join(dict.fromkeys(_HELD[entry.held] for entry in redo))
        yield Violation("stores-converge", f"redo at {other}", "all applied", f"{len(redo)} not applied: {held}")
    elif s.control.role(other) == "standby":
        held_there, held_here = s.account.store(other), s.account.store(primary)
        for field in held_here.fields:
            if typed(held_here[field].value) != typed(held_there[field].value):
                here, there = show(held_here[field]), show(held_there[field])
                yield Violation("stores-converge", f"{field} at {other}", here, there, fields=(field,))


_HELD = {
    "sent": "on the link",
    "late": "held up on the link",
    "lost": "lost and never sent again",
    "received": "waiting for an entry before it",
}
"""Why redo is not applied, in words."""


@invariant("one-origin", 9, "change")
def _(s: Scene) -> Iterator[Violation]:
    """Each change has exactly one origin, fixed at its commit."""
    now = s.model.interval(s.control)
    for change in _changes(s):
        if change.after.origin != now:
            where = f"{change.field} at {change.site}"
            yield Violation("one-origin", where, now, change.after.origin, fields=(change.field,))


@invariant("no-lost-update", 14, "change")
def _(s: Scene) -> Iterator[Violation]:
    """A commit never overwrites a change that its request did not see."""
    if not isinstance(s.action, Commit) or s.before is None or not _changes(s):
        return
    edit = pending_edit(s.before, s.action)
    if edit and outdated(s.before, edit):
        fields = " and ".join(intended_writes(edit))
        yield Violation("no-lost-update", f"{fields} at {edit.site}", "as the request read it", "changed since")


@invariant("set-up-whole", 8, "close")
def _(s: Scene) -> Iterator[Violation]:
    """When a session closes, 2FA is initiated if and only if password and channel are set."""
    if _half(s.found):
        got = "password only" if s.found.channel.value is None else "channel only"
        yield Violation("set-up-whole", f"2FA at {s.site}", "password and channel, or neither", got, fields=_HALVES)


@lru_cache(maxsize=64)
def judges_last_acts(model: Model, *, faults: bool, requests: bool) -> bool:
    """Whether what clients do in the last session may break an invariant that looks at acts, at redo as it is applied,
    or at records when the session closes. ``faults`` may befall redo; ``requests`` may wait for their commit.
    """
    may = {
        "one-origin": requests,
        "no-lost-update": requests,
        "applied-in-order": faults and model.applies == "blind",
        "set-up-whole": model.policies["set-up"] == "stepwise",
    }
    asked = (one.id for one in INVARIANTS.values() if one.check and one.when in ("change", "apply", "close"))
    return any(may.get(name, True) for name in asked if model.checks(name, INVARIANTS[name].family))


@invariant("applied-in-order", 17, "apply")
def _(s: Scene) -> Iterator[Violation]:
    """The standby applies each redo entry once, in commit order, and as it was committed."""
    site = s.control.other
    if s.out_of_turn and isinstance(s.action, Deliver):
        yield Violation("applied-in-order", f"redo at {site}", "once, in commit order", "out of turn")
    if s.before is None or site is None:
        return
    # Compared by effect: whatever left the link must have been written as it was committed, and nothing else.
    left = {entry.number for entry in s.account.redo if entry.held != "again"}
    applied = [entry for entry in s.before.redo if entry.held != "again" and entry.number not in left]
    expected, found = s.before.store(site), s.account.store(site)
    for entry in applied:
        expected = expected.put(dict(entry.cells))
    for field in unlike(expected, found) if applied else ():
        wanted, got = show(expected[field]), show(found[field])
        yield Violation("applied-in-order", f"{field} at {site}", wanted, got, fields=(field,))


@invariant("restores-baseline", 5, "revert")
def _(s: Scene) -> Iterator[Violation]:
    """After a revert, a field holds what a rule declares as the baseline of a discard, or what was made at another site
    since then.

    If rules declare several baselines, for several targets, any of them will do.
    """
    for field, discards in sorted(_discards(s).items()):
        made_here, found = {origin for origin, _, _ in discards}, s.found[field]
        if not any(_restored(s, field, base, made_here) for _, base, _ in discards):
            expected = " or ".join(dict.fromkeys(any_of(_at_end(s, field, base)) for _, base, _ in sorted(discards)))
            rules = tuple(sorted({rule for _, _, rule in discards}))
            where = f"{field} at {s.site}"
            yield Violation("restores-baseline", where, expected, show(found), rules, fields=(field,))


Discard = tuple[str, str, str]
"""A session from which a rule discards, the baseline, and the rule."""


def _discards(s: Scene) -> dict[str, set[Discard]]:
    """For each field, the discards of changes made in the sessions that this site has served."""
    book, kind = s.model.rulebook, s.account.profile.kind
    past = {x.name for x in book.sessions if x.site == s.site and book.order[x.name] < s.control.interval}
    found: dict[str, set[Discard]] = {}
    for (account, change, origin, _), rules in intent.cells(book).items():
        if account != kind or origin not in past:
            continue
        for rule in rules:
            if rule.fate == "discard" and rule.baseline:
                for field in fields_of(change):
                    found.setdefault(field, set()).add((origin, rule.baseline, rule.id))
    return found


def _restored(s: Scene, field: str, base: str, made_here: set[str]) -> bool:
    """Whether a field holds what stood at a baseline, or what was made at another site since then."""
    found, order = s.found[field], s.model.rulebook.order
    since = found.origin not in made_here and order.get(found.origin, -1) > order[base]
    return since or intent.allows(_at_end(s, field, base), found)


def _at_end(s: Scene, field: str, base: str) -> Expected:
    """What a field held at the end of a baseline."""
    ledger = s.account.ledger
    return Expected((Option(ledger.start[field]),)) if base == BASELINE else ledger.at(base, field)


# -- the control ---------------------------------------------------------------------------------------------------


@invariant("standby-ready", 18, "window")
def _(s: Scene) -> Iterator[Violation]:
    """When the production site opens a session, the other site is a standby again."""
    other = s.control.other
    started_as = s.model.runbook.sites.get(other or "")
    if s.site == s.control.production and other and started_as == "standby" and s.control.role(other) != "standby":
        yield Violation("standby-ready", f"role of {other}", "standby", s.control.role(other))
