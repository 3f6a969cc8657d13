"""The weekend section: drawings of what fields of accounts held, place by place. Pure."""

from __future__ import annotations

import attrs

from dcsim.report.pages.drawing.shapes import Drawing
from dcsim.report.pages.gutter import GutterRow
from dcsim.report.pages.palette import Chip

STYLES = {"v0": "dotted", "v1": "plain", "v2": "double", "v3": "dashed", "v4": "dash-dotted", "v5": "thin"}
"""How the line of each tone is drawn, in words: colour is never the only sign."""


@attrs.frozen(kw_only=True)
class LegendItem:
    """A value, and how its line is drawn."""

    value: Chip
    style: str


MOST_IN_LEGEND = 10


@attrs.frozen(kw_only=True)
class WeekendDrawing:
    """A drawing with its legend, and how many values that leaves out; and the same as rows with a gutter, for narrow
    screens.
    """

    drawing: Drawing
    legend: tuple[LegendItem, ...]
    unlisted: int
    rows: tuple[GutterRow, ...]
    heads: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is about."""
        return f"{self.drawing.account}’s {self.drawing.field}"


@attrs.frozen(kw_only=True)
class WeekendSection:
    """The drawings: the first is that which the page is about. ``left_out`` counts what could be drawn and is not."""

    drawings: tuple[WeekendDrawing, ...]
    timezone: str
    assumed: bool
    others: str = ""
    left_out: int = 0


def legend(drawing: Drawing) -> tuple[LegendItem, ...]:
    """Return how the lines of a drawing are drawn, each value once, as far as there is room."""
    return tuple(LegendItem(value=value, style=STYLES[value.tone]) for value in drawing.values[:MOST_IN_LEGEND])
