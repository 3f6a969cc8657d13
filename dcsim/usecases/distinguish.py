"""Find scenarios that show how two rulebooks differ, by running the shortest candidates under both."""

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
from dcsim.usecases.fill_outcomes import answered, numbered

MOST_TABLES = 32
"""The most tables of computed steps that are kept."""


@attrs.frozen
class Distinction:
    """A scenario and a runbook under which one rulebook is kept and the other is not.

    ``broken``: the invariants that break only under ``other``. The scenario names ``kept`` as its rulebook, and expects
    the invariants that break under ``kept`` too, if any. ``outcomes``: the outcomes of each step under the two
    rulebooks, where the difference is one of outcomes.
    """

    scenario: Scenario
    runbook: Runbook
    kept: Rulebook
    other: Rulebook
    broken: tuple[str, ...] = ()
    outcomes: tuple[tuple[str, str], ...] = ()


@attrs.frozen(eq=False)
class Distinguisher:
    """Shows how two rulebooks differ, cell by cell. ``runbooks`` are tried before those that are made for a cell."""

    one: Rulebook
    other: Rulebook
    runbooks: tuple[Runbook, ...] = ()
    _tables: dict[object, Table] = attrs.field(factory=dict)

    @cached_property
    def comparable(self) -> bool:
        """Whether one runbook fits both: they have the same sessions, in the same order, at the same two sites."""
        sites = keep(self.one).sites
        served = {session.site for session in self.other.sessions}
        return self.one.timeline == self.other.timeline and served <= sites.keys() and len(sites) == MOST_SITES

    @cached_property
    def always_broken(self) -> frozenset[str]:
        """The invariants that break under only one of them even when nothing is done: a session has another site."""
        mine, theirs = self._both(idle(self.one), keep(self.one))
        return frozenset(mine.invariants) ^ frozenset(theirs.invariants)

    def distinguish(self, cell: RuleCell) -> Distinction | None:
        """Find the shortest scenario that shows how the two decide a cell differently.

        Of the runbooks for a scenario, the first is taken under which the kept rulebook breaks nothing. None: no
        scenario with up to two changes shows the difference.
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
        """Find the shortest scenario that shows a difference that concerns no single cell. None: none was found.

        A step of the scenario has different outcomes under the two. Where a session has another site, nothing is done
        and an invariant breaks.
        """
        if not self.comparable:
            return None
        if aspect.topic == "site":
            return self._compared(idle(self.one), keep(self.one), ignored=frozenset())
        tried = product(visits(self.one, self.other, aspect), (*self.runbooks, keep(self.one)))
        found = (self._outcomes(scenario, runbook) for scenario, runbook in tried)
        return min(filter(None, found), key=lambda distinction: len(distinction.scenario.violations), default=None)

    def _outcomes(self, scenario: Scenario, runbook: Runbook) -> Distinction | None:
        """Compare the outcomes of the steps; None where all are equal. The rulebook that breaks less is kept."""
        traces, books = self._both(scenario, runbook), (self.one, self.other)
        shown = [answered(scenario, trace) for trace in traces]
        # answered() puts each step's outcome into its ``expect``; pair them step by step.
        outcomes = tuple((one.expect, other.expect) for one, other in zip(shown[0].steps, shown[1].steps, strict=True))
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
        """Compare the invariants that break; None where no one breaks under only one rulebook, except ``ignored``."""
        ignored = self.always_broken if ignored is None else ignored
        traces = self._both(scenario, runbook)
        books = (self.one, self.other)
        # Either rulebook can be the kept one; prefer the one under which fewer invariants break.
        ways = [(traces[i], books[i], traces[1 - i], books[1 - i]) for i in (0, 1)]
        for mine, kept, theirs, other in sorted(ways, key=lambda way: len(way[0].invariants)):
            allowed = {*mine.invariants, *ignored}
            broken = tuple(name for name in theirs.invariants if name not in allowed)
            if broken:
                shown = answered(scenario, mine)
                named = attrs.evolve(shown, rulebook=kept.rulebook, runbook=runbook.runbook, violations=mine.invariants)
                return Distinction(named, runbook, kept, other, broken)
        return None

    def _both(self, scenario: Scenario, runbook: Runbook) -> tuple[Trace, Trace]:
        return self._run(self.one, scenario, runbook), self._run(self.other, scenario, runbook)

    def _run(self, book: Rulebook, scenario: Scenario, runbook: Runbook) -> Trace:
        """Run the scenario so that its trace reports the outcome of each step.

        The run reuses what earlier runs under the same rules, runbook steps and policies have computed.
        """
        key = (book is self.one, runbook.steps, tuple(scenario.policies.items()))
        # Taking the table out and putting it back makes it the newest; the first key is the one unused for longest.
        table = self._tables.pop(key, None) or Table(Model(book, runbook, scenario.policies))
        self._tables[key] = table
        if len(self._tables) > MOST_TABLES:
            del self._tables[next(iter(self._tables))]
        return simulate(table.model, numbered(_with_records(scenario, book)), tracing=False, table=table)


def _with_records(scenario: Scenario, book: Rulebook) -> Scenario:
    """Return the scenario with the records that the rulebook adds to accounts."""
    accounts = (attrs.evolve(account, start=with_records(book, account.start)) for account in scenario.accounts)
    return attrs.evolve(scenario, accounts=tuple(accounts))
