"""A sweep as a table for other programs: a row for each point, also those that a search tried. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.report.confidence import wilson
from dcsim.report.sweep import QUANTILES, SweepResult, SweepRow, marked

FIXED = ("answer", "verdict", "broken", "why", "runs", "runs asked", "held", "failed", "share low", "share high")
_MILLISECONDS = {"duration": " ms", "instant": " ms since 1970"}


def head(result: SweepResult) -> tuple[str, ...]:
    """Return the columns: what was varied, as text and, on a scale, as a number; what was found; and each figure."""
    axes = [(axis.path, f"{axis.path} {'ms' if axis.sort in _TIMED else 'number'}") for axis in result.axes]
    return (*(name for pair in axes for name in pair), *FIXED, *(name for name, _, _ in _figures(result)))


_TIMED = ("duration", "moment", "time")


def rows(result: SweepResult) -> Iterator[tuple[str, ...]]:
    """Yield a row for each point, in order: durations in milliseconds; of several runs, with quantiles."""
    for row in result.points:
        axes = (text for value, number in zip(row.values, row.numbers, strict=True) for text in (value, _text(number)))
        yield (*axes, *_found(row), *(_figure(row, name, percent) for _, name, percent in _figures(result)))


def _found(row: SweepRow) -> tuple[str, ...]:
    low, high = wilson(row.held, row.runs) if row.runs > 1 else (None, None)
    shares = ("" if share is None else f"{share:.6f}" for share in (low, high))
    why = row.why or "; ".join(map(str, row.findings))
    counts = map(str, (row.runs, row.of, row.held, row.failed))
    return (row.answer, row.verdict, " ".join(row.broken), why, *counts, *shares)


def _figures(result: SweepResult) -> Iterator[tuple[str, str, int]]:
    """Yield the columns of figures: the name of the column, the figure, and the percent of its quantile."""
    quantiles = (
        (("", 100),) if result.runs == 1 else ((" least", 0), *((f" {n}", p) for n, p in QUANTILES), (" most", 100))
    )
    for name in result.figures:
        unit = _MILLISECONDS.get(result.units.get(name, ""), "")
        yield from ((f"{name}{unit}{word}", name, percent) for word, percent in quantiles)


def _figure(row: SweepRow, name: str, percent: int) -> str:
    found = row.figures.get(name)
    return str(marked(found.quantile(percent))) if found and found.values else ""


def _text(number: float | None) -> str:
    return "" if number is None else str(number)
