"""What is found at one point of a sweep: by runs, or by a check. These functions are tasks: they run in any process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import attrs

from dcsim.checker.explorers.budget import Budget
from dcsim.domain.figures import COSTLY, FIGURES, part_of
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import Case
from dcsim.files.load_books import parse_rulebook, parse_runbook
from dcsim.files.write import write_scenario
from dcsim.report.check import CheckResult, covered
from dcsim.report.sweep import Spread, SweepRow
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.verdict import verdict
from dcsim.usecases.check import Bounds, Subject, Who, check, subject_of, subject_of_case
from dcsim.usecases.request import RequestError
from dcsim.usecases.sweep.condition import Condition, Unit
from dcsim.usecases.sweep.points import Point, SweptFiles
from dcsim.usecases.sweep.ranges import Varied
from dcsim.usecases.tasks.task import Abandoned, Stop

Question = Literal["run", "check"]
VERDICTS = ("proved", "violated", "inconclusive")
SEEDS_A_TASK = 25
"""So many runs of a point are one task."""
Figured = Mapping[str, float | None]
"""What has no end is infinite."""


@attrs.frozen(kw_only=True)
class CheckOptions:
    """How each point is checked."""

    who: Who = attrs.field(factory=Who)
    bounds: Bounds = attrs.field(factory=Bounds)
    seconds: float = 300.0
    memory: int = 4 << 30
    engine: str = "auto"

    @property
    def words(self) -> list[str]:
        """The options of the command line that differ from their defaults; not the budget."""
        words: list[str] = []
        for given, usual in ((self.who, Who()), (self.bounds, Bounds())):
            for name in attrs.fields_dict(type(given)):
                value = getattr(given, name)
                if value != getattr(usual, name):
                    words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
        return words + ([] if self.engine == "auto" else ["--engine", self.engine])


@attrs.frozen(kw_only=True)
class PointQuestion:
    """What every point of a sweep is asked. ``costly``: the figures, or parts of them, that are computed on demand."""

    files: SweptFiles
    swept: tuple[Varied, ...]
    condition: Condition
    question: Question = "run"
    practices: bool = True
    runs: int = 1
    seed: int = 0
    costly: tuple[str, ...] = ()
    checking: CheckOptions = attrs.field(factory=CheckOptions)


@attrs.frozen(kw_only=True)
class Measured:
    """What some runs of a point found, with seeds from the ``first`` on, or its check; or why it cannot be run.

    ``example`` is the text of a scenario that breaks what a check found broken, and ``scope`` says within which bounds.
    """

    runs: tuple[Figured, ...] = ()
    first: int = 0
    findings: tuple[Finding, ...] = ()
    verdict: str = ""
    broken: tuple[str, ...] = ()
    why: str = ""
    example: str = ""
    scope: tuple[str, ...] = ()


def units(question: Question) -> dict[str, Unit]:
    """The figures that a point has, without their parts, and the unit of each."""
    if question == "check":
        return {**dict.fromkeys(VERDICTS, "flag"), "violations": "count"}
    return {"passed": "flag", **{name: figure.unit for name, figure in FIGURES.items()}}


def unit_of(files: SweptFiles, question: Question, name: str) -> Unit | None:
    """The unit of a figure, or of its part; None if a point has no such figure."""
    figure, part = part_of(name)
    unit = units(question).get(figure)
    if not part or unit is None:
        return unit
    return unit if name in known_figures(files, question) else None


def known_figures(files: SweptFiles, question: Question) -> tuple[str, ...]:
    """The names of all figures that a point may have."""
    if question == "check":
        return tuple(units(question))
    parts: dict[str, dict[str, None]] = {"session": {}, "step": {}, "drain": {}}
    for texts in (files.texts, *({**files.texts, kind: text} for (kind, _), text in files.books.items())):
        book, runbook = parse_rulebook(texts["rulebook"]).value, parse_runbook(texts["runbook"]).value
        parts["session"] |= dict.fromkeys(book.by_name if book else ())
        parts["step"] |= dict.fromkeys(step.id for step in runbook.steps) if runbook else {}
        parts["drain"] |= dict.fromkeys(step.id for step in runbook.steps if step.verb == "drain") if runbook else {}
    names = ["passed"]
    for name, figure in FIGURES.items():
        names += [name] if figure.whole or not figure.part else []
        names += [f"{name}.{part}" for part in parts.get(figure.part, ())]
    return tuple(names)


def measure(asked: PointQuestion, payload: tuple[Point, Sequence[int]], stop: Stop) -> Measured:
    """Find what there is at a point: by a run with each of some seeds, or by a check."""
    point, seeds = payload
    try:
        texts = asked.files.at(asked.swept, point)
        if asked.question == "check":
            return _checked(subject_at(asked, texts), asked)
        case = asked.files.case(texts)
        found = []
        for seed in seeds:
            if stop() > 1:
                raise Abandoned
            found.append(_run(case, asked, seed))
        return Measured(runs=tuple(found), first=seeds[0])
    except InputError as error:
        return Measured(findings=tuple(_named(asked, one) for one in error.findings if one.severity == "error"))
    except RequestError as error:
        return Measured(findings=(Finding("DC109", asked.files.path or "", 0, 0, str(error)),))


def subject_at(asked: PointQuestion, texts: Mapping[str, str]) -> Subject:
    """What is checked at a point."""
    names = (asked.files.names["rulebook"], asked.files.names["runbook"])
    if asked.files.path is not None:
        return subject_of_case(asked.files.case(texts), names, practices=asked.practices)
    pair, checking = asked.files.pair(texts), asked.checking
    return subject_of(*pair, checking.who, names, practices=asked.practices, memory=checking.memory)


def checked(subject: Subject, asked: PointQuestion) -> CheckResult:
    """Check a point."""
    checking = asked.checking
    budget = Budget(seconds=checking.seconds, memory=checking.memory)
    return check(subject, checking.bounds, budget, engine=checking.engine)


def row_of(asked: PointQuestion, point: Point, found: Sequence[Measured]) -> SweepRow:
    """The row of a point, from what its tasks found, in the order of their seeds."""
    runs = [run for one in found for run in one.runs]
    answers = [asked.condition.judge(run) for run in runs]
    last = found[-1]
    asked_for = [name for one in asked.condition.comparisons for name in (one.figure, one.other) if name]
    lacking = [name for name in dict.fromkeys(asked_for) if any(run.get(name) is None for run in runs)]
    why = last.why or (f"{', '.join(lacking)}: not computed or not reached" if lacking else "")
    return SweepRow(
        values=tuple(value.shown for value in point),
        numbers=tuple(value.number for value in point),
        runs=len(runs),
        of=asked.runs,
        held=answers.count(True),
        failed=answers.count(False),
        figures={
            name: _spread([run.get(name) for run in runs]) for name in dict.fromkeys(n for run in runs for n in run)
        },
        verdict=last.verdict,
        broken=last.broken,
        why=why,
        example=last.example,
        scope=last.scope,
        failing=next(_failing(asked, found), None),
        findings=next((one.findings for one in found if one.findings), ()),
    )


def _failing(asked: PointQuestion, found: Sequence[Measured]) -> Iterator[int]:
    """The seeds with which the condition is false."""
    for one in found:
        yield from (s for s, run in enumerate(one.runs, one.first) if asked.condition.judge(run) is False)


def _spread(values: Sequence[float | None]) -> Spread:
    known = sorted(value for value in values if value is not None)
    return Spread(tuple(known), len(values) - len(known))


def _run(case: Case, asked: PointQuestion, seed: int) -> Figured:
    steps = {part_of(name)[1] for name in asked.costly}
    model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=asked.practices)
    trace = simulate(model, case.scenario, tracing=False, seed=seed, figures="" in steps or steps)
    found = trace.figures
    names = (name for name in found.values if name in asked.costly or part_of(name)[0] not in COSTLY) if found else ()
    kept = {name: found.compared(name) for name in names} if found else {}
    return {"passed": int(verdict(case.scenario, trace).status == "passed"), **kept}


def _named(asked: PointQuestion, finding: Finding) -> Finding:
    """A finding with the name of the file that was varied, in place of the text that it was found in."""
    names = {"<scenario>": asked.files.path or "", **{f"<{kind}>": name for kind, name in asked.files.names.items()}}
    return attrs.evolve(finding, path=names.get(finding.path, finding.path))


def _checked(subject: Subject, asked: PointQuestion) -> Measured:
    result = checked(subject, asked)
    answer = result.answer
    decided = answer.status != "inconclusive"
    broken = tuple(sorted({name for names in answer.broken.values() for name in names}))
    # Where it is not decided, it is neither proved nor violated: conditions on these are unknown, and never true.
    told = {word: int(answer.status == word) if decided else None for word in VERDICTS[:2]}
    told |= {"inconclusive": int(not decided), "violations": len(broken) if decided else None}
    example = next((write_scenario(subject.named(one.scenario)) for one in answer.counterexamples), "")
    missed = (f"never happened, but was expected to: {name}" for name in answer.missed)
    scope = (f"bounds: {result.bounds}", *missed, *(f"{label} {text}" for label, text in covered(result)))
    return Measured(runs=(told,), verdict=answer.status, broken=broken, why=answer.why, example=example, scope=scope)
