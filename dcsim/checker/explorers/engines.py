"""Chooses one of the four engines for a model, and says why it was chosen (docs/explanation/engines.md).

Engines that need numpy are imported in the functions that call them, so that the others work without its start-up time.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp2, log2
from typing import TypeGuard, cast

import attrs

from dcsim.checker.explorers import bfs, factored
from dcsim.checker.explorers.budget import Budget, OverBudget, without_collector
from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.history_variables import WithHistory
from dcsim.checker.explorers.protocol import MISHAPS, Break, Explored, Lanes, Occurrence, Product, System, breaks
from dcsim.checker.explorers.tables import Place, Tables

ENGINES = ("bfs", "interned", "array", "factored")
"""The engines, as the option ``--engine`` names them."""

QUICK_SEARCH = 100_000
"""A closure of more pairs than this is interrupted, and the plain search tried up to this many states."""
SMALL_ARRAYS = 1 << 26
"""Cells of arrays that are filled to get exact counts although the closure already decided every property."""
DEFAULT_ROOM = 4 << 30
"""Bytes that arrays may use where no memory budget is given."""
NOT_ATTRIBUTED = (Occurrence("slip", "a combination that was not told apart"),)


def check(model: Lanes | System, engine: str = "auto", budget: Budget | None = None) -> Explored:
    """Explore a model, and name the faults and slips that come before each break."""
    budget = budget or Budget()
    found = _explored(model, engine, budget)
    if found.attributed or not found.broken or not any(each.kind in MISHAPS for each in found.fired):
        return found
    # Only now, as something breaks, is the model with a history explored: it has many more states.
    history = _explored(WithHistory(cast("Lanes", model)), engine, budget)
    # A budget may end the second exploration before it finds every break of the first.
    left = set(found.invariants) - set(history.invariants)
    broken = breaks((*history.broken, *(Break(name, NOT_ATTRIBUTED) for name in left)))
    complete = found.complete and history.complete
    return attrs.evolve(found, broken=broken, attributed=True, complete=complete, why=found.why or history.why)


def _explored(model: Lanes | System, engine: str, budget: Budget) -> Explored:
    if engine not in ("auto", *ENGINES):
        raise ValueError(f"engine {engine!r} is not one of auto, {', '.join(ENGINES)}")
    if not _has_lanes(model):
        if engine not in ("auto", "bfs"):
            raise ValueError(f"engine {engine} needs a model with lanes")
        return attrs.evolve(bfs.explore(cast("System", model), budget), chosen="the model has no lanes")
    if engine != "auto":
        return attrs.evolve(_forced(engine)(model, budget), chosen="asked for")
    closure = Closure(Tables(model), budget)
    with without_collector():
        try:
            return _choose(closure)
        except OverBudget as over:
            found, suspects = len(closure.pairs), breaks(closure.broken)
            return Explored(
                engine="auto", states=found, transitions=0, depth=-1, complete=False, suspects=suspects, why=str(over)
            )


def _has_lanes(model: Lanes | System) -> TypeGuard[Lanes]:
    return hasattr(model, "moves")


def _forced(engine: str) -> Callable[[Lanes, Budget], Explored]:
    if engine == "bfs":
        return lambda model, budget: bfs.explore(Product(model), budget)
    if engine == "factored":
        return factored.explore
    if engine == "interned":
        from dcsim.checker.explorers import interned  # noqa: PLC0415

        return interned.explore
    from dcsim.checker.explorers import array_engine  # noqa: PLC0415

    return array_engine.explore


def _choose(closure: Closure) -> Explored:
    if not closure.follow(QUICK_SEARCH):
        small = _quick_search(closure)
        if small:
            return small
        closure.run()
    return _from_closure(closure)


def _quick_search(closure: Closure) -> Explored | None:
    """The result of a plain search, if the model is so small that it visits every state."""
    from dcsim.checker.explorers import interned  # noqa: PLC0415

    explored = interned.of(closure.tables, closure.budget, QUICK_SEARCH)
    return attrs.evolve(explored, chosen=f"decided within {QUICK_SEARCH:,} states") if explored.complete else None


def _from_closure(closure: Closure) -> Explored:
    alone = None
    if not closure.acts or sum(closure.sizes) == 1:
        alone = factored.of(closure)
        if alone.exact:
            reason = "no account acts on another or moves the control for others, and each control has one history"
            return attrs.evolve(alone, chosen=reason)
        if not alone.suspects and alone.complete and _cells(closure) > SMALL_ARRAYS:
            reason = "an account breaks no more among whatever the others might do than alone; counts are bounds"
            return attrs.evolve(alone, chosen=reason)
    if _cells(closure) < _room(closure.budget) // 2:
        from dcsim.checker.explorers import array_engine  # noqa: PLC0415

        reason = "what one account does bears on others; the array fits"
        filled = attrs.evolve(array_engine.of(closure), chosen=reason)
        if filled.complete and alone is not None and alone.complete and not alone.suspects:
            return attrs.evolve(filled, broken=alone.broken, attributed=True)
        return filled
    if alone is not None and alone.complete:
        return attrs.evolve(alone, chosen="the whole would not fit: what accounts alone may break is suspected")
    from dcsim.checker.explorers import interned  # noqa: PLC0415

    return attrs.evolve(
        interned.of(closure.tables, closure.budget),
        chosen="what one account does bears on others, and the array would not fit",
    )


def _room(budget: Budget) -> int:
    room = budget.room()
    return DEFAULT_ROOM if room is None else room


def _cells(closure: Closure) -> float:
    """Cells of all arrays: of each control, as many as its lanes multiplied. By logarithms: of very many accounts the
    number itself would take longer than the search.
    """
    return sum(exp2(min(_doublings(closure, place), 1000.0)) for place in closure.places())


def _doublings(closure: Closure, place: Place) -> float:
    return sum(size * log2(len(closure.lanes(kind, place.number))) for kind, size in enumerate(closure.sizes))
