"""Leaves out one thing at a time, and runs the scenario again: each step of the runbook, each fault and slip.

Where no step left out mends it, the other slips of an operator are tried as changes: a step moved, swapped or repeated.
A fault or a slip without which the run passes is a cause, and no mend: nobody can choose that it does not happen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

import attrs

from dcsim.domain.account import Account
from dcsim.domain.faults import AccountFault, Fault, LinkFault, OperatorSlip, described
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.findings import Flaw
from dcsim.files.load import Case
from dcsim.report.run_view import RunResult, result
from dcsim.rules.mutants import RunbookMutant, runbook_mutants
from dcsim.semantics.invariant_registry import practice
from dcsim.semantics.model import Model
from dcsim.simulate.acts import lives
from dcsim.simulate.weekend import QUIET_ABOVE, simulate
from dcsim.trace.roster import Roster
from dcsim.usecases.mutate import runbook_errors
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page.gather import RunEvidence


@attrs.frozen(kw_only=True, eq=False)
class LeftOut:
    """The run without one thing, or with one thing changed. ``result`` is None where it cannot be run at all: ``flaws``
    say why. ``case`` is what was run.
    """

    what: str
    name: str
    case: Case
    result: RunResult | None
    flaws: tuple[Flaw, ...] = ()

    @property
    def broken(self) -> tuple[str, ...]:
        """The invariants that are broken, expected or not."""
        return self.result.trace.invariants if self.result and self.result.trace else ()

    @property
    def unmet(self) -> int:
        """How many expectations are not met."""
        return sum(problem.kind == "expectation" for problem in self.result.problems) if self.result else 0


@attrs.frozen(eq=False)
class LeaveOut:
    """A scenario, run again without each step, and without each fault and slip. Each is run when it is asked for.

    ``reduced`` says that a few accounts stand for all. ``not_tried`` says why nothing was run.
    """

    case: Case
    options: RunOptions
    whole: LeftOut
    reduced: str = ""
    not_tried: str = ""

    @cached_property
    def steps(self) -> tuple[LeftOut, ...]:
        """The run without each step of the runbook."""
        return tuple(self._changed("skip"))

    @cached_property
    def faults(self) -> tuple[LeftOut, ...]:
        """The run without each fault and each slip of the operator."""
        return tuple(self._without_fault(number) for number in range(0 if self.not_tried else self._faults))

    @property
    def _faults(self) -> int:
        return len(self.case.scenario.faults)

    def _without_fault(self, number: int) -> LeftOut:
        faults = self.case.scenario.faults
        scenario = attrs.evolve(self.case.scenario, faults=(*faults[:number], *faults[number + 1 :]))
        case = attrs.evolve(self.case, scenario=scenario)
        return played(case, self.options, "fault", fault_words(faults[number]))

    @cached_property
    def moved(self) -> tuple[LeftOut, ...]:
        """The run with a step swapped with the next one, put off, or done twice."""
        return (*self._changed("swap"), *self._changed("delay"), *self._changed("repeat"))

    @cached_property
    def mends(self) -> tuple[LeftOut, ...]:
        """The steps that mend the run if they are left out."""
        return tuple(each for each in self.steps if self.mended(each))

    @cached_property
    def causes(self) -> tuple[LeftOut, ...]:
        """The faults and slips without which nothing is wrong."""
        return tuple(each for each in self.faults if self.mended(each)) if self.wrong else ()

    @cached_property
    def smallest(self) -> LeftOut | None:
        """The smallest change of the runbook that was tried and mends the run: a step left out, or else one moved."""
        if not self.wrong:
            return None
        return next(iter(self.mends), None) or next((each for each in self.moved if self.mended(each)), None)

    @property
    def bearing(self) -> tuple[LeftOut, ...]:
        """The steps without which the run was played and does not pass."""
        return tuple(each for each in self.steps if each.result and each.result.status != "passed")

    @property
    def bound(self) -> tuple[LeftOut, ...]:
        """The steps that cannot be left out alone, so that nothing was played without them."""
        return tuple(each for each in self.steps if each.result is None)

    def mended(self, other: LeftOut) -> bool:
        """Whether a change mends the run: it passes, and that tells that the promise is kept; or nothing is broken."""
        if other.result is None:
            return False
        if self.by_passing:
            return other.result.status == "passed"
        return not other.broken and not (self.fails and other.unmet)

    def mark(self, other: LeftOut) -> tuple[str, str]:
        """Return how a run ends, in a word with its tone; where violations are expected, whether any is left."""
        if other.result is None:
            return "cannot be left out alone", "warn"
        if self.wrong and not self.by_passing:
            return ("✗ broken", "bad") if other.broken else ("✓ nothing broken", "good")
        return ("✓ passes", "good") if other.result.status == "passed" else ("✗ fails", "bad")

    @property
    def by_passing(self) -> bool:
        """Whether to pass is to be mended. It is not where the scenario expects that a promise is broken: a run may
        then pass because of what is wrong in it.
        """
        return self.fails and all(practice(name) for name in self.case.scenario.violations)

    @property
    def wrong(self) -> bool:
        """Whether there is anything to mend."""
        return self.fails or bool(self.whole.broken)

    @property
    def fails(self) -> bool:
        """Whether the run with nothing left out fails."""
        return self.whole.result is None or self.whole.result.status != "passed"

    def _changed(self, slip: str) -> Iterator[LeftOut]:
        if self.not_tried:
            return
        for mutant in runbook_mutants(self.case.runbook):
            if mutant.slip == slip:
                yield self._with_runbook(mutant)

    def _with_runbook(self, mutant: RunbookMutant) -> LeftOut:
        case = attrs.evolve(self.case, runbook=mutant.runbook)
        name = mutant.step if mutant.slip == "skip" else mutant.exact(case.rulebook)
        flaws = (*runbook_errors(mutant.runbook, case.rulebook), *_unknown_steps(case.scenario, mutant.runbook))
        if flaws:
            return LeftOut(what="step", name=name, case=case, result=None, flaws=flaws)
        return played(case, self.options, "step", name)


def _unknown_steps(scenario: Scenario, runbook: Runbook) -> Iterator[Flaw]:
    """Yield the faults of a scenario at steps that are not there."""
    for number, fault in enumerate(scenario.faults):
        for key in ("step", "before", "after"):
            step = getattr(fault, key, None)
            if step is not None and step not in runbook.by_id:
                yield Flaw("DC125", ("faults", number, key), f"unknown step '{step}'")


def leave_out(evidence: RunEvidence) -> LeaveOut:
    """Prepare to run a scenario without each step, fault and slip. Of many accounts, one of each history takes part."""
    case, options = evidence.case, evidence.options
    whole = LeftOut(what="", name="", case=case, result=evidence.result)
    of = Roster(case.scenario).size
    if of <= QUIET_ABOVE:
        return LeaveOut(case, options, whole)
    names = {each.representative for each in evidence.trace.histories} | {*evidence.trace.administrators}
    few = reduced(case, names | set(_named(case.scenario)), options.seed)
    size = Roster(few.scenario).size
    if not names or size > QUIET_ABOVE:
        why = f"its {of:,} accounts have too many histories to run one account of each again and again"
        return LeaveOut(case, options, whole, not_tried=why)
    again = played(few, options, "", "")
    if again.broken != whole.broken or (again.result and again.result.status != evidence.result.status):
        why = f"{size:,} accounts, one of each history, do not show what {of:,} show"
        return LeaveOut(case, options, whole, not_tried=why)
    words = f"of {of:,} accounts {size:,} took part, one of each history: with them, the same is broken"
    return LeaveOut(few, options, again, reduced=words)


def reduced(case: Case, names: Collection[str], seed: int = 0) -> Case:
    """Return a case with only some of the accounts. A population's or a group's name stands for those of them."""
    scenario = case.scenario
    roster = Roster(scenario)
    if lives(scenario):
        from dcsim.simulate.one_by_one import one_by_one

        alone = {name for name in names if len(roster.numbers(name)) == 1}
        return attrs.evolve(case, scenario=one_by_one(scenario, case.rulebook, seed, alone))
    kept = sorted({number for name in names for number in _numbers(roster, name)})
    every = (*scenario.groups, *(population.every for population in scenario.populations))
    groups = {name: _members(roster, name, kept) for name in every}
    accounts = tuple(attrs.evolve(_like(roster, number), id=roster.name(number)) for number in kept)
    return attrs.evolve(case, scenario=attrs.evolve(scenario, accounts=accounts, populations=(), groups=groups))


def _members(roster: Roster, name: str, kept: Collection[int]) -> tuple[str, ...]:
    there = set(roster.numbers(name))
    return tuple(roster.name(number) for number in kept if number in there)


def _numbers(roster: Roster, name: str) -> Iterator[int]:
    """Yield the number of an account that is named alone."""
    numbers = roster.numbers(name)
    yield from numbers if len(numbers) == 1 else ()


def _like(roster: Roster, number: int) -> Account:
    """Return the account of a number, or the one that it is like."""
    for account, count in roster.groups:
        if number < count:
            return account
        number -= count
    raise IndexError(number)


def _named(scenario: Scenario) -> Iterator[str]:
    """Yield every name of accounts that a scenario's steps, expectations and faults use."""
    for step in scenario.steps:
        yield step.account
        if user := getattr(step.action, "user", None):
            yield user
    yield from (seen.account for seen in scenario.seen)
    yield from (fault.account for fault in scenario.faults if isinstance(fault, AccountFault) and fault.account)


def played(case: Case, options: RunOptions, what: str, name: str) -> LeftOut:
    """Run a case without a trace, and without explanations."""
    model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=options.practices)
    trace = simulate(model, case.scenario, tracing=False, seed=options.seed)
    books = case.scenario, case.rulebook, case.runbook
    view = result(case.path, *books, trace, "", strict=options.strict, strict_open=options.strict_open)
    return LeftOut(what=what, name=name, case=case, result=view)


def fault_words(fault: Fault) -> str:
    """Return a fault or a slip in words."""
    if isinstance(fault, OperatorSlip):
        return f"slip: {fault.operator} {fault.step}"
    if not isinstance(fault, LinkFault):
        return f"fault: {described(fault)}"
    on = f"entry {fault.nth}" if fault.nth else "every entry"
    return f"fault of the link: {fault.link} {on}{f' of {fault.account}' if fault.account else ''}"
