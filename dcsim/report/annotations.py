"""Findings as annotations: GitHub shows each beside the line of the file that it is about. Pure.

The lines are commands to GitHub's runner (``::error file=...,line=...,title=...::message``). Every text in them is made
harmless and escaped as the runner expects, so no text from a file can begin a command of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

import attrs

from dcsim import harmless
from dcsim.files.codes import CODES
from dcsim.files.disk import SUFFIXES
from dcsim.files.findings import Finding
from dcsim.files.resolver import BUILTIN
from dcsim.report.text import some

Level = Literal["error", "warning", "notice"]
MOST = 10
"""GitHub shows so many annotations of each level for one step of a job."""


@attrs.frozen(kw_only=True)
class Annotation:
    """One thing to show beside a line of a file. Without a ``file`` it is shown for the whole step of the job."""

    level: Level = "error"
    title: str
    message: str
    file: str = ""
    line: int = 0
    col: int = 0


def commands(annotations: Iterable[Annotation]) -> Iterator[str]:
    """Yield a command for each annotation, so many of each level as GitHub shows. The rest is counted."""
    counts: Counter[Level] = Counter()
    for annotation in dict.fromkeys(annotations):
        counts[annotation.level] += 1
        if counts[annotation.level] <= MOST:
            yield _command(annotation)
    left = [some(count - MOST, f"more {level}") for level, count in counts.items() if count > MOST]
    if left:
        yield _command(
            Annotation(level="notice", title="not shown here", message=f"{', '.join(left)}: see the log, or --json")
        )


def _command(annotation: Annotation) -> str:
    # Files that come with dcsim are not in the user's repository.
    own = annotation.file and not annotation.file.startswith(BUILTIN)
    place = {"file": annotation.file, "line": annotation.line, "col": annotation.col} if own else {}
    given = {**place, "title": annotation.title}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in given.items() if value)
    return f"::{annotation.level} {properties}::{_data(annotation.message)}"


def _data(text: str) -> str:
    """Escape a message. The runner decodes these three and nothing else."""
    return harmless.text(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape the value of a property, which ends at a colon or a comma."""
    return _data(harmless.line(text)).replace(":", "%3A").replace(",", "%2C")


def file_named(book: str) -> str:
    """Return the file of a rulebook or runbook that is named by its path; empty for one that comes with dcsim."""
    return book if "/" in book or book.endswith(SUFFIXES) else ""


def of_findings(findings: Iterable[Finding]) -> Iterator[Annotation]:
    """Yield an annotation for each finding about a file."""
    for finding in findings:
        hint = f"; {finding.hint}" if finding.hint else ""
        yield Annotation(
            level="warning" if finding.severity == "warning" else "error",
            title=f"{finding.code} {CODES[finding.code].title}",
            message=f"{finding.message}{hint}",
            file=finding.path,
            line=finding.line,
            col=finding.col,
        )
