"""Results as HTML for notebooks: what ``_repr_html_`` of the public result types returns. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dcsim.report.pages.render import fragment
from dcsim.report.text import one_line

if TYPE_CHECKING:
    from dcsim.report.check import CheckResult
    from dcsim.report.lint import LintResult
    from dcsim.report.predict import Prediction
    from dcsim.report.run_view import RunResult

Row = Sequence[object]


def table(title: str, head: Row, rows: Iterable[Row]) -> str:
    """Return a title, with a table below it if there are rows."""
    cells = [[one_line(str(cell)) for cell in row] for row in rows]
    return fragment("notebook_table.html.j2", title=one_line(title), head=[*map(str, head)], rows=cells)


def text(lines: Iterable[str]) -> str:
    """Return lines as a terminal would show them."""
    # A line of the report can be a whole scenario file; each of its lines is made safe by itself.
    return fragment("notebook_text.html.j2", lines=[_shown(part) for line in lines for part in line.splitlines()])


def _shown(line: str) -> str:
    """Make a line safe for a browser, and keep its indentation."""
    return " " * (len(line) - len(line.lstrip(" "))) + one_line(line)


def run_table(result: RunResult) -> str:
    """Show a run: its status, and a row for each problem."""
    rows = [(p.kind, p.says, p.expected, p.actual, "; ".join(p.rests_on)) for p in result.problems]
    return table(f"{result.status}: {result.name}", ("what", "where", "expected", "found", "by"), rows)


def check_table(result: CheckResult) -> str:
    """Show a check: its verdict with its bounds, and a row for each counterexample."""
    model = result.weekend.model
    title = f"{result.status}: {model.runbook.runbook} under {model.rulebook.rulebook}; {result.bounds}"
    rows = [
        (e.invariant, " and ".join(m.words for m in e.after) or "no fault and no slip", e.length, e.says)
        for e in result.counterexamples
    ]
    return table(title, ("breaks", "after", "steps", "shown by"), rows)


def lint_table(result: LintResult) -> str:
    """Show a lint: a row for each finding."""
    title = f"{len(result.new)} findings" + "".join(f"; {note}" for note in result.notes)
    rows = [(f.code, f.severity, f"{f.path}:{f.line}:{f.col}", f.message, f.hint) for f in result.new]
    return table(title, ("code", "severity", "place", "finding", "mend"), rows)


def prediction_table(prediction: Prediction, head: Row) -> str:
    """Show a prediction: a row for each account and field."""
    title = f"{prediction.session} at {prediction.site}, {prediction.clock}"
    return table(title, head, prediction.rows)
