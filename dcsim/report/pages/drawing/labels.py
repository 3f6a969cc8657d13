"""Places labels so that none overlaps another, a chip, a mark or an arrow. What has no room is shortened, or left to
the mark's title.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import attrs

from dcsim.report.pages.drawing.boxes import LINE, Box, free, shortened, width_of
from dcsim.report.pages.drawing.shapes import PlacedLabel

Side = Literal["above", "below", "right", "left"]
Anchor = Literal["start", "middle", "end"]
MOST_WIDTH = 300.0
SHORT_WIDTH = 96.0
_PAD = 2.0


@attrs.frozen(kw_only=True)
class Wanted:
    """Words that want a place beside a point. ``sides`` are tried in order; ``weight`` says what is placed first.

    ``reach`` is how far they may stand from the point, and ``clear`` how far at least. ``lean``: how they best stand
    above or below it.
    """

    event: int
    x: float
    y: float
    text: str
    more: str = ""
    tone: str = ""
    says: str = ""
    weight: int = 0
    sides: tuple[Side, ...] = ("above", "below")
    lean: Anchor = "middle"
    framed: bool = False
    clear: float = 12.0
    reach: float = 52.0

    @property
    def bold(self) -> bool:
        """Whether its first line is written in bold letters."""
        return self.tone != "faint"


@attrs.define
class Placer:
    """The room of a drawing: what is ``taken``, and the ``frame`` outside which nothing may stand."""

    frame: Box
    taken: list[Box]
    placed: list[PlacedLabel] = attrs.field(factory=list)
    dropped: int = 0

    def place(self, wanted: Iterable[Wanted]) -> tuple[PlacedLabel, ...]:
        """Place labels, the weightiest first; return those for which there is room."""
        for each in sorted(wanted, key=lambda one: (-one.weight, one.event, one.text)):
            found = next((label for form in _forms(each) for label in self._tried(form)), None)
            if found is None:
                self.dropped += 1
                continue
            self.placed.append(found)
            self.taken.append(found.box)
        return tuple(map(self._led, self.placed))

    def _led(self, label: PlacedLabel) -> PlacedLabel:
        """Leave out a label's leader if it would run through another label."""
        if label.leader is None:
            return label
        x1, y1, x2, y2 = label.leader
        way = Box(min(x1, x2) - 1, min(y1, y2) + 1, max(x1, x2) + 1, max(y1, y2) - 1)
        others = (other.box for other in self.placed if other is not label)
        return label if free(way, others) else attrs.evolve(label, leader=None)

    def _tried(self, wanted: Wanted) -> Iterator[PlacedLabel]:
        for box, anchor in _candidates(wanted):
            if box.within(self.frame) and free(box, self.taken):
                yield _label(wanted, box, anchor)
                return


def _forms(wanted: Wanted) -> Iterator[Wanted]:
    """Yield a label whole, then in two lines, then shorter and shorter."""
    text, more = shortened(wanted.text, MOST_WIDTH, bold=wanted.bold), shortened(wanted.more, MOST_WIDTH)
    cut = attrs.evolve(wanted, text=text, more=more)
    yield cut
    far = attrs.evolve(cut, reach=wanted.reach + LINE)
    if more:
        yield attrs.evolve(far, more=shortened(more, SHORT_WIDTH))
        yield attrs.evolve(far, more="")
    elif part := _parted(text):
        yield attrs.evolve(cut, text=part[0], more=part[1])
        yield attrs.evolve(far, text=part[0], more=part[1])
    short = shortened(text, SHORT_WIDTH, bold=wanted.bold)
    yield attrs.evolve(cut, text=short, more="", reach=wanted.reach + 2 * LINE)


