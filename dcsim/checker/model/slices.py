"""Slices: what a proof looks at in one go, so that it need not follow every combination of all fields.

A slice looks at some fields closely. Of others it keeps only whether they hold something, and the rest it forgets:
before each act they may hold anything (``cases``). So whatever is broken in the weekend is broken in the slice of the
field that is wrong (docs/explanation/unbounded.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from operator import itemgetter

import attrs

from dcsim.checker.model.alphabet import untried
from dcsim.checker.model.canonical import Constants, canonical, constants, may_be_held, read_alike
from dcsim.checker.model.values_reached import Values, sort_of
from dcsim.domain.account import FIELDS, Cell, Record, Value
from dcsim.domain.action_outcome import Violation
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.runbook import Reset
from dcsim.domain.world import Expected, Lane, Ledger, Option, Redo
from dcsim.semantics.intent import targets
from dcsim.semantics.model import Model

ANYWHERE = "\0anywhere"
"""The origin of values that are not looked at closely: no interval has this name, so no rule speaks of it."""
ENABLES: Mapping[str, Value] = {"status": "active", "locked": False}
"""The values with which an administrator can act. With any other, its acts are refused and change nothing."""


@attrs.frozen(eq=False)
class FieldSlice:
    """A part of every record of a model: the fields that are looked at ``closely``, and those of which is ``kept``
    whether they hold something. The others are forgotten. ``reached``: the values that fields may ever hold. ``alike``:
    only some readings of the notice are tried, those that carry either all open changes of an interval or none.
    ``named``: nothing is looked at less than closely, and what breaks has the name that it has in the world, which may
    depend on what is permitted and can be held no more.
    """

    model: Model
    closely: frozenset[str]
    kept: frozenset[str] = frozenset()
    reached: Values = attrs.field(factory=dict)
    alike: bool = False
    named: bool = False
    _records: dict[Record, Record] = attrs.field(factory=dict)
    _entries: dict[Redo, Redo] = attrs.field(factory=dict)
    _ledgers: dict[Ledger, Ledger] = attrs.field(factory=dict)

    @cached_property
    def reserved(self) -> Constants:
        """The constants of rules and runbook, which are never renamed."""
        return constants(self.model)

    @cached_property
    def forgotten(self) -> frozenset[str]:
        """The fields that are forgotten."""
        return frozenset({*FIELDS, *self.model.rulebook.records} - self.closely - self.kept)

    @cached_property
    def _blurred(self) -> frozenset[str]:
        return self.forgotten | self.kept

    def form(self, lane: Lane) -> Lane:
        """The canonical form of a lane in this slice that is blurred."""
        found = canonical(self.model, lane, self.closely, self.reserved)
        if self.named:
            return found
        rows = ((key, self._permitted(row)) for key, row in found.ledger.rows)
        every = tuple(sorted((*rows, *self._anything), key=itemgetter(0)))
        return attrs.evolve(found, ledger=Ledger(found.ledger.start, every))

    def _permitted(self, row: Expected) -> Expected:
        return may_be_held(read_alike(row) if self.alike else row)

    def blurred(self, lane: Lane) -> Lane:
        """The lane without what is forgotten, and with no more of what is kept than whether it holds something."""
        if not self._blurred:
            return lane
        stores = tuple((site, self._record(record)) for site, record in lane.stores)
        points = tuple((point, self._record(record)) for point, record in lane.points)
        redo = tuple(self._entry(entry) for entry in lane.redo)
        return Lane(lane.profile, stores, self._ledger(lane.ledger), points, redo, lane.edits, lane.logon)

    def concerns(self, violation: Violation) -> bool:
        """Whether this slice can tell a violation: of one field that it looks at closely, of several fields of which it
        forgets none, or of no field by name.
        """
        fields = (violation.cell[1],) if violation.cell else violation.fields
        return not (self.forgotten if fields[1:] else self._blurred).intersection(fields)

    def values(self, field: str) -> tuple[Value, ...]:
        """The values that a guard may tell apart, of a field that is not looked at closely."""
        return self.reached[field]

    def _record(self, record: Record) -> Record:
        found = self._records.get(record)
        if found is None:
            cells = {field: self._cell(field, record[field]) for field in record.fields if field in self._blurred}
            found = self._records[record] = record.put(cells)
        return found

    def _entry(self, entry: Redo) -> Redo:
        found = self._entries.get(entry)
        if found is None:
            cells = ((field, cell) for field, cell in entry.cells if field not in self._changes_nothing)
            part = tuple((field, self._cell(field, cell) if field in self.kept else cell) for field, cell in cells)
            found = self._entries[entry] = Redo(part, entry.held, entry.number, entry.foreseen)
        return found

    def _ledger(self, ledger: Ledger) -> Ledger:
        found = self._ledgers.get(ledger)
        if found is None:
            rows = tuple(row for row in ledger.rows if row[0][1] in self.closely)
            found = self._ledgers[ledger] = Ledger(self._record(ledger.start), rows)
        return found

    def _cell(self, field: str, cell: Cell) -> Cell:
        if field in self.kept:
            return Cell(sort_of(field, cell.value, self.reserved), ANYWHERE)
        return self._usual[field]

    @cached_property
    def _usual(self) -> Mapping[str, Cell]:
        """What forgotten fields hold where nothing else is tried: an administrator who can act does so."""
        return {field: Cell(self._usual_value(field), ANYWHERE) for field in self.forgotten}

    def _usual_value(self, field: str) -> Value:
        values = self.values(field)
        return next((value for value in values if value == ENABLES.get(field)), values[0])

    @cached_property
    def _changes_nothing(self) -> frozenset[str]:
        """The fields of which redo changes nothing that is looked at: only one value of them is told apart."""
        return self.forgotten | {field for field in self.kept if len(self.reached.get(field, ("", ""))) == 1}

    @cached_property
    def _anything(self) -> tuple[tuple[tuple[str, str], Expected], ...]:
        """The rows of the ledger for fields that are not looked at closely: each may hold anything that it can."""
        options = {field: (Option(Cell(value, ANYWHERE)) for value in self.values(field)) for field in self._blurred}
        rows = {field: Expected(tuple(each)) for field, each in options.items()}
        return tuple(((at.key, field), row) for at in targets(self.model.rulebook) for field, row in rows.items())


def fields_written(model: Model) -> tuple[str, ...]:
    """The fields that a change which is tried may write, or a step of the runbook."""
    book = model.rulebook
    left_out = set(untried(book))
    by_clients = (field for kind in book.kinds if kind not in left_out for field in fields_of(kind))
    by_hand = (field for step in model.runbook.steps if isinstance(step, Reset) for field in step.fields)
    return tuple(dict.fromkeys((*by_clients, *by_hand)))


def always_kept(model: Model, reached: Values) -> frozenset[str]:
    """The fields that steps of the operator read: a reset does nothing to an account that is absent at the site."""
    resets = any(isinstance(step, Reset) for step in model.runbook.steps)
    return frozenset({"status"} if resets and "absent" in reached.get("status", ()) else ())
