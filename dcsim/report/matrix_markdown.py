"""The fate matrix as a page of Markdown in the dialect of GitHub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcsim.report.fate_matrix import LATER, Matrix, MatrixCell, Reference, Row
from dcsim.report.markdown_text import escaped as _plain
from dcsim.rules.phrases import SILENT


def as_markdown(view: Matrix) -> str:
    """Return the page: the table, and below it the rules to which it refers."""
    return "\n".join(_page(view))


def _page(view: Matrix) -> Iterator[str]:
    yield f"# {_plain(view.book.title)}"
    yield ""
    yield f"What becomes of each change under the rulebook {_plain(view.book.rulebook)}. Cells: {_plain(view.counted)}."
    yield f"**OPEN**: {SILENT}, every outcome is permitted. Blank: {LATER}."
    if view.left_out:
        yield f"Left out: {_plain(view.left_out)}."
    yield ""
    yield _line(("made in", "change", "of", *map(_plain, view.targets)))
    yield _line(["---"] * (3 + len(view.targets)))
    for row in view.rows(view.targets):
        yield _line(_cells(view, row))
    yield from _listed("Rules", map(_anchored, view.references))
    if view.everything:
        yield from _listed("Why it cannot happen", map(_anchored, view.reasons.values()))
    yield from _listed("Open questions", (f"**{_plain(name)}** {_plain(asks)}" for name, asks in view.questions))


def _listed(title: str, entries: Iterable[str]) -> Iterator[str]:
    items = list(entries)
    if items:
        yield from ("", f"## {title}", "", *(f"- {entry}" for entry in items))


def _anchored(reference: Reference) -> str:
    return f'<a id="{reference.anchor}"></a>**{_plain(reference.mark)}** {_plain(reference.says)}'


def _cells(view: Matrix, row: Row) -> Iterator[str]:
    yield from map(_plain, (row.origin, ", ".join(row.changes), ", ".join(row.accounts)))
    for cell in row.cells:
        yield _cell(view, cell) if cell else ""


def _cell(view: Matrix, cell: MatrixCell) -> str:
    says = f"**{_plain(cell.says)}**" if cell.kind in ("open", "contradiction") else _plain(cell.says)
    marks = ", ".join(f"[{_plain(reference.mark)}](#{reference.anchor})" for reference in view.marks(cell))
    return f"{says} ({marks})" if marks else says


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
