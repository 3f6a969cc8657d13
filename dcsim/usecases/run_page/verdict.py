"""The verdict section of a run's page."""

from __future__ import annotations

from dcsim.report.pages.verdict import VerdictSection
from dcsim.report.text import some
from dcsim.usecases.run_page.gather import RunEvidence


def verdict(evidence: RunEvidence) -> VerdictSection:
    """Return the verdict on a run."""
    result = evidence.result
    failed = result.status != "passed"
    expectations = sum(problem.kind == "expectation" for problem in result.problems)
    invariants = len({problem.kind for problem in result.problems} - {"expectation"})
    counts = ", ".join(
        some(number, word) for number, word in ((invariants, "invariant"), (expectations, "expectation")) if number
    )
    return VerdictSection(
        word="✗ FAILED" if failed else "✓ PASSED",
        tone="bad" if failed else "good",
        counts=counts,
        sentence=result.title or result.name,
    )