def _parted(text: str) -> tuple[str, str] | None:
    """Return a text in two lines, which part at the mark or the blank that is nearest its middle; None for one word."""
    blanks = [at for at, sign in enumerate(text) if sign == " "]
    marked = [at for at in blanks if text[at - 1] in ",:;"]
    at = min(marked or blanks, key=lambda at: abs(at - len(text) / 2), default=0)
    return (text[:at].rstrip(","), text[at + 1 :]) if at else None


def _size(wanted: Wanted) -> tuple[float, float]:
    pad = 6.0 if wanted.framed else _PAD
    width = max(width_of(wanted.text, bold=wanted.bold), width_of(wanted.more)) + 2 * pad
    return width, LINE * (2 if wanted.more else 1) + (6.0 if wanted.framed else 0.0)


def _candidates(wanted: Wanted) -> list[tuple[Box, Anchor]]:
    """Return the places for a label, the best first: near, at the side that is tried first, and in the middle."""
    width, height = _size(wanted)
    found: list[tuple[float, Box, Anchor]] = []
    for number, side in enumerate(wanted.sides):
        for step in range(int((wanted.reach - wanted.clear) // 6) + 1):
            beside = _level(wanted, side, 6.0 * step, width, height)
            upright = _upright(wanted, side, 6.0 * step, width, height)
            places = beside if side in ("right", "left") else upright
            found += [(8.0 * step + 10.0 * number + 3.0 * n, box, anchor) for n, (box, anchor) in enumerate(places)]
    return [(box, anchor) for _, box, anchor in sorted(found, key=lambda place: place[0])]


def _level(wanted: Wanted, side: Side, away: float, width: float, height: float) -> Iterator[tuple[Box, Anchor]]:
    left = wanted.x + wanted.clear if side == "right" else wanted.x - wanted.clear - width
    anchor: Anchor = "middle" if wanted.framed else "start" if side == "right" else "end"
    for up in dict.fromkeys((-away, away)):
        top = wanted.y - height / 2 + up
        yield Box(left, top, left + width, top + height), anchor


def _upright(wanted: Wanted, side: Side, away: float, width: float, height: float) -> Iterator[tuple[Box, Anchor]]:
    x, far = wanted.x, wanted.clear + away
    top = wanted.y - far - height if side == "above" else wanted.y + far
    places: list[tuple[float, Anchor]] = [
        (x - width / 2, "middle"),
        (x - 10, "start"),
        (x + 10 - width, "end"),
        (x - width / 4, "start"),
        (x - width * 3 / 4, "end"),
        (x, "start"),
        (x - width, "end"),
    ]
    places.sort(key=lambda place: place[1] != wanted.lean)
    for left, anchor in places:
        yield Box(left, top, left + width, top + height), anchor


def _label(wanted: Wanted, box: Box, anchor: Anchor) -> PlacedLabel:
    pad = 6.0 if wanted.framed else _PAD
    x = {"start": box.x1 + pad, "middle": (box.x1 + box.x2) / 2, "end": box.x2 - pad}[anchor]
    return PlacedLabel(
        event=wanted.event,
        box=_rounded(box),
        x=round(x, 1),
        anchor=anchor,
        text=wanted.text,
        more=wanted.more,
        tone=wanted.tone,
        says=wanted.says,
        framed=wanted.framed,
        leader=_leader(wanted, box),
    )


def _leader(wanted: Wanted, box: Box) -> tuple[float, float, float, float] | None:
    """Return a line from a mark to its label, if the label stands far from it."""
    away = max(box.y1 - wanted.y, wanted.y - box.y2)
    if away <= wanted.clear + 8 or wanted.framed or "right" in wanted.sides:
        return None
    end = box.y2 if box.y2 < wanted.y else box.y1
    x = min(max(wanted.x, box.x1 + 4), box.x2 - 4)
    return round(wanted.x, 1), round(wanted.y + (9 if end > wanted.y else -9), 1), round(x, 1), round(end, 1)


def _rounded(box: Box) -> Box:
    return Box(round(box.x1, 1), round(box.y1, 1), round(box.x2, 1), round(box.y2, 1))
