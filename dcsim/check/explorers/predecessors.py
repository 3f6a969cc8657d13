"""The way back: a shortest path of actions to a state, from an engine that knows which states lie at each distance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import attrs

from dcsim.check.explorers.protocol import Edge, Label, Product
from dcsim.check.explorers.tables import Place, Settling, Steps, Tables

Box = Sequence[Sequence[int]]
"""For each account the lanes that it may have."""


class Distances(Protocol):
    """What an engine knows of distances from the beginning."""

    def among(self, place: Place, box: Box, level: int) -> Iterable[tuple[int, ...]]:
        """The states of a control within a box that lie at a distance."""
        ...


@attrs.frozen(eq=False)
class Trail:
    """Finds for each state one before it, by the tables backwards, and asks the model for the action between them."""

    tables: Tables
    known: Distances

    def to(self, place: Place, lanes: tuple[int, ...], level: int) -> tuple[Label, ...]:
        """A shortest path to a state at a distance."""
        out: list[Label] = []
        for distance in range(level - 1, -1, -1):
            place, lanes, action = self._before(place, lanes, distance)
            out.append(action)
        return tuple(reversed(out))

    def edges(self, place: Place, lanes: tuple[int, ...]) -> Iterator[Edge]:
        """The steps from a state, as the model has them."""
        state = (place.control, tuple(place.lanes[lane] for lane in lanes))
        return Product(self.tables.model).edges(state)

    def _before(self, place: Place, lanes: tuple[int, ...], level: int) -> tuple[Place, tuple[int, ...], Label]:
        state = (place.control, tuple(place.lanes[lane] for lane in lanes))
        for before in self.tables.places:
            for box in self._boxes(before, place, lanes):
                for candidate in self.known.among(before, box, level):
                    for edge in self.edges(before, candidate):
                        if edge.state == state:
                            return before, candidate, edge.action
        raise AssertionError("no state before this one: the model's functions are not pure")

    def _boxes(self, before: Place, place: Place, lanes: tuple[int, ...]) -> Iterator[Box]:
        """Where the states before this one may be."""
        same = [before.numbers.get(place.lanes[lane]) for lane in lanes]
        for account, lane in enumerate(lanes):
            sources = sorted({s for steps in (before.own, *before.by) for s in _sources(steps, place.number, lane)})
            rest = [number for other, number in enumerate(same) if other != account and number is not None]
            if sources and len(rest) == len(lanes) - 1:
                singles = [[number] for number in rest]
                yield [*singles[:account], sources, *singles[account:]]
        for turn in before.turns:
            if turn.to is place:
                box = [_settled(turn, lane) for lane in lanes]
                if all(box):
                    yield box


def _sources(steps: Steps, to: int, after: int) -> Iterator[int]:
    for lane, there, then in zip(steps.lane, steps.to, steps.after, strict=True):
        if then == after and there == to:
            yield lane


def _settled(turn: Settling, after: int) -> list[int]:
    return [
        lane
        for lane, then in enumerate(turn.after)
        if then == after and (turn.turn.needs != "all" or turn.passing(lane))
    ]
