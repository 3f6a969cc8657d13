"""The weekend section: drawings of what fields of accounts held, place by place. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import attrs

from dcsim.report.pages.drawing.boxes import first_part
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
MOST_IN_NAME = 60
"""So many characters of a name or a value stand in a sentence."""


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
        return about(self.drawing.account, self.drawing.field)


@attrs.frozen(kw_only=True)
class WeekendSection:
    """The drawings: the first is that which the page is about. ``left_out`` counts what could be drawn and is not."""

    drawings: tuple[WeekendDrawing, ...]
    timezone: str
    assumed: bool
    others: str = ""
    left_out: int = 0


def about(account: str, field: str) -> str:
    """Say in short what a drawing or a graph is about."""
    return f"{first_part(account, MOST_IN_NAME)}’s {first_part(field, MOST_IN_NAME)}"


def legend(values: Iterable[Chip]) -> tuple[LegendItem, ...]:
    """Return how the lines of some values are drawn, as far as there is room."""
    short = (Chip(first_part(value.text, MOST_IN_NAME), value.tone) for value in values)
    return tuple(LegendItem(value=value, style=STYLES[value.tone]) for value in islice(short, MOST_IN_LEGEND))
