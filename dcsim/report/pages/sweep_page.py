"""The page of a sweep: the answer in a sentence, charts, every point as a table, and the files of each edge. Pure."""

from __future__ import annotations

import attrs

from dcsim.report.confidence import METHOD
from dcsim.report.pages.render import page
from dcsim.report.pages.sweep_chart import SHARE, SweepChart, chart
from dcsim.report.sweep import MARKS, TONES, Axis, EdgeSearch, SweepEdge, SweepResult, SweepRow
from dcsim.report.sweep_text import at_points, columns, headline, place_of, segments, thinned, words_of
from dcsim.report.text import some

MOST_CHARTS = 24
MOST_CELLS = 40
"""So many columns a matrix has at most."""
WORDS = {"holds": "holds", "fails": "fails", "unknown": "not known", "error": "cannot be run"}


def sweep_page(result: SweepResult) -> str:
    """Return the page as text."""
    return page("sweep.html.j2", styles=("proof.css", "sweep.css"), page=SweepPage(result), result=result)


@attrs.frozen(eq=False)
class SweepPage:
    """What the page shows of a sweep."""

    result: SweepResult

    @property
    def badge(self) -> tuple[str, str]:
        """The word of the badge, and its tone: what is partial, or not known, is never green."""
        answers = self.result.answers
        if self.result.partial:
            return "! PARTIAL", "warn"
        if "error" in answers:
            return "! SOME POINTS CANNOT BE RUN", "bad"
        if any(search.edges for search in self.result.searches):
            if not all(search.monotone for search in self.result.searches):
                return "! CHANGES BACK", "warn"
            return ("? PARTLY NOT DECIDED", "warn") if "unknown" in answers else ("✓ EDGE FOUND", "good")
        if answers == {"holds"}:
            return "✓ HOLDS WHEREVER TRIED", "good"
        if answers == {"fails"}:
            return "✗ HOLDS NOWHERE", "bad"
        return ("? NOT KNOWN EVERYWHERE", "warn") if "unknown" in answers else ("◐ HOLDS IN PART", "warn")

    @property
    def sentences(self) -> list[str]:
        """What was found, a sentence for each search; without one, how many points hold."""
        result = self.result
        if result.searches:
            return [f"{said[:1].upper()}{said[1:]}" for said in map(self._said, result.searches)]
        held = sum(row.answer == "holds" for row in result.rows)
        return [f"{result.condition}: {held:,} of {some(len(result.rows), 'point')} tried"]

    def _said(self, search: EdgeSearch) -> str:
        return headline(self.result, search) + _where(search)

    @property
    def method(self) -> str:
        """How shares were computed."""
        return METHOD

    @property
    def rows(self) -> list[SweepRow]:
        """Every point, once."""
        return self.result.points

    @property
    def shown(self) -> tuple[str, ...]:
        """The figures to show."""
        return columns(self.result)

    @property
    def charts(self) -> list[SweepChart]:
        """A chart of each figure that is shown, for each search; without a search, if one thing was varied."""
        result = self.result
        drawn = [(search.rows, search.edges, _where(search)) for search in result.searches]
        if not drawn and len(result.moving) == 1 and len(result.rows) > 1:
            drawn = [(result.rows, (), "")]
        figures = [name for name in self.shown if result.units.get(name) in ("count", "duration")]
        figures = [*([SHARE] if result.runs > 1 else []), *figures] or [""]
        place = place_of(result)
        made = (
            chart(result, thinned(rows, edges), edges, place, figure, where)
            for rows, edges, where in drawn
            for figure in figures
        )
        return [one for one, _ in zip(made, range(MOST_CHARTS), strict=False)]

    @property
    def matrix(self) -> list[tuple[str, list[SweepRow]]]:
        """The rows of a grid of two, by the value of the first; empty where it is no such grid, or very wide."""
        grid = self.result.grid
        return grid if grid and len(grid[0][1]) <= MOST_CELLS else []

    @property
    def scope(self) -> list[str]:
        """The bounds of the checks, what decided nothing there, and what is outside."""
        return [f"{sentence}{at_points(self.result, points)}" for sentence, points in self.result.scope]

    @property
    def across(self) -> tuple[Axis, Axis]:
        """The two axes of the grid."""
        down, across = (self.result.axes[number] for number in self.result.moving)
        return down, across

    @property
    def edges(self) -> list[tuple[EdgeSearch, SweepEdge]]:
        """Every edge with its search."""
        return [(search, edge) for search in self.result.searches for edge in search.edges]

    def where(self, search: EdgeSearch) -> str:
        """Return the values of all that is not searched, in words."""
        return _where(search)

    def stretches(self, search: EdgeSearch) -> list[tuple[str, str, SweepRow]]:
        """Return the stretches with one answer."""
        return segments(self.result, search)

    def words(self, row: SweepRow) -> str:
        """Return what is told of a point."""
        return words_of(row)

    def short(self, row: SweepRow) -> str:
        """Return what a cell of the grid tells: the verdict, or in how many runs the condition is true."""
        if row.findings:
            return ""
        return f"{row.held:,}/{row.runs:,}" if row.runs > 1 else row.verdict

    def mark(self, row: SweepRow) -> tuple[str, str]:
        """Return the mark of a point, and its tone."""
        return MARKS[row.answer], TONES[row.answer]

    @property
    def legend(self) -> list[tuple[str, str, str]]:
        """The answers that occur: mark, tone and word."""
        order = ("holds", "fails", "unknown", "error")
        return [(answer, MARKS[answer], WORDS[answer]) for answer in order if answer in self.result.answers]


def _where(search: EdgeSearch) -> str:
    return "".join(f", {path} {value}" for path, value in search.values.items())
