"""What a run comes to: passed or failed, against what the scenario expects."""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.domain.scenario import Scenario
from dcsim.trace.event import Broken, Trace


@attrs.frozen
class Verdict:
    """Passed, or failed with the invariants broken unexpectedly and those expected in vain."""

    status: Literal["passed", "failed"]
    unexpected: tuple[Broken, ...] = ()
    missing: tuple[str, ...] = ()


def verdict(scenario: Scenario, trace: Trace) -> Verdict:
    """A run passes when each expectation is met and exactly the expected invariants are broken."""
    unexpected = tuple(b for b in trace.broken if b.violation.invariant not in scenario.violations)
    missing = tuple(name for name in scenario.violations if name not in trace.invariants)
    failed = bool(trace.failures or unexpected or missing)
    return Verdict("failed" if failed else "passed", unexpected, missing)
