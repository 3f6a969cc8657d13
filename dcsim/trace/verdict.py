"""The verdict on a run: passed or failed, by what the scenario expects."""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.domain.figures import ExpectedFigure
from dcsim.domain.scenario import Scenario
from dcsim.trace.event import Broken, Trace


@attrs.frozen
class Verdict:
    """Passed, or failed. ``unexpected`` are the invariants broken against expectation; ``missing`` those expected to
    break that did not; ``figures`` are those that are not as expected.
    """

    status: Literal["passed", "failed"]
    unexpected: tuple[Broken, ...] = ()
    missing: tuple[str, ...] = ()
    figures: tuple[ExpectedFigure, ...] = ()


def verdict(scenario: Scenario, trace: Trace) -> Verdict:
    """A run passes if every expectation is met, also of figures, and exactly the expected invariants are broken."""
    unexpected = tuple(b for b in trace.broken if b.violation.invariant not in scenario.violations)
    missing = tuple(name for name in scenario.violations if name not in trace.invariants)
    # A figure that was not computed is not as expected: a run that was made without figures has none.
    found = trace.figures
    figures = tuple(one for one in scenario.figures if not (found and one.met(found.compared(one.name))))
    failed = bool(trace.failures or unexpected or missing or figures)
    return Verdict("failed" if failed else "passed", unexpected, missing, figures)
