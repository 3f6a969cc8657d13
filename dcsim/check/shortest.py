"""A shortest way to break a property, counted in what a scenario file would have to say: acts, faults and slips.

Ticks, runbook steps, stages and ordinary deliveries happen by themselves and cost nothing, so this is a breadth-first
search with two queues.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from dcsim.check.budget import Budget
from dcsim.check.protocol import Label, System

TRIES = 200
"""Paths that are looked at for being real."""

Cost = Callable[[Label], int]


def shortest(
    system: System,
    breaks: Callable[[str], bool],
    cost: Cost,
    budget: Budget,
    real: Callable[[tuple[Label, ...]], bool] = lambda _: True,
) -> tuple[Label, ...] | None:
    """The actions of a cheapest path whose last step breaks a property that ``breaks`` accepts; None if there is none.

    ``cost`` is 0 or 1 for each action. A path that is not ``real`` is passed over for the next one, as long as there
    are not too many. Raises OverBudget.
    """
    tries = TRIES
    paths: dict[Any, tuple[int, Any, Label]] = dict.fromkeys(system.initial(), (0, None, None))
    queue = deque((state, 0) for state in paths)
    best: tuple[int, Any, Label] | None = None
    while queue:
        budget.clock()
        state, spent = queue.popleft()
        if paths[state][0] < spent:
            continue
        if best and spent >= best[0]:
            break
        for edge in system.edges(state):
            price = spent + cost(edge.action)
            if any(map(breaks, edge.broken)) and (best is None or price < best[0]) and tries:
                found = (price, state, edge.action)
                tries -= 1
                best = found if real(_path(paths, found)) else best
            known = paths.get(edge.state)
            if known is None or price < known[0]:
                paths[edge.state] = (price, state, edge.action)
                (queue.append if price > spent else queue.appendleft)((edge.state, price))
    return _path(paths, best) if best else None


def _path(paths: dict[Any, tuple[int, Any, Label]], last: tuple[int, Any, Label]) -> tuple[Label, ...]:
    out = [last[2]]
    state = last[1]
    while paths[state][1] is not None:
        _, state, action = paths[state]
        out.append(action)
    return tuple(reversed(out))
