"""Intent: what the rules permit each field to hold at each target. Stores, links and roles play no part here.

``fate`` reads one cell of the rules; ``begin`` says what is permitted before anything is done, ``permit`` folds one
committed change into an account's ledger, and ``permitted`` is that fold over a whole history. Rules have no order, so
nothing here may depend on the order in which they stand, nor on whether two rules are written as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, reduce
from typing import Literal, NamedTuple

import attrs

from dcsim.domain.account import BASELINE, FIELDS, Cell, Record, Value, typed
from dcsim.domain.kinds import fields_of
from dcsim.domain.outcome import Change
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.domain.world import Answers, Expected, Ledger, Option

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

    @property
    def ids(self) -> tuple[str, ...]:
        """The rules by id."""
        return tuple(sorted(rule.id for rule in self.rules))


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


class Target(NamedTuple):
    """A row of the ledger: a session, or what it would hold had nothing been made after a baseline.

    ``place``: changes made before this place in time bear on it.
    """

    key: str
    session: str
    place: int


def as_of(session: str, baseline: str) -> str:
    """The row of what a session would hold had nothing been made after the end of a baseline."""
    return f"{session} as of {baseline}"


@lru_cache(maxsize=64)
def targets(rulebook: Rulebook) -> tuple[Target, ...]:
    """Sessions, and each with every baseline to which a rule falls back there."""
    order = rulebook.order
    sessions = [Target(name, name, order[name]) for name in rulebook.timeline if name in rulebook.by_name]
    falls = {(at, rule.baseline) for rule in rulebook.rules if rule.fate == "discard" for at in rule.at}
    back = (Target(as_of(at, base), at, order[base] + 1) for at, base in sorted((a, b) for a, b in falls if b))
    return (*sessions, *back)


# -- what stood before ---------------------------------------------------------------------------------------------


def begin(rulebook: Rulebook, kind: str, start: Record) -> Ledger:
    """What is permitted of an account before anything is done: what stood before stays, but where a rule speaks of it
    (``made-in: baseline``). Where nothing stood, a constant to which some rule resets the field does no harm.
    """
    rows = {}
    for target in targets(rulebook):
        for field in (f for f in start.fields if f in _spoken(rulebook, kind, target.session)):
            rows[target.key, field] = _stood(rulebook, kind, target.session, field, start[field])
    return Ledger(start, tuple(sorted(rows.items(), key=_key)))


@lru_cache(maxsize=1024)
def _spoken(rulebook: Rulebook, kind: str, session: str) -> Mapping[str, Mapping[str, tuple[Rule, ...]]]:
    """The rules that bear at a session on a field as it stood before, by field and fate: those about what stood before,
    whatever kind of change made it, and all that reset the field.
    """
    found: dict[str, dict[str, dict[str, Rule]]] = {}
    for (account, change, origin, target), rules in cells(rulebook).items():
        for rule in rules if (account, target) == (kind, session) else ():
            sort = rule.fate if origin == BASELINE else "elsewhere" if rule.fate == "reset" else ""
            for field in fields_of(change) if sort else ():
                found.setdefault(field, {}).setdefault(sort, {})[rule.id] = rule
    return {field: {sort: tuple(by.values()) for sort, by in of.items()} for field, of in found.items()}


def _stood(rulebook: Rulebook, kind: str, session: str, field: str, cell: Cell) -> Expected:
    spoken, nothing = _spoken(rulebook, kind, session)[field], empty(field)
    stands = typed(cell.value) != typed(nothing)
    for sort in ("carry", "discard", "reset"):
        ids = Ruling("open", spoken.get(sort, ())).ids
        if ids and stands:
            value = {"carry": cell.value, "discard": nothing}.get(sort, spoken[sort][0].to)
            there = cell if sort == "carry" else Cell(value, ANY_ORIGIN)
            return Expected((Option(there, rules=ids),), ids)
    if stands:
        return Expected((Option(cell),))
    resets = (*spoken.get("reset", ()), *spoken.get("elsewhere", ()))
    constants = (Option(Cell(rule.to, ANY_ORIGIN), rules=(rule.id,)) for rule in sorted(resets, key=_id))
    return Expected((Option(cell), *dict.fromkeys(constants)))


def _id(rule: Rule) -> str:
    return rule.id


def empty(field: str) -> Value:
    """What a field holds in which nothing stands; the status of an account that is not there is absent."""
    return "absent" if field == "status" else getattr(Record(), field).value if field in FIELDS else None


# -- what is done --------------------------------------------------------------------------------------------------


def permit(rulebook: Rulebook, kind: str, ledger: Ledger, change: Change) -> Ledger:
    """Fold one committed change of an account of this kind into its ledger, for each target still to come."""
    rows = dict(ledger.rows)
    made = rulebook.order.get(change.after.origin, -1)
    for target in targets(rulebook):
        if target.key == change.after.origin:
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
    return _opened(before, change, made)


def _opened(before: Expected, change: Change, made: int) -> Expected:
    """No rule speaks: either it is as if the change had not been made, or the change stands.

    All changes of one kind made in one interval fare alike, so what an earlier one wrote there cannot come back.
    """
    question = (change.kind, change.after.origin)
    without = (
        attrs.evolve(option, answers=join(option.answers, ((question, False),)))
        for option in before.options
        if (question, True) not in option.answers
    )
    return attrs.evolve(before, options=(*without, Option(change.after, ((question, True),), made=made)))


def join(one: Answers, other: Answers) -> Answers:
    """Two readings that go together, as one."""
    return tuple(sorted({*one, *other}))


def _discarded(rulebook: Rulebook, ledger: Ledger, change: Change, target: Target, ruling: Ruling) -> Expected:
    """A discard leaves what would be there without the change, or falls back to the rule's baseline: what the target
    would hold had nothing been made since. Open changes made since may stand all the same; one that rules ask for
    contradicts the discard, and leaves nothing that is permitted, unless both ask for the same value.

    A restriction that it lifts (a suspension) is remembered, for it must be flagged.
    """
    before, base = ledger.at(target.key, change.field), ruling.rules[0].baseline
    lifted = (*before.lifted, change.after) if change.after.value == "suspended" else before.lifted
    ids = tuple(dict.fromkeys((*before.rules, *ruling.ids)))
    options = before.options
    if base is not None:
        fallen = ledger.at(as_of(target.session, base), change.field).options
        options = tuple(_fall(before.options, fallen, rulebook.order[base]))
    return Expected(options, ids, tuple(dict.fromkeys(lifted)))


def _fall(options: tuple[Option, ...], fallen: tuple[Option, ...], base: int) -> Iterable[Option]:
    """What a discard leaves of each option, under each reading that goes with it."""
    out: dict[Option, None] = {}
    for option in options:
        if option.made > base and not option.rules:
            out[option] = None
            continue
        for back in fallen:
            contradicts = option.made > base and typed(option.cell.value) != typed(back.cell.value)
            if not contradicts and compatible(option.answers, back.answers):
                out[attrs.evolve(back, answers=join(option.answers, back.answers))] = None
    return out


def compatible(one: Answers, other: Answers) -> bool:
    """Whether two readings answer no question differently."""
    given = dict(one)
    return all(given.get(question, answer) == answer for question, answer in other)


def forget(rulebook: Rulebook, ledger: Ledger, session: str) -> Ledger:
    """Drop what was permitted at a session that is over, unless it is a baseline to which something may fall back."""
    keep = {rule.baseline for rule in rulebook.rules}
    over = {target.key for target in targets(rulebook) if target.session == session and target.key not in keep}
    rows = tuple(row for row in ledger.rows if row[0][0] not in over)
    return ledger if len(rows) == len(ledger.rows) else attrs.evolve(ledger, rows=rows)


def permitted(rulebook: Rulebook, kind: str, start: Record, history: Iterable[Change]) -> Ledger:
    """What the rules permit at every target, from a history of committed changes in commit order."""
    first = begin(rulebook, kind, start)
    return reduce(lambda ledger, change: permit(rulebook, kind, ledger, change), history, first)


def allows(expected: Expected, found: Cell) -> bool:
    """Whether a found value is among those permitted, under some reading. Where it was made does not matter."""
    return any(same(option.cell, found) for option in expected.options)


def same(one: Cell, other: Cell) -> bool:
    """Whether two cells hold the same value, wherever it was made."""
    return typed(one.value) == typed(other.value)
