"""Write the outcomes of a scenario's steps into the scenario, as what its steps expect.

Such a scenario can fail only by its invariants.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import attrs

from dcsim.domain.scenario import Scenario
from dcsim.trace.event import Trace

NO_OUTCOME = "\0"
"""An expectation that no outcome meets. So a run reports the outcome of each step as a failure."""


def with_outcomes(scenario: Scenario, run: Callable[[Scenario], Trace], unchanged: int = 0) -> Scenario:
    """Return the scenario in which each step expects the outcome that it has in ``run``.

    The step on the line ``unchanged`` keeps its own expectation.
    """
    return answered(scenario, run(asking(scenario)), unchanged)


def asking(scenario: Scenario) -> Scenario:
    """Return a scenario whose run reports the outcome of each step as a failure, with the step's number as line."""
    steps = (attrs.evolve(step, expect=NO_OUTCOME, line=number) for number, step in enumerate(scenario.steps))
    return attrs.evolve(scenario, steps=tuple(steps), seen=())


def answered(scenario: Scenario, trace: Trace, unchanged: int = 0) -> Scenario:
    """Return the scenario with the outcomes that a run of ``asking`` reported.

    A step of a population expects ``any`` where its members have different outcomes.
    """
    outcomes: defaultdict[int, set[str]] = defaultdict(set)
    for failure in trace.failures:
        outcomes[failure.line].add(failure.actual)
    steps = (
        step if unchanged and step.line == unchanged else attrs.evolve(step, expect=_only(outcomes[number]))
        for number, step in enumerate(scenario.steps)
    )
    return attrs.evolve(scenario, steps=tuple(steps))


def _only(outcomes: set[str]) -> str:
    return next(iter(outcomes)) if len(outcomes) == 1 else "any"
