"""Slices: what a proof looks at in one go, so that it need not follow every combination of all fields.

A slice looks at some fields closely. Of others it keeps only whether they hold something, and the rest it forgets:
before each act they may hold anything (``cases``). So whatever is broken in the weekend is broken in the slice of the
field that is wrong (docs/explanation/unbounded.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from operator import itemgetter

import attrs

from dcsim.checker.model.alphabet import untried
from dcsim.checker.model.canonical import Constants, Rename, canonical, constants
from dcsim.checker.model.values_reached import Values, sort_of
from dcsim.domain.account import FIELDS, Cell, Value
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
    whether they hold something. The others are forgotten. ``reached``: the values that fields may ever hold.
    """

    model: Model
    closely: frozenset[str]
    kept: frozenset[str] = frozenset()
    reached: Values = attrs.field(factory=dict)

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
        """The canonical form of a lane in this slice."""
        if not self._blurred:
            return canonical(self.model, lane, self.reserved, {})
        redo = tuple(self._entry(entry) for entry in lane.redo)
        rows = tuple(row for row in lane.ledger.rows if row[0][1] in self.closely)
        part = attrs.evolve(lane, redo=redo, ledger=Ledger(lane.ledger.start, rows))
        found = canonical(self.model, part, self.reserved, self._blur)
        rows = tuple(sorted((*found.ledger.rows, *self._anything), key=itemgetter(0)))
        return attrs.evolve(found, ledger=Ledger(found.ledger.start, rows))

    def concerns(self, violation: Violation) -> bool:
        """Whether this slice can tell a violation: of one field that it looks at closely, of several fields of which it
        forgets none, or of no field by name.
        """
        fields = (violation.cell[1],) if violation.cell else violation.fields
        return not (self.forgotten if fields[1:] else self._blurred).intersection(fields)

    def values(self, field: str) -> tuple[Value, ...]:
        """The values that a guard may tell apart, of a field that is not looked at closely."""
        return self.reached[field]

    @cached_property
    def _blur(self) -> Mapping[str, Rename]:
        constant = {field: Cell(self._usual(field), ANYWHERE) for field in self.forgotten}
        forget = {field: partial(_always, cell) for field, cell in constant.items()}
        return forget | dict.fromkeys(self.kept, self._keep)

    def _usual(self, field: str) -> Value:
        """What a forgotten field holds where nothing else is tried: an administrator who can act does so."""
        values = self.values(field)
        return next((value for value in values if value == ENABLES.get(field)), values[0])

    def _keep(self, field: str, cell: Cell) -> Cell:
        return Cell(sort_of(field, cell.value, self.reserved), ANYWHERE)

    def _entry(self, entry: Redo) -> Redo:
        cells = tuple(cell for cell in entry.cells if cell[0] not in self.forgotten)
        return Redo(cells, entry.held, entry.number, entry.foreseen)

    @cached_property
    def _anything(self) -> tuple[tuple[tuple[str, str], Expected], ...]:
        """The rows of the ledger for fields that are not looked at closely: each may hold anything that it can."""
        options = {field: (Option(Cell(value, ANYWHERE)) for value in self.values(field)) for field in self._blurred}
        rows = {field: Expected(tuple(each)) for field, each in options.items()}
        return tuple(((at.key, field), row) for at in targets(self.model.rulebook) for field, row in rows.items())


def _always(found: Cell, _field: str, _cell: Cell) -> Cell:
    return found


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
