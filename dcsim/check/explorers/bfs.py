"""The reference: plain breadth-first search over any system. Every other engine is tested against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from dcsim.check.explorers.budget import Budget, OverBudget, without_collector
from dcsim.check.explorers.protocol import Explored, Label, System, stops

BYTES_A_STATE = 400
"""A rough size of one stored state, for the memory budget."""


def explore(system: System, budget: Budget | None = None, stop_at: Collection[str] | None = ()) -> Explored:
    """Visit every reachable state in order of depth.

    ``stop_at``: end at the first step that breaks one of these properties, with a shortest path to it; None: any.
    """
    with without_collector():
        return _explore(system, budget or Budget(), stop_at)


def _explore(system: System, budget: Budget, stop_at: Collection[str] | None) -> Explored:
    parents: dict[Any, tuple[Any, Label] | None] = dict.fromkeys(system.initial())
    frontier, depth, transitions = list(parents), 0, 0
    fired: Counter[str] = Counter()
    broken: set[str] = set()
    try:
        while frontier:
            deeper = []
            budget.take(0, held=len(parents) * BYTES_A_STATE)
            for state in frontier:
                budget.clock()
                for edge in system.edges(state):
                    transitions += 1
                    fired.update(edge.met)
                    if edge.broken:
                        broken.update(edge.broken)
                        if stops(edge.broken, stop_at):
                            path = (*_path(parents, state), edge.action)
                            return _said(parents, transitions, depth + 1, fired, edge.broken, path, complete=False)
                    if edge.state not in parents:
                        parents[edge.state] = (state, edge.action)
                        deeper.append(edge.state)
            depth += bool(deeper)
            frontier = deeper
    except OverBudget as over:
        return _said(parents, transitions, depth, fired, tuple(broken), (), complete=False, why=str(over))
    return _said(parents, transitions, depth, fired, tuple(broken), ())


def _said(
    parents: dict[Any, Any],
    transitions: int,
    depth: int,
    fired: Counter[str],
    broken: tuple[str, ...],
    path: tuple[Label, ...],
    *,
    complete: bool = True,
    why: str = "",
) -> Explored:
    return Explored(
        engine="bfs",
        states=len(parents),
        transitions=transitions,
        depth=depth,
        complete=complete,
        broken=tuple(sorted(set(broken))),
        path=path,
        fired=dict(fired),
        why=why,
    )


def _path(parents: dict[Any, tuple[Any, Label] | None], state: Any) -> tuple[Label, ...]:
    """The actions that led to a state, from the beginning."""
    out = []
    while (step := parents[state]) is not None:
        state, action = step
        out.append(action)
    return tuple(reversed(out))
