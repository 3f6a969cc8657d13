"""What each event of a run moved, and what the rules decide about it. Each distinct step is looked at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from dcsim.domain.action_outcome import Blocked
from dcsim.domain.actions import Action, ControlAction, Operate, Slip
from dcsim.domain.runbook import Open
from dcsim.domain.world import Control
from dcsim.semantics.interning import Hop, Table
from dcsim.semantics.model import Model
from dcsim.semantics.step import ControlStep
from dcsim.trace.moves import AnyMove, Crowd, LaneMove, control_moves, lane_moves, merged
from dcsim.trace.ruling import SessionRuling, change_rulings, opening_rulings


@attrs.frozen
class EventDetail:
    """Those attributes of an event on which no digest depends (``Event``)."""

    moves: tuple[AnyMove, ...]
    rulings: tuple[SessionRuling, ...] = ()
    step: str = ""


@attrs.define(eq=False)
class EventMoves:
    """Finds moves and rulings, and remembers those of each step that was taken on a lane."""

    model: Model
    table: Table
    _moves: dict[Hop, tuple[LaneMove, ...]] = attrs.field(factory=dict)
    _rulings: dict[Hop, tuple[SessionRuling, ...]] = attrs.field(factory=dict)

    def of_account(self, control: Control, action: Action, before: int, hop: Hop) -> EventDetail:
        """Return what a step of one account moved, and the fates of what it changed. ``before`` was its lane."""
        changes = hop.step.outcome.changes
        if changes and hop not in self._rulings:
            kind = self.table.lanes[before].profile.kind
            self._rulings[hop] = tuple(change_rulings(self.model.rulebook, kind, changes))
        return EventDetail(self._of_lane(control, action, before, hop), self._rulings.get(hop, ()))

    def of_control(
        self,
        control: Control,
        action: ControlAction,
        step: ControlStep,
        settled: Mapping[int, Hop],
        crowds: Callable[[], dict[int, Crowd]],
        name: Callable[[int], str],
    ) -> EventDetail:
        """Return what a control action moved, of the control and of all accounts; and if it opened a session, what each
        account was permitted to hold there. ``settled`` and ``crowds`` are by the numbers of the lanes before it.
        """
        own = tuple(control_moves(self.model, action, control, step.control))
        at = self.model.step(control.todo[0]) if control.todo and isinstance(action, Operate | Slip) else None
        opened = at.session if isinstance(at, Open) and done(action, step) else ""
        moved = {lane for lane, hop in settled.items() if hop.lane != lane}
        by_lane = crowds() if opened or moved else {}
        moves = (
            (by_lane[lane], self._of_lane(control, action, lane, settled[lane])) for lane in by_lane if lane in moved
        )
        lanes, book = self.table.lanes, self.model.rulebook
        rulings = ((by_lane[lane], opening_rulings(book, opened, lanes[lane])) for lane in by_lane if opened)
        return EventDetail((*own, *merged(moves, name)), merged(rulings, name), at.id if at else "")

    def _of_lane(self, control: Control, action: Action, before: int, hop: Hop) -> tuple[LaneMove, ...]:
        if hop.lane == before:
            return ()
        found = self._moves.get(hop)
        if found is None:
            lanes = self.table.lanes
            found = self._moves[hop] = lane_moves(self.model, control, action, lanes[before], lanes[hop.lane])
        return found


def done(action: ControlAction, step: ControlStep) -> bool:
    """Whether the operator took a step, and the sites did not refuse it."""
    return isinstance(action, Operate) and not isinstance(step.outcome, Blocked)
