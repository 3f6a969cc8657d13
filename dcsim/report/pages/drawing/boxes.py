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

_NARROW, _WIDE = frozenset("ijlft.,:;'|!()[]/·-I "), frozenset("mwMWOQGD@%&…✗→“”")


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
    return size * (1.06 if bold else 1.0) * sum(map(_em, text))


def _em(sign: str) -> float:
    if sign in _NARROW:
        return 0.36
    if sign in _WIDE or unicodedata.east_asian_width(sign) in "WF":
        return 1.02
    return 0.74 if sign.isupper() else 0.59


def shortened(text: str, width: float, *, bold: bool = False) -> str:
    """Return a text, or as much of its beginning as fits into a width."""
    # Names may be very long, and no character is narrower than a third of its size.
    if len(text) * SIZE / 3 <= width and width_of(text, bold=bold) <= width:
        return text
    ends = accumulate(width_of(sign, bold=bold) for sign in text)
    room = width - width_of("…", bold=bold)
    fits = sum(1 for _ in takewhile(lambda end: end <= room, ends))
    return f"{text[:fits].rstrip()}…" if text[:fits].strip() else ""


def first_part(text: str, most: int) -> str:
    """Return a text, or so many of its characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
