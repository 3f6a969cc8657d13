"""Interned canonical lanes: all lanes of one canonical form share a number."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.checker.model.canonical import newest_as_one
from dcsim.checker.model.slices import FieldSlice
from dcsim.domain.actions import ControlAction, LaneAction, Operate
from dcsim.domain.runbook import Open
from dcsim.domain.world import Answers, Control, Foreseen, Lane
from dcsim.semantics.interning import NOBODY, Hop, Table
from dcsim.semantics.mechanism import settle
from dcsim.semantics.promise import readings, served_in_window
from dcsim.semantics.step import LaneStep, lane_step

Readings = dict[tuple[str, str], dict[str, set[frozenset[Answers]]]]
"""By session, site and field: the answers to open questions under which a value is permitted that may be served."""


@attrs.define(eq=False)
class CanonicalTable(Table):
    """The canonical lanes of one slice, and the steps between them. ``readings``: those that were met; ``made``: the
    kinds of change that were made, each with its interval.
    """

    slice: FieldSlice = attrs.field(kw_only=True)
    readings: Readings = attrs.field(factory=dict)
    made: dict[tuple[str, str], None] = attrs.field(factory=dict)
    _known: dict[Lane, int] = attrs.field(factory=dict)
    _foreseen: dict[tuple[int, Foreseen], int] = attrs.field(factory=dict)
    _composed: dict[int, int] = attrs.field(factory=dict)

    def note_readings(self, before: Control, after: Control, action: ControlAction, number: int) -> None:
        """Note under which answers to open questions is permitted what is served after a step of the control."""
        taken = self.model.step(before.todo[0]) if isinstance(action, Operate) else None
        opens = [(taken.session, taken.site)] if isinstance(taken, Open) else []
        lane = settle(self.model, before, after, action, self.lanes[number])
        for place in dict.fromkeys((*opens, *served_in_window(self.model, after))):
            for field, answers in readings(lane, *place).items():
                self.readings.setdefault(place, {}).setdefault(field, set()).add(answers)

    def number(self, lane: Lane) -> int:
        """The number of a lane's canonical form."""
        found = self._known.get(lane)
        if found is None:
            blurred = self.slice.blurred(lane)
            found = self._known.get(blurred)
            if found is None:
                found = self._known[blurred] = super().number(self.slice.form(blurred))
            self._known[lane] = found
        return found

    def foresee(self, number: int, pieces: int, faults: int, *, named: bool) -> Iterator[int]:
        """A lane with all that may become of its newest redo: it arrives together with what is on the link before it;
        or by itself, as long as there may be more ``pieces``; or one of the ``faults`` left befalls it. ``named``:
        faults may befall entries, so what becomes of each is foreseen.
        """
        passes = self.foreseen(number, "passes") if named else number
        together = self.composed(passes)
        yield together
        if together != passes and self.pieces(passes) <= pieces:
            yield passes
        if faults and self.befallen(number) < faults:
            yield self.foreseen(number, "befallen")

    def composed(self, number: int) -> int:
        """The lane whose two newest entries of redo arrive together; the same lane if they cannot."""
        found = self._composed.get(number)
        if found is None:
            lane = self.lanes[number]
            found = self._composed[number] = self.number(
                attrs.evolve(lane, redo=newest_as_one(lane.redo, self.model.rulebook.by_name))
            )
        return found

    def foreseen(self, number: int, foreseen: Foreseen) -> int:
        """The lane with what is foreseen of its newest entry of redo."""
        found = self._foreseen.get((number, foreseen))
        if found is None:
            lane = self.lanes[number]
            newest = attrs.evolve(lane.redo[-1], foreseen=foreseen)
            after = attrs.evolve(lane, redo=(*lane.redo[:-1], newest))
            found = self._foreseen[number, foreseen] = self.number(after)
        return found

    def pieces(self, number: int) -> int:
        """How many pieces of redo are on the link, besides those that a fault will befall and their neighbours."""
        sent = [entry for entry in self.lanes[number].redo if entry.held == "sent"]
        foreseen = any(entry.foreseen for entry in sent)
        return len(sent) - 2 * sum(entry.foreseen != "passes" for entry in sent) if foreseen else len(sent)

    def befallen(self, number: int) -> int:
        """How many entries on the link a fault will befall."""
        return sum(entry.foreseen == "befallen" for entry in self.lanes[number].redo)

    def hop_of(self, control: Control, number: int, lane: Lane, action: LaneAction, by: int) -> Hop:
        """The step of a lane whose canonical form has a number."""
        actor = self.lanes[by] if by != NOBODY else None
        step = lane_step(self.model, control, lane, action, actor, None, self._parts)
        return self._hop(number, step, len(step.lane.redo) > len(lane.redo) and bool(step.outcome.changes))

    def _hop(self, before: int, step: LaneStep, shipped: bool) -> Hop:
        self.made |= dict.fromkeys((change.kind, change.after.origin) for change in step.outcome.changes)
        if step.violations:
            step = attrs.evolve(step, violations=tuple(filter(self.slice.concerns, step.violations)))
        return super()._hop(before, step, shipped)
