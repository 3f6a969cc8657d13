"""The fate matrix as one page for a browser. The page loads no other file, and never uses colour alone as a sign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from dcsim import __version__
from dcsim.report.fate_matrix import KINDS, LATER, SELDOM, Matrix, MatrixCell, Reference, Row
from dcsim.report.text import one_line
from dcsim.rules.decision_space import made_in
from dcsim.rules.phrases import SILENT

_STYLE = """
:root {
  color-scheme: light dark;
  --page: #fff; --text: #1b1f24; --faint: #57606a; --line: #d0d7de; --head: #f6f8fa; --link: #0757ba;
  --carried: #dafbe1; --discarded: #ffe3e0; --reset: #fff4c2; --open: #ffdf9e; --contradiction: #b3141c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d1117; --text: #e6edf3; --faint: #9aa4af; --line: #30363d; --head: #161b22; --link: #79b8ff;
    --carried: #12361f; --discarded: #4a1a1c; --reset: #3d3413; --open: #5c3d00; --contradiction: #b3141c;
  }
}
body { margin: 2rem; background: var(--page); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; max-width: 60rem; }
a { color: var(--link); }
.faint { color: var(--faint); }
.counts { padding: 0; display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; }
.counts li { padding: .1rem .6rem; border: 1px solid var(--line); border-radius: 1rem; }
table { border-collapse: separate; border-spacing: 0; margin-top: 1rem; border-top: 1px solid var(--line); }
caption { text-align: left; color: var(--faint); padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem; }
th, td { border-bottom: 1px solid var(--line); border-right: 1px solid var(--line); }
tr > :first-child { border-left: 1px solid var(--line); }
thead th { position: sticky; top: 0; z-index: 1; background: var(--head); white-space: nowrap; }
tbody th { font-weight: normal; max-width: 34rem; }
tbody th:first-child { min-width: min(22rem, 40vw); }
tbody th[scope=rowgroup] { font-weight: 600; background: var(--head); max-width: none; }
.carried { background: var(--carried); }
.discarded { background: var(--discarded); }
.reset { background: var(--reset); }
.open { background: var(--open); font-weight: 700; }
.contradiction, .contradiction a { background: var(--contradiction); color: #fff; font-weight: 700; }
.impossible, .stays { color: var(--faint); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
dt { font-weight: 600; scroll-margin-top: 4rem; }
dd { margin: 0 0 .6rem 1.5rem; max-width: 60rem; }
dt:target, dt:target + dd { background: var(--reset); }
"""


def as_html(view: Matrix) -> str:
    """Return the page."""
    return "\n".join(_page(view))


def _page(view: Matrix) -> Iterator[str]:
    title, name = _text(view.book.title), _text(view.book.rulebook)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{name}: fate matrix</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>"
    yield f'<p class="faint">What becomes of each change under the rulebook {name} (dcsim {__version__}).</p>'
    yield from _counts(view)
    yield f"<p><strong>OPEN</strong>: {SILENT}, every outcome is permitted.</p>"
    if view.left_out:
        yield f'<p class="faint">Left out: {_text(view.left_out)}.</p>'
    yield from _table(view)
    yield from _listed("Rules", view.references)
    if view.everything:
        yield from _listed("Why it cannot happen", view.reasons.values())
    asked = enumerate(view.questions, start=1)
    yield from _listed("Open questions", (Reference(name, f"question-{n}", asks) for n, (name, asks) in asked))
    yield "</main>\n</body>\n</html>"


def _counts(view: Matrix) -> Iterator[str]:
    yield '<ul class="counts" aria-label="Cells">'
    for kind, word in KINDS.items():
        if view.counts[kind] or kind not in SELDOM:
            yield f'<li class="{kind}">{word} {view.counts[kind]:,}</li>'
    yield f"<li>{len(view.cells):,} in all</li>\n</ul>"


def _table(view: Matrix) -> Iterator[str]:
    yield "<table>\n<caption>Columns are targets: the sessions at which a change is looked for.</caption>"
    heads = ("change", "of", *view.targets)
    parts = (f'<th scope="col">{_text(head)}</th>' for head in heads)
    yield f"<thead><tr>{''.join(parts)}</tr></thead>"
    for origin, rows in groupby(view.rows(view.targets), key=lambda row: row.origin):
        yield f'<tbody>\n<tr><th scope="rowgroup" colspan="{len(heads)}">{_text(made_in(origin))}</th></tr>'
        yield from (_row(view, row) for row in rows)
        yield "</tbody>"
    yield "</table>"


def _row(view: Matrix, row: Row) -> str:
    heads = (", ".join(row.changes), ", ".join(row.accounts))
    parts = (f'<th scope="row">{_text(head)}</th>' for head in heads)
    return f"<tr>{''.join(parts)}{''.join(_cell(view, cell) for cell in row.cells)}</tr>"


def _cell(view: Matrix, cell: MatrixCell | None) -> str:
    if cell is None:
        return f'<td><span class="hidden">{LATER}</span></td>'
    says = '–<span class="hidden">cannot happen</span>' if cell.kind == "impossible" else _text(cell.says)
    links = ", ".join(f'<a href="#{mark.anchor}">{_text(mark.mark)}</a>' for mark in view.marks(cell))
    return f'<td class="{cell.kind}" title="{_text(cell.basis)}">{says}{f" [{links}]" if links else ""}</td>'


def _listed(title: str, references: Iterable[Reference]) -> Iterator[str]:
    entries = list(references)
    if entries:
        yield f"<h2>{title}</h2>\n<dl>"
        yield from (f'<dt id="{r.anchor}">{_text(r.mark)}</dt><dd>{_text(r.says)}</dd>' for r in entries)
        yield "</dl>"


def _text(text: str) -> str:
    return escape(one_line(text))
