"""The closure as an engine: what accounts may do, however many there are of each sort.

The closure follows one account of each sort, and lets the others do at any time whatever some account may do at that
control. So with at least two accounts of each sort it holds for every number of them. What breaks in it may break, and
is not shown yet.
"""

from __future__ import annotations

from typing import cast

from dcsim.checker.explorers.attribution import attributed
from dcsim.checker.explorers.budget import Budget, OverBudget, without_collector
from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.history_variables import WithHistory
from dcsim.checker.explorers.protocol import Break, Explored, Lanes, Occurrence, breaks
from dcsim.checker.explorers.tables import NO_EFFECT, Place, Tables


def explore(model: Lanes, budget: Budget) -> Explored:
    """Every (control, lane) of each sort of account; the model has at least two accounts of each."""
    closure = Closure(Tables(model), budget)
    with without_collector():
        try:
            return _explored(closure.run())
        except OverBudget as over:
            suspects = breaks(closure.broken)
            return Explored(
                engine="closure",
                states=len(closure.pairs),
                transitions=0,
                depth=-1,
                complete=False,
                exact=False,
                suspects=suspects,
                why=str(over),
            )


def _explored(closure: Closure) -> Explored:
    return Explored(
        engine="closure",
        states=len(closure.pairs),
        transitions=sum(_steps(closure.tables.places[place], lane) for _, place, lane in closure.pairs),
        depth=closure.depth,
        exact=False,
        attributed=True,
        suspects=tuple(sorted(_possible(closure))) if closure.broken else (),
        fired=_fired(closure),
    )


def _steps(place: Place, lane: int) -> int:
    """How many steps lead on from a lane at a control."""
    moves = sum(max(0, steps.total[lane]) for steps in (place.own, *place.by) if lane < len(steps.total))
    return moves + sum(turn.settled(lane) >= 0 for turn in place.turns)


def _possible(closure: Closure) -> set[Break]:
    """What may break, with the faults and slips before it."""
    if not closure.acts:
        return attributed(closure)
    # Attribution does not follow the acts of one account on another: the history is explored instead.
    history = Closure(Tables(WithHistory(closure.tables.model)), closure.budget).run()
    return {cast("Break", found) for found in history.broken}


def _fired(closure: Closure) -> dict[Occurrence, int]:
    """How many steps have each occurrence."""
    tables, found = closure.tables, dict[Occurrence, int]()
    for place in tables.places:
        effects = [effect for steps in (place.own, *place.by) for effect in steps.effect]
        taken = (turn for turn in place.turns if any(after >= 0 for after in turn.after))
        effects += [effect for turn in taken for effect in (turn.own, *turn.effect)]
        for effect in effects:
            for occurrence in tables.effects[effect][1] if effect > NO_EFFECT else ():
                found[occurrence] = found.get(occurrence, 0) + 1
    return found
