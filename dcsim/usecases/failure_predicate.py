"""How a scenario fails, and whether another scenario fails in the same way."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from dcsim.checker.model.concretise import moment_of
from dcsim.domain.groups import without_groups
from dcsim.domain.moment import instant
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import Scenario
from dcsim.files.findings import unlocated
from dcsim.files.load import Case
from dcsim.fuzzer.minimise import Enough, fingerprint
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.acts import lives
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Failure, Trace
from dcsim.trace.roster import Roster
from dcsim.trace.verdict import verdict
from dcsim.usecases.fill_outcomes import with_outcomes

SEEN_FROM = 1_000_000
"""The first line number given to expectations of records. Steps are numbered from 1."""


@attrs.define(eq=False)
class Failing:
    """A scenario that fails, and how it fails.

    It breaks an ``invariant``; or it has a ``failure``, an expectation that was not met; or an expected violation is
    ``missing``; or a ``figure`` is not as expected. ``late``: ``over`` returned true, and nothing more was tried.
    """

    case: Case
    start: Scenario
    over: Callable[[], bool]
    invariant: str = ""
    failure: Failure | None = None
    missing: str = ""
    figure: str = ""
    late: bool = False
    _known: dict[str, bool] = attrs.field(factory=dict)
    _tables: dict[str, Table] = attrs.field(factory=dict)

    @property
    def reason(self) -> str:
        """Say how the scenario fails."""
        if self.invariant:
            return self.invariant
        if self.failure:
            return f"{self.failure.where}: expected {self.failure.expected}, found {self.failure.actual}"
        return (
            f"{self.figure} is not as expected"
            if self.figure
            else f"{self.missing}: expected to be violated, and is not"
        )

    def model(self, scenario: Scenario) -> Model:
        """Return the model of a scenario with its policies."""
        return self._table(scenario).model

    def fails(self, scenario: Scenario) -> bool:
        """Whether another scenario fails in the same way. Raises Enough once the time is up."""
        # Minimising tries equal scenarios more than once.
        key = fingerprint(scenario)
        if key not in self._known:
            if self.over():
                self.late = True
                raise Enough
            trace = simulate(self.model(scenario), scenario, tracing=False, table=self._table(scenario))
            self._known[key] = self.same(scenario, trace)
        return self._known[key]

    def same(self, scenario: Scenario, trace: Trace, *, lines: bool = True) -> bool:
        """Whether a run fails in the same way. ``lines``: the failure must be on the same line too."""
        if self.invariant:
            return self.invariant in trace.invariants
        if self.failure:
            return any(_like(self.failure, other, lines=lines) for other in trace.failures)
        if self.figure:
            return self.figure in {figure.name for figure in verdict(scenario, trace).figures}
        return self.missing in scenario.violations and self.missing not in trace.invariants

    def with_outcomes(self, scenario: Scenario) -> Scenario:
        """Return the scenario in which each step expects its outcome, so that only the failure itself fails."""
        model = self.model(scenario)
        line = self.failure.line if self.failure else 0
        return with_outcomes(scenario, lambda asked: simulate(model, asked, tracing=False), unchanged=line)

    def _table(self, scenario: Scenario) -> Table:
        key = repr(sorted(scenario.policies.items()))
        if key not in self._tables:
            self._tables[key] = Table(Model(self.case.rulebook, self.case.runbook, scenario.policies))
        return self._tables[key]


def failing_of(case: Case, invariant: str | None, over: Callable[[], bool]) -> Failing:
    """Return how a case fails. InputError when it passes."""
    start = _ready(without_groups(_of_histories(case)), case.rulebook)
    trace = simulate(Model(case.rulebook, case.runbook, start.policies), start, tracing=False)
    result = verdict(start, trace)
    names = [broken.violation.invariant for broken in result.unexpected]
    if invariant is not None and invariant not in trace.invariants:
        others = f"it breaks {', '.join(trace.invariants)}" if trace.invariants else "it breaks no invariant"
        raise unlocated("DC109", case.path, f"does not break {invariant}, so there is nothing to minimise", others)
    if result.status == "passed" and invariant is None:
        message = "passes: every expectation is met and no other invariant broken, so there is nothing to minimise"
        known = f"--invariant {trace.invariants[0]} minimises one that it expects" if trace.invariants else ""
        raise unlocated("DC109", case.path, message, known)
    if invariant or names:
        name = invariant or (case.scenario.scenario if case.scenario.scenario in names else names[0])
        before = case.scenario
        title = before.title if before.scenario == name else f"{name} is broken, as in {before.scenario}"
        bare = attrs.evolve(start, scenario=name, title=title, seen=(), violations=(), figures=())
        # Expectations are removed, so that only the invariant decides whether a candidate fails.
        steps = tuple(attrs.evolve(step, expect="any") for step in bare.steps)
        return Failing(case, attrs.evolve(bare, steps=steps), over, invariant=name)
    if trace.failures:
        return Failing(case, start, over, failure=trace.failures[0])
    if result.missing:
        return Failing(case, start, over, missing=result.missing[0])
    return Failing(case, start, over, figure=result.figures[0].name)


def _of_histories(case: Case) -> Scenario:
    """Return the scenario. Of a population that lives: one account of each history, with the acts that it draws."""
    scenario = case.scenario
    if not lives(scenario):
        return scenario
    from dcsim.simulate.one_by_one import one_by_one

    run = simulate(Model(case.rulebook, case.runbook, scenario.policies), scenario, tracing=False, histories=True)
    names = {each.representative for each in run.histories} | {each.account for each in run.failures}
    names |= {each.account for each in run.broken}
    roster = Roster(scenario)
    names |= {seen.account for seen in scenario.seen if len(roster.numbers(seen.account)) == 1}
    return one_by_one(scenario, case.rulebook, 0, names - {""})


def _ready(scenario: Scenario, book: Rulebook) -> Scenario:
    """Return a scenario that runs the same and that is easy to shorten.

    Its steps are in the order of time. Its moments are offsets from sessions. Each step and each expectation has its
    own line, by which a failure is recognised after other steps have been removed.
    """
    steps = sorted(scenario.steps, key=lambda step: instant(step.at, book))
    numbered = (
        attrs.evolve(step, at=moment_of(instant(step.at, book), book), line=number)
        for number, step in enumerate(steps, start=1)
    )
    seen = (attrs.evolve(one, line=number) for number, one in enumerate(scenario.seen, start=SEEN_FROM))
    return attrs.evolve(scenario, steps=tuple(numbered), seen=tuple(seen), shows=(), sometimes=(), label="")


def _like(one: Failure, other: Failure, *, lines: bool) -> bool:
    alike = (one.where, one.expected, one.actual) == (other.where, other.expected, other.actual)
    return alike and (not lines or one.line == other.line)
