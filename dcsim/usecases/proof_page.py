"""The page of a check: its counterexamples with their traces, and how what is explored grows with the bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check as explore
from dcsim.checker.explorers.protocol import Explored, joined
from dcsim.report.check import CheckResult
from dcsim.report.pages.proof import Growth, ProofPage
from dcsim.report.pages.timeline import timeline
from dcsim.usecases.check import Bounds, Subject
from dcsim.usecases.page_traces import PageTraces, digests_of, texts_of

BELOW_ANY = 3
"""How many numbers of operations are explored beside any number of them."""
LEAST_SECONDS = 5.0
"""The explorations within smaller bounds may take so long together, or as long as the check did."""


def proof_page(
    result: CheckResult, subject: Subject, again: str, budget: Budget | None = None, engine: str = "auto"
) -> ProofPage:
    """Return the page of a check. ``again`` is its command; ``budget`` and ``engine`` are those of the check."""
    traces, books = PageTraces(), texts_of(subject.names)
    model = subject.model
    for example in result.counterexamples:
        traces.add(subject.named(example.scenario), books, practices=model.practices)
    left = Budget(seconds=max(LEAST_SECONDS, result.seconds), memory=budget.memory if budget else None)
    return ProofPage(
        result=result,
        again=again,
        timelines=tuple(timeline(model.rulebook, model.runbook, trace) for trace in result.traces),
        growth=tuple(_growth(result, subject, engine, left)),
        digests=digests_of(books),
        traces=traces.scripts,
    )


def _growth(result: CheckResult, subject: Subject, engine: str, budget: Budget) -> Iterator[Growth]:
    """Explore within smaller bounds: operations, then faults, then slips are raised to those of the check."""
    asked = result.weekend
    if asked.ops is None:
        yield from _bounded([Bounds(ops=ops) for ops in range(BELOW_ANY)], subject, engine, budget)
        yield _grown(Bounds(None, asked.faults, asked.slips), result.answer.explored)
        return
    smaller = [Bounds(ops=ops) for ops in range(asked.ops)]
    smaller += [Bounds(ops=asked.ops, faults=faults, fault_kinds=asked.kinds) for faults in range(asked.faults)]
    most = Bounds(ops=asked.ops, faults=asked.faults, slips=asked.slips, fault_kinds=asked.kinds)
    smaller += [attrs.evolve(most, slips=slips) for slips in range(asked.slips)]
    # What was too large for the check's own budget is not explored once more.
    if result.answer.explored.complete:
        yield from _bounded(smaller, subject, engine, budget)
    yield _grown(most, result.answer.explored)


def _bounded(smaller: Iterable[Bounds], subject: Subject, engine: str, budget: Budget) -> Iterator[Growth]:
    for bounds in smaller:
        explored = joined([explore(part, engine, budget) for part in subject.within(bounds).parts])
        yield _grown(bounds, explored)
        if not explored.complete:
            break


def _grown(bounds: Bounds, explored: Explored) -> Growth:
    return Growth(
        ops=bounds.ops,
        faults=bounds.faults,
        slips=bounds.slips,
        engine=explored.engine,
        states=explored.states,
        transitions=explored.transitions,
        exact=explored.exact,
        broken=explored.invariants,
        why="" if explored.complete else explored.why,
    )
