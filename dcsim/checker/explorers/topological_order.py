"""Topological order of controls, which is their order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def order(first: int, successors: Callable[[int], Iterable[int]]) -> dict[int, int]:
    """The rank of each control that can be reached. A control comes before those that follow it, except in loops."""
    done: list[int] = []
    seen = {first}
    # Depth-first without recursion: paths of controls may be longer than Python's recursion limit.
    stack = [(first, iter(successors(first)))]
    while stack:
        number, following = stack[-1]
        to = next((to for to in following if to not in seen), None)
        if to is None:
            done.append(number)
            stack.pop()
        else:
            seen.add(to)
            stack.append((to, iter(successors(to))))
    return {number: rank for rank, number in enumerate(reversed(done))}
