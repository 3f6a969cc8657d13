"""Sweep: vary numbers of a scenario, its runbook and its rulebook, and say where the answer changes."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from dcsim.domain.figures import COSTLY, part_of
from dcsim.files.findings import suggest
from dcsim.report.sweep import Axis, EdgeSearch, SweepResult, SweepRow
from dcsim.usecases.check import TAKEN
from dcsim.usecases.request import Listen, Progress, RequestError, ignore
from dcsim.usecases.sweep.condition import Condition, condition
from dcsim.usecases.sweep.measure import (
    SEEDS_A_TASK,
    CheckOptions,
    Measured,
    PointQuestion,
    Question,
    known_figures,
    measure,
    row_of,
    unit_of,
    units,
)
from dcsim.usecases.sweep.points import Point, SweptFiles, grid, swept_files, varying
from dcsim.usecases.sweep.ranges import Varied, ends, number_of, value_on
from dcsim.usecases.sweep.search import Halted, Line, search
from dcsim.usecases.sweep.settings import Setting, setting_of
from dcsim.usecases.sweep.sides import with_sides
from dcsim.usecases.tasks.each import Again, each
from dcsim.usecases.tasks.task import ClusterLost, Died, Stop, Workplace, never

DEFAULT: Mapping[Question, str] = {"run": "passed", "check": "proved"}
FIRST = 3
"""So many points are named that are run once more."""
MOST_RUNS = 10_000_000
"""So many runs a sweep has at most."""


@attrs.frozen(kw_only=True)
class SweepRequest:
    """What is swept, and what is asked.

    ``vary`` are texts ``PATH=VALUES``, all values with all, or ``zipped``. ``find`` is a condition, which is searched
    along ``by`` (``PATH`` or ``PATH=LOW..HIGH``), ``to`` a number as near as this. ``show`` are the figures to show.
    ``folder`` is where the scenarios on each side of an edge are written.
    """

    scenario: Path | None = None
    rulebook: str | None = None
    runbook: str | None = None
    vary: tuple[str, ...] = ()
    zipped: bool = False
    find: str | None = None
    by: str | None = None
    to: str | None = None
    show: tuple[str, ...] = ()
    question: Question = "run"
    practices: bool = True
    runs: int = 1
    seed: int = 0
    checking: CheckOptions = attrs.field(factory=CheckOptions)
    folder: Path | None = None


def again(request: SweepRequest) -> str:
    """Return the command that does it again, without where the points are computed and where the result goes."""
    words = ["dcsim", "sweep", *([str(request.scenario)] if request.scenario else [])]
    given: dict[str, object] = {"--rulebook": request.rulebook, "--runbook": request.runbook, "--find": request.find}
    given |= {"--by": request.by, "--to": request.to, "--seed": request.seed or None}
    given |= {"--runs": request.runs if request.runs > 1 else None}
    words += [word for text in request.vary for word in ("--vary", text)]
    words += [word for name, value in given.items() if value is not None for word in (name, str(value))]
    words += [word for name in request.show for word in ("--show", name)]
    words += [*(["--zip"] if request.zipped else []), *([] if request.practices else ["--practices", "off"])]
    if request.question == "check":
        words += ["--check", *request.checking.words]
    return shlex.join(words)


def paths(request: SweepRequest) -> tuple[Setting, ...]:
    """Return all that can be varied."""
    files, _ = varying(swept_files(request.scenario, request.rulebook, request.runbook), _books(request))
    return tuple(one for one in files.settings if one.checked or request.question == "run")


def _books(request: SweepRequest) -> list[str]:
    return [text for text in request.vary if text.partition("=")[0].strip() in ("runbook", "rulebook")]


def sweep(
    request: SweepRequest,
    place: Workplace | None = None,
    stop: Stop = never,
    listen: Listen = ignore,
    warn: Callable[[str], None] = lambda _: None,
) -> SweepResult:
    """Find what comes of a scenario, or of a check, at each point; and where the answer changes.

    The result is the same wherever the points are computed. RequestError and InputError before anything is computed.
    ``warn`` is told what is run once more. After a stop, or where a cluster is lost, the result is partial, and says
    why.
    """
    plan = _planned(request)
    work = _Work(plan.asked, place or Workplace(), stop, listen, warn, of=len(plan.points))
    rows = work.rows(plan.points)
    searches: list[EdgeSearch] = []
    for line, other in plan.lines:
        if not work.why:
            known = [row for row in rows if _on(row, other, line.place)]
            searches.append(_named(plan, line, other, search(line, other, known, work.searched)))
    result = SweepResult(
        subject=plan.asked.files.subject,
        question=request.question,
        condition=str(plan.asked.condition),
        axes=tuple(map(_axis, plan.asked.swept)),
        rows=tuple(rows),
        of=0 if plan.lines else len(plan.points),
        runs=request.runs,
        seed=request.seed,
        shown=request.show,
        units=_units(plan.asked, [*rows, *(row for one in searches for row in one.rows)]),
        by=_axis(plan.asked.swept[plan.lines[0][0].place]) if plan.lines else None,
        searches=tuple(searches),
        again=again(request),
        why=work.why,
        interrupted=work.interrupted,
    )
    return with_sides(result, plan.asked, plan.points_of, request.folder)


@attrs.frozen(kw_only=True)
class _Plan:
    """The points of the grid, and the lines that are searched, each with the values of all else."""

    asked: PointQuestion
    points: tuple[Point, ...]
    lines: tuple[tuple[Line, Point], ...]

    def points_of(self, row: SweepRow) -> Point:
        """Return the point of a row: on a line, its number gives the value."""
        known = [{value.shown: value for value in one.values} for one in self.asked.swept]
        return tuple(
            values.get(shown) or value_on(one.setting, number or 0)
            for values, one, shown, number in zip(known, self.asked.swept, row.values, row.numbers, strict=True)
        )


def planned(request: SweepRequest) -> PointQuestion:
    """Return what each point is asked. RequestError and InputError where a sweep is impossible."""
    return _planned(request).asked


def _planned(request: SweepRequest) -> _Plan:
    files = swept_files(request.scenario, request.rulebook, request.runbook)
    files, swept = varying(files, request.vary)
    if request.by and not request.find:
        request = attrs.evolve(request, find=DEFAULT[request.question])
    line, swept, in_grid = _line(request, files, swept)
    if not swept:
        raise RequestError("give --vary PATH=VALUES, such as --vary link.lag=0s..30m; --paths lists what can be varied")
    if request.question == "run" and not request.scenario:
        raise RequestError("give a SCENARIO, or --check: without accounts and steps there is nothing to run")
    unread = [one.setting.path for one in swept if not one.setting.checked]
    if request.question == "check" and unread:
        taken = f"of a scenario its {' and '.join(TAKEN)}"
        raise RequestError(f"a check does not read '{unread[0]}': it reads the rulebook, the runbook, and {taken}")
    if request.question == "run" and request.checking.words:
        raise RequestError(f"{request.checking.words[0]} goes with --check: a run has the accounts of its scenario")
    if request.question == "check" and request.runs > 1:
        raise RequestError("--runs does not go with --check: a check tries every schedule, and draws nothing")
    asked_for = _condition(request, files)
    named = (*request.show, *(name for one in asked_for.comparisons for name in (one.figure, one.other)))
    asked = PointQuestion(
        files=files,
        swept=swept,
        condition=asked_for,
        question=request.question,
        practices=request.practices,
        runs=request.runs,
        seed=request.seed,
        costly=tuple(name for name in dict.fromkeys(named) if part_of(name)[0] in COSTLY),
        checking=request.checking,
    )
    points = grid(swept, zipped=request.zipped)
    if len(points) * request.runs > MOST_RUNS:
        raise RequestError(f"{len(points):,} points x {request.runs:,} runs are more than {MOST_RUNS:,} runs")
    for one in swept:
        # A value that no file can have is refused before anything is computed.
        files.at((one,), (one.values[0],))
    if line is None:
        return _Plan(asked=asked, points=points, lines=())
    others = dict.fromkeys((*p[: line.place], swept[line.place].values[0], *p[line.place + 1 :]) for p in points)
    return _Plan(asked=asked, points=points if in_grid else (), lines=tuple((line, other) for other in others))


def _line(
    request: SweepRequest, files: SweptFiles, swept: tuple[Varied, ...]
) -> tuple[Line | None, tuple[Varied, ...], bool]:
    """The line along which is searched; what is varied, with its setting; and whether the grid has that, too."""
    if not request.by:
        return None, swept, True
    if request.zipped:
        raise RequestError("--zip does not go with --by: the search needs the other values to stay")
    path, _, text = request.by.partition("=")
    setting = setting_of(path.strip(), files.settings)
    place = next((number for number, one in enumerate(swept) if one.setting.path == setting.path), None)
    low, high = ends(setting, text) if text or place is None else _span(setting, swept[place])
    step = _nearness(setting, request.to)
    if place is not None:
        return Line(setting=setting, place=place, low=low, high=high, step=step), swept, True
    whole = (*swept, Varied(setting, (value_on(setting, low), value_on(setting, high))))
    return Line(setting=setting, place=len(swept), low=low, high=high, step=step), whole, False


def _span(setting: Setting, one: Varied) -> tuple[int, int]:
    numbers = [value.number for value in one.values if value.number is not None]
    if len(set(numbers)) < 2 or setting.sort == "number":
        return ends(setting, ",".join(value.shown for value in one.values))
    return int(min(numbers)), int(max(numbers))


def _nearness(setting: Setting, to: str | None) -> int:
    if setting.sort == "count":
        if to and not (to.isascii() and to.isdecimal() and 0 < len(to) < 10 and int(to)):
            raise RequestError(f"--to {to}: '{setting.path}' is searched in whole numbers, so give one above zero")
        return int(to or 1)
    return max(1, int(number_of(attrs.evolve(setting, sort="duration"), to or "1s")))


def _condition(request: SweepRequest, files: SweptFiles) -> Condition:
    text = request.find or DEFAULT[request.question]
    known = known_figures(files, request.question)
    for name in request.show:
        if name not in known:
            hint = suggest(name, known)
            raise RequestError(f"--show: no figure is called '{name}'{hint and '; '}{hint}")
    return condition(text, lambda name: unit_of(files, request.question, name), known)


def _on(row: SweepRow, other: Point, place: int) -> bool:
    """Whether a row lies on the line through a point."""
    return all(
        at == place or shown == value.shown for at, (shown, value) in enumerate(zip(row.values, other, strict=True))
    )


def _named(plan: _Plan, line: Line, other: Point, found: EdgeSearch) -> EdgeSearch:
    values = {
        one.setting.path: value.shown
        for at, (one, value) in enumerate(zip(plan.asked.swept, other, strict=True))
        if at != line.place
    }
    return attrs.evolve(found, values=values)


def _axis(one: Varied) -> Axis:
    return Axis(
        path=one.setting.path,
        sort=one.setting.sort,
        now=one.setting.now,
        values=tuple(value.shown for value in one.values),
        numbers=tuple(value.number for value in one.values),
    )


def _units(asked: PointQuestion, rows: Sequence[SweepRow]) -> dict[str, str]:
    known = units(asked.question)
    return {name: known[name.partition(".")[0]] for row in rows for name in row.figures}


@attrs.define
class _Work:
    """The points that are computed. ``why``: what ended it before its end."""

    asked: PointQuestion
    place: Workplace
    stop: Stop
    listen: Listen
    warn: Callable[[str], None]
    of: int
    why: str = ""
    interrupted: bool = False
    done: int = 0

    def searched(self, points: Sequence[Point]) -> Sequence[SweepRow]:
        """Find the rows of points of a search. Halted where it cannot go on."""
        self.of += len(points)
        rows = self.rows(points)
        if self.why:
            raise Halted(rows)
        return rows

    def rows(self, points: Sequence[Point]) -> list[SweepRow]:
        """Find the rows of some points, in their order; after a stop, only those that have some runs."""
        seeds = range(self.asked.seed, self.asked.seed + self.asked.runs)
        chunks = [seeds[start : start + SEEDS_A_TASK] for start in range(0, len(seeds), SEEDS_A_TASK)]
        parts = [(number, chunk) for number in range(len(points)) for chunk in chunks]
        found: dict[int, dict[int, Measured]] = {}
        for task, measured in self._measured([(points[number], chunk) for number, chunk in parts]):
            number = parts[task][0]
            found.setdefault(number, {})[task] = measured
            self.done += len(parts[task][1])
            unit = "runs" if self.asked.question == "run" else "checks"
            self.listen(Progress("sweep", self.done, self.of * len(seeds), unit))
        return [
            row_of(self.asked, points[number], [found[number][task] for task in sorted(found[number])])
            for number in sorted(found)
        ]

    def _measured(self, payloads: Sequence[tuple[Point, Sequence[int]]]) -> Iterator[tuple[int, Measured]]:
        count = 0

        def tell(again: Again) -> None:
            self.warn(f"dcsim: {again.why}; run once more: {self._named(payloads[task][0] for task in again.tasks)}")

        try:
            for task, outcome in each(measure, self.asked, payloads, self.place, self.stop, tell):
                if isinstance(outcome, Exception):
                    raise outcome
                count += 1
                yield task, Measured(why=outcome.why) if isinstance(outcome, Died) else outcome
        except ClusterLost as lost:
            self.why = str(lost)
        if count < len(payloads) and not self.why:
            self.why, self.interrupted = "interrupted", True

    def _named(self, points: Iterable[Point]) -> str:
        """Name the first of some points."""
        paths = [one.setting.short for one in self.asked.swept]
        told = [
            " and ".join(f"{path} {value.shown}" for path, value in zip(paths, point, strict=True)) for point in points
        ]
        names = list(dict.fromkeys(told))
        return ", ".join((*names[:FIRST], *(("...",) if names[FIRST:] else ()))) or "what it had begun"
