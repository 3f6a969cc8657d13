"""The lines of a drawing: values on their tracks, the curves of trial branches, and the chips that name the values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dcsim.report.pages.drawing.boxes import Box, first_part, free, shortened, width_of
from dcsim.report.pages.drawing.scale import Scale
from dcsim.report.pages.drawing.shapes import ChipShape, LineShape
from dcsim.report.pages.palette import Chip
from dcsim.report.pages.tracks import Branch, Stretch, Tracks

CURVE = 38.0
"""How far a trial branch takes to leave its site's track."""
_CHIP_HEIGHT, _WIDEST_CHIP, _FAR = 20.0, 120.0, 460.0
_MOST_SAID = 120


def lines(tracks: Tracks, scale: Scale, heights: Mapping[int, float]) -> tuple[LineShape, ...]:
    """Return a line for each stretch that is long enough to be seen."""
    return tuple(line for stretch in tracks.stretches if (line := _line(tracks, scale, heights, stretch)))


def _line(tracks: Tracks, scale: Scale, heights: Mapping[int, float], stretch: Stretch) -> LineShape | None:
    x1 = scale.xs[stretch.start]
    x2 = scale.right if stretch.end is None else scale.xs[stretch.end]
    if x2 <= x1:
        return None
    y = heights[stretch.track]
    leaves = next((b for b in tracks.branches if (b.track, b.start) == (stretch.track, stretch.start)), None)
    back = next((b for b in tracks.branches if b.kept and (b.track, b.end) == (stretch.track, stretch.end)), None)
    start, path = _leaving(heights, leaves, x1, x2) if leaves else (x1, f"M{x1:g} {y:g}")
    if back and x2 - CURVE / 2 > start:
        turn = max(start, x2 - CURVE)
        path += f"H{turn:g}" + _curve(turn, y, x2, heights[back.site])
    else:
        path += f"H{x2:g}"
    return LineShape(
        track=stretch.track,
        start=stretch.start,
        end=stretch.end,
        x1=start,
        x2=x2,
        y=y,
        path=path,
        value=Chip(first_part(stretch.value.text, _MOST_SAID), stretch.value.tone),
        held=stretch.held,
        curve=_along(x1, start, heights[leaves.site], y) if leaves else (),
    )


def _leaving(heights: Mapping[int, float], branch: Branch, x1: float, x2: float) -> tuple[float, str]:
    """Return where a branch has reached its own track, and the path there."""
    # Most of the way to the next event, where that is near.
    reach = min(CURVE, max(6.0, (x2 - x1) * 0.7))
    top, y = heights[branch.site], heights[branch.track]
    return x1 + reach, f"M{x1:g} {top:g}" + _curve(x1, top, x1 + reach, y)


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    bend = (x2 - x1) * 0.55
    return f"C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"


def _along(x1: float, x2: float, y1: float, y2: float) -> tuple[Box, ...]:
    """Return boxes along a curve, which is steep in its middle."""
    middle, slope = (x1 + x2) / 2, (x2 - x1) / 4
    return (
        Box(x1 - 3, y1 - 5, middle, y1 + (y2 - y1) * 0.25),
        Box(middle - slope - 4, y1 + (y2 - y1) * 0.2, middle + slope + 4, y2 - (y2 - y1) * 0.2),
        Box(middle, y2 - (y2 - y1) * 0.25, x2 + 3, y2 + 5),
    )


# -- chips ---------------------------------------------------------------------------------------------------------


def chips(found: Sequence[LineShape], taken: Sequence[Box]) -> tuple[ChipShape, ...]:
    """Return the frames that name the values: near the beginning of each line, and again on a long one."""
    placed: list[ChipShape] = []
    for line in found:
        if line.value.tone == "v0" or line.held:
            continue
        for at in _starts(line):
            chip = next(_room(line, at, [*taken, *(other.box for other in placed)]), None)
            if chip:
                placed.append(chip)
    return tuple(placed)


def _starts(line: LineShape) -> Iterable[float]:
    """Return where a chip is looked for: at the beginning, and once for each long way after it."""
    length = line.x2 - line.x1
    return [line.x1 + _FAR * number for number in range(int(length // _FAR) + 1)]


def _room(line: LineShape, start: float, taken: Sequence[Box]) -> Iterator[ChipShape]:
    text = shortened(line.value.text, _WIDEST_CHIP, bold=True)
    half = width_of(text, bold=True) / 2 + 7
    x = min(start + 14 + half + min(30.0, (line.x2 - line.x1) / 6), line.x2)
    while x + half + 2 <= line.x2 and x <= start + _FAR:
        if x - half - 2 >= line.x1:
            box = Box(round(x - half, 1), line.y - _CHIP_HEIGHT / 2, round(x + half, 1), line.y + _CHIP_HEIGHT / 2)
            if free(box, taken):
                yield ChipShape(box=box, value=Chip(text, line.value.tone))
                return
        x += 6
