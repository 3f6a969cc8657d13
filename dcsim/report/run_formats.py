"""Results of runs for other programs: one JSON object, JUnit XML, and annotations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from dcsim import __version__, harmless
from dcsim.files.findings import Finding
from dcsim.report.annotations import Annotation, of_findings
from dcsim.report.figures import as_json as figures_json
from dcsim.report.junit import TestCase, dotted, junit
from dcsim.report.open_cells import fold, questions_in
from dcsim.report.run_view import RunResult
from dcsim.report.text import cause_of, some

FORMAT = 1
_LEFT_OUT = ("trace", "account_rows", "seconds", "asides", "moment", "figures")
"""What is not part of the report: it is large, differs from run to run, or is told otherwise."""


def _reported(field: attrs.Attribute[Any], _: object) -> bool:
    return field.name not in _LEFT_OUT


def as_json(results: Sequence[RunResult], seed: int, not_loaded: Iterable[Finding] = ()) -> dict[str, Any]:
    """Return the whole view as JSON values. docs/reference/report.md describes the keys."""
    counts = [sum(r.status == status for r in results) for status in ("passed", "failed", "error")]
    rows = fold((r.rulebook, (r.path, r.name), cell) for r in results for cell in r.opened)
    return {
        "dcsim-report": FORMAT,
        "version": __version__,
        "seed": seed,
        "passed": counts[0],
        "failed": counts[1],
        "errors": counts[2],
        "results": [_result(result) for result in results],
        "open": [attrs.asdict(row) for row in rows],
        "not_loaded": [attrs.asdict(finding, filter=_reported) for finding in not_loaded],
    }


def _result(result: RunResult) -> dict[str, Any]:
    figures = {"figures": figures_json(result.figures)} if result.figures else {}
    return attrs.asdict(result, filter=_reported) | figures


def as_junit(results: Sequence[RunResult], seconds: float, seed: int = 0, not_loaded: Iterable[Finding] = ()) -> str:
    """Return JUnit XML with one test case for each scenario, also for those that could not be run."""
    skipped = (TestCase(f.path, Path(f.path).stem, skipped=str(f), classname=dotted(f.path)) for f in not_loaded)
    cases = [case for result in results for case in (_test_case(result, seed), *_not_run(result))]
    return junit([*cases, *skipped], seconds)


def _test_case(result: RunResult, seed: int) -> TestCase:
    first = result.problems[0] if result.problems else None
    more = len(result.problems) - 1
    also = f" (and {some(more, 'more problem')})" if more > 0 else ""
    asides = (*result.warnings, *result.notes, *((f"again: {result.reproduce}",) if result.reproduce else ()))
    return TestCase(
        suite=result.path,
        name=result.name,
        kind=first.kind if first else "",
        failure=f"{first.sentence}{also}" if first else "",
        error=cause_of(result) if result.status == "error" else "",
        output="\n".join(map(harmless.line, _problems(result) if first else map(str, result.findings))),
        aside="\n".join(map(harmless.line, asides)),
        seconds=result.seconds,
        title=result.title,
        file=(first and first.file) or result.path,
        line=first.line if first else next((finding.line for finding in result.findings), 0),
        classname=dotted(result.path),
        properties=tuple(_properties(result, seed)) if result.status != "error" else (),
    )


def _properties(result: RunResult, seed: int) -> Iterator[tuple[str, str]]:
    """Yield what else is to be known of a run: with it, anyone can run the scenario again and compare."""
    yield from (("rulebook", result.rulebook), ("runbook", result.runbook), ("seed", str(seed)))
    yield from (("tag", tag) for tag in result.tags)
    yield from (("opened", question) for question in questions_in(result.opened))
    yield from (("expected-violation", name) for name in sorted({p.kind for p in result.expected_violations}))
    yield "actions", str(result.actions)
    # Zeros stand for a run whose events were not kept.
    yield from (("digest", result.digest),) if result.digest.strip("0") else ()
    yield "dcsim", __version__


def _not_run(result: RunResult) -> Iterator[TestCase]:
    """Yield the scenarios that could not be run for one cause, which is an error of its own."""
    for path in result.scenarios:
        yield TestCase(path, Path(path).stem, skipped=cause_of(result), file=path, classname=dotted(path))


def _problems(result: RunResult) -> Iterator[str]:
    """Yield each problem with the rules that it rests on, then the command that shows it again."""
    for p in result.problems:
        yield f"{p.kind}: {p.statement}{' ' if p.statement else ''}{p.sentence} [{p.where}]"
        yield from (f"  {reason}" for reason in p.because)
        yield from (f"  by {basis}" for basis in p.rests_on)
    if result.more:
        yield f"and {some(result.more, 'more expectation')} not met"
    yield f"again: {result.reproduce}"


def annotated(results: Sequence[RunResult], warnings: Iterable[Finding] = ()) -> Iterator[Annotation]:
    """Yield an annotation for each problem of each run, for each fault of a file, and for each warning about one."""
    for result in results:
        yield from of_findings(finding for finding in result.findings if finding.severity == "error")
        for p in result.problems:
            parts = (p.statement, p.sentence, *p.because, *(f"by {basis}" for basis in p.rests_on))
            yield Annotation(
                title=f"{result.name}: {p.kind}",
                message="\n".join(map(harmless.line, filter(None, (*parts, f"again: {result.reproduce}")))),
                file=p.file or result.path,
                line=p.line,
            )
    yield from of_findings(warnings)
