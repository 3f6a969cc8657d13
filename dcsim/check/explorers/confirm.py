"""From a lane that may break a property to a path that the whole model takes, with as few accounts as it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import attrs

from dcsim.check.explorers.bfs import explore
from dcsim.check.explorers.budget import Budget, resident
from dcsim.check.explorers.closure import Closure
from dcsim.check.explorers.protocol import Label, Lanes, Move, Product, Turn, stops

MOST = 3
"""Accounts to look for a path with."""
LIMIT = 64 << 20
"""Bytes that the search for a path may use where one account alone does not show it."""


@attrs.frozen(eq=False)
class Few:
    """A model with only some of its accounts."""

    model: Lanes
    accounts: tuple[int, ...]
    first: tuple[Any, tuple[Any, ...]]

    def start(self) -> tuple[Any, tuple[Any, ...]]:
        """The first control, and these accounts' first lanes."""
        control, lanes = self.first
        return control, tuple(lanes[account] for account in self.accounts)

    def moves(self, control: Any, lane: Any) -> Iterator[Move]:
        """As the model's."""
        yield from self.model.moves(control, lane)

    def authority(self, control: Any, lane: Any) -> Any:
        """As the model's."""
        return self.model.authority(control, lane)

    def acts(self, control: Any, authority: Any, lane: Any) -> Iterator[Move]:
        """As the model's."""
        yield from self.model.acts(control, authority, lane)

    def turns(self, control: Any) -> Iterator[Turn]:
        """As the model's."""
        yield from self.model.turns(control)

    def renamed(self, path: tuple[Label, ...]) -> tuple[Label, ...]:
        """The path with the accounts' own numbers."""
        return tuple((None if at is None else self.accounts[at], action) for at, action in path)


def confirmed(closure: Closure, stop_at: Collection[str] | None) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """A path to the step that the closure found, and what it breaks; both empty if none was found that is real."""
    assert closure.found is not None
    model, kind = closure.tables.model, closure.pairs[closure.found][0]
    for size in range(1, MOST + 1):
        few = Few(model, _chosen(closure, kind, size), closure.start)
        path = _along(few, closure, stop_at)
        if not path and size > 1:
            explored = explore(Product(few), _little(closure.budget), stop_at)
            path = explored.path
        broken = _replays(_whole(closure, few), path)
        if stops(broken, stop_at):
            return few.renamed(path), broken
        if size >= sum(closure.sizes):
            break
    return (), ()


def _little(budget: Budget) -> Budget:
    """What a short search may use of a budget."""
    room = min(LIMIT, LIMIT if (left := budget.room()) is None else left)
    return Budget(seconds=budget.left(), memory=(resident() or 0) + room)


def _chosen(closure: Closure, kind: int, size: int) -> tuple[int, ...]:
    """An account of the class first, then one of each other class, then more."""
    members = [_members(closure, other, size) for other in range(len(closure.sizes))]
    mine = members.pop(kind)
    rest = [account for row in range(size) for each in [*members, mine[1:]] for account in each[row : row + 1]]
    return (mine[0], *rest[: size - 1])


def _members(closure: Closure, kind: int, most: int) -> list[int]:
    """The first accounts of a class."""
    lanes, out = closure.start[1], [closure.first[kind]]
    while len(out) < min(most, closure.sizes[kind]):
        out.append(lanes.index(lanes[out[0]], out[-1] + 1))
    return out


def _along(few: Few, closure: Closure, stop_at: Collection[str] | None) -> tuple[Label, ...]:
    """Take the pairs on the way, one step each, with the others as idle as they can be; empty if that is no path."""
    path: list[Label] = []
    state: Any = few.start()
    for control, lane in _chain(closure):
        edges = Product(few).edges(state)
        edge = next((e for e in edges if e.state[0] == control and e.state[1][0] == lane), None)
        if edge is None:
            return ()
        path.append(edge.action)
        state = edge.state
    last = next((edge for edge in Product(few).edges(state) if stops(edge.broken, stop_at)), None)
    return (*path, last.action) if last else ()


def _chain(closure: Closure) -> list[tuple[Any, Any]]:
    """The controls and lanes on the way to the pair that was found, without the first."""
    out, index = [], closure.found
    while index is not None and closure.parent[index] >= 0:
        _, number, lane = closure.pairs[index]
        place = closure.tables.places[number]
        out.append((place.control, place.lanes[lane]))
        index = closure.parent[index]
    return out[::-1]


def _whole(closure: Closure, few: Few) -> Few:
    """With one more account of each class that has more: as long as it is idle, it speaks for all of them."""
    lanes = closure.start[1]
    idle = []
    for kind, size in enumerate(closure.sizes):
        used = sum(lanes[account] == lanes[closure.first[kind]] for account in few.accounts)
        if used < size:
            idle.append(closure.first[kind])
    return Few(few.model, (*few.accounts, *idle), few.first)


def _replays(few: Few, path: tuple[Label, ...]) -> tuple[str, ...]:
    """What the last step of a path breaks; empty if the path cannot be taken."""
    state: Any = few.start()
    broken: tuple[str, ...] = ()
    for action in path:
        edge = next((edge for edge in Product(few).edges(state) if edge.action == action), None)
        if edge is None:
            return ()
        state, broken = edge.state, edge.broken
    return broken
