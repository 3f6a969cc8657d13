"""The fate matrix for a terminal, fitted to its width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, zip_longest

import attrs

from dcsim.report.fate_matrix import LATER, Matrix, MatrixCell, Row
from dcsim.report.text import WIDTH, Paint, each_on_one_line, one_line, plain
from dcsim.rules.decision_space import made_in
from dcsim.rules.phrases import SILENT

NARROWEST = 60
_HEADS = ("change", "of")
_LEAST = len("CONTRADICTION:")
_COLOURS = {"carried": "good", "discarded": "bad", "contradiction": "bad", "stays": "dim", "impossible": "dim"}
_MARGIN, _GAP = "    ", "  "


@attrs.frozen
class _Panel:
    """Targets that fit into one table, and the widths of all columns: kinds of change, kinds of account, targets."""

    targets: tuple[str, ...]
    widths: tuple[int, ...]


@each_on_one_line
def lines(view: Matrix, paint: Paint = plain, width: int = WIDTH) -> Iterator[str]:
    """Yield the matrix and its references in lines of at most ``width`` columns, or of NARROWEST if that is more."""
    width = max(width, NARROWEST)
    yield from hung(f"{one_line(view.book.rulebook)}  {one_line(view.book.title)}", width, 0)
    yield from hung(f"cells: {view.counted}", width, 2)
    yield from hung(f"OPEN: {SILENT}, every outcome is permitted; blank: {LATER}", width, 2)
    if view.left_out:
        yield from hung(f"left out: {view.left_out}", width, 2)
    for panel in _panels(view, width):
        yield from _table(view, panel, paint)
    yield from _listed("rules", ((f"[{r.mark}]", r.says) for r in view.references), width, paint)
    if view.everything:
        whys = ((f"[{why.mark}]", why.says) for why in view.reasons.values())
        yield from _listed("why it cannot happen", whys, width, paint)
    yield from _listed("open questions", view.questions, width, paint)


def _listed(title: str, entries: Iterable[tuple[str, str]], width: int, paint: Paint) -> Iterator[str]:
    items = list(entries)
    if items:
        yield ""
        yield paint(title, "bold")
    for mark, text in items:
        yield from hung(f"{mark} {text}", width, 2)


# -- the table -----------------------------------------------------------------------------------------------------


def _panels(view: Matrix, width: int) -> list[_Panel]:
    """Return one panel if all targets fit; else several, each with as many targets as leave room for the changes."""
    rows = list(view.rows(view.targets))
    most = max(_LEAST, min(24, width // 5))
    columns = {
        target: min(most, _widest((target, *(_words(view, row.cells[number]) for row in rows))))
        for number, target in enumerate(view.targets)
    }
    what = _widest((_HEADS[0], *(", ".join(row.changes) for row in rows)))
    who = _widest((_HEADS[1], *(", ".join(row.accounts) for row in rows)))
    # If one table is not possible with narrow cells, the kinds of change get a third of the width in each panel.
    one, *more = _fitted(columns, what, min(who, most), width, most)
    return _fitted(columns, what, min(who, most), width, width // 3) if more else [one]


def _fitted(columns: dict[str, int], what: int, who: int, width: int, least: int) -> list[_Panel]:
    """Put targets into panels from left to right. The kinds of change keep ``least`` columns if they need them."""
    room = width - len(_MARGIN) - min(what, least) - len(_GAP) - who
    chosen: list[dict[str, int]] = [{}]
    for target, wide in columns.items():
        if chosen[-1] and sum(chosen[-1].values()) + wide + len(_GAP) * (len(chosen[-1]) + 1) > room:
            chosen.append({})
        chosen[-1][target] = wide
    return [_panel(each, what, who, width) for each in chosen]


def _panel(chosen: dict[str, int], what: int, who: int, width: int) -> _Panel:
    rest = width - len(_MARGIN) - who - sum(chosen.values()) - len(_GAP) * (len(chosen) + 1)
    return _Panel(tuple(chosen), (min(what, rest), who, *chosen.values()))


def _table(view: Matrix, panel: _Panel, paint: Paint) -> Iterator[str]:
    yield ""
    yield from _side_by_side((*_HEADS, *panel.targets), ("bold",) * len(panel.widths), panel.widths, paint)
    for origin, rows in groupby(view.rows(panel.targets), key=lambda row: row.origin):
        yield f"  {paint(made_in(origin), 'bold')}"
        for row in rows:
            yield from _row(view, row, panel, paint)


def _row(view: Matrix, row: Row, panel: _Panel, paint: Paint) -> Iterator[str]:
    texts = (", ".join(row.changes), ", ".join(row.accounts), *(_words(view, cell) for cell in row.cells))
    styles = ("", "", *(cell.kind if cell else "" for cell in row.cells))
    yield from _side_by_side(texts, styles, panel.widths, paint)


def _words(view: Matrix, cell: MatrixCell | None) -> str:
    marks = ", ".join(reference.mark for reference in view.marks(cell)) if cell else ""
    return f"{cell.says}{f' [{marks}]' if marks else ''}" if cell else ""


def _side_by_side(texts: Sequence[str], styles: Sequence[str], widths: Sequence[int], paint: Paint) -> Iterator[str]:
    """Yield one row of the table, with as many lines as its longest text needs."""
    columns = [folded(text, width) for text, width in zip(texts, widths, strict=True)]
    for parts in zip_longest(*columns, fillvalue=""):
        cells = (
            # Pad by the width of the plain text: colour codes have length but no width.
            _coloured(part, style, paint) + " " * (width - columns_of(part))
            for part, style, width in zip(parts, styles, widths, strict=True)
        )
        yield f"{_MARGIN}{_GAP.join(cells)}".rstrip()


def _coloured(text: str, style: str, paint: Paint) -> str:
    if not text or not style:
        return text
    if style == "open":
        return paint(paint(text, "warn"), "bold")
    return paint(text, _COLOURS.get(style, "warn" if style == "reset" else style))


# -- widths --------------------------------------------------------------------------------------------------------


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: a Chinese character takes two, an accent none."""
    if text.isascii():  # the usual case, and much faster
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _widest(texts: Iterable[str]) -> int:
    return max(map(columns_of, texts), default=0)


def hung(text: str, width: int, indent: int) -> list[str]:
    """Break a text into lines. The lines after the first are indented further."""
    margin = " " * indent
    return [f"{margin}{'  ' if n else ''}{line}" for n, line in enumerate(folded(text, width - indent - 2))]


def folded(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` columns. Longer words are broken too."""
    out = [""]
    for word in text.split(" "):
        joined = f"{out[-1]} {word}" if out[-1] else word
        if columns_of(joined) <= width:
            out[-1] = joined
            continue
        if out[-1]:
            out.append("")
        for part in _parts(word, width):
            if columns_of(out[-1] + part) > width:
                out.append("")
            out[-1] += part
    return out if out != [""] else []


def _parts(word: str, width: int) -> list[str]:
    """Return the parts of a word between which it may be broken: after hyphens, or anywhere if that is not enough."""
    parts = re.findall("[^-]*-|[^-]+", word)
    return parts if _widest(parts) <= width else list(word)
