"""The gutter: the graph beside a list of events, which is the drawing of the weekend row by row. Pure.

A row is as high as its words. Lines run through it; marks and arrows stand at its first line of words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from dcsim.report.pages.tracks import OUTSIDE, Branch, Flow, Mark, Stretch, Tracks

STEP = 34
"""The distance of two columns, in pixels."""
FIRST = 16
"""Where the first column stands."""


@attrs.frozen(kw_only=True)
class GutterLine:
    """A value's line in a row, at a column: above the mark (``upper``), below it, or through the row."""

    x: int
    part: str
    tone: str
    held: bool
    says: str


@attrs.frozen(kw_only=True)
class GutterArrow:
    """Something that goes from column to column in a row. ``curve``: a trial branch that leaves its site."""

    x1: int
    x2: int
    kind: str
    arrived: str
    tone: str
    wrong: bool
    curve: bool = False

    @property
    def back(self) -> bool:
        """Whether it goes to the left."""
        return self.x2 < self.x1


@attrs.frozen(kw_only=True)
class GutterRow:
    """The graph of one row. ``words`` say what happened, and ``wrong`` what went wrong there."""

    event: int
    width: int
    tints: tuple[tuple[int, str], ...]
    lines: tuple[GutterLine, ...]
    arrows: tuple[GutterArrow, ...]
    marks: tuple[tuple[int, str, str], ...]
    clock: str = ""
    words: str = ""
    wrong: tuple[str, ...] = ()


def columns(tracks: Tracks) -> dict[int, int]:
    """Return where the column of each track stands."""
    return {number: FIRST + STEP * number for number in range(len(tracks.tracks))} | {OUTSIDE: FIRST // 2}


def width_of_gutter(tracks: Tracks) -> int:
    """Return the width of a gutter."""
    return FIRST * 2 + STEP * (len(tracks.tracks) - 1)


@attrs.define
class Gutter:
    """Makes the rows of one weekend. What happens between two rows that are shown is in the second one's lines only."""

    tracks: Tracks
    xs: dict[int, int] = attrs.field(init=False)
    marks: dict[int, list[Mark]] = attrs.field(factory=dict)
    flows: dict[int, list[Flow]] = attrs.field(factory=dict)
    by_track: dict[int, list[Stretch]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.xs = columns(self.tracks)
        for mark in self.tracks.marks:
            self.marks.setdefault(mark.event, []).append(mark)
        for flow in self.tracks.flows:
            self.flows.setdefault(flow.end, []).append(flow)
        for stretch in self.tracks.stretches:
            self.by_track.setdefault(stretch.track, []).append(stretch)

    def row(self, event: int) -> GutterRow:
        """Return the row of an event."""
        starts = [branch for branch in self.tracks.branches if branch.start == event]
        arrows = (*map(self._arrow, self.flows.get(event, ())), *map(self._leaving, starts))
        return GutterRow(
            event=event,
            width=width_of_gutter(self.tracks),
            tints=tuple(self._tints(event)),
            lines=tuple(self._lines(event)),
            arrows=arrows,
            marks=tuple((self.xs[m.track], m.shape, m.tone) for m in self.marks.get(event, ())),
        )

    def rows(self, events: Sequence[int]) -> tuple[GutterRow, ...]:
        """Return the rows of some events."""
        return tuple(map(self.row, events))

    def _tints(self, event: int) -> Iterator[tuple[int, str]]:
        first = next((n for n, track in enumerate(self.tracks.tracks) if track.kind == "site"), 0)
        for band in self.tracks.bands:
            for track, start, end in band.open:
                if start <= event and (end is None or event < end):
                    sites = [n for n, t in enumerate(self.tracks.tracks) if t.kind == "site" and n <= track]
                    yield self.xs[track], "first" if sites[-1:] == [first] else "other"

    def _lines(self, event: int) -> Iterator[GutterLine]:
        for track in self.by_track:
            for stretch in self.by_track[track]:
                above = stretch.start < event and (stretch.end is None or event <= stretch.end)
                below = stretch.start <= event and (stretch.end is None or event < stretch.end)
                if above or below:
                    part = "whole" if above and below else "upper" if above else "lower"
                    yield GutterLine(
                        x=self.xs[track],
                        part=part,
                        tone=stretch.value.tone,
                        held=stretch.held,
                        says=stretch.value.text,
                    )

    def _arrow(self, flow: Flow) -> GutterArrow:
        return GutterArrow(
            x1=self.xs[flow.source],
            x2=self.xs[flow.target],
            kind=flow.kind,
            arrived=flow.arrived,
            tone=flow.chip.tone if flow.chip else "v0",
            wrong=flow.wrong,
        )

    def _leaving(self, branch: Branch) -> GutterArrow:
        stretch = self.tracks.on(branch.track, branch.start)
        return GutterArrow(
            x1=self.xs[branch.site],
            x2=self.xs[branch.track],
            kind="branch",
            arrived="applied",
            tone=stretch.value.tone if stretch else "v0",
            wrong=False,
            curve=True,
        )
