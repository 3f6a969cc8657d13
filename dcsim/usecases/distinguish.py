"""Scenarios that tell two rulebooks apart, found by running the shortest ones under both."""

from __future__ import annotations

from functools import cached_property
from itertools import chain, product

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.lint_runbook import MOST_SITES
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.diff_settings import Aspect
from dcsim.rules.witness import idle, with_records, witnesses
from dcsim.rules.witness_runbooks import keep, runbooks
from dcsim.rules.witness_visits import visits
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Trace
from dcsim.usecases.fill_outcomes import answered, asking

MOST_TABLES = 32
"""More weekends than this are not remembered."""


@attrs.frozen
class Distinction:
    """A scenario and a runbook under which one rulebook is kept and the other is not. ``broken``: by the second.

    The scenario names the first as its rulebook, and expects what the first breaks as well, if anything. ``outcomes``
    are those of its steps under the two, where they differ in these.
    """

    scenario: Scenario
    runbook: Runbook
    kept: Rulebook
    other: Rulebook
    broken: tuple[str, ...] = ()
    outcomes: tuple[tuple[str, str], ...] = ()


@attrs.frozen(eq=False)
class Distinguisher:
    """Tells two rulebooks apart, cell by cell. ``runbooks`` are those to be tried before any that is made for it."""

    one: Rulebook
    other: Rulebook
    runbooks: tuple[Runbook, ...] = ()
    _tables: dict[object, Table] = attrs.field(factory=dict)

    @cached_property
    def comparable(self) -> bool:
        """Whether one runbook can be followed under both: the same sessions, in the same order, at its two sites."""
        sites = keep(self.one).sites
        served = {session.site for session in self.other.sessions}
        return self.one.timeline == self.other.timeline and served <= sites.keys() and len(sites) == MOST_SITES

    @cached_property
    def unlike(self) -> frozenset[str]:
        """What breaks under only one of them, whatever is done: their sessions are served by other sites."""
        mine, theirs = self._both(idle(self.one), keep(self.one))
        return frozenset(mine.invariants) ^ frozenset(theirs.invariants)

    def tell(self, cell: RuleCell) -> Distinction | None:
        """The shortest scenario in which the two differ about a cell; None: none was found with up to two changes.

        Of its runbooks, the first under which the kept one breaks nothing.
        """
        second_best: Distinction | None = None
        for scenario in witnesses(self.one, self.other, cell) if self.comparable else ():
            made = runbooks(self.one, self.other, cell, idle=not scenario.steps)
            for runbook in chain(self.runbooks, made):
                found = self._compared(scenario, runbook)
                if found and not found.scenario.violations:
                    return found
                second_best = second_best or found
            if second_best:
                return second_best
        return None

    def show(self, aspect: Aspect) -> Distinction | None:
        """The shortest scenario that shows a difference which is none of a cell: a step comes out otherwise, or, where
        a session is served by another site, nothing is done and something breaks. None: none was found.
        """
        if not self.comparable:
            return None
        if aspect.topic == "site":
            return self._compared(idle(self.one), keep(self.one), ignored=frozenset())
        tried = product(visits(self.one, self.other, aspect), (*self.runbooks, keep(self.one)))
        found = (self._outcomes(scenario, runbook) for scenario, runbook in tried)
        return min(filter(None, found), key=lambda distinction: len(distinction.scenario.violations), default=None)

    def _outcomes(self, scenario: Scenario, runbook: Runbook) -> Distinction | None:
        """The two runs, if a step comes out otherwise; the rulebook that is kept is the one that breaks less."""
        traces, books = self._both(scenario, runbook), (self.one, self.other)
        shown = [answered(scenario, trace) for trace in traces]
        outcomes = tuple(zip(*((step.expect for step in each.steps) for each in shown), strict=True))
        if all(mine == theirs for mine, theirs in outcomes):
            return None
        kept = min((0, 1), key=lambda index: len(traces[index].invariants))
        named = attrs.evolve(
            shown[kept], rulebook=books[kept].rulebook, runbook=runbook.runbook, violations=traces[kept].invariants
        )
        return Distinction(named, runbook, books[kept], books[1 - kept], outcomes=outcomes)

    def _compared(
        self, scenario: Scenario, runbook: Runbook, ignored: frozenset[str] | None = None
    ) -> Distinction | None:
        ignored = self.unlike if ignored is None else ignored
        traces = self._both(scenario, runbook)
        books = (self.one, self.other)
        ways = [(traces[i], books[i], traces[1 - i], books[1 - i]) for i in (0, 1)]
        for mine, kept, theirs, other in sorted(ways, key=lambda way: len(way[0].invariants)):
            broken = tuple(i for i in theirs.invariants if i not in mine.invariants and i not in ignored)
            if broken:
                shown = answered(scenario, mine)
                named = attrs.evolve(shown, rulebook=kept.rulebook, runbook=runbook.runbook, violations=mine.invariants)
                return Distinction(named, runbook, kept, other, broken)
        return None

    def _both(self, scenario: Scenario, runbook: Runbook) -> tuple[Trace, Trace]:
        return self._run(self.one, scenario, runbook), self._run(self.other, scenario, runbook)

    def _run(self, book: Rulebook, scenario: Scenario, runbook: Runbook) -> Trace:
        """A run that reports the outcome of each step.

        What earlier runs under the same rules, runbook steps and policies have computed is used again.
        """
        key = (book is self.one, runbook.steps, tuple(scenario.policies.items()))
        table = self._tables.pop(key, None) or Table(Model(book, runbook, scenario.policies))
        self._tables[key] = table
        if len(self._tables) > MOST_TABLES:
            del self._tables[next(iter(self._tables))]
        return simulate(table.model, asking(_with_records(scenario, book)), tracing=False, table=table)


def _with_records(scenario: Scenario, book: Rulebook) -> Scenario:
    """The scenario, with what its accounts hold of the rulebook's own records."""
    accounts = (attrs.evolve(account, start=with_records(book, account.start)) for account in scenario.accounts)
    return attrs.evolve(scenario, accounts=tuple(accounts))
