"""The geometry of a sweep's chart: one figure, or a verdict alone, over one axis. The template draws it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf, log

import attrs

from dcsim.domain.moment import UNITS
from dcsim.report.confidence import wilson
from dcsim.report.sweep import Answer, SweepEdge, SweepResult, SweepRow, on_scale
from dcsim.report.sweep_text import words_of

WIDTH, LEFT, RIGHT, TOP = 960, 96, 44, 64
LABEL, LINE, LETTER = 14, 16, 8
"""Where the first line of labels stands, how high a line is, and how wide a letter, about."""
HEIGHT = 220
"""How high the part is in which a figure is drawn."""
MOST_TICKS = 8
SHARE = "*"
"""Stands for a figure: the share of runs in which the condition is true."""
Three = tuple[float, float, float]
"""What is drawn at a point: the low end of the band, the line, and the high end."""
LOG_FROM = 100
"""From so many times the least value on, an axis is logarithmic."""
_STEPS = sorted(
    factor * UNITS[unit]
    for unit, factors in {"ms": (1, 10, 100), "s": (1, 5, 15, 30), "m": (1, 5, 15, 30), "h": (1, 2, 3, 6, 12)}.items()
    for factor in factors
) + [days * UNITS["d"] for days in (1, 2, 7, 30, 100)]


@attrs.frozen(kw_only=True)
class ChartMark:
    """A point on the strip: where it is, its answer, and what is told of it."""

    x: float
    answer: Answer
    says: str


@attrs.frozen(kw_only=True)
class ChartTick:
    """A tick of an axis: where it is, and its label."""

    at: float
    label: str


@attrs.frozen(kw_only=True)
class ChartEdge:
    """An edge: where it is, its label, and where that stands: its end or beginning at ``x``, so high as ``y``."""

    at: float
    label: str
    y: float
    anchor: str


@attrs.frozen(kw_only=True)
class ChartStretch:
    """A stretch of the axis with one answer, from one place to another."""

    x: float
    width: float
    answer: Answer


@attrs.frozen(kw_only=True)
class SweepChart:
    """A chart: marks of all points, stretches with one answer, edges, and a figure's line with its band.

    A line is the median, a band what lies between the least and the most; of shares, the share and its interval. Both
    are points of SVG, and empty without a figure.
    """

    title: str
    figure: str
    height: float
    marks: tuple[ChartMark, ...]
    stretches: tuple[ChartStretch, ...]
    edges: tuple[ChartEdge, ...]
    across: tuple[ChartTick, ...]
    up: tuple[ChartTick, ...]
    lines: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    dots: tuple[tuple[float, float], ...] = ()
    width: int = WIDTH
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: float = TOP


def chart(
    result: SweepResult, rows: Sequence[SweepRow], edges: Sequence[SweepEdge], place: int, figure: str, where: str
) -> SweepChart:
    """Return the chart of one figure, or of shares, or (empty) of the answers alone, over the axis at a place."""
    axis = result.axes[place]
    numbers = [row.numbers[place] for row in rows]
    known = [float(number) for number in numbers if number is not None]
    scale = _Scale.of(known) if len(known) == len(rows) and len(set(known)) > 1 else None
    xs = [scale.x(float(number or 0)) if scale else _slot(at, len(rows)) for at, number in enumerate(numbers)]
    series = _shares(rows) if figure == SHARE else _figures(rows, figure)
    levels = _share_levels(result.runs) if figure == SHARE else _levels(result, series, figure)
    low, high = min(levels, default=0), max(levels, default=1)
    marked = _edges(xs, rows, edges, place)
    top = TOP + max((edge.y for edge in marked), default=LABEL) - LABEL
    height = float(top + (HEIGHT if figure else 24))

    def up(value: float) -> float:
        return round(height - (HEIGHT - 8) * (min(value, high) - low) / (high - low), 1)

    drawn = [(x, three) for x, three in zip(xs, series, strict=True) if three]
    across = (
        tuple(ChartTick(at=scale.x(at), label=on_scale(axis.sort, at)) for at in scale.ticks(axis.sort))
        if scale
        else tuple(ChartTick(at=x, label=row.values[place]) for x, row in zip(xs, rows, strict=True))
    )
    return SweepChart(
        title=f"{figure or result.condition} by {axis.short}{where}".replace(SHARE, f"runs with {result.condition}", 1),
        figure=figure,
        height=height,
        marks=tuple(
            ChartMark(x=x, answer=row.answer, says=f"{row.values[place]}: {words_of(row)}")
            for x, row in zip(xs, rows, strict=True)
        ),
        stretches=tuple(_stretches(xs, rows)),
        edges=tuple(marked),
        top=top,
        across=across,
        up=tuple(ChartTick(at=up(level), label=label) for level, label in levels.items()),
        lines=(_points((x, up(middle)) for x, (_, middle, _) in drawn),) if drawn else (),
        bands=(_band(drawn, up),) if result.runs > 1 and drawn else (),
        dots=tuple((x, up(middle)) for x, (_, middle, _) in drawn),
    )


@attrs.frozen
class _Scale:
    """Where numbers lie on the axis: evenly, or by their logarithm."""

    low: float
    high: float
    logarithmic: bool

    @classmethod
    def of(cls, numbers: Sequence[float]) -> _Scale:
        low, high = min(numbers), max(numbers)
        return cls(low, high, low > 0 and high / low >= LOG_FROM)

    def x(self, number: float) -> float:
        part = (number - self.low) / (self.high - self.low)
        if self.logarithmic:
            part = log(number / self.low) / log(self.high / self.low)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)

    def ticks(self, sort: str) -> list[float]:
        if self.logarithmic:
            many = 6
            made = [self.low * (self.high / self.low) ** (at / many) for at in range(many + 1)]
            return [round(number) if sort != "number" else number for number in made]
        step = _step(self.high - self.low, sort)
        first = -(-self.low // step)
        count = int(self.high // step - first) + 1
        made = [step * (first + at) for at in range(count)]
        return [int(number) if float(number).is_integer() else number for number in made]


def _step(width: float, sort: str) -> float:
    if sort in ("duration", "moment", "time"):
        return next((step for step in _STEPS if width / step <= MOST_TICKS), _STEPS[-1])
    tens = 10.0 ** len(str(int(width))) if width >= 1 else 1.0
    return next(tens / part for part in (1000, 500, 200, 100, 50, 20, 10, 5, 2, 1) if width * part / tens <= MOST_TICKS)


def _slot(at: int, of: int) -> float:
    return round(LEFT + (at + 0.5) * (WIDTH - LEFT - RIGHT) / of, 1)


def _figures(rows: Sequence[SweepRow], figure: str) -> list[Three | None]:
    """Return the least, the median and the most of a figure at each point that has it."""
    found = [row.figures.get(figure) for row in rows]
    return [(one.values[0], one.quantile(50), one.values[-1]) if one and one.values else None for one in found]


def _shares(rows: Sequence[SweepRow]) -> list[Three | None]:
    """Return the share of runs in which the condition is true at each point, between the ends of its interval."""
    return [_share(row) if row.runs and not row.findings else None for row in rows]


def _share(row: SweepRow) -> Three:
    low, high = wilson(row.held, row.runs)
    return low, row.held / row.runs, high


def _share_levels(runs: int) -> dict[float, str]:
    return {share: f"{round(share * runs):,} of {runs:,}" for share in (0.0, 0.5, 1.0)}


def _levels(result: SweepResult, series: Sequence[Three | None], figure: str) -> dict[float, str]:
    """Return the levels at which lines are drawn, with their labels: zero, the ends, and the middle between them."""
    if not figure:
        return {}
    every = [number for three in series if three for number in three]
    values = [int(number) for number in every if number < inf]
    low, high = min([0, *values]), max([0, *values])
    high = high if high > low else low + 1
    levels = {low, high, *([0] if low < 0 < high else []), *([(low + high) // 2] if high - low > 1 else [])}
    told: dict[float, str] = {level: result.spelled(figure, level) for level in sorted(levels)}
    # What has no end is drawn on a level of its own, above all numbers.
    return {**told, high + (high - low) / 4: result.spelled(figure, inf)} if inf in every else told


def _stretches(xs: Sequence[float], rows: Sequence[SweepRow]) -> list[ChartStretch]:
    """Return the stretches between the middles of neighbours with different answers."""
    made: list[ChartStretch] = []
    start = float(LEFT)
    for at, row in enumerate(rows):
        last = at == len(rows) - 1
        if last or rows[at + 1].answer != row.answer:
            end = float(WIDTH - RIGHT) if last else (xs[at] + xs[at + 1]) / 2
            made.append(ChartStretch(x=round(start, 1), width=round(end - start, 1), answer=row.answer))
            start = end
    return made


def _edges(xs: Sequence[float], rows: Sequence[SweepRow], edges: Sequence[SweepEdge], place: int) -> list[ChartEdge]:
    """Return the edges with their labels, so that no two overlap: one that would is put lower."""
    made: list[ChartEdge] = []
    ends: list[float] = []
    for edge in edges:
        at = [x for x, row in zip(xs, rows, strict=True) if row in (edge.below.row, edge.above.row)]
        x = round(sum(at) / len(at), 1)
        label = f"{edge.below.row.values[place]} | {edge.above.row.values[place]}"
        wide, anchor = LETTER * len(label), "end" if x > WIDTH / 2 else "start"
        start = x - wide if anchor == "end" else x
        level = next((level for level, end in enumerate(ends) if end < start), len(ends))
        ends[level : level + 1] = [start + wide]
        made.append(ChartEdge(at=x, label=label, y=float(LABEL + LINE * level), anchor=anchor))
    return made


def _points(pairs: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in pairs)


def _band(drawn: Sequence[tuple[float, Three]], up: Callable[[float], float]) -> str:
    top = [(x, up(most)) for x, (_, _, most) in drawn]
    return _points([*top, *((x, up(least)) for x, (least, _, _) in reversed(drawn))])
