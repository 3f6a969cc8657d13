"""Where the answer changes along one thing that is varied: exactly, by bisection, at each point of the others.

What was tried on the way is kept, and so are the points of the grid on that line. An answer that changes back is
noticed where one of these meets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import attrs

from dcsim.report.sweep import EdgeSearch, SweepEdge, SweepRow, SweepSide, on_scale
from dcsim.usecases.edges import edges
from dcsim.usecases.sweep.points import Point
from dcsim.usecases.sweep.ranges import value_on
from dcsim.usecases.sweep.settings import Setting

AT_ONCE = 3
"""So many points are tried together inside an edge: some processes are busy then, and one is not much slower. Not by
the number of processes: what is tried must be the same wherever it is.
"""
Rows = Callable[[Sequence[Point]], Sequence[SweepRow]]
"""Finds the rows of some points."""


class Halted(Exception):
    """The points of a search cannot all be computed: ``rows`` are those that are."""

    def __init__(self, rows: Sequence[SweepRow]) -> None:
        self.rows = rows
        super().__init__()


@attrs.frozen(kw_only=True)
class Line:
    """A line through the space of what is varied: along the ``setting`` at a ``place``, from ``low`` to ``high``."""

    setting: Setting
    place: int
    low: int
    high: int
    step: int

    def point(self, other: Point, number: int) -> Point:
        """The point of the line at a number. ``other`` has the values of all else."""
        return (*other[: self.place], value_on(self.setting, number), *other[self.place + 1 :])

    def number(self, row: SweepRow) -> int:
        """Where a row lies on the line."""
        return int(row.numbers[self.place] or 0)


def search(line: Line, other: Point, known: Sequence[SweepRow], rows: Rows) -> EdgeSearch:
    """Search a line. ``known`` are the rows that were found on it already."""
    found = {line.number(row): row for row in known if line.low <= line.number(row) <= line.high}

    def judge(numbers: Sequence[int]) -> Sequence[str]:
        missing = [number for number in numbers if number not in found]
        found.update((line.number(row), row) for row in rows([line.point(other, number) for number in missing]))
        return [found[number].answer for number in numbers]

    try:
        edges(line.low, line.high, line.step, judge, at_once=AT_ONCE)
        # A point of the grid may have met a change that the search has not: it is narrowed down as well.
        for below, above in list(_unlike(found)):
            if above - below > line.step:
                edges(below, above, line.step, judge, at_once=AT_ONCE, probes=0)
    except Halted as halted:
        found.update((line.number(row), row) for row in halted.rows)
    return EdgeSearch(
        values={},
        rows=tuple(found[number] for number in sorted(found)),
        edges=tuple(
            SweepEdge(
                below=SweepSide(row=found[below]), above=SweepSide(row=found[above]), exact=above - below <= line.step
            )
            for below, above in _unlike(found)
        ),
        low=on_scale(line.setting.sort, line.low),
        high=on_scale(line.setting.sort, line.high),
        step=on_scale("duration" if line.setting.sort != "count" else "count", line.step),
    )


def _unlike(found: dict[int, SweepRow]) -> Iterator[tuple[int, int]]:
    yield from ((one, other) for one, other in pairwise(sorted(found)) if found[one].answer != found[other].answer)
