"""What a browser is told to draw: values with numbers and words, as the template takes them. Pure."""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.report.pages.drawing.boxes import Box, width_of
from dcsim.report.pages.palette import Chip


@attrs.frozen(kw_only=True)
class TrackShape:
    """A track: its height, its name and what is said below it; ``left`` and ``right`` are its ends."""

    y: float
    kind: str
    name: str
    more: str
    left: float
    right: float

    @property
    def box(self) -> Box:
        """The room that its name takes, left of it."""
        wide = max(width_of(self.name, bold=True, size=13), width_of(self.more))
        return Box(0, self.y - 14, 12 + wide, self.y + 20)


@attrs.frozen(kw_only=True)
class BandShape:
    """A session: its head, which is as wide as its printed window, the room of the words there, the edges of the
    window, and the boxes in which it was open. ``tone`` is that of the site that serves; ``opened`` is False where it
    never was.
    """

    head: Box
    room: Box
    words: str
    says: str
    edges: tuple[float, ...]
    open: tuple[Box, ...]
    tone: str
    opened: bool
    bottom: float


@attrs.frozen(kw_only=True)
class LineShape:
    """A value on a track, from one place to another. ``path`` is that of an SVG."""

    track: int
    start: int
    end: int | None
    x1: float
    x2: float
    y: float
    path: str
    value: Chip
    held: bool
    curve: tuple[Box, ...] = ()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The room that it takes, with the curve that leads to it."""
        return Box(self.x1, self.y - 5, self.x2, self.y + 5), *self.curve


@attrs.frozen(kw_only=True)
class ChipShape:
    """A value in a frame on its line."""

    box: Box
    value: Chip


@attrs.frozen(kw_only=True)
class FlowShape:
    """An arrow from track to track: its path, its head, and where it is crossed out (None: nowhere)."""

    kind: str
    arrived: str
    event: int
    says: str
    path: str
    head: str
    cross: tuple[float, float] | None
    tone: str
    wrong: bool
    boxes: tuple[Box, ...]


@attrs.frozen(kw_only=True)
class MarkShape:
    """A mark at a place. ``events`` are those for which it stands; it leads to the first."""

    x: float
    y: float
    shape: str
    tone: str
    events: tuple[int, ...]
    says: str

    @property
    def box(self) -> Box:
        """The room that it takes."""
        half = 11 if self.shape in ("break", "discard") else 9
        return Box(self.x - half, self.y - half, self.x + half, self.y + half)


@attrs.frozen(kw_only=True)
class PlacedLabel:
    """Words at a place. ``leader`` is a line to what they are about; ``framed``: they stand in a box.

    ``text`` and ``more`` are the lines; ``x`` and ``anchor`` say where they begin, are in the middle, or end.
    """

    event: int
    box: Box
    x: float
    anchor: Literal["start", "middle", "end"]
    text: str
    more: str
    tone: str
    says: str = ""
    framed: bool = False
    leader: tuple[float, float, float, float] | None = None


@attrs.frozen(kw_only=True)
class AxisTick:
    """An instant below the axis; without words where there is no room. ``says`` is the whole of it."""

    x: float
    text: str
    says: str
    tone: str = ""
    box: Box | None = None


@attrs.frozen(kw_only=True)
class AxisWords:
    """Words below the axis: a date, or the length of time that is cut."""

    x: float
    text: str
    says: str
    box: Box


@attrs.frozen(kw_only=True)
class PromiseShape:
    """A dashed line above what was found."""

    x1: float
    x2: float
    y: float
    tone: str
    says: str


@attrs.frozen(kw_only=True)
class DownShape:
    """The room in which something is down, or only slow."""

    box: Box
    slow: bool
    says: str


@attrs.frozen(kw_only=True)
class Drawing:
    """The whole drawing of a weekend. ``axis`` is the height of its axis; ``dropped`` counts labels without room."""

    account: str
    field: str
    width: float
    height: float
    left: float
    right: float
    axis: float
    tracks: tuple[TrackShape, ...]
    bands: tuple[BandShape, ...]
    lines: tuple[LineShape, ...]
    chips: tuple[ChipShape, ...]
    promises: tuple[PromiseShape, ...]
    downs: tuple[DownShape, ...]
    flows: tuple[FlowShape, ...]
    marks: tuple[MarkShape, ...]
    labels: tuple[PlacedLabel, ...]
    ticks: tuple[AxisTick, ...]
    cuts: tuple[AxisWords, ...]
    days: tuple[AxisWords, ...]
    values: tuple[Chip, ...]
    dropped: int = 0
