"""The fate matrix as one page for a browser."""

from __future__ import annotations

from itertools import groupby

from dcsim.report.fate_matrix import KINDS, LATER, SELDOM, Matrix, Reference
from dcsim.report.pages.render import page
from dcsim.report.text import one_line
from dcsim.rules.decision_space import made_in
from dcsim.rules.phrases import SILENT


def as_html(view: Matrix) -> str:
    """Return the page."""
    rows = groupby(view.rows(view.targets), key=lambda row: row.origin)
    return page(
        "fate_matrix.html.j2",
        styles=("matrix.css",),
        view=view,
        title=one_line(view.book.title),
        name=one_line(view.book.rulebook),
        heads=("change", "of", *map(one_line, view.targets)),
        parts=[(one_line(made_in(origin)), list(of)) for origin, of in rows],
        counted=[(kind, word) for kind, word in KINDS.items() if view.counts[kind] or kind not in SELDOM],
        lists=[(anchor, title, list(entries)) for anchor, title, entries in _lists(view) if entries],
        silent=SILENT,
        later=LATER,
    )


def _lists(view: Matrix) -> list[tuple[str, str, list[Reference]]]:
    """Return what stands below the table: each list with its anchor and its title."""
    reasons = list(view.reasons.values()) if view.everything else []
    asked = [Reference(name, f"question-{n}", asks) for n, (name, asks) in enumerate(view.questions, start=1)]
    return [
        ("rules", "Rules", list(view.references)),
        ("reasons", "Why it cannot happen", reasons),
        ("questions", "Open questions", asked),
    ]
