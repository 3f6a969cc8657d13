"""The result of a fuzzing campaign, as text, JSON and test cases. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any, Literal

import attrs

from dcsim import __version__
from dcsim.domain.scenario import Scenario
from dcsim.files.write import write_scenario, write_steps
from dcsim.report.annotations import Annotation, file_named
from dcsim.report.junit import TestCase
from dcsim.report.notebook import text
from dcsim.report.text import Paint, plain, some
from dcsim.semantics.invariant_registry import INVARIANTS

FORMAT = 1
Status = Literal["passed", "violated", "inconclusive"]


@attrs.frozen
class FuzzFinding:
    """An invariant that is broken, and the shortest scenario that breaks it. ``batch`` is the batch that drew it.

    ``drawn`` is the scenario's size after the batch minimised it, before the check searched for a shorter one.
    """

    invariant: str
    scenario: Scenario
    batch: int
    drawn: int


@attrs.frozen
class Lost:
    """A batch without a result, because its process died twice. ``why`` says how it died the second time."""

    batch: int
    why: str


@attrs.frozen
class StruckKind:
    """A kind of fault in time: how often it was ``drawn``, and how often it ``struck``, that is, took effect."""

    kind: str
    drawn: int
    struck: int


@attrs.frozen(kw_only=True)
class FuzzResult:
    """The result of a campaign.

    ``seconds`` is the time of drawing; the time in which the check searched for shorter scenarios is not included.
    ``again`` is the command that runs the same batches. ``interrupted``: the caller asked to stop. ``error``: the error
    of a custom invariant or of dcsim that ended the campaign. ``unsaved``: why the findings could not be written, or
    None. ``files`` maps invariants to the files that were written. ``struck``: the kinds of faults in time that were to
    be drawn.
    """

    names: tuple[str, str]
    engine: str
    seed: int
    shard: tuple[int, int]
    examples: int
    steps: int
    seconds: float
    findings: tuple[FuzzFinding, ...]
    again: str
    lost: tuple[Lost, ...] = ()
    interrupted: bool = False
    error: Exception | None = None
    unsaved: Exception | None = None
    files: dict[str, str] = attrs.field(factory=dict)
    struck: tuple[StruckKind, ...] = ()

    def _repr_html_(self) -> str:
        """Return the result as HTML for a notebook."""
        return text(lines(self))

    @property
    def status(self) -> Status:
        """``inconclusive``: nothing was found, but nothing was drawn, or a batch was lost, or an error occurred, or a
        kind of fault that was to strike never did.
        """
        if self.findings:
            return "violated"
        return "inconclusive" if self.lost or self.error or not self.examples or self.never_struck else "passed"

    @property
    def never_struck(self) -> tuple[str, ...]:
        """The kinds of faults in time that were to be drawn and never took effect."""
        return tuple(each.kind for each in self.struck if not each.struck)


def lines(result: FuzzResult, paint: Paint = plain) -> Iterator[str]:
    """Yield the lines to print: each finding, the totals, and the commands that repeat them."""
    for finding in result.findings:
        yield f"{paint(finding.invariant, 'bad')}  {finding.scenario.label}, batch {finding.batch}"
        yield f"  {INVARIANTS[finding.invariant].statement}"
        yield from (f"  - {step}" for step in write_steps(finding.scenario))
    for lost in result.lost:
        yield f"{paint('left out', 'warn')}  batch {lost.batch}: {lost.why}"
    rate = f"{result.examples / result.seconds:,.0f} examples/s" if result.seconds else ""
    yield (
        f"{some(result.examples, 'example')}, {some(result.steps, 'step')} in {result.seconds:.2f} s ({rate}): "
        f"{some(len(result.findings), 'invariant')} broken, seed {result.seed}, engine {result.engine}"
    )
    if result.struck:
        told = ", ".join(f"{each.kind} {each.struck:,} of {each.drawn:,}" for each in result.struck)
        yield f"faults in time that struck, of those drawn: {told}"
    if result.struck and result.never_struck:
        yield f"{paint('not tried', 'warn')}  {', '.join(result.never_struck)}: never struck, so nothing is known of it"
    yield from (f"again: {_run(file)}" for file in result.files.values())
    yield f"again: {result.again}"


def _run(file: str) -> str:
    return shlex.join(["dcsim", "run", file])


def as_json(result: FuzzResult) -> dict[str, Any]:
    """Return the whole result as JSON values. docs/reference/findings-on-disk.md describes the keys."""
    return {
        "dcsim-fuzz": FORMAT,
        "version": __version__,
        "status": result.status,
        "interrupted": result.interrupted,
        "rulebook": result.names[0],
        "runbook": result.names[1],
        "engine": result.engine,
        "seed": result.seed,
        "shard": "/".join(map(str, result.shard)),
        "examples": result.examples,
        "steps": result.steps,
        "seconds": round(result.seconds, 3),
        "findings": [_finding(finding, result) for finding in result.findings],
        **({"faults-in-time": [attrs.asdict(each) for each in result.struck]} if result.struck else {}),
        "lost": [attrs.asdict(lost) for lost in result.lost],
        "error": None if result.error is None else str(result.error),
        "reproduce": result.again,
    }


def _finding(finding: FuzzFinding, result: FuzzResult) -> dict[str, Any]:
    file = result.files.get(finding.invariant)
    named = attrs.evolve(finding.scenario, rulebook=result.names[0], runbook=result.names[1])
    return {
        "invariant": finding.invariant,
        "statement": INVARIANTS[finding.invariant].statement,
        "label": finding.scenario.label,
        "batch": finding.batch,
        "steps": len(finding.scenario.steps),
        "faults": len(finding.scenario.faults),
        "file": file,
        "scenario": write_scenario(named),
        "reproduce": _run(file) if file else result.again,
    }


def _trouble(result: FuzzResult) -> list[str]:
    """Say why the campaign did not do all that it should. One without examples proves nothing, so it has trouble."""
    trouble = [f"batch {lost.batch}: {lost.why}" for lost in result.lost]
    trouble += [str(result.error)] if result.error else []
    trouble += [f"{', '.join(result.never_struck)}: never struck"] if result.examples and result.never_struck else []
    return trouble if result.examples or trouble else ["nothing was drawn"]


def test_cases(result: FuzzResult) -> list[TestCase]:
    """Return a test case for the campaign, and one for each broken invariant."""
    totals = f"{some(result.examples, 'example')}, seed {result.seed}, engine {result.engine}"
    properties = tuple(
        (name, str(value))
        for name, value in as_json(result).items()
        if name in ("rulebook", "runbook", "engine", "seed", "shard", "examples")
    )
    of_all = TestCase(f"fuzz {' '.join(result.names)}", "campaign", classname="dcsim.fuzz", properties=properties)
    cases = [attrs.evolve(of_all, error="; ".join(_trouble(result)), output=f"{totals}\nagain: {result.again}")]
    for finding in result.findings:
        entry = _finding(finding, result)
        told = attrs.evolve(of_all, name=finding.invariant, kind=finding.invariant, failure=entry["statement"])
        again = f"again: {entry['reproduce']}"
        cases.append(attrs.evolve(told, output=f"{entry['scenario']}{again}", aside=again, file=entry["file"] or ""))
    return cases


def annotated(result: FuzzResult) -> Iterator[Annotation]:
    """Yield an annotation for each finding, at its file or else at the runbook; and one for what was not drawn."""
    for finding in result.findings:
        entry = _finding(finding, result)
        steps = "\n".join(f"- {step}" for step in write_steps(finding.scenario))
        yield Annotation(
            title=f"{finding.invariant} is broken",
            message=f"{entry['statement']}\n{steps}\nagain: {entry['reproduce']}",
            file=entry["file"] or file_named(result.names[1]),
        )
    if trouble := _trouble(result):
        yield Annotation(level="warning", title="fuzz is inconclusive", message="\n".join(trouble))
