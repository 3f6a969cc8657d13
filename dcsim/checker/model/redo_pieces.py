"""Into how many pieces redo on the link has to be divided, as some events see what has arrived before them.

Such an event is a *cut*: a step of the operator that reads or changes the far site, or what is still on the link. What
arrives between two cuts may arrive in one piece. So an account's redo on the link needs one piece more than there are
cuts until all of it must have arrived.
"""

from __future__ import annotations

import attrs

from dcsim.checker.explorers.protocol import Turn
from dcsim.checker.model.clock_and_operator import ARRIVED, Environment
from dcsim.checker.model.point import Labelled, Point
from dcsim.domain.actions import Operate
from dcsim.domain.runbook import Close, Drain, Flashback, Open, Resend, Reset, RestorePoint, Step, Switch
from dcsim.domain.world import Control

ARRIVES = ("arrive", "clients", "drain")
"""The stages in which redo may arrive."""
DEEPEST = 200
"""The most turns that are looked ahead. A cut is counted for each turn beyond them."""


def cuts(control: Control, step: Step) -> bool:
    """Whether a step may see or change what has arrived so far."""
    if isinstance(step, Drain | Resend | Switch):
        return False  # they ask whether anything is left on the link, and not what has arrived
    if isinstance(step, Open | Close | RestorePoint | Reset | Flashback):
        site = dict(control.open).get(step.session) if isinstance(step, Close) else step.site
        return site != control.production
    return True


@attrs.frozen(eq=False)
class Pieces:
    """The pieces of redo, by point."""

    environment: Environment
    _known: dict[tuple[Point, bool], int] = attrs.field(factory=dict)

    def most(self, point: Point) -> int:
        """The most pieces into which redo has to be divided that is committed now and does not arrive at once."""
        return max(1, self._ahead(point, True, DEEPEST))

    def _ahead(self, point: Point, cut: bool, deep: int) -> int:
        """The most pieces that may still arrive, or be left, apart. ``cut``: there was a cut since the last arrived."""
        found = self._known.get((point, cut))
        if found is None:
            if not deep:
                return DEEPEST
            # What never arrives is a piece of its own after a cut, too.
            after = (self._after(point, turn, cut, deep - 1) for turn in self.environment.turns(point))
            found = self._known[point, cut] = max(after, default=int(cut))
        return found

    def _after(self, point: Point, turn: Turn, cut: bool, deep: int) -> int:
        if turn.action == ARRIVED:
            return 0
        then, cut = turn.control, cut or self._cut_by(point, turn)
        if then.stage in ARRIVES and then.control.ships:
            return int(cut) + self._ahead(then, False, deep)
        return self._ahead(then, cut, deep)

    def _cut_by(self, point: Point, turn: Turn) -> bool:
        label = turn.action
        if not isinstance(label, Labelled) or not isinstance(label.action, Operate):
            return False
        return cuts(point.control, self.environment.model.step(point.control.todo[0]))
