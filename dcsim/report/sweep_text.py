"""A sweep as text: a table of its points, a plot, and where the answer changes. Readable at 80 columns, and without
colour. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf

from dcsim import harmless
from dcsim.report.confidence import METHOD
from dcsim.report.sweep import MARKS, TONES, EdgeSearch, SweepEdge, SweepResult, SweepRow, SweepSide, neighbours
from dcsim.report.text import Paint, each_on_one_line, plain, some, width, wrapped

MOST_ROWS = 60
"""So many points are printed; more are in the CSV."""
MOST_COLUMNS = 5
MOST_REASONS = 10
BAR = 32
MOST_WIDE = 48
"""The widest column of a list of paths."""
_FULL = "█"
IN_WORDS = {"passed": "the run passes", "proved": "it is proved", "violated": "it is violated"}
"""Conditions of one word, as a sentence has them."""
_EVERYWHERE = {
    "holds": "at every {} that was tried",
    "fails": "at no {} that was tried",
    "unknown": "not known at any {} that was tried",
    "error": "no {} that was tried can be run",
}


@each_on_one_line
def lines(result: SweepResult, paint: Paint = plain) -> Iterator[str]:
    """Yield the result as lines for a terminal."""
    yield f"{paint('sweep', 'bold')}  {paint(harmless.line(result.subject), 'bold')}: {_counted(result)}"
    yield from wrapped(f"condition: {result.condition}{_judged(result)}", 2)
    rows = result.rows
    yield from _table(result, rows, paint) if rows else ()
    for search in result.searches:
        yield from _found(result, search, paint)
    yield from _plots(result, paint)
    for note in result.notes:
        yield from wrapped(f"note: {note}", 2)
    for sentence, points in result.scope:
        yield from wrapped(f"{sentence}{at_points(result, points)}", 2)
    yield from _reasons(result, paint)
    if result.partial:
        yield f"  {paint('partial:', 'warn')} {result.why}; {result.done}"


def at_points(result: SweepResult, points: int) -> str:
    """Return at how many points a sentence is true, where it is not at each of those that were checked."""
    return "" if points == result.checks else f" (at {some(points, 'point')})"


def _reasons(result: SweepResult, paint: Paint) -> Iterator[str]:
    """Say why points cannot be run or are not decided: each reason once, with the first of its points."""
    reasons: dict[tuple[str, str], list[SweepRow]] = {}
    for row in result.points:
        if row.findings:
            reasons.setdefault(("error", str(row.findings[0])), []).append(row)
        elif row.answer == "unknown" and row.why:
            reasons.setdefault(("unknown", row.why), []).append(row)
    for (answer, reason), rows in list(reasons.items())[:MOST_REASONS]:
        more = f" and {some(len(rows) - 1, 'more point')}" if len(rows) > 1 else ""
        label = paint("cannot be run:", "bad") if answer == "error" else paint("not decided:", "warn")
        yield from wrapped(f"{label} {_at(result, rows[0])}{more}: {reason}", 2)


def _counted(result: SweepResult) -> str:
    runs = f", {some(result.runs, 'run')} each (seeds {result.seed} to {result.seed + result.runs - 1})"
    return some(len(result.points), "point") + (runs if result.runs > 1 else "")


def _judged(result: SweepResult) -> str:
    return f" in each run; shares with {METHOD}" if result.runs > 1 else ""


# -- the table -----------------------------------------------------------------------------------------------------


def _table(result: SweepResult, rows: Sequence[SweepRow], paint: Paint) -> Iterator[str]:
    shown = columns(result)
    head = (*(axis.short for axis in result.axes), "", _head(result), *shown)
    body = [
        (*row.values, MARKS[row.answer], words_of(row), *(result.spread(name, row) for name in shown)) for row in rows
    ]
    table = [tuple(map(harmless.line, row)) for row in (head, *body[:MOST_ROWS])]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    # Figures that do not fit beside the others are left to the CSV.
    while sum(widths) + 2 * len(widths) > width() and len(widths) > len(result.axes) + 2:
        widths.pop()
    cut = head[len(widths) :]
    for number, row in enumerate(table):
        cells = [cell.ljust(size) for cell, size in zip(row, widths, strict=False)]
        tone = TONES[rows[number - 1].answer] if number else "dim"
        mark = len(result.axes)
        cells[mark : mark + 2] = [paint(" ".join(cells[mark : mark + 2]), tone)]
        yield "  " + "  ".join(cells).rstrip()
    if cut:
        yield from wrapped(f"beside these: {', '.join(cut)} (in a wider terminal, or by --csv FILE)", 2)
    if len(body) > MOST_ROWS:
        yield f"  and {some(len(body) - MOST_ROWS, 'more point')}: --csv FILE has all"


def _head(result: SweepResult) -> str:
    return "verdict" if result.question == "check" else "held" if result.runs > 1 else "answer"


def words_of(row: SweepRow) -> str:
    """Return what is told of a point: its answer, or its verdict with what is broken, or why it is not decided."""
    if row.findings:
        return f"{row.answer}: {row.findings[0].code}"
    broken = ", ".join(row.broken[:2]) + (f" and {len(row.broken) - 2} more" if len(row.broken) > 2 else "")
    return f"{row.words}: {broken}" if row.verdict == "violated" and broken else row.words


def columns(result: SweepResult) -> tuple[str, ...]:
    """Return the figures to show: those that were asked for, and those of the condition; then others that change."""
    if result.question == "check":
        return result.shown
    asked = [name for name in (*result.shown, *_in_condition(result)) if name in result.figures and name != "passed"]
    whole = (name for name in result.figures if "." not in name and name != "passed")
    changing = (name for name in whole if len({row.figures.get(name) for row in result.every}) > 1)
    return tuple(dict.fromkeys((*asked, *changing)))[: max(MOST_COLUMNS, len(result.shown))]


def _in_condition(result: SweepResult) -> list[str]:
    words = result.condition.replace("(", " ").replace(")", " ").split()
    return [word for word in words if word in result.figures]


def _at(result: SweepResult, row: SweepRow) -> str:
    return ", ".join(f"{axis.short} {value}" for axis, value in zip(result.axes, row.values, strict=True))


# -- where the answer changes --------------------------------------------------------------------------------------


def _found(result: SweepResult, search: EdgeSearch, paint: Paint) -> Iterator[str]:
    where = "".join(f", {path} {value}" for path, value in search.values.items())
    yield from (f"  {paint(line.strip(), 'bold')}" for line in wrapped(f"{headline(result, search)}{where}", 2))
    tried = f"{some(len(search.rows), 'value')} of {search.low}..{search.high} tried, to {search.step}"
    yield from wrapped(f"{tried}; what lies between two that agree was not tried", 4)
    if len(search.edges) > 1:
        if not search.monotone:
            warning = f"the answer changes {len(search.edges)} times: there is no one edge"
            yield f"    {paint(warning, 'warn')}"
        for low, high, row in segments(result, search):
            span = low if low == high else f"{low} to {high}"
            yield f"      {paint(f'{MARKS[row.answer]} {words_of(row)}', TONES[row.answer])}  {span}"
    for number, edge in enumerate(search.edges, start=1):
        name = f"edge {number}, " if len(search.edges) > 1 else ""
        for place, side in (("below", edge.below), ("above", edge.above)):
            yield from _side(result, f"{name}{place}", side)


def _side(result: SweepResult, name: str, side: SweepSide) -> Iterator[str]:
    if side.saved and side.play:
        yield f"    {name} ({value_of(result, side.row)}): {side.play}  {side.status}"
    elif side.saved:
        yield f"    {name} ({value_of(result, side.row)}): {', '.join(side.texts)}"


def headline(result: SweepResult, search: EdgeSearch) -> str:
    """Return in a sentence where the answer changes."""
    name, condition = result.by.short if result.by else "", IN_WORDS.get(result.condition, result.condition)
    first = search.rows[0]
    if not search.edges:
        return f"{condition}: {_EVERYWHERE[first.answer].format(name)}"
    if search.monotone and search.turns:
        edge = search.turns[0]
        below = first.answer == "holds"
        good, bad = (edge.below, edge.above) if below else (edge.above, edge.below)
        between = "" if edge.exact else " (not narrowed down further)"
        if result.runs > 1:
            sides = (f"{_sample(side.row)} at {name} {value_of(result, side.row)}" for side in (good, bad))
            return f"sampled, so not exact: {condition}: {'; '.join(sides)}{between}"
        most = "largest" if below else "smallest"
        sentence = f"the {most} {name} for which {condition}: {value_of(result, good.row)}; "
        return f"{sentence}at {value_of(result, bad.row)}: {words_of(bad.row)}{between}"
    return f"{condition} by {name}"


def _sample(row: SweepRow) -> str:
    return f"{'holds in ' if row.answer == 'holds' else ''}{words_of(row)}"


def value_of(result: SweepResult, row: SweepRow) -> str:
    """Return the value of a row on the axis of the search."""
    return row.values[place_of(result)]


def place_of(result: SweepResult) -> int:
    """Return the number of the axis of the search; without a search, of the first that moves."""
    paths = [axis.path for axis in result.axes]
    if result.by:
        return paths.index(result.by.path)
    return next(iter(result.moving), 0)


def segments(result: SweepResult, search: EdgeSearch) -> list[tuple[str, str, SweepRow]]:
    """Return the stretches of neighbouring values with one answer: from, to, and the first row."""
    made: list[tuple[str, str, SweepRow]] = []
    for row in search.rows:
        value = value_of(result, row)
        if made and made[-1][2].answer == row.answer:
            made[-1] = (made[-1][0], value, made[-1][2])
        else:
            made.append((value, value, row))
    return made


# -- the plot ------------------------------------------------------------------------------------------------------


def _plots(result: SweepResult, paint: Paint) -> Iterator[str]:
    if result.grid and not result.searches:
        yield from _matrix(result, paint)
    groups = [(search.values, search.rows, search.edges) for search in result.searches]
    if not groups and len(result.moving) == 1 and len(result.rows) > 1:
        # Names have no order, so nothing lies between them.
        pairs = neighbours(result.rows) if result.axes[place_of(result)].scaled else []
        found = [(SweepSide(row=one), SweepSide(row=other)) for one, other in pairs]
        groups = [({}, result.rows, tuple(SweepEdge(below=one, above=other, exact=False) for one, other in found))]
    for values, rows, edges in groups:
        yield from _plot(result, "".join(f", {path} {value}" for path, value in values.items()), rows, edges, paint)


def plotted(result: SweepResult) -> str:
    """Return the figure that a plot draws: the first that is shown and is a number; empty if there is none."""
    names = (name for name in columns(result) if result.units.get(name) in ("count", "duration"))
    return next(names, "")


def _plot(
    result: SweepResult, where: str, rows: Sequence[SweepRow], edges: Sequence[SweepEdge], paint: Paint
) -> Iterator[str]:
    name, axis = plotted(result), result.axes[place_of(result)]
    kept = thinned(rows, edges)
    labels = [harmless.line(value_of(result, row)) for row in kept]
    size = max(map(len, labels))
    most = max((_most(row, name) for row in kept), default=0)
    yield f"  plot: {f'{name} ' if name else ''}by {axis.short}{where}"
    breaks = {id(edge.above.row) for edge in edges}
    for label, row in zip(labels, kept, strict=True):
        if id(row) in breaks:
            yield f"    {'-' * size} {'- ' * (BAR // 2)}the answer changes"
        mark = paint(MARKS[row.answer], TONES[row.answer])
        yield f"    {label.rjust(size)} {mark} |{_bar(row, name, most)}{_told(result, row, name)}".rstrip()
    if edges and not result.searches:
        spans = ", ".join(f"{value_of(result, e.below.row)} and {value_of(result, e.above.row)}" for e in edges[:3])
        yield f"    between {spans}: --by {axis.short} narrows it down"
    if len(kept) < len(rows):
        yield f"    {some(len(rows) - len(kept), 'point')} not drawn"


def thinned(rows: Sequence[SweepRow], edges: Sequence[SweepEdge]) -> list[SweepRow]:
    """Return the rows to draw: all, or of very many those beside edges, and others evenly."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    beside = {id(side.row) for edge in edges for side in (edge.below, edge.above)}
    every = -(-len(rows) // (MOST_ROWS // 2))
    return [row for number, row in enumerate(rows) if number % every == 0 or id(row) in beside or row is rows[-1]]


def _most(row: SweepRow, name: str) -> float:
    found = row.figures.get(name)
    return max((value for value in found.values if 0 < value < inf), default=0) if found else 0


def _bar(row: SweepRow, name: str, most: float) -> str:
    """A bar as long as the median of a figure; what goes beyond it in some runs is dotted. What has no end is as long
    as the longest.
    """
    found = row.figures.get(name)
    if not (found and found.values):
        return ""
    numbers = (found.quantile(50), found.values[-1])
    lengths = [BAR if number == inf else round(BAR * max(0, number) / (most or 1)) for number in numbers]
    return _FULL * lengths[0] + "·" * (lengths[1] - lengths[0])


def _told(result: SweepResult, row: SweepRow, name: str) -> str:
    text = result.spread(name, row) if name else words_of(row)
    return f" {text}"


def _matrix(result: SweepResult, paint: Paint) -> Iterator[str]:
    down, across = (result.axes[number] for number in result.moving)
    if len(across.values) > MOST_ROWS // 2:
        return
    yield f"  plot: {down.short} down, {across.short} across"
    labels = [harmless.line(value) for value in down.values]
    size, cells = max(map(len, labels)), [harmless.line(value) for value in across.values]
    yield f"    {' ' * size}  {'  '.join(cells)}"
    for label, (_, rows) in zip(labels, result.grid, strict=True):
        marks = [(one.answer, len(cell)) for one, cell in zip(rows, cells, strict=True)]
        row = "  ".join(paint(MARKS[answer].center(wide), TONES[answer]) for answer, wide in marks)
        yield f"    {label.rjust(size)}  {row}".rstrip()


@each_on_one_line
def listed(paths: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Yield what can be varied, one a line: the path, what it is now, and what it takes."""
    table = [tuple(map(harmless.line, row)) for row in paths]
    widths = [min(MOST_WIDE, max((len(row[column]) for row in table), default=0)) for column in (0, 1)]
    for path, now, takes in table:
        yield f"{path.ljust(widths[0])}  {now.ljust(widths[1])}  {takes}"
