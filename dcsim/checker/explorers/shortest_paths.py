"""The search for counterexamples: a shortest path to a break of each of some properties.

Engines only say what breaks; every counterexample comes from this search. The length of a path is its number of acts,
faults and slips: what a scenario file has to contain. Ticks, runbook steps, stages and ordinary deliveries happen by
themselves and cost nothing. So this is a breadth-first search whose steps cost 0 or 1.
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
"""The most paths to one property that are tried for confirmation."""

Path = tuple[Label, ...]
Cost = Callable[[Label], int]
Step = tuple[int, Any, Label]
"""The cost of a path, the state before its last action, and that action."""


@attrs.define(eq=False)
class _Search:
    """The cheapest path known to each state (``arrivals``) and to each wanted property (``found``)."""

    confirmed: Callable[[Any, Path], bool]
    wanted: frozenset[Any]
    arrivals: dict[Any, Step]
    below: Mapping[Any, int]
    either: bool = False
    found: dict[Any, Step] = attrs.field(factory=dict)
    tries: dict[Any, int] = attrs.field(factory=dict)

    def done(self, spent: int) -> bool:
        """Whether no state of this cost or more can lead to a cheaper path."""
        enough = any if self.either else all
        return enough(spent >= self.bound(name) for name in self.wanted)

    def bound(self, name: Any) -> float:
        """The cost that a path to a property must be below."""
        return self.found[name][0] if name in self.found else self.below.get(name, inf)

    def breaks(self, name: Any, step: Step) -> None:
        """A step breaks a property: keep it if it is cheaper than the one known, and is confirmed."""
        tried = self.tries.get(name, 0)
        if name in self.wanted and step[0] < self.bound(name) and tried < TRIES:
            self.tries[name] = tried + 1
            if self.confirmed(name, self.path(step)):
                self.found[name] = step

    def path(self, last: Step) -> Path:
        """The actions of the path that ends with a step."""
        out, state = [last[2]], last[1]
        while self.arrivals[state][1] is not None:
            _, state, action = self.arrivals[state]
            out.append(action)
        return tuple(reversed(out))


def shortest(
    system: System,
    wanted: Collection[Any],
    cost: Cost,
    budget: Budget,
    confirmed: Callable[[Any, Path], bool] = lambda _name, _path: True,
    below: Mapping[Any, int] | None = None,
    *,
    either: bool = False,
) -> dict[Any, Path]:
    """For each wanted property that can be broken, the actions of a cheapest path whose last step breaks it; with
    ``either``, only for those that the cheapest path of all breaks.

    ``cost`` is 0 or 1 for each action. ``below`` may give a property a cost that its path must be below. A path that
    is not ``confirmed`` is rejected, and the search goes on, until ``TRIES`` paths to that property were tried. Raises
    OverBudget.
    """
    search = _Search(
        confirmed, frozenset(wanted), dict.fromkeys(system.initial(), (0, None, None)), below or {}, either
    )
    queue = deque((state, 0) for state in search.arrivals)
    while queue:
        budget.clock()
        state, spent = queue.popleft()
        # A cheaper path to this state was found after it was queued, and has been followed already.
        if search.arrivals[state][0] < spent:
            continue
        if search.done(spent):
            break
        for edge in system.edges(state):
            price = spent + cost(edge.action)
            for name in edge.broken:
                search.breaks(name, (price, state, edge.action))
            known = search.arrivals.get(edge.state)
            if known is None or price < known[0]:
                search.arrivals[edge.state] = (price, state, edge.action)
                # A free step goes to the front: so the queue stays in order of cost.
                (queue.append if price > spent else queue.appendleft)((edge.state, price))
    return {name: search.path(step) for name, step in search.found.items()}
