"""Results for machines: one JSON object, and JUnit XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

import attrs

from dcsim import __version__, harmless
from dcsim.report.view import RunResult

FORMAT = 1


def as_json(results: Sequence[RunResult], seed: int) -> dict[str, Any]:
    """Everything of the view; documented in docs/reference/report.md."""
    failed = sum(r.status != "passed" for r in results)
    return {
        "dcsim-report": FORMAT,
        "version": __version__,
        "seed": seed,
        "passed": len(results) - failed,
        "failed": failed,
        "results": [attrs.asdict(r) for r in results],
    }


def as_junit(results: Sequence[RunResult], seconds: float) -> str:
    """JUnit XML: one test case a scenario."""
    failed = sum(r.status != "passed" for r in results)
    suite = ET.Element(
        "testsuite", name="dcsim", tests=str(len(results)), failures=str(failed), errors="0", time=f"{seconds:.3f}"
    )
    for result in results:
        case = ET.SubElement(suite, "testcase", classname=_clean(result.path), name=_clean(result.name), time="0")
        if result.problems:
            first = result.problems[0]
            text = "\n".join(map(harmless.line, _said(result)))
            ET.SubElement(case, "failure", type=first.kind, message=_clean(first.says)).text = _clean(text)
        if result.warnings or result.notes:
            ET.SubElement(case, "system-out").text = _clean(
                "\n".join(map(harmless.line, (*result.warnings, *result.notes)))
            )
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _said(result: RunResult) -> list[str]:
    out = []
    for p in result.problems:
        out.append(f"{p.kind}: {p.statement} {p.says}; expected {p.expected}, found {p.actual} [{p.where}]")
        out += [f"  by {basis}" for basis in p.rests_on]
    return [*out, f"again: {result.reproduce}"]


def _clean(text: str) -> str:
    """XML 1.0 has no control characters, surrogates or non-characters; a label in a user's file may.

    What XML has and a terminal would obey is spelled out.
    """
    return harmless.text(_NOT_XML.sub("?", text))


_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
