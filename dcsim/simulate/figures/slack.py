"""The slack of a runbook's steps: how late each may be before something breaks that is not broken without the delay.

The scenario is run again with one step late, as by a slip of the operator; the steps after it wait for it. What is
broken anyhow may not get worse either: so a figure that measures it may not grow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import attrs

from dcsim.domain.edges import Edges, edges
from dcsim.domain.faults import LateOperator, OperatorSlip
from dcsim.domain.figures import part_of
from dcsim.domain.scenario import Scenario
from dcsim.trace.event import Trace
from dcsim.trace.figures import Figures, StepSlack
from dcsim.trace.roster import Roster
from dcsim.trace.verdict import verdict

MOST_ACCOUNTS = 2000
"""Of more accounts, a scenario is not run again and again."""
PAST_THE_END = 1000
"""So many milliseconds after everything else has happened, a step is later than everything."""

WORSE = ("downtime", "stale-accounts", "rpo")
"""The figures that may not grow in any session."""

Wrong = Mapping[str, int]
"""What is wrong with a run, in words, and on how many accounts."""


def slack_of(
    scenario: Scenario,
    step: str,
    due: int,
    end: int,
    trace: Trace,
    rerun: Callable[[Scenario], Trace],
    *,
    taken: bool,
) -> StepSlack:
    """Return the slack of a step. ``trace`` is the run without delay, which ended at ``end``; ``rerun`` runs another
    scenario. ``taken``: the step was taken.
    """
    why = _why_not(scenario, step, taken=taken)
    if why:
        return StepSlack(step=step, due=due, slack=None, why=why)
    without = wrong_in(scenario, trace)
    broken: dict[int, tuple[str, ...]] = {}

    def holds(delay: int) -> bool:
        late = _late(scenario, step, delay)
        again = rerun(late) if delay else trace
        # Where something breaks anew, that is told, and not that figures grow by it.
        new = (what for what, accounts in wrong_in(late, again).items() if accounts > without.get(what, 0))
        broken[delay] = tuple(new) or tuple(_worse(trace.figures, again.figures))
        return not broken[delay]

    found = edges(0, max(end - due, 0) + PAST_THE_END, 1, lambda delays: [holds(delay) for delay in delays])
    return _slack(step, due, found, broken)


def _why_not(scenario: Scenario, step: str, *, taken: bool) -> str:
    """Say why the slack of a step is not looked for."""
    if Roster(scenario).size > MOST_ACCOUNTS:
        return f"not computed for more than {MOST_ACCOUNTS:,} accounts"
    slips = [fault.operator for fault in scenario.faults if isinstance(fault, OperatorSlip) and fault.step == step]
    if slips and slips[0] != "delay":
        return f"the scenario has a slip there: {slips[0]}"
    if any(isinstance(fault, LateOperator) and fault.step in (None, step) for fault in scenario.faults):
        return "the scenario has an operator who is late there"
    return "" if taken else "the step is never taken"


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


def _worse(without: Figures | None, late: Figures | None) -> Iterator[str]:
    """Yield which figures have grown. What is reached only with the delay, or only without it, is not compared."""
    for name, value in late.values.items() if late else ():
        figure, session = part_of(name)
        before = without.values.get(name) if without else None
        if figure in WORSE and session and value is not None and before is not None and value > before:
            yield f"{name} grows"


def wrong_in(scenario: Scenario, trace: Trace) -> Wrong:
    """Return what is wrong with a run: broken invariants, and expectations that are not met, also of figures.

    That an invariant is not broken which the scenario expects to be broken, is not wrong here.
    """
    wrong = Counter[str]()
    for broken in trace.broken:
        wrong[f"{broken.violation.invariant}: {broken.violation.where}"] += broken.accounts
    for failure in (*trace.failures, *trace.more):
        line = f"{failure.file}:{failure.line}" if failure.file else f"line {failure.line}"
        wrong[f"{failure.where}: expected {failure.expected} [{line}]"] += failure.accounts
    for expected in verdict(scenario, trace).figures:
        wrong[f"{expected.name}: expected {expected.says}"] += 1
    return wrong
