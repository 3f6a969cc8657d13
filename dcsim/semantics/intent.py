"""Intent: what the rules permit each field to hold at each target. Stores, links and roles play no part here.

``fate`` reads one cell of the rules; ``permit`` folds one committed change into an account's ledger; ``permitted``
is that fold over a whole history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, reduce
from typing import Literal

import attrs

from dcsim.domain.account import BASELINE, Cell, Record, Value, typed
from dcsim.domain.kinds import fields_of
from dcsim.domain.outcome import Change
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.domain.world import Expected, Ledger

ANY_ORIGIN = "any"
"""The origin of a value that may have been made anywhere (a reset's constant)."""


@attrs.frozen
class Ruling:
    """What becomes of one cell: a fate with the rules that decide it, or ``open`` with none."""

    fate: Literal["carry", "discard", "reset", "open"]
    rules: tuple[Rule, ...] = ()

    @property
    def outcomes(self) -> frozenset[tuple[object, ...]]:
        """All that the rules ask for: nothing where the cell is open; more than one thing is a contradiction."""
        return frozenset(rule.outcome for rule in self.rules)


Cells = Mapping[tuple[str, str, str, str], tuple[Rule, ...]]


@lru_cache(maxsize=64)
def cells(rulebook: Rulebook) -> Cells:
    """Every cell that some rule speaks of: (account kind, change kind, origin, target) to its rules."""
    table: dict[tuple[str, str, str, str], list[Rule]] = {}
    for rule in rulebook.rules:
        for account in rule.accounts:
            for change in rulebook.expand(rule.changes):
                for origin in rule.made_in:
                    for target in rule.at:
                        table.setdefault((account, change, origin, target), []).append(rule)
    return {cell: tuple(rules) for cell, rules in table.items()}


def fate(rulebook: Rulebook, account: str, change: str, origin: str, target: str) -> Ruling:
    """The rules' word on one cell; ``open`` where no rule speaks."""
    rules = cells(rulebook).get((account, change, origin, target), ())
    return Ruling(rules[0].fate, rules) if rules else Ruling("open")


def end_of(session: str) -> str:
    """The pseudo-target that stands for a session's end, where a rule names it as a baseline."""
    return f"end of {session}"


@lru_cache(maxsize=64)
def targets(rulebook: Rulebook) -> tuple[tuple[str, int], ...]:
    """Sessions, and ends of sessions that rules name as baselines, each with its place in time."""
    sessions = [(name, rulebook.order[name]) for name in rulebook.timeline if name in rulebook.by_name]
    ends = sorted({rule.baseline for rule in rulebook.rules if rule.baseline not in (None, BASELINE)})
    return (*sessions, *((end_of(name), rulebook.order[name] + 1) for name in ends if name))


def permit(rulebook: Rulebook, kind: str, ledger: Ledger, change: Change) -> Ledger:
    """Fold one committed change of an account of this kind into its ledger, for each target still to come."""
    rows = dict(ledger.rows)
    made = rulebook.order.get(change.after.origin, -1)
    for target, place in targets(rulebook):
        if place > made or target == change.after.origin:
            rows[target, change.field] = _expect(rulebook, kind, ledger, change, target)
    return attrs.evolve(ledger, rows=tuple(sorted(rows.items())))


def _expect(rulebook: Rulebook, kind: str, ledger: Ledger, change: Change, target: str) -> Expected:
    before, origin = ledger.at(target, change.field), change.after.origin
    session = target.removeprefix("end of ")
    if origin == session:
        return Expected((change.after,))
    ruling = fate(rulebook, kind, change.kind, origin, session)
    ids = tuple(rule.id for rule in ruling.rules)
    if ruling.fate == "carry":
        return Expected((change.after,), ids)
    if ruling.fate == "reset":
        return Expected((Cell(ruling.rules[0].to, ANY_ORIGIN),), ids)
    if ruling.fate == "discard":
        return _discarded(rulebook, ledger, before, change, ruling)
    # What an earlier change of the same kind made in the same interval was overwritten there; it cannot come back.
    opened = (o for o in before.opened if (o[0], o[1].origin) != (change.kind, origin))
    return attrs.evolve(before, opened=(*opened, (change.kind, change.after)))


def _discarded(rulebook: Rulebook, ledger: Ledger, before: Expected, change: Change, ruling: Ruling) -> Expected:
    """A discard leaves what would be there without the change, or falls back to the rule's baseline and to what open
    changes may have made of it since.

    A restriction that it lifts (a suspension) is remembered, for it must be flagged.
    """
    base, lifted = ruling.rules[0].baseline, before.lifted
    if change.after.value == "suspended":
        lifted = tuple(dict.fromkeys((*lifted, change.after)))
    ids = tuple(dict.fromkeys((*before.rules, *(rule.id for rule in ruling.rules))))
    if base is None:
        return attrs.evolve(before, rules=ids, lifted=lifted)
    fallen = Expected((ledger.start[change.field],)) if base == BASELINE else ledger.at(end_of(base), change.field)
    since = (o for o in before.opened if rulebook.order[o[1].origin] > rulebook.order[base])
    return Expected(fallen.decided, ids, (*fallen.opened, *since), lifted)


def forget(ledger: Ledger, session: str) -> Ledger:
    """Drop the rows of a session whose window has closed; ends of sessions stay, for later discards need them."""
    rows = tuple(row for row in ledger.rows if row[0][0] != session)
    return ledger if len(rows) == len(ledger.rows) else attrs.evolve(ledger, rows=rows)


def constants(rulebook: Rulebook, kind: str, target: str, field: str) -> tuple[Value, ...]:
    """What rules reset a field to at a target: an account that changed nothing may be reset as well."""
    return tuple(
        rule.to
        for rule in rulebook.rules
        if rule.fate == "reset" and kind in rule.accounts and target in rule.at
        if field in {f for change in rulebook.expand(rule.changes) for f in fields_of(change)}
    )


def permitted(rulebook: Rulebook, kind: str, start: Record, history: Iterable[Change]) -> Ledger:
    """What the rules permit at every target, from a history of committed changes in commit order."""
    return reduce(lambda ledger, change: permit(rulebook, kind, ledger, change), history, Ledger(start))


def allows(expected: Expected, found: Cell) -> bool:
    """Whether a found cell is among those permitted; a reset's constant may have any origin."""
    return any(
        found == cell or (cell.origin == ANY_ORIGIN and typed(cell.value) == typed(found.value))
        for cell in expected.cells
    )
