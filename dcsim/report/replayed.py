"""The results of replaying traces and findings, as text, JSON and test cases. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any, Literal

import attrs

from dcsim import __version__
from dcsim.files.findings import Finding
from dcsim.report.annotations import Annotation, of_findings
from dcsim.report.junit import TestCase
from dcsim.report.text import Paint, plain

FORMAT = 1
Status = Literal["FIXED", "FAILED", "ERROR", "AS-RECORDED", "DIFFERS"]
STYLES: dict[Status, str] = {"FIXED": "good", "FAILED": "bad", "ERROR": "bad"}


@attrs.frozen(kw_only=True)
class Replayed:
    """The result of replaying one trace or finding. ``findings``: what is wrong with a trace that cannot be read."""

    kind: Literal["finding", "trace"]
    path: str
    status: Status
    invariant: str = ""
    says: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@attrs.frozen(kw_only=True)
class ReplayResult:
    """All results, in the order of replay. ``interrupted``: the caller asked to stop, and some were left out."""

    results: tuple[Replayed, ...]
    seconds: float
    interrupted: bool = False

    def count(self, status: Status, kind: str = "") -> int:
        """Count the results with this status; with a ``kind``, only those of that kind."""
        return sum(one.status == status and kind in ("", one.kind) for one in self.results)


def lines(result: ReplayResult, paint: Paint = plain) -> Iterator[str]:
    """Yield the lines to print: the traces, then the findings and how many of them are fixed."""
    for one in result.results:
        # What is said of a trace begins with its path already.
        if one.kind == "trace":
            yield from one.says
            continue
        invariant = f"  {one.invariant}" if one.invariant else ""
        yield f"{paint(f'{one.status:<6}', STYLES[one.status])}  {one.path}{invariant}"
        yield from (f"  {line}" for line in one.says)
    if not result.results or any(one.kind == "finding" for one in result.results):
        counts = [result.count(status, "finding") for status in ("FIXED", "FAILED", "ERROR")]
        yield f"{counts[0]} fixed, {counts[1]} failed, {counts[2]} errors in {result.seconds:.2f} s"


def as_json(result: ReplayResult) -> dict[str, Any]:
    """Return the whole result as JSON values. docs/reference/findings-on-disk.md describes the keys."""
    return {
        "dcsim-replay": FORMAT,
        "version": __version__,
        "interrupted": result.interrupted,
        "fixed": result.count("FIXED"),
        "failed": result.count("FAILED"),
        "errors": result.count("ERROR"),
        "as-recorded": result.count("AS-RECORDED"),
        "differing": result.count("DIFFERS"),
        "seconds": round(result.seconds, 3),
        "results": [
            {
                "kind": one.kind,
                "path": one.path,
                "status": one.status,
                "invariant": one.invariant or None,
                "says": [*one.says, *map(str, one.findings)],
            }
            for one in result.results
        ],
    }


def test_cases(result: ReplayResult) -> list[TestCase]:
    """Return one test case for each trace or finding."""
    return [_case(one) for one in result.results]


def _case(one: Replayed) -> TestCase:
    says = [*one.says, *map(str, one.findings)]
    text, first = "\n".join(says), says[0] if says else one.status
    case = TestCase(
        f"replay {one.kind}",
        f"{one.path} {one.invariant}".rstrip(),
        classname=f"dcsim.replay.{one.kind}",
        output=text,
        aside=f"again: {shlex.join(['dcsim', 'replay', one.path])}",
        file=one.path,
        line=next((finding.line for finding in one.findings), 0),
    )
    if one.status == "ERROR":
        return attrs.evolve(case, error=first)
    if one.status in ("FAILED", "DIFFERS"):
        return attrs.evolve(case, kind=one.invariant or one.status, failure=first)
    return case


def annotated(result: ReplayResult) -> Iterator[Annotation]:
    """Yield an annotation for each finding that still fails, each trace that differs, and each fault of a file."""
    for one in result.results:
        yield from of_findings(one.findings)
        if one.status in ("FAILED", "DIFFERS"):
            title = f"{one.invariant or 'replay'}: {one.status}"
            yield Annotation(title=title, message="\n".join(one.says) or one.status, file=one.path)
        elif one.status == "ERROR" and not one.findings:
            yield Annotation(title="cannot be replayed", message="\n".join(one.says) or one.status, file=one.path)
