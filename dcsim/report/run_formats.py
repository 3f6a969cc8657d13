"""Results of runs for other programs: one JSON object, and JUnit XML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs

from dcsim import __version__, harmless
from dcsim.files.findings import Finding
from dcsim.report.junit import TestCase, junit
from dcsim.report.open_cells import fold
from dcsim.report.run_view import RunResult
from dcsim.report.text import cause_of, some

FORMAT = 1
_LEFT_OUT = ("trace", "seconds", "asides", "moment")
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
        "results": [attrs.asdict(result, filter=_reported) for result in results],
        "open": [attrs.asdict(row) for row in rows],
        "not_loaded": [attrs.asdict(finding, filter=_reported) for finding in not_loaded],
    }


def as_junit(results: Sequence[RunResult], seconds: float) -> str:
    """Return JUnit XML with one test case for each scenario."""
    return junit(list(map(_test_case, results)), seconds)


def _test_case(result: RunResult) -> TestCase:
    first = result.problems[0] if result.problems else None
    more = len(result.problems) - 1
    also = f" (and {some(more, 'more problem')})" if more > 0 else ""
    return TestCase(
        suite=result.path,
        name=result.name,
        kind=first.kind if first else "",
        failure=f"{first.sentence}{also}" if first else "",
        error=cause_of(result) if result.status == "error" else "",
        output="\n".join(map(harmless.line, _problems(result) if first else map(str, result.findings))),
        aside="\n".join(map(harmless.line, (*result.warnings, *result.notes))),
        seconds=result.seconds,
        title=result.title,
        file=(first and first.file) or result.path,
        line=first.line if first else next((finding.line for finding in result.findings), 0),
    )


def _problems(result: RunResult) -> Iterator[str]:
    """Yield each problem with the rules that it rests on, then the command that shows it again."""
    for p in result.problems:
        yield f"{p.kind}: {p.statement}{' ' if p.statement else ''}{p.sentence} [{p.where}]"
        yield from (f"  {reason}" for reason in p.because)
        yield from (f"  by {basis}" for basis in p.rests_on)
    if result.more:
        yield f"and {some(result.more, 'more expectation')} not met"
    yield f"again: {result.reproduce}"
