"""Intent: what the rules permit each field to hold at each target. Stores, links and roles play no part here.

``fate`` looks up one rule cell. ``begin`` makes an account's ledger before anything is done, ``permit`` folds one
committed change into it, and ``permitted`` folds a whole history. Rules have no order: no result may depend on the
order in which they are written, or on whether two rules are written as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, reduce
from typing import Literal, NamedTuple

import attrs

from dcsim.domain.account import BASELINE, FIELDS, Cell, Record, Value, typed
from dcsim.domain.action_outcome import Change
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.domain.world import Answers, Expected, Ledger, Option

ANY_ORIGIN = "any"
"""The origin of a value that may have been made anywhere (a reset's constant)."""


@attrs.frozen
class Ruling:
    """What the rules decide of one rule cell: a fate with its rules, or ``open`` if there are none."""

    fate: Literal["carry", "discard", "reset", "open"]
    rules: tuple[Rule, ...] = ()

    @property
    def outcomes(self) -> frozenset[tuple[object, ...]]:
        """The outcomes that the rules ask for: none if the cell is open; more than one is a contradiction."""
        return frozenset(rule.outcome for rule in self.rules)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the rules, sorted."""
        return tuple(sorted(rule.id for rule in self.rules))


Cells = Mapping[tuple[str, str, str, str], tuple[Rule, ...]]


@lru_cache(maxsize=64)
def cells(rulebook: Rulebook) -> Cells:
    """Every cell of which a rule speaks: (account kind, change kind, origin, target) to its rules."""
    table: dict[tuple[str, str, str, str], list[Rule]] = {}
    for rule in rulebook.rules:
        for account in rule.accounts:
            for change in rulebook.expand(rule.changes):
                for origin in rule.made_in:
                    for target in rule.at:
                        table.setdefault((account, change, origin, target), []).append(rule)
    return {cell: tuple(rules) for cell, rules in table.items()}


def fate(rulebook: Rulebook, account: str, change: str, origin: str, target: str) -> Ruling:
    """What the rules decide of one cell; ``open`` if no rule speaks of it."""
    # The fate of the first rule stands for all: rules that disagree on a cell are an error of the rulebook (lint).
    rules = cells(rulebook).get((account, change, origin, target), ())
    return Ruling(rules[0].fate, rules) if rules else Ruling("open")


class Target(NamedTuple):
    """A group of rows of the ledger: for a session, or for a session as it would be if no change had been made after a
    baseline.

    ``key`` names the group. ``place`` is a position in time: only changes made before it count for these rows.
    """

    key: str
    session: str
    place: int


def as_of(session: str, baseline: str) -> str:
    """The key of the rows that say what a session would hold if no change had been made after the end of a baseline."""
    return f"{session} as of {baseline}"


@lru_cache(maxsize=64)
def targets(rulebook: Rulebook) -> tuple[Target, ...]:
    """The sessions, and each session again with every baseline to which a discard falls back there."""
    order = rulebook.order
    sessions = [Target(name, name, order[name]) for name in rulebook.timeline if name in rulebook.by_name]
    discards = [rule for rule in rulebook.rules if rule.fate == "discard"]
    falls = sorted({(at, rule.baseline) for rule in discards if rule.baseline for at in rule.at})
    return (*sessions, *(Target(as_of(at, base), at, order[base] + 1) for at, base in falls))


# -- before the weekend --------------------------------------------------------------------------------------------


def begin(rulebook: Rulebook, kind: str, start: Record) -> Ledger:
    """The ledger of an account before anything is done. What stood before stays, unless a rule speaks of it (``made-in:
    baseline``). A field that held nothing may also hold a constant to which a rule resets it.
    """
    rows = {}
    for target in targets(rulebook):
        by_field = baseline_rules(rulebook, kind, target.session)
        for field in start.fields:
            if field in by_field:
                rows[target.key, field] = _baseline_row(by_field[field], field, start[field])
    return Ledger(start, tuple(sorted(rows.items(), key=_key)))


@lru_cache(maxsize=1024)
def baseline_rules(rulebook: Rulebook, kind: str, session: str) -> Mapping[str, Mapping[str, tuple[Rule, ...]]]:
    """The rules that matter at a session for what stood before, by field and by fate: those that speak of the baseline,
    and under ``elsewhere`` the other resets of the field.
    """
    found: dict[str, dict[str, dict[str, Rule]]] = {}
    for (account, change, origin, target), rules in cells(rulebook).items():
        if (account, target) != (kind, session):
            continue
        for rule in rules:
            # The kind of change does not matter: what stood before is no change of this weekend.
            group = rule.fate if origin == BASELINE else "elsewhere" if rule.fate == "reset" else ""
            for field in fields_of(change) if group else ():
                found.setdefault(field, {}).setdefault(group, {})[rule.id] = rule
    return {
        field: {group: tuple(by_id.values()) for group, by_id in by_group.items()} for field, by_group in found.items()
    }


def _baseline_row(by_group: Mapping[str, tuple[Rule, ...]], field: str, cell: Cell) -> Expected:
    """What a field may hold at a session before any change is made, by the rules that speak of it."""
    nothing = empty(field)
    stands = typed(cell.value) != typed(nothing)
    for group in ("carry", "discard", "reset"):
        ids = Ruling("open", by_group.get(group, ())).ids
        if ids and stands:
            value = {"carry": cell.value, "discard": nothing}.get(group, by_group[group][0].to)
            # What a discard or a reset leaves was made nowhere in particular.
            expected = cell if group == "carry" else Cell(value, ANY_ORIGIN)
            return Expected((Option(expected, rules=ids),), ids)
    if stands:
        return Expected((Option(cell),))
    # An operator's reset reaches fields that held nothing as well, so the rule's constant is permitted there.
    resets = (*by_group.get("reset", ()), *by_group.get("elsewhere", ()))
    constants = (Option(Cell(rule.to, ANY_ORIGIN), rules=(rule.id,)) for rule in sorted(resets, key=_id))
    return Expected((Option(cell), *dict.fromkeys(constants)))


def _id(rule: Rule) -> str:
    return rule.id


def empty(field: str) -> Value:
    """The value of a field that holds nothing; a status then is ``absent``."""
    return "absent" if field == "status" else getattr(Record(), field).value if field in FIELDS else None


# -- committed changes ---------------------------------------------------------------------------------------------


def permit(rulebook: Rulebook, kind: str, ledger: Ledger, change: Change) -> Ledger:
    """Fold one committed change of an account of this kind into its ledger, for each target that is still to come."""
    rows = dict(ledger.rows)
    made = rulebook.order.get(change.after.origin, -1)
    for target in targets(rulebook):
        if target.key == change.after.origin:
            # In its own session, a change counts at once, and no rule is asked.
            rows[target.key, change.field] = Expected((Option(change.after, made=made),))
        elif target.place > made:
            rows[target.key, change.field] = _expect(rulebook, kind, ledger, change, target)
    return attrs.evolve(ledger, rows=tuple(sorted(rows.items(), key=_key)))


def _key(row: tuple[tuple[str, str], Expected]) -> tuple[str, str]:
    return row[0]


def _expect(rulebook: Rulebook, kind: str, ledger: Ledger, change: Change, target: Target) -> Expected:
    before, origin = ledger.at(target.key, change.field), change.after.origin
    made = rulebook.order.get(origin, -1)
    ruling = fate(rulebook, kind, change.kind, origin, target.session)
    if ruling.fate == "carry":
        return Expected((Option(change.after, rules=ruling.ids, made=made),), ruling.ids)
    if ruling.fate == "reset":
        return Expected((Option(Cell(ruling.rules[0].to, ANY_ORIGIN), (), ruling.ids, made),), ruling.ids)
    if ruling.fate == "discard":
        return _discarded(rulebook, ledger, change, target, ruling)
    return _left_open(before, change, made)


def _left_open(before: Expected, change: Change, made: int) -> Expected:
    """The row after a change of which no rule speaks: either the change was not made, or it stands.

    All changes of one kind made in one interval have the same fate. So under the reading that carries an earlier one,
    this one is carried too, and what the earlier one wrote cannot come back.
    """
    question = (change.kind, change.after.origin)
    without = (
        attrs.evolve(option, answers=join(option.answers, ((question, False),)))
        for option in before.options
        if (question, True) not in option.answers
    )
    return attrs.evolve(before, options=(*without, Option(change.after, ((question, True),), made=made)))


def join(one: Answers, other: Answers) -> Answers:
    """Two compatible readings as one."""
    # Sorted, so that a reading is the same value however it came about, and lanes that hold it are interned together.
    return tuple(sorted({*one, *other}))


def _discarded(rulebook: Rulebook, ledger: Ledger, change: Change, target: Target, ruling: Ruling) -> Expected:
    """The row after a discarded change: what would be there without the change, or what the rule falls back to.

    With a baseline, that is what the target would hold if no change had been made since. Open changes made since may
    still stand. A change that rules ask for contradicts the discard: nothing is permitted then, unless both ask for the
    same value. A restriction that the discard lifts (a suspension) is remembered, because a notice must mention it.
    """
    before, base = ledger.at(target.key, change.field), ruling.rules[0].baseline
    lifted = (*before.lifted, change.after) if change.after.value == "suspended" else before.lifted
    ids = tuple(dict.fromkeys((*before.rules, *ruling.ids)))
    options = before.options
    if base is not None:
        at_baseline = ledger.at(as_of(target.session, base), change.field).options
        options = tuple(_fall_back(before.options, at_baseline, rulebook.order[base]))
    return Expected(options, ids, tuple(dict.fromkeys(lifted)))


def _fall_back(options: tuple[Option, ...], at_baseline: tuple[Option, ...], base: int) -> Iterable[Option]:
    """What a discard leaves of each option, under each compatible reading."""
    # A dict instead of a set, because the order of options is part of a lane and so of its digest.
    left: dict[Option, None] = {}
    for option in options:
        if option.made > base and not option.rules:
            left[option] = None
            continue
        for back in at_baseline:
            contradicts = option.made > base and typed(option.cell.value) != typed(back.cell.value)
            if not contradicts and compatible(option.answers, back.answers):
                left[attrs.evolve(back, answers=join(option.answers, back.answers))] = None
    return left


def compatible(one: Answers, other: Answers) -> bool:
    """Whether two readings give the same answer to each question that both answer."""
    given = dict(one)
    return all(given.get(question, answer) == answer for question, answer in other)


def forget(rulebook: Rulebook, ledger: Ledger, session: str) -> Ledger:
    """Drop the rows of a session that is finished, unless a discard may still fall back to them."""
    # Fewer rows mean fewer distinct lanes, and so fewer steps and states.
    keep = {rule.baseline for rule in rulebook.rules}
    over = {target.key for target in targets(rulebook) if target.session == session and target.key not in keep}
    rows = tuple(row for row in ledger.rows if row[0][0] not in over)
    return ledger if len(rows) == len(ledger.rows) else attrs.evolve(ledger, rows=rows)


def permitted(rulebook: Rulebook, kind: str, start: Record, history: Iterable[Change]) -> Ledger:
    """What the rules permit at every target, from a history of committed changes in commit order."""
    first = begin(rulebook, kind, start)
    return reduce(lambda ledger, change: permit(rulebook, kind, ledger, change), history, first)


def allows(expected: Expected, found: Cell) -> bool:
    """Whether a value that was found is permitted under some reading. Its origin does not matter."""
    return any(same(option.cell, found) for option in expected.options)


def same(one: Cell, other: Cell) -> bool:
    """Whether two cells hold the same value, whatever their origins."""
    return typed(one.value) == typed(other.value)
