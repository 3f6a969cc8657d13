"""Run the neighbourhood of a scenario: does any scenario within k edits of it break an invariant?"""

from __future__ import annotations

from dcsim.checker.explorers.budget import Budget, OverBudget
from dcsim.fuzzer.neighbours import neighbours
from dcsim.report.check_questions import NeighbourhoodResult
from dcsim.simulate.weekend import simulate
from dcsim.usecases.check import Subject
from dcsim.usecases.request import RequestError


def within(subject: Subject, k: int, budget: Budget | None = None) -> NeighbourhoodResult:
    """Run every scenario within k edits of the subject's scenario. RequestError where the subject has no scenario."""
    if subject.scenario is None:
        raise RequestError("--within needs a SCENARIO")
    budget, tried = budget or Budget(), 0
    try:
        for edits, near in neighbours(subject.scenario, subject.model.rulebook, k, budget.clock):
            budget.clock()
            tried += 1
            broken = tuple(dict.fromkeys(simulate(subject.model, near, tracing=False).invariants))
            if broken:
                named = subject.named(near)
                found = tuple(edits)
                return NeighbourhoodResult(
                    status="violated", k=k, tried=tried, scenario=named, edits=found, broken=broken
                )
    except OverBudget as over:
        return NeighbourhoodResult(status="inconclusive", k=k, tried=tried, why=str(over))
    return NeighbourhoodResult(status="proved", k=k, tried=tried)
