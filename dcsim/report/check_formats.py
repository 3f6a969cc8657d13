"""The answer of a check for other programs: test cases, and annotations. Pure. (Its JSON is in ``check``.)"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import attrs

from dcsim import __version__
from dcsim.checker.question.safety import Counterexample
from dcsim.files.write import write_steps
from dcsim.report.annotations import Annotation, file_named
from dcsim.report.check import CheckResult, count, lines
from dcsim.report.junit import TestCase
from dcsim.report.run_view import stated
from dcsim.semantics.invariant_registry import INVARIANTS, practice


def test_cases(result: CheckResult, scenario: str) -> list[TestCase]:
    """Return a test case for the search, one for each invariant, and one for what was expected to happen and never did.

    An invariant that breaks has failed, with its shortest counterexample. If the search came to no end, the others are
    skipped, as are practices that did not count: nothing is known of them.
    """
    model = result.weekend.model
    suite = f"check {' '.join(filter(None, result.names)) or model.rulebook.rulebook}"
    of_all = TestCase(suite, "search", classname="dcsim.check", file=scenario, properties=tuple(_properties(result)))
    undecided = result.status == "inconclusive"
    search = attrs.evolve(
        of_all,
        error=(result.answer.why or "not decided") if undecided else "",
        output="\n".join(lines(result)),
        seconds=result.seconds,
    )
    first, broken = _first(result), _broken(result)
    cases = [_case(of_all, result, name, first.get(name), name in broken) for name in INVARIANTS]
    missed = (
        attrs.evolve(of_all, name=f"sometimes {name}", kind="sometimes", failure=f"never happened: {name}")
        for name in result.answer.missed
    )
    return [search, *cases, *missed]


def _case(of_all: TestCase, result: CheckResult, name: str, example: Counterexample | None, broken: bool) -> TestCase:
    case = attrs.evolve(of_all, name=name)
    if broken:
        where = _file(result, example)
        return attrs.evolve(
            case, kind=name, failure=stated(name), output="\n".join(_told(result, example)), file=where or case.file
        )
    if why := _unknown(result, name):
        return attrs.evolve(case, skipped=why)
    return attrs.evolve(case, output=f"{result.proof}: {result.bounds}")


def _unknown(result: CheckResult, name: str) -> str:
    """Say why nothing is known of an invariant that was not seen to break; empty if it is proved."""
    model = result.weekend.model
    waived = {waiver.practice: waiver.basis for waiver in model.runbook.waives}
    if practice(name) and not model.practices:
        return "practices did not count"
    if name in waived:
        return f"waived: {waived[name]}"
    if result.status == "inconclusive" or not result.answer.explored.complete:
        return result.answer.why or "the search came to no end"
    # A broken practice ends no schedule.
    ended = any(not practice(broken) for broken in _broken(result))
    return "not decided: a schedule ends where the promise breaks" if ended else ""


def _broken(result: CheckResult) -> set[str]:
    return {name for names in result.answer.broken.values() for name in names}


def _properties(result: CheckResult) -> Iterator[tuple[str, str]]:
    w, explored = result.weekend, result.answer.explored
    yield from (("rulebook", w.model.rulebook.rulebook), ("runbook", w.model.runbook.runbook))
    yield from (("status", result.status), ("bounds", result.bounds))
    yield from (("engine", explored.engine), ("states", count(explored.states)))
    yield from (("opened", cell) for cell in result.answer.covered.open_cells)
    yield "dcsim", __version__


def _first(result: CheckResult) -> dict[str, Counterexample]:
    """Return the counterexample of each invariant: the one after the fewest mishaps, which comes first."""
    return {example.invariant: example for example in reversed(result.counterexamples)}


def _file(result: CheckResult, example: Counterexample | None) -> str:
    """Return the file of a counterexample, if they were written."""
    number = next((i for i, each in enumerate(result.counterexamples) if each is example), len(result.files))
    return result.files[number] if number < len(result.files) else ""


def _told(result: CheckResult, example: Counterexample | None) -> Iterator[str]:
    """Yield what is found broken, by which rules, and the steps that break it."""
    if example is None:
        return
    yield from filter(None, (example.says, *(f"by {basis}" for basis in example.rests_on)))
    yield from (f"- {step}" for step in write_steps(example.scenario))
    if where := _file(result, example):
        yield f"again: {shlex.join(['dcsim', 'run', where])}"


def annotated(result: CheckResult, scenario: str) -> Iterator[Annotation]:
    """Yield an annotation for each invariant that breaks, at its counterexample, or else at the runbook."""
    place = file_named(result.names[1]) or scenario
    for name, example in reversed(_first(result).items()):
        yield Annotation(
            title=f"{name} is broken",
            message="\n".join((stated(name), *_told(result, example))),
            file=_file(result, example) or place,
        )
    for name in result.answer.missed:
        yield Annotation(title="never happened", message=f"{name} was expected in some schedule", file=scenario)
    if result.status == "inconclusive":
        why = result.answer.why or "the search came to no end"
        yield Annotation(level="warning", title="check is inconclusive", message=why, file=place)
