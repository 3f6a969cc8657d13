"""Plain breadth-first search over any system: the reference against which every other engine is tested."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dcsim.checker.explorers.budget import Budget, OverBudget, without_collector
from dcsim.checker.explorers.protocol import Explored, Occurrence, System, breaks

BYTES_A_STATE = 400
"""A rough size of one stored state, for the memory budget."""


def explore(system: System, budget: Budget | None = None) -> Explored:
    """Visit every reachable state in order of depth."""
    with without_collector():
        return _explore(system, budget or Budget())


def _explore(system: System, budget: Budget) -> Explored:
    frontier, depth, transitions, why = list(dict.fromkeys(system.initial())), 0, 0, ""
    seen: set[Any] = set(frontier)
    fired: Counter[Occurrence] = Counter()
    broken: set[str] = set()
    try:
        while frontier:
            deeper = []
            budget.take(0, held=len(seen) * BYTES_A_STATE)
            for state in frontier:
                budget.clock()
                for edge in system.edges(state):
                    transitions += 1
                    fired.update(edge.occurrences)
                    broken.update(edge.broken)
                    if edge.state not in seen:
                        seen.add(edge.state)
                        deeper.append(edge.state)
            depth += bool(deeper)
            frontier = deeper
    except OverBudget as over:
        why = str(over)
    return Explored(
        engine="bfs",
        states=len(seen),
        transitions=transitions,
        depth=depth,
        complete=not why,
        broken=breaks(broken),
        fired=dict(fired),
        why=why,
    )
