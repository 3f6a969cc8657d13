"""Controls in order of time, as far as there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def order(first: int, ways: Callable[[int], Iterable[int]]) -> dict[int, int]:
    """The rank of each control that can be reached: each comes before those that follow it, but for loops."""
    done: list[int] = []
    seen = {first}
    stack = [(first, iter(ways(first)))]
    while stack:
        number, following = stack[-1]
        to = next((to for to in following if to not in seen), None)
        if to is None:
            done.append(number)
            stack.pop()
        else:
            seen.add(to)
            stack.append((to, iter(ways(to))))
    return {number: rank for rank, number in enumerate(reversed(done))}
