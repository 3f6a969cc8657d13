"""A shortest way to break each of some properties, counted in what a scenario file would have to say: acts, faults and
slips.

Ticks, runbook steps, stages and ordinary deliveries happen by themselves and cost nothing, so this is a breadth-first
search with two queues.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from math import inf
from typing import Any

import attrs

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.protocol import Label, System

TRIES = 200
"""Paths to a property that are looked at for being real."""

Path = tuple[Label, ...]
Cost = Callable[[Label], int]
Step = tuple[int, Any, Label]
"""What it costs to come somewhere, the state before, and the last action."""


@attrs.define(eq=False)
class _Search:
    """The cheapest way known to each state, and to each property wanted."""

    real: Callable[[Any, Path], bool]
    wanted: frozenset[Any]
    ways: dict[Any, Step]
    below: Mapping[Any, int]
    best: dict[Any, Step] = attrs.field(factory=dict)
    tries: dict[Any, int] = attrs.field(factory=dict)

    def done(self, spent: int) -> bool:
        """Whether nothing cheaper can be found from here on."""
        return all(spent >= self.bound(name) for name in self.wanted)

    def bound(self, name: Any) -> float:
        """What a path to a property has to cost less than to be of interest."""
        return self.best[name][0] if name in self.best else self.below.get(name, inf)

    def breaks(self, name: Any, step: Step) -> None:
        """A step breaks a property: keep it if it is the cheapest, and real."""
        tried = self.tries.get(name, 0)
        if name in self.wanted and step[0] < self.bound(name) and tried < TRIES:
            self.tries[name] = tried + 1
            if self.real(name, self.path(step)):
                self.best[name] = step

    def path(self, last: Step) -> Path:
        """The actions up to a step."""
        out, state = [last[2]], last[1]
        while self.ways[state][1] is not None:
            _, state, action = self.ways[state]
            out.append(action)
        return tuple(reversed(out))


def shortest(
    system: System,
    wanted: Collection[Any],
    cost: Cost,
    budget: Budget,
    real: Callable[[Any, Path], bool] = lambda _name, _path: True,
    below: Mapping[Any, int] | None = None,
) -> dict[Any, Path]:
    """For each property that can be broken, the actions of a cheapest path whose last step breaks it; only paths that
    cost less than what ``below`` says of a property, if anything.

    ``cost`` is 0 or 1 for each action. A path that is not ``real`` is passed over for the next one, as long as there
    are not too many. Raises OverBudget.
    """
    search = _Search(real, frozenset(wanted), dict.fromkeys(system.initial(), (0, None, None)), below or {})
    queue = deque((state, 0) for state in search.ways)
    while queue:
        budget.clock()
        state, spent = queue.popleft()
        if search.ways[state][0] < spent:
            continue
        if search.done(spent):
            break
        for edge in system.edges(state):
            price = spent + cost(edge.action)
            for name in edge.broken:
                search.breaks(name, (price, state, edge.action))
            known = search.ways.get(edge.state)
            if known is None or price < known[0]:
                search.ways[edge.state] = (price, state, edge.action)
                (queue.append if price > spent else queue.appendleft)((edge.state, price))
    return {name: search.path(step) for name, step in search.best.items()}
