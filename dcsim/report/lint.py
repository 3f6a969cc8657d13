"""Findings of a lint, as text, as JSON, and as a baseline with which a later lint is compared. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import attrs

from dcsim import __version__
from dcsim.files.findings import Finding, InputError
from dcsim.harmless import from_json, to_json
from dcsim.report.junit import TestCase
from dcsim.report.notebook import lint_table
from dcsim.report.text import Paint, each_on_one_line, one_line, plain, some, wrapped

FORMAT = 1
_COLOUR = {"error": "bad", "warning": "warn"}
_KEYS = ("code", "path", "message")

Key = tuple[str, str, str]
"""How a baseline recognises a finding: code, file and message. The line is not included, because lines move."""

Known = Counter[Key]
"""Findings of a baseline, each with the number of times that it occurs."""


@attrs.frozen
class LintResult:
    """The result of a lint.

    ``new`` findings are not in the baseline, ``old`` ones are. ``gone`` is the number of findings in the baseline that
    are no longer found. ``notes`` say what was proved by examining every cell.
    """

    new: tuple[Finding, ...]
    old: tuple[Finding, ...] = ()
    gone: int = 0
    notes: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """Return the result as HTML for a notebook."""
        return lint_table(self)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in order of file and line."""
        return tuple(sorted((*self.new, *self.old), key=lambda f: (f.path, f.line, f.col, f.code)))


@each_on_one_line
def lines(found: LintResult, paint: Paint = plain) -> Iterator[str]:
    """Yield the findings in order of file and line, what the lint proved, and the number of findings."""
    for finding in found.new:
        place = f"{finding.path}:{finding.line}:{finding.col}" if finding.line else finding.path
        yield f"{paint(finding.code, _COLOUR[finding.severity])} {paint(one_line(place), 'bold')} {finding.severity}"
        yield from wrapped(one_line(finding.message), 6)
        yield from wrapped(one_line(finding.hint), 6)
    yield from map(one_line, found.notes)
    counts = Counter(finding.severity for finding in found.new)
    parts = [some(counts["error"], "error"), some(counts["warning"], "warning")]
    if found.old:
        parts.append(f"{len(found.old)} known from the baseline")
    if found.gone:
        parts.append(f"{found.gone} of the baseline no longer found")
    yield ", ".join(parts) + ("; dcsim explain CODE tells more" if found.new else "")


def as_json(found: LintResult) -> dict[str, Any]:
    """Return the findings as JSON values. docs/reference/rules.md describes the keys."""
    return {
        "dcsim-rules-lint": FORMAT,
        "version": __version__,
        "findings": [
            *(_object(finding, known=False) for finding in found.new),
            *(_object(finding, known=True) for finding in found.old),
        ],
        "gone": found.gone,
        "notes": list(found.notes),
    }


def _object(finding: Finding, *, known: bool) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "path": finding.path,
        "line": finding.line,
        "col": finding.col,
        "message": finding.message,
        "hint": finding.hint,
        "known": known,
    }


def test_cases(found: LintResult, failing: Collection[Finding]) -> list[TestCase]:
    """Return a test case for each finding, and one for each thing that was proved. Known findings are skipped."""
    of_new = (_case(f, failure=f.message if f in failing else "") for f in found.new)
    of_old = (_case(f, skipped="known from the baseline") for f in found.old)
    proved = (TestCase("rules lint", note, classname="dcsim.rules.lint") for note in found.notes)
    return [*of_new, *of_old, *proved]


def _case(finding: Finding, failure: str = "", skipped: str = "") -> TestCase:
    return TestCase(
        f"rules lint {finding.path}",
        # Without its line, because lines move: so a dashboard knows it again.
        f"{finding.code} {one_line(finding.message)}",
        kind=finding.code,
        failure=failure,
        skipped=skipped,
        output=str(finding),
        file=finding.path,
        line=finding.line,
        classname="dcsim.rules.lint",
    )


# -- baselines -----------------------------------------------------------------------------------------------------


def write_baseline(keys: Iterable[Key]) -> str:
    """Return the text of a baseline."""
    known = [dict(zip(_KEYS, key, strict=True)) for key in keys]
    return to_json({"dcsim-baseline": FORMAT, "known": known}, indent=2) + "\n"


def read_baseline(text: str, path: str) -> Known:
    """Read the findings of a baseline. InputError where the text is not a baseline."""
    try:
        data = from_json(text)
        if data["dcsim-baseline"] != FORMAT:
            message = f"format {data['dcsim-baseline']!r} of a baseline is not supported"
            raise InputError([Finding("DC110", path, 1, 1, message, hint=f"expected {FORMAT}")])
        return Counter(tuple(str(entry[key]) for key in _KEYS) for entry in data["known"])  # type: ignore[misc]
    except json.JSONDecodeError as error:
        raise InputError([Finding("DC119", path, error.lineno, error.colno, f"not JSON: {error.msg}")]) from None
    except (KeyError, TypeError, ValueError, RecursionError):
        raise InputError([Finding("DC119", path, 1, 1, "not a baseline")]) from None


def split_known(findings: Iterable[Finding], known: Known, key_of: Callable[[Finding], Key]) -> LintResult:
    """Separate new findings from those in the baseline."""
    left = known.copy()
    new: list[Finding] = []
    old: list[Finding] = []
    for finding in findings:
        # An entry of the baseline covers one finding: a second one like it is new.
        seen = left[key_of(finding)] > 0
        left[key_of(finding)] -= seen
        (old if seen else new).append(finding)
    return LintResult(tuple(new), tuple(old), sum(left.values()))
