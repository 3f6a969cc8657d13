"""The verdict on a run: passed or failed, by what the scenario expects."""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.domain.scenario import Scenario
from dcsim.trace.event import Broken, Trace


@attrs.frozen
class Verdict:
    """Passed, or failed. ``unexpected`` are the invariants broken against expectation; ``missing`` those expected to
    break that did not.
    """

    status: Literal["passed", "failed"]
    unexpected: tuple[Broken, ...] = ()
    missing: tuple[str, ...] = ()


def verdict(scenario: Scenario, trace: Trace) -> Verdict:
    """A run passes if every expectation is met and exactly the expected invariants are broken."""
    unexpected = tuple(b for b in trace.broken if b.violation.invariant not in scenario.violations)
    missing = tuple(name for name in scenario.violations if name not in trace.invariants)
    failed = bool(trace.failures or unexpected or missing)
    return Verdict("failed" if failed else "passed", unexpected, missing)
