"""The figures of a run as text: a table by session, and one by step where the slack of steps was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dcsim.domain.figures import FIGURES, part_of
from dcsim.domain.moment import clock, spell
from dcsim.domain.rulebook import Rulebook
from dcsim.report.figures import because, in_words
from dcsim.report.run_view import RunResult
from dcsim.report.text import Paint, each_on_one_line, plain, wrapped
from dcsim.trace.figures import Figures, StepSlack

WHOLE = "run"
"""The head of the column of figures as a whole."""


def of_result(result: RunResult, book: Rulebook, paint: Paint = plain) -> Iterator[str]:
    """Return the figures of a result, where it has any."""
    return lines(result.figures, book, paint) if result.figures else iter(())


@each_on_one_line
def lines(figures: Figures, book: Rulebook, paint: Paint = plain) -> Iterator[str]:
    """Yield the figures of a run."""
    rows = list(by_session(figures, book))
    yield from _table(("figures", *_heads(figures)), rows, paint)
    for name in ("stale-accounts", "rpo", "rpo-physical"):
        for says in because(figures, name, book):
            yield from wrapped(f"{name}: {says}", 8)
    if figures.slacks:
        yield from _table(STEP_HEADS, [slack_row(one, book) for one in figures.slacks], paint)
        for one in figures.slacks:
            for lo, hi in one.again:
                yield from wrapped(f"{one.step}: nothing breaks again from {spell(lo)} to {spell(hi)} late", 8)


def _heads(figures: Figures) -> tuple[str, ...]:
    return (WHOLE, *sessions(figures))


def sessions(figures: Figures) -> tuple[str, ...]:
    """Return the sessions that figures have parts of, in order."""
    parts = (part_of(name) for name in figures.values if "." in name)
    return tuple(dict.fromkeys(part for name, part in parts if FIGURES[name].part == "session"))


def by_session(figures: Figures, book: Rulebook) -> Iterator[tuple[str, ...]]:
    """Yield a row for each figure: its name, as a whole, and in each session; an empty cell where it is none."""
    for name, figure in FIGURES.items():
        if figure.part == "session":
            names = (name, *(f"{name}.{session}" for session in sessions(figures)))
            yield (name, *(in_words(figures, one, book) for one in names))
        elif figure.part != "step":
            rows = (one for one in figures.values if part_of(one)[0] == name)
            yield from ((one, in_words(figures, one, book)) for one in rows)


STEP_HEADS = ("steps", "due", "slack", "last safe moment", "what breaks if it is later")


def slack_row(one: StepSlack, book: Rulebook) -> tuple[str, ...]:
    """Return the row of a step: when it is due, how late it may be, and what breaks if it is later."""
    if one.slack is None:
        return (one.step, clock(one.due, book), "not computed", "", one.why)
    if one.last_safe_moment is None:
        return (one.step, clock(one.due, book), "until the end", "", f"nothing, up to {spell(one.slack)} late")
    words = f"{one.broken[0]} (and {len(one.broken) - 1} more)" if len(one.broken) > 1 else "".join(one.broken)
    return (one.step, clock(one.due, book), spell(one.slack), clock(one.last_safe_moment, book), words)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], paint: Paint) -> Iterator[str]:
    """Yield a table; names and texts that are too long for their column push the rest of their line aside."""
    table = [heads, *rows]
    widths = [min(28, max(len(row[at]) for row in table if at < len(row))) for at in range(len(heads))]
    for number, row in enumerate(table):
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=False))
        line = "  ".join(cells).rstrip()
        yield f"      {paint(line, 'bold') if number == 0 else f'  {line}'}"
