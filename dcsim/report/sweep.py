"""The result of a sweep: points, what was found at each, and the edges at which the answer changes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from math import inf
from typing import Literal

import attrs

from dcsim.domain.moment import spell
from dcsim.files.findings import Finding
from dcsim.report.confidence import sampled

Answer = Literal["holds", "fails", "unknown", "error"]
"""Whether a condition is true at a point: in every run, in not every run, or not known; or the point cannot be run."""
MARKS: Mapping[Answer, str] = {"holds": "✓", "fails": "✗", "unknown": "?", "error": "!"}
TONES: Mapping[Answer, str] = {"holds": "good", "fails": "bad", "unknown": "warn", "error": "bad"}
ENDLESS = "endless"
"""Stands in JSON and in tables for a number that is more than any."""
QUANTILES = (("p50", 50), ("p95", 95))
"""The quantiles that are told of a figure: the median, and what 95% of the runs do not exceed."""


def on_scale(sort: str, number: float) -> str:
    """Return a number of an axis in words: a duration, an earlier or a later moment, or a number."""
    if sort == "duration":
        return duration_of(number)
    if sort in ("moment", "time"):
        return f"{'-' if number < 0 else '+'}{spell(abs(int(number)))}"
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def duration_of(number: float) -> str:
    """Return a duration that may be negative, in words."""
    return f"{'-' if number < 0 else ''}{spell(abs(int(number)))}"


@attrs.frozen(kw_only=True)
class Axis:
    """What was varied: its path, its sort, what the file has, and the values, each with its number if it has one."""

    path: str
    sort: str
    now: str
    values: tuple[str, ...]
    numbers: tuple[float | None, ...]

    @property
    def scaled(self) -> bool:
        """Whether each of its values lies on a scale."""
        return bool(self.numbers) and None not in self.numbers

    @property
    def short(self) -> str:
        """The path without its file, where it is one of a file."""
        return self.path.partition(".")[2] or self.path


@attrs.frozen
class Spread:
    """The values that a figure had in the runs of a point, in order; and in how many runs it had none. What has no end
    is infinite.
    """

    values: tuple[float, ...]
    missing: int = 0

    def quantile(self, percent: int) -> float:
        """Return the least value that so many percent of the runs do not exceed (the nearest rank)."""
        return self.values[max(0, -(-percent * len(self.values) // 100) - 1)]

    @property
    def same(self) -> bool:
        """Whether every run had the same value."""
        return bool(self.values) and not self.missing and self.values[0] == self.values[-1]


@attrs.frozen(kw_only=True)
class SweepRow:
    """A point of a sweep: its values, in the order of the axes, and what was found there.

    ``held``, ``failed``: in so many runs the condition was true, or false; in the others it is not known. ``verdict``
    is that of a check, ``why`` says why it is not decided, and ``example`` is a scenario that breaks something.
    ``failing`` is the first seed with which the condition is false. ``findings``: why the point cannot be run.
    ``scope`` says within which bounds it was checked, and what was not. ``of``: so many runs were asked for.
    """

    values: tuple[str, ...]
    numbers: tuple[float | None, ...]
    runs: int = 1
    held: int = 0
    failed: int = 0
    figures: Mapping[str, Spread] = attrs.field(factory=dict)
    verdict: str = ""
    broken: tuple[str, ...] = ()
    why: str = ""
    example: str = attrs.field(default="", repr=False)
    failing: int | None = None
    findings: tuple[Finding, ...] = ()
    scope: tuple[str, ...] = ()
    of: int = attrs.Factory(lambda self: self.runs, takes_self=True)

    @property
    def answer(self) -> Answer:
        """Whether the condition is true at the point."""
        if self.findings:
            return "error"
        if self.failed:
            return "fails"
        return "holds" if self.held >= self.of else "unknown"

    @property
    def words(self) -> str:
        """The answer in words: the verdict of a check, how many of how many runs, or that it holds."""
        if self.findings or self.of == 1 or not self.runs:
            return self.verdict or self.answer
        unknown = self.runs - self.held - self.failed
        words = f"{sampled(self.held, self.runs)}{f', {unknown:,} unknown' if unknown else ''}"
        return f"{words}; {self.runs:,} of {self.of:,} runs were done" if self.in_part else words

    @property
    def in_part(self) -> bool:
        """Whether fewer runs were done than were asked for."""
        return not self.findings and self.runs < self.of


@attrs.frozen(kw_only=True)
class SweepSide:
    """One side of an edge: its point, the texts of its files by their names, and how `dcsim run` plays the first.

    ``status`` is what came of that (empty: nothing was run), and ``play`` is the command. ``saved``: they are written.
    """

    row: SweepRow
    texts: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    play: str = ""
    status: str = ""
    saved: bool = False


@attrs.frozen(kw_only=True)
class SweepEdge:
    """Two neighbouring values between which the answer changes. ``exact``: there is no value between them."""

    below: SweepSide
    above: SweepSide
    exact: bool


@attrs.frozen(kw_only=True)
class EdgeSearch:
    """A search along one axis, at fixed values of the others: all that was tried, in order, and the edges.

    ``values`` are those of the other axes by their paths, and ``step`` is how near two sides of an edge are (in words).
    """

    values: Mapping[str, str]
    rows: tuple[SweepRow, ...]
    edges: tuple[SweepEdge, ...]
    low: str
    high: str
    step: str

    @property
    def monotone(self) -> bool:
        """Whether the condition begins to hold, or ends, at most once, as far as it was tried. On the side where it
        does not hold, it may fail here and be unknown there.
        """
        return len(self.turns) <= 1 and (bool(self.turns) or len(self.edges) <= 1)

    @property
    def turns(self) -> tuple[SweepEdge, ...]:
        """The edges with the condition true on one side, and on the other not."""
        return tuple(e for e in self.edges if "holds" in (e.below.row.answer, e.above.row.answer))


@attrs.frozen(kw_only=True)
class SweepResult:
    """What came of a sweep.

    ``subject`` says of what: a scenario, or a runbook under a rulebook. ``condition`` is what was asked, ``by`` the one
    of the axes along which it was searched (None: no search); without values of its own, there are no ``rows`` but
    those of the searches. ``units`` are those of the figures. ``of``: so many points were asked for (0: a search finds
    out how many it needs); fewer were done if it was ``partial``, then ``why`` says what ended it, and ``interrupted``
    whether it was the user.
    """

    subject: str
    question: Literal["run", "check"]
    condition: str
    axes: tuple[Axis, ...]
    rows: tuple[SweepRow, ...]
    of: int
    runs: int = 1
    seed: int = 0
    shown: tuple[str, ...] = ()
    units: Mapping[str, str] = attrs.field(factory=dict)
    by: Axis | None = None
    searches: tuple[EdgeSearch, ...] = ()
    again: str = ""
    why: str = ""
    interrupted: bool = False

    @property
    def partial(self) -> bool:
        """Whether less was done than was asked for."""
        return bool(self.why)

    @cached_property
    def figures(self) -> tuple[str, ...]:
        """The names of all figures, in the order in which they were found."""
        return tuple(dict.fromkeys(name for row in self.every for name in row.figures))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know to read it rightly."""
        spreads = [spread for row in self.every if row.runs > 1 for spread in row.figures.values() if spread.values]
        if spreads and all(spread.same or not spread.values for spread in spreads):
            return ("all runs of each point came out alike: if nothing is drawn from the seed, no interval means much",)
        return ()

    @property
    def done(self) -> str:
        """How many points were done, and how many in part, where it is partial."""
        halves = sum(row.in_part for row in self.points)
        of = f" of {self.of:,}" if self.of else ""
        part = f", and {halves:,} in part" if halves else ""
        return f"{len(self.points) - halves:,}{of} points were done{part}"

    @property
    def scope(self) -> tuple[tuple[str, int], ...]:
        """The bounds of the checks, what decided nothing there, and what is outside: each sentence once, with the
        number of points of which it is true.
        """
        return tuple(Counter(sentence for row in self.points for sentence in row.scope).items())

    @property
    def checks(self) -> int:
        """How many points were checked."""
        return sum(bool(row.scope) for row in self.points)

    @property
    def moving(self) -> list[int]:
        """The numbers of the axes that have more than one value."""
        return [number for number, axis in enumerate(self.axes) if len(axis.values) > 1]

    @property
    def grid(self) -> list[tuple[str, list[SweepRow]]]:
        """Where two things move, and every point is there: the rows by the value of the first; otherwise nothing."""
        if len(self.moving) != 2:
            return []
        down, across = self.moving
        known = {(row.values[down], row.values[across]): row for row in self.rows}
        values = self.axes[down].values, self.axes[across].values
        if len(known) < len(values[0]) * len(values[1]):
            return []
        return [(one, [known[one, other] for other in values[1]]) for one in values[0]]

    @property
    def every(self) -> tuple[SweepRow, ...]:
        """The rows of the points, and those of the searches."""
        return (*self.rows, *(row for search in self.searches for row in search.rows))

    @property
    def points(self) -> list[SweepRow]:
        """Every point once: in the order of the grid, or, with those of searches, along the axes."""
        unique = list({row.values: row for row in self.every}.values())
        return sorted(unique, key=_along) if self.searches else unique

    @property
    def answers(self) -> set[Answer]:
        """All answers that were found."""
        return {row.answer for row in self.every}

    def spelled(self, figure: str, value: float | None) -> str:
        """Return the value of a figure in words."""
        if value is None:
            return "-"
        if value == inf:
            return "until the end"
        unit = self.units.get(figure)
        if unit == "flag":
            return "yes" if value else "no"
        return duration_of(value) if unit == "duration" else f"{value:,}"

    def spread(self, figure: str, row: SweepRow) -> str:
        """Return what a figure was in the runs of a point, in words."""
        found = row.figures.get(figure)
        if found is None or not found.values:
            return "-"
        if found.same or row.runs == 1:
            return self.spelled(figure, found.values[0])
        least, most = self.spelled(figure, found.values[0]), self.spelled(figure, found.values[-1])
        inside = " ".join(f"{name} {self.spelled(figure, found.quantile(percent))}" for name, percent in QUANTILES)
        return f"{least}..{most} {inside}"


def _along(row: SweepRow) -> tuple[tuple[bool, float, str], ...]:
    return tuple((number is None, number or 0, value) for number, value in zip(row.numbers, row.values, strict=True))


def neighbours(rows: Sequence[SweepRow]) -> list[tuple[SweepRow, SweepRow]]:
    """Return the pairs of neighbouring points with different answers."""
    return [(one, other) for one, other in pairwise(rows) if one.answer != other.answer]


def marked(value: float) -> float | str:
    """Return a value for other programs: a number, or ENDLESS."""
    return ENDLESS if value == inf else value
