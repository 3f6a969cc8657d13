"""Results of runs for other programs: one JSON object, and JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from dcsim import __version__, harmless
from dcsim.report.junit import TestCase, junit
from dcsim.report.run_view import RunResult

FORMAT = 1


def as_json(results: Sequence[RunResult], seed: int) -> dict[str, Any]:
    """Return the whole view as JSON values. docs/reference/report.md describes the keys."""
    failed = sum(r.status != "passed" for r in results)
    return {
        "dcsim-report": FORMAT,
        "version": __version__,
        "seed": seed,
        "passed": len(results) - failed,
        "failed": failed,
        "results": [attrs.asdict(r, filter=lambda field, _: field.name != "trace") for r in results],
    }


def as_junit(results: Sequence[RunResult], seconds: float) -> str:
    """Return JUnit XML with one test case for each scenario."""
    return junit(list(map(_test_case, results)), seconds)


def _test_case(result: RunResult) -> TestCase:
    first = result.problems[0] if result.problems else None
    return TestCase(
        suite=result.path,
        name=result.name,
        kind=first.kind if first else "",
        failure=first.says if first else "",
        output="\n".join(map(harmless.line, _problems(result))) if first else "",
        aside="\n".join(map(harmless.line, (*result.warnings, *result.notes))),
    )


def _problems(result: RunResult) -> Iterator[str]:
    """Yield each problem with the rules that it rests on, then the command that shows it again."""
    for p in result.problems:
        yield f"{p.kind}: {p.statement} {p.says}; expected {p.expected}, found {p.actual} [{p.where}]"
        yield from (f"  by {basis}" for basis in p.rests_on)
    yield f"again: {result.reproduce}"
