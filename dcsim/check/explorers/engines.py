"""One question, four engines: the one that a model allows is chosen, and why is said.

numpy is imported only when an engine needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import exp2, log2
from typing import TypeGuard, cast

import attrs

from dcsim.check.explorers import bfs, factored
from dcsim.check.explorers.budget import Budget, OverBudget, without_collector
from dcsim.check.explorers.closure import Closure
from dcsim.check.explorers.history_variables import SLIP, Told, named, split
from dcsim.check.explorers.protocol import Explored, Lanes, Product, System
from dcsim.check.explorers.tables import Place, Tables

ENGINES = ("bfs", "interned", "array", "factored")
"""Engines that can be forced."""

GLANCE = 100_000
"""States searched, for a small model or a short counterexample, before a whole array is filled."""
SMALL = 1 << 26
"""Cells of arrays that are filled for exact counts though a proof is there."""
ROOM = 4 << 30
"""Bytes that arrays may take where no budget is given."""


def check(
    model: Lanes | System, engine: str = "auto", budget: Budget | None = None, stop_at: Collection[str] | None = ()
) -> Explored:
    """Explore a model. ``stop_at``: end with a shortest path at the first break of these properties; None: of any.

    Otherwise each property that breaks is named by the slips and faults before it, one name for each combination.
    """
    budget = budget or Budget()
    found = _explored(model, engine, budget, stop_at)
    if found.told or found.path or not found.broken or not any(map(_slip, found.fired)):
        return found
    told = _explored(Told(cast("Lanes", model)), engine, budget, stop_at)
    left = set(found.broken) - {split(name)[0] for name in told.broken}
    names = (*told.broken, *(named(name, ("slips that were not told apart",)) for name in sorted(left)))
    return attrs.evolve(found, broken=names, complete=found.complete and told.complete, why=found.why or told.why)


def _slip(name: str) -> bool:
    return name.startswith(SLIP)


def _explored(model: Lanes | System, engine: str, budget: Budget, stop_at: Collection[str] | None) -> Explored:
    if engine not in ("auto", *ENGINES):
        raise ValueError(f"engine {engine!r} is not one of auto, {', '.join(ENGINES)}")
    if not _has_lanes(model):
        if engine not in ("auto", "bfs"):
            raise ValueError(f"engine {engine} needs a model with lanes")
        system = cast("System", model)
        return attrs.evolve(bfs.explore(system, budget, stop_at), chosen="the model has no lanes")
    if engine != "auto":
        return attrs.evolve(_forced(engine)(model, budget, stop_at), chosen="asked for")
    closure = Closure(Tables(model), budget, stop_at)
    with without_collector():
        try:
            return _choose(closure, budget, stop_at)
        except OverBudget as over:
            met = len(closure.pairs)
            suspects = tuple(sorted(closure.broken))
            return Explored(
                engine="auto", states=met, transitions=0, depth=-1, complete=False, suspects=suspects, why=str(over)
            )


def _has_lanes(model: Lanes | System) -> TypeGuard[Lanes]:
    return hasattr(model, "moves")


def _forced(engine: str) -> Callable[[Lanes, Budget, Collection[str] | None], Explored]:
    if engine == "bfs":
        return lambda model, budget, stop_at: bfs.explore(Product(model), budget, stop_at)
    if engine == "factored":
        return factored.explore
    if engine == "interned":
        from dcsim.check.explorers import interned  # noqa: PLC0415

        return interned.explore
    from dcsim.check.explorers import arrays  # noqa: PLC0415

    return arrays.explore


def _choose(closure: Closure, budget: Budget, stop_at: Collection[str] | None) -> Explored:
    if not closure.follow(GLANCE):
        small = _small(closure, stop_at)
        if small:
            return small
        closure.run()
    if closure.found is not None:
        short = _counterexample(closure, stop_at)
        if short:
            return short
        closure = Closure(closure.tables, budget).run()
    return _whole(closure, stop_at)


def _counterexample(closure: Closure, stop_at: Collection[str] | None) -> Explored | None:
    """A shortest path that is soon found."""
    if not closure.acts or sum(closure.sizes) == 1:
        explored = factored.of(closure, stop_at)
        if explored.path and not explored.why:
            return attrs.evolve(explored, chosen="one account alone breaks it, and the whole model takes its path")
    return _small(closure, stop_at)


def _small(closure: Closure, stop_at: Collection[str] | None) -> Explored | None:
    """What a plain search soon decides."""
    from dcsim.check.explorers import interned  # noqa: PLC0415

    explored = interned.of(closure.tables, closure.budget, stop_at, GLANCE)
    if explored.path or explored.complete:
        return attrs.evolve(explored, chosen=f"decided within {GLANCE:,} states")
    return None


def _whole(closure: Closure, stop_at: Collection[str] | None) -> Explored:
    alone = None
    if not closure.acts or sum(closure.sizes) == 1:
        alone = factored.of(closure, stop_at)
        if alone.exact:
            reason = "no account acts on another or moves the control for others, and each control has one history"
            return attrs.evolve(alone, chosen=reason)
        if not alone.suspects and alone.complete and _cells(closure) > SMALL:
            reason = "an account breaks no more among whatever the others might do than alone; counts are bounds"
            return attrs.evolve(alone, chosen=reason)
    if _cells(closure) < _room(closure.budget) // 2:
        from dcsim.check.explorers import arrays  # noqa: PLC0415

        reason = "what one account does bears on others; the array fits"
        filled = attrs.evolve(arrays.of(closure, stop_at), chosen=reason)
        if filled.complete and alone is not None and alone.complete and not alone.suspects:
            return attrs.evolve(filled, broken=alone.broken, told=True)
        return filled
    if alone is not None and alone.complete:
        return attrs.evolve(alone, chosen="the whole would not fit: what accounts alone may break is told as suspected")
    from dcsim.check.explorers import interned  # noqa: PLC0415

    return attrs.evolve(
        interned.of(closure.tables, closure.budget, stop_at),
        chosen="what one account does bears on others, and the array would not fit",
    )


def _room(budget: Budget) -> int:
    room = budget.room()
    return ROOM if room is None else room


def _cells(closure: Closure) -> float:
    """Cells of all arrays: of each control, as many as its lanes multiplied. By logarithms: of very many accounts the
    number itself would take longer than the search.
    """
    return sum(exp2(min(_doublings(closure, place), 1000.0)) for place in closure.places())


def _doublings(closure: Closure, place: Place) -> float:
    return sum(size * log2(len(closure.lanes(kind, place.number))) for kind, size in enumerate(closure.sizes))
