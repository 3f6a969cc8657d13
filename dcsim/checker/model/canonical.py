"""Canonical lanes: one lane for all lanes that no coming event can tell apart.

The step compares labels and copies them, and looks at nothing else of them. So a lane is renamed: its labels by their
first occurrence, its versions of the credential by theirs. Entries of redo that arrive together are one entry. Then a
weekend has finitely many lanes, whatever the number of operations (docs/explanation/unbounded.md has the proofs).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from itertools import chain, count, islice
from typing import Any

import attrs

from dcsim.checker.model.alphabet import FIRST, LABELS
from dcsim.domain.account import Cell, Record, Value, typed
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.runbook import Reset
from dcsim.domain.world import Answers, Expected, Lane, Ledger, Option, Redo
from dcsim.semantics.model import Model

SPACING = 2
"""The distance between two versions of a canonical credential. The next version of each is one that no cell holds."""

IDLE, IDLE_VERSION = "\0idle", -(1 << 62)
"""What stands for the labels, and for the versions of the credential, that only the ledger holds: no site can ever hold
them again. No file can hold this text.
"""
_AFTER_ALL = 1 << 62
NEVER_HELD = (Option(Cell(IDLE), made=_AFTER_ALL),)
"""What is permitted where nothing that is permitted can be held. It was made after all else: so no discard takes it
back to what stood before.
"""

Rename = Callable[[str, Cell], Cell]
"""Gives the cell of a field its canonical value."""


Constants = frozenset[tuple[str, Any]]
"""Fields with the values that a rule or a runbook sets them to, which are compared with their types."""


def constants(model: Model) -> Constants:
    """The constants of rules and runbook: they are never renamed."""
    book = model.rulebook
    set_by_rule = ((f, r.to) for r in book.rules for kind in book.expand(r.changes) for f in fields_of(kind))
    by_hand = ((field, step.to) for step in model.runbook.steps if isinstance(step, Reset) for field in step.fields)
    return frozenset((field, typed(value)) for field, value in (*set_by_rule, *by_hand))


def is_label(field: str, value: Value, reserved: Constants) -> bool:
    """Whether a value is one that the step only compares and copies: a label, or a version of the credential."""
    if field == "credential":
        return type(value) is int and value != 0 and (field, typed(value)) not in reserved
    return isinstance(value, str) and field != "status" and (field, typed(value)) not in reserved


def names(field: str, reserved: Constants) -> Iterator[Value]:
    """The canonical values of a field in order, without the constants of rules and runbook (``reserved``)."""
    taken = {value for name, (_, value) in reserved if name == field}
    if field == "credential":
        # Above each constant and its next version, and never one after another.
        first = (max((int(value) for value in taken if isinstance(value, int)), default=0) + 1) // SPACING + 1
        return count(first * SPACING, SPACING)
    numbered = (f"{LABELS.get(field, 'V')}{n}" for n in count(1))
    return (name for name in chain(FIRST.get(field, ()), numbered) if name not in taken)


@lru_cache(maxsize=4096)
def name_of(field: str, number: int, reserved: Constants) -> Value:
    """The canonical value of a field with a number, from 0 on."""
    return next(islice(names(field, reserved), number, None))


@attrs.define(eq=False)
class Renaming:
    """Names for the labels in some ``fields`` of one lane, given in the order in which they occur first."""

    fields: frozenset[str]
    reserved: Constants
    _given: dict[tuple[str, Value], Value] = attrs.field(factory=dict)
    _number: dict[str, int] = attrs.field(factory=dict)

    def held(self, field: str, cell: Cell) -> Cell:
        """A cell in its canonical form, that a store, a restore point or the link holds."""
        if field not in self.fields or not is_label(field, cell.value, self.reserved):
            return cell
        key = field, cell.value
        name = self._given.get(key)
        if name is None:
            number = self._number[field] = self._number.get(field, -1) + 1
            name = self._given[key] = name_of(field, number, self.reserved)
        return cell if name == cell.value else Cell(name, cell.origin)

    def permitted(self, field: str, cell: Cell) -> Cell:
        """A cell of the ledger in its canonical form."""
        if field not in self.fields or not is_label(field, cell.value, self.reserved):
            return cell
        name = self._given.get((field, cell.value)) or (IDLE_VERSION if field == "credential" else IDLE)
        return cell if name == cell.value else Cell(name, cell.origin)


def renamed(lane: Lane, held: Rename, permitted: Rename) -> Lane:
    """A lane in which every cell is replaced, place by place; those of its ledger as ``permitted`` says."""
    stores = tuple((site, _record(record, held)) for site, record in lane.stores)
    points = tuple((point, _record(record, held)) for point, record in sorted(lane.points, key=_name))
    redo = tuple(Redo(_cells(dict(e.cells), held), e.held, e.number, e.foreseen) for e in lane.redo)
    start = _record(lane.ledger.start, permitted)
    rows = tuple((key, _expected(key[1], row, permitted)) for key, row in lane.ledger.rows)
    return Lane(lane.profile, stores, Ledger(start, rows), points, redo, lane.edits)


def _name(point: tuple[tuple[str, str], Record]) -> tuple[str, str]:
    return point[0]


def _cells(cells: Mapping[str, Cell], cell: Rename) -> tuple[tuple[str, Cell], ...]:
    return tuple((field, cell(field, cells[field])) for field in sorted(cells))


def _record(record: Record, cell: Rename) -> Record:
    new = {field: cell(field, record[field]) for field in record.fields}
    changed = {field: each for field, each in new.items() if each is not record[field]}
    return record.put(changed) if changed else record


def _expected(field: str, row: Expected, cell: Rename) -> Expected:
    options = tuple(dict.fromkeys(_option(field, option, cell) for option in row.options))
    lifted, told = (tuple(cell(field, each) for each in cells) for cells in (row.lifted, row.told))
    if (options, lifted, told) == (row.options, row.lifted, row.told):
        return row
    return Expected(options, row.rules, lifted, told)


def _option(field: str, option: Option, cell: Rename) -> Option:
    new = cell(field, option.cell)
    return option if new is option.cell else attrs.evolve(option, cell=new)


# -- what is permitted -------------------------------------------------------------------------------------------

EVERY_KIND = "\0every kind"
"""The kind of change of a question that stands for those of every kind."""


def may_be_held(row: Expected) -> Expected:
    """A row without what no site can hold any more."""
    living = tuple(option for option in row.options if option.cell.value not in (IDLE, IDLE_VERSION))
    return attrs.evolve(row, options=living or NEVER_HELD) if len(living) < len(row.options) else row


def read_alike(row: Expected) -> Expected:
    """A row under those readings that carry either all open changes of an interval, or none of them."""
    if not any(option.answers for option in row.options):
        return row
    options = (attrs.evolve(option, answers=_alike(option.answers)) for option in row.options)
    found = dict.fromkeys(option for option in options if _one_answer_each(option.answers))
    return attrs.evolve(row, options=tuple(found) or NEVER_HELD)


def _alike(answers: Answers) -> Answers:
    return tuple(sorted({((EVERY_KIND, origin), answer) for (_, origin), answer in answers}))


def _one_answer_each(answers: Answers) -> bool:
    return len(dict(answers)) == len(answers)


# -- redo ----------------------------------------------------------------------------------------------------------


def composed(one: Redo, other: Redo) -> Redo:
    """Two entries of redo, one right after the other, as one: of each field, what was written last."""
    cells = {**dict(one.cells), **dict(other.cells)}
    return attrs.evolve(other, cells=tuple(sorted(cells.items())), number=one.number)


def may_compose(one: Redo, other: Redo, sessions: Collection[str]) -> bool:
    """Whether two entries as one still hold a change of a session, if one of them does: a practice asks for that."""
    written = [cell.origin for _, cell in one.cells]
    left = [cell.origin for _, cell in composed(one, other).cells]
    return not set(sessions) & set(written) or bool(set(sessions) & set(left))


def newest_as_one(redo: tuple[Redo, ...], sessions: Collection[str]) -> tuple[Redo, ...]:
    """Redo of which the two newest entries are one, if both are on the link and the same is foreseen of them."""
    if not redo[1:]:
        return redo
    one, other = redo[-2], redo[-1]
    alike = one.held == other.held == "sent" and one.foreseen == other.foreseen and may_compose(one, other, sessions)
    return (*redo[:-2], composed(one, other)) if alike else redo


def received_as_one(redo: tuple[Redo, ...], sessions: Collection[str]) -> tuple[Redo, ...]:
    """Redo in which received entries that follow one another are one: they are applied together."""
    out: list[Redo] = []
    for entry in redo:
        out.append(entry)
        # What is composed may be composed with the entry before it, though its first part could not.
        while out[1:] and out[-2].held == out[-1].held == "received" and may_compose(out[-2], out[-1], sessions):
            out[-2:] = [composed(out[-2], out[-1])]
    return tuple(out)


def copies_first(redo: tuple[Redo, ...], applies: str) -> tuple[Redo, ...]:
    """Redo with the copies of what was delivered before all else: where they stand in the queue does not matter. A
    standby that checks drops them, so it does not matter what they hold.
    """
    copies = [each for each in redo if each.held == "again"]
    kept = copies if applies == "blind" else [attrs.evolve(each, cells=()) for each in copies]
    return (*kept, *(each for each in redo if each.held != "again")) if copies else redo


def without_overwritten(redo: tuple[Redo, ...], sessions: Collection[str]) -> tuple[Redo, ...]:
    """Redo in which no missing entry writes what the received one after it overwrites: they are applied together."""
    out = []
    for entry, following in zip(redo, (*redo[1:], None), strict=True):
        missing = entry.held in ("lost", "late") and following is not None and following.held == "received"
        over = dict(following.cells) if missing and following and may_compose(entry, following, sessions) else {}
        kept = tuple(cell for cell in entry.cells if cell[0] not in over)
        out.append(attrs.evolve(entry, cells=kept) if over else entry)
    return tuple(out)


def numbered(redo: tuple[Redo, ...]) -> tuple[Redo, ...]:
    """Redo numbered by its place: a number says the order of commit, which is the order of entries."""
    entries = (attrs.evolve(each, number=0) if each.held == "again" else each for each in redo)
    # What is foreseen of an entry is over once it has left the link.
    entries = (each if each.held == "sent" else attrs.evolve(each, foreseen="") for each in entries)
    ranks = count(1)
    return tuple(attrs.evolve(each, number=next(ranks) if each.number else 0) for each in entries)


def canonical(model: Model, lane: Lane, fields: frozenset[str], reserved: Constants) -> Lane:
    """The canonical form of a lane, of which only some ``fields`` have labels. ``reserved`` are the constants of rules
    and runbook, which keep their names.
    """
    if lane.redo:
        sessions = model.rulebook.by_name
        redo = received_as_one(copies_first(lane.redo, model.applies), sessions)
        redo = redo if model.applies == "blind" else without_overwritten(redo, sessions)
        lane = attrs.evolve(lane, redo=numbered(redo))
    names = Renaming(fields, reserved)
    return renamed(lane, names.held, names.permitted)
