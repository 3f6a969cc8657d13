"""How much room words take, and whether two things stand in each other's way."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import accumulate, takewhile

import attrs

SIZE = 12
"""The size of the letters of a drawing, in pixels."""
LINE = 15
"""The height of a line of words."""

_WIDTHS = {
    280: " ,./\\Iijl|·'’‘",
    340: "!():;[]ft-`",
    400: "*r{}",
    480: '"',
    500: "z“”",
    560: "0123456789#$Jaceksvxy_–",
    611: "?FLTZbdghnopqu+<=>~^",
    667: "EPSVXY",
    722: "&ABCDHKNRU",
    778: "GOQw",
    833: "M",
    889: "%m",
    944: "W",
    1020: "@…—✗✓→←◆",
}
"""The widths of characters in thousandths of their size: of the bold letters of the fonts that drawings name. Those of
the plain letters are not wider.
"""
_WIDTH_OF = {sign: width / 1000 for width, signs in _WIDTHS.items() for sign in signs}
_MARGIN, _BOLD_MARGIN = 1.02, 1.05
"""Other fonts that may stand in for them are a little wider."""


@attrs.frozen
class Box:
    """A rectangle: left, top, right and bottom."""

    x1: float
    y1: float
    x2: float
    y2: float

    def meets(self, other: Box) -> bool:
        """Whether two boxes overlap."""
        return self.x1 < other.x2 and other.x1 < self.x2 and self.y1 < other.y2 and other.y1 < self.y2

    def within(self, other: Box) -> bool:
        """Whether this box is inside another."""
        return other.x1 <= self.x1 and self.x2 <= other.x2 and other.y1 <= self.y1 and self.y2 <= other.y2


def free(box: Box, taken: Iterable[Box]) -> bool:
    """Whether a box meets none of some others."""
    return not any(box.meets(other) for other in taken)


def width_of(text: str, *, bold: bool = False, size: float = SIZE) -> float:
    """Return how wide a text is at most, in pixels, in the page's letters."""
    return size * (_BOLD_MARGIN if bold else _MARGIN) * sum(map(_em, text))


def _em(sign: str) -> float:
    if sign in _WIDTH_OF:
        return _WIDTH_OF[sign]
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.02
    return 0.8 if sign.isupper() else 0.65


def shortened(text: str, width: float, *, bold: bool = False) -> str:
    """Return a text, or as much of its beginning as fits into a width."""
    # Names may be very long, and no character is narrower than a quarter of its size.
    if len(text) * SIZE / 4 <= width and width_of(text, bold=bold) <= width:
        return text
    ends = accumulate(width_of(sign, bold=bold) for sign in text)
    room = width - width_of("…", bold=bold)
    fits = sum(1 for _ in takewhile(lambda end: end <= room, ends))
    return f"{text[:fits].rstrip()}…" if text[:fits].strip() else ""


def first_part(text: str, most: int) -> str:
    """Return a text, or so many of its characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
