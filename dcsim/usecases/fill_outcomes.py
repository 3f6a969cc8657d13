"""Write the outcomes of a scenario's steps into the scenario, as what its steps expect.

Such a scenario can fail only by its invariants.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import attrs

from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.trace.event import Trace

NO_OUTCOME = "\0"
"""An expectation that no outcome meets. So a run reports the outcome of each step as a failure."""


def with_outcomes(scenario: Scenario, run: Callable[[Scenario], Trace], unchanged: int = 0) -> Scenario:
    """Return the scenario in which each step expects the outcome that it has in ``run``.

    The step on the line ``unchanged`` keeps its own expectation.
    """
    return answered(scenario, run(asking(scenario)), unchanged)


def asking(scenario: Scenario) -> Scenario:
    """Return the scenario that reports the outcome of each step, when it is run, as a failure at the step's number."""
    numbered_ = numbered(scenario)
    return attrs.evolve(numbered_, steps=tuple(attrs.evolve(s, expect=NO_OUTCOME) for s in numbered_.steps), seen=())


def numbered(scenario: Scenario) -> Scenario:
    """Return the scenario whose failures name steps by number. Only an outcome that is not expected is reported."""
    steps = (attrs.evolve(step, line=number) for number, step in enumerate(scenario.steps))
    return attrs.evolve(scenario, steps=tuple(steps))


def answered(scenario: Scenario, trace: Trace, unchanged: int = 0) -> Scenario:
    """Return the scenario with the outcomes that a run of ``asking`` or ``numbered`` reported.

    A step of which nothing was reported keeps its expectation. A step that a population takes expects ``any`` where its
    members' outcomes differ.
    """
    outcomes: defaultdict[int, set[str]] = defaultdict(set)
    for failure in (*trace.failures, *trace.more):
        outcomes[failure.line].add(failure.actual)
    steps = (
        step if (unchanged and step.line == unchanged) or not outcomes[number] else _expecting(step, outcomes[number])
        for number, step in enumerate(scenario.steps)
    )
    return attrs.evolve(scenario, steps=tuple(steps))


def _expecting(step: ClientStep, outcomes: set[str]) -> ClientStep:
    return attrs.evolve(step, expect=next(iter(outcomes)) if len(outcomes) == 1 else "any")
