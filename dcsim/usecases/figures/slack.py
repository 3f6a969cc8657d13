"""The slack of a runbook's steps: how late each may be before something breaks that is not broken without the delay.

The scenario is run again with one step late, as by a slip of the operator; the steps after it wait for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import attrs

from dcsim.domain.figures import COSTLY, part_of
from dcsim.domain.scenario import OperatorSlip, Scenario
from dcsim.report.figures import Figures, StepSlack
from dcsim.trace.event import Trace
from dcsim.usecases.edges import Edges, edges

MOST_ACCOUNTS = 2000
"""Of more accounts, a scenario is not run again and again."""
PAST_THE_END = 1000
"""So many milliseconds after everything else has happened, a step is later than everything."""

Wrong = Mapping[str, int]
"""What is wrong with a run, in words, and on how many accounts."""


def slack_of(
    scenario: Scenario, step: str, due: int, end: int, without: Wrong, rerun: Callable[[Scenario], Wrong]
) -> StepSlack:
    """Return the slack of a step. ``without`` is what is wrong with the run without delay, which ended at ``end``."""
    slips = [fault.operator for fault in scenario.faults if isinstance(fault, OperatorSlip) and fault.step == step]
    if slips and slips[0] != "delay":
        return StepSlack(step=step, due=due, slack=None, why=f"the scenario has a slip there: {slips[0]}")
    broken: dict[int, tuple[str, ...]] = {}

    def holds(delay: int) -> bool:
        found = rerun(_late(scenario, step, delay)) if delay else without
        broken[delay] = tuple(what for what, accounts in found.items() if accounts > without.get(what, 0))
        return not broken[delay]

    found = edges(0, max(end - due, 0) + PAST_THE_END, 1, lambda delays: [holds(delay) for delay in delays])
    return _slack(step, due, found, broken)


def _slack(step: str, due: int, found: Edges, broken: Mapping[int, tuple[str, ...]]) -> StepSlack:
    first = next(iter(found.edges), None)
    return StepSlack(
        step=step,
        due=due,
        slack=first.below if first else found.hi,
        to_the_end=first is None,
        breaks=first.above if first else None,
        broken=broken[first.above] if first else (),
        again=tuple(_again(found)),
        runs=len(found.tried) - 1,
    )


def _again(found: Edges) -> Iterator[tuple[int, int]]:
    """Yield the stretches, after the first edge, in which nothing breaks."""
    ends = [*(edge.below for edge in found.edges), found.hi]
    for number, edge in enumerate(found.edges):
        if edge.after:
            yield edge.above, ends[number + 1]


def _late(scenario: Scenario, step: str, delay: int) -> Scenario:
    """Return the scenario with a step late by so much more."""
    faults = list(scenario.faults)
    for number, fault in enumerate(faults):
        if isinstance(fault, OperatorSlip) and fault.step == step:
            faults[number] = attrs.evolve(fault, by=fault.by + delay)
            return attrs.evolve(scenario, faults=tuple(faults))
    return attrs.evolve(scenario, faults=(*faults, OperatorSlip(operator="delay", step=step, by=delay)))


def wrong_in(scenario: Scenario, trace: Trace, figures: Figures) -> Wrong:
    """Return what is wrong with a run: broken invariants, and expectations that are not met, also of figures.

    That an invariant is not broken which the scenario expects to be broken, is not wrong here.
    """
    wrong = Counter[str]()
    for broken in trace.broken:
        wrong[f"{broken.violation.invariant}: {broken.violation.where}"] += broken.accounts
    for failure in (*trace.failures, *trace.more):
        line = f"{failure.file}:{failure.line}" if failure.file else f"line {failure.line}"
        wrong[f"{failure.where}: expected {failure.expected} [{line}]"] += failure.accounts
    for expected in scenario.figures:
        if part_of(expected.name)[0] not in COSTLY and not expected.met(figures.values.get(expected.name)):
            wrong[f"{expected.name}: expected {expected.says}"] += 1
    return wrong
