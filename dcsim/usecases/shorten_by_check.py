"""Ask the check whether anything shorter than a minimised scenario breaks the same invariant."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from dcsim.checker.explorers.budget import Budget, OverBudget, without_collector
from dcsim.checker.explorers.protocol import Edge, Label, Product, System
from dcsim.checker.explorers.shortest_paths import TRIES, shortest
from dcsim.checker.model.concretise import realised
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import cost
from dcsim.domain.account import Account
from dcsim.domain.faults import FAULT_KINDS, Crash, Fault, FaultKind, LinkFault, OperatorSlip, Outage
from dcsim.domain.scenario import Scenario
from dcsim.fuzzer.minimise import size
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

MOST_ACCOUNTS = 2


@attrs.define
class Work(Budget):
    """A budget of states to explore. It does not depend on the speed of the machine. ``stop`` ends it early."""

    states: int = 0
    stop: Callable[[], int] = lambda: 0

    def clock(self) -> None:
        """Count one state. OverBudget when none is left."""
        if self.states <= 0 or self.stop():
            raise OverBudget("the budget of states was used up")
        self.states -= 1


SHORTEST, MINIMISED = "shortest", "minimised"


def shorten(
    model: Model,
    scenario: Scenario,
    invariant: str,
    budget: Budget,
    others: tuple[Account, ...] = (),
) -> Scenario:
    """Return the scenario, or a shorter one from the check that breaks the same invariant in the simulator.

    Its label says what was proved. ``shortest``: no shorter schedule breaks the invariant. The check tried every
    shorter schedule of its accounts, and of each of ``others`` alone, with as many operations, faults and slips as the
    scenario has. ``minimised``: this was not decided, or the check's model does not cover it.
    """
    # A schedule of the check ends at its first violation. Other invariants are left out, so that none ends it sooner.
    model = attrs.evolve(model, only=frozenset((invariant,)))
    table = Table(model)
    decided = coverable(scenario)
    best = scenario
    try:
        whole = _weekend(model, scenario, scenario.accounts)
        alone = (_weekend(model, scenario, (other,)) for other in others)
        # A shorter schedule may need one account only. That search is cheap, and lowers the limit of the next ones.
        for few in (*whole.few(1), *alone, *whole.few(2)):
            search = _Search(few, invariant, table)
            found = search.below(size(best), budget)
            best = found or best
            decided &= search.decided
    except OverBudget:
        decided = False
    shown = attrs.evolve(best, scenario=scenario.scenario, title=scenario.title, label=MINIMISED)
    named = attrs.evolve(shown, rulebook=scenario.rulebook, runbook=scenario.runbook)
    return attrs.evolve(named, label=SHORTEST) if decided else named


def coverable(scenario: Scenario) -> bool:
    """Whether the check's schedules include every scenario that is shorter than this one.

    The check judges no end of a run, so not what must converge. It has no acts that take time, are drawn, or hang on
    another, and no faults that hit every entry; of faults in time it has outages, and crashes after which the site
    comes back. It explores two accounts at most.
    """
    if scenario.heal is not None:
        return False
    if size(scenario) <= 1:
        return not scenario.populations
    timeless = not any(step.takes or step.drawn or step.if_refused for step in scenario.steps)
    link_faults = (fault for fault in scenario.faults if isinstance(fault, LinkFault))
    one_entry_each = all(fault.nth is not None for fault in link_faults)
    known = all(_kind(fault) for fault in scenario.faults if not isinstance(fault, OperatorSlip))
    few = not scenario.populations and len(scenario.accounts) <= MOST_ACCOUNTS
    return timeless and one_entry_each and known and few


def _weekend(model: Model, scenario: Scenario, accounts: tuple[Account, ...]) -> Weekend:
    found = [kind for fault in scenario.faults if (kind := _kind(fault))]
    slips = sum(isinstance(fault, OperatorSlip) for fault in scenario.faults)
    kinds = tuple(kind for kind in FAULT_KINDS if kind == "entry" or kind in found)
    return Weekend(model, accounts, len(scenario.steps), len(found), slips, kinds=kinds)


def _kind(fault: Fault) -> FaultKind | None:
    """The kind of a fault that the check can try; None for the others."""
    match fault:
        case LinkFault():
            return "entry"
        case Outage():
            return "outage"
        case Crash() if fault.back is not None:
            return "crash"
    return None


@attrs.frozen(eq=False)
class _Cheap:
    """The part of a system that paths below a cost limit reach. A state is a pair: cost of the path, inner state."""

    system: System
    limit: int

    def initial(self) -> Iterator[tuple[int, object]]:
        """Yield the initial states, with cost 0."""
        return ((0, state) for state in self.system.initial())

    def edges(self, state: tuple[int, object]) -> Iterator[Edge]:
        """Yield the edges with which the path still costs less than the limit."""
        spent, inner = state
        for edge in self.system.edges(inner):
            price = spent + cost(edge.action)
            if price < self.limit:
                yield edge._replace(state=(price, edge.state))


@attrs.define(eq=False)
class _Search:
    """A search for a shorter scenario. ``decided``: whether the search was complete."""

    weekend: Weekend
    invariant: str
    table: Table
    decided: bool = True
    tries: int = 0
    scenarios: dict[tuple[Label, ...], Scenario] = attrs.field(factory=dict)

    def below(self, limit: int, budget: Budget) -> Scenario | None:
        """Find a shortest scenario whose size is below the limit; None if there is none. Raises OverBudget."""
        with without_collector():
            system = _Cheap(Product(self.weekend), limit)
            path = shortest(system, {self.invariant}, cost, budget, self._real).get(self.invariant)
        # At most TRIES paths are tried. If all tries were used and one was not confirmed, other paths were left out.
        self.decided = self.tries == len(self.scenarios) or self.tries < TRIES
        return self.scenarios[path] if path else None

    def _real(self, _name: str, path: tuple[Label, ...]) -> bool:
        self.tries += 1
        scenario = realised(self.weekend, path, "", self._breaks)
        if scenario is not None:
            self.scenarios[path] = scenario
        return scenario is not None

    def _breaks(self, scenario: Scenario) -> bool:
        return self.invariant in simulate(self.weekend.model, scenario, tracing=False, table=self.table).invariants
