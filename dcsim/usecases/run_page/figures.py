"""The figures of a run, as its page shows them."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.domain.figures import FIGURES, ExpectedFigure, part_of
from dcsim.domain.moment import clock, spell
from dcsim.domain.rulebook import Rulebook
from dcsim.report.figures import because, in_words
from dcsim.report.figures_text import sessions
from dcsim.report.pages.figures import FigureCell, FigureRow, FiguresSection, SlackRow
from dcsim.trace.figures import Figures, StepSlack
from dcsim.usecases.run_page.gather import RunEvidence

ZERO = ("stale-accounts", "rpo")
"""The figures that say that something is wrong if they are not zero."""
EXPLAINED = (*ZERO, "rpo-physical")


def figures(evidence: RunEvidence) -> FiguresSection:
    """Return the section of figures."""
    found, book = evidence.result.figures, evidence.book
    assert found is not None, "a page is made of a run with figures"
    expected = {one.name: one for one in evidence.case.scenario.figures}
    columns = ("", *(f".{session}" for session in sessions(found)))
    rows = (
        FigureRow(
            name=name, means=figure.says, cells=tuple(_cell(found, f"{name}{part}", book, expected) for part in columns)
        )
        for name, figure in FIGURES.items()
        if figure.part == "session"
    )
    others = (
        FigureRow(name=name, means=FIGURES[part_of(name)[0]].says, cells=(_cell(found, name, book, expected),))
        for name in found.values
        if FIGURES[part_of(name)[0]].part in ("", "drain")
    )
    return FiguresSection(
        sessions=sessions(found),
        rows=tuple(rows),
        others=tuple(others),
        because=tuple(f"{name}: {says}" for name in EXPLAINED for says in because(found, name, book)),
        steps=tuple(_step(one, found, book, expected) for one in found.slacks),
        runs=sum(one.runs for one in found.slacks),
    )


def _cell(found: Figures, name: str, book: Rulebook, expected: Mapping[str, ExpectedFigure]) -> FigureCell:
    says, one, value = in_words(found, name, book), expected.get(name), found.values.get(name)
    if one:
        met = one.met(found.compared(name))
        return FigureCell(says=f"{'✓' if met else '✗'} {says}", expected=one.says, tone="good" if met else "bad")
    if value is None:
        return FigureCell(says=says, tone="warn")
    wrong = part_of(name)[0] in ZERO and value > 0
    return FigureCell(says=f"✗ {says}" if wrong else says, tone="bad" if wrong else "")


def _step(one: StepSlack, found: Figures, book: Rulebook, expected: Mapping[str, ExpectedFigure]) -> SlackRow:
    last = "" if one.last_safe_moment is None else clock(one.last_safe_moment, book)
    return SlackRow(
        step=one.step,
        due=clock(one.due, book),
        slack=_cell(found, f"slack.{one.step}", book, expected),
        last=last,
        breaks=one.broken,
        again="; ".join(f"from {spell(lo)} to {spell(hi)}" for lo, hi in one.again),
    )
