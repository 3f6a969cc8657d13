"""The axis below a drawing: instants, dates, and how much time is cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dcsim.report.pages.drawing.boxes import Box, free, width_of
from dcsim.report.pages.drawing.scale import Cut, Scale
from dcsim.report.pages.drawing.shapes import AxisTick, AxisWords
from dcsim.report.pages.event_words import span_words

_TIMES, _CUTS, _DAYS = 18.0, 32.0, 47.0
"""How far below the axis each row of words stands."""


def ticks(scale: Scale, axis: float, timezone: str, first: Iterable[int], bad: Iterable[int]) -> tuple[AxisTick, ...]:
    """Return a tick for each column. ``first`` are the events whose instants are written first, ``bad`` those that are
    wrong.
    """
    weighty, wrong = set(first), set(bad)
    order = sorted(
        range(len(scale.columns)),
        key=lambda at: (not wrong & {*scale.columns[at].events}, not weighty & {*scale.columns[at].events}, at),
    )
    taken: list[Box] = []
    found: dict[int, AxisTick] = {}
    shown: set[tuple[str, int]] = set()
    for at in order:
        column = scale.columns[at]
        local = _local(column.at, timezone)
        text = f"{local:%H:%M}"
        box = _box(column.x, axis + _TIMES, text, size=11.5)
        # An instant that is seconds away from another has the same words: they are written once.
        room = free(box, taken) and (text, local.toordinal()) not in shown
        if room:
            taken.append(box)
            shown.add((text, local.toordinal()))
        found[at] = AxisTick(
            x=column.x,
            text=text if room else "",
            says=f"{local:%a} {local.day} {local:%b %H:%M:%S}",
            tone="bad" if wrong & {*column.events} else "",
            box=box if room else None,
        )
    return tuple(found[at] for at in range(len(scale.columns)))


def cuts(scale: Scale, axis: float, width: float) -> tuple[AxisWords, ...]:
    """Return the length of each cut, in as many words as there is room for."""
    return tuple(_placed(_cut_forms(cut), cut.x, axis + _CUTS, width, taken) for taken, cut in _with_taken(scale.cuts))


def _with_taken(found: Sequence[Cut]) -> Iterator[tuple[list[Box], Cut]]:
    taken: list[Box] = []
    for cut in found:
        yield taken, cut


def _cut_forms(cut: Cut) -> tuple[str, ...]:
    words = span_words(cut.span)
    return words, " ".join(words.split()[:2])


def days(scale: Scale, axis: float, width: float, timezone: str) -> tuple[AxisWords, ...]:
    """Return the date where each day begins."""
    found: list[AxisWords] = []
    taken: list[Box] = []
    last = None
    for column in scale.columns:
        local = _local(column.at, timezone)
        if local.date() != last:
            last = local.date()
            long, short = f"{local:%a} {local.day} {local:%B}", f"{local:%a} {local.day}"
            forms = (f"{long} {local.year}", long, short) if not found else (long, short, f"{local.day}")
            found.append(_placed(forms, column.x, axis + _DAYS, width, taken))
    return tuple(found)


def _placed(forms: Sequence[str], x: float, y: float, width: float, taken: list[Box]) -> AxisWords:
    """Return the longest form for which there is room; without any, no words."""
    for text in forms:
        # At the drawing's end, words stand a little to the left of what they are about.
        at = round(min(x, width - width_of(text, size=12.5) / 2 - 4), 1)
        box = _box(at, y, text, size=12.5)
        if free(box, taken):
            taken.append(box)
            return AxisWords(x=at, text=text, says=forms[0], box=box)
    return AxisWords(x=x, text="", says=forms[0], box=Box(x, y, x, y))


def _box(x: float, y: float, text: str, size: float) -> Box:
    half = width_of(text, size=size) / 2 + 3
    return Box(round(x - half, 1), round(y - 11, 1), round(x + half, 1), round(y + 3, 1))


def _local(at: int, timezone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(timezone))
