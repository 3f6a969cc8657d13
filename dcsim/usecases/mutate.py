"""Find what distinguishes each mutant from the original: the lint, a scenario of the suite, or the check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain

import attrs

from dcsim.checker.explorers.budget import Budget, OverBudget
from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Mishaps, in_words
from dcsim.checker.model.abstract_accounts import one_of_each_kind
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import Answer, ask
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files.codes import CODES
from dcsim.files.findings import Flaw
from dcsim.files.lint_rulebook import rulebook_flaws
from dcsim.files.lint_runbook import runbook_flaws, runbook_in_flaws
from dcsim.files.load import Case
from dcsim.report.mutate import Fate, MutationResult
from dcsim.report.text import some
from dcsim.rules.baseline_conflicts import unkeepable
from dcsim.rules.diff import diff
from dcsim.rules.mutants import RuleMutant, RunbookMutant, rule_mutants, runbook_mutants
from dcsim.rules.phrases import fate_of, several
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Trace
from dcsim.trace.verdict import verdict
from dcsim.usecases.request import Listen, Progress, ignore

UNDECIDED = "not decided"
"""How a mutant's fate begins that no check could decide within its budget."""

Broken = Mapping[Mishaps, tuple[str, ...]]


def mutate(
    rulebook: Rulebook,
    runbook: Runbook,
    suite: Iterable[Case] = (),
    *,
    ops: int = 1,
    seconds: float = 60.0,
    names: tuple[str, str] | None = None,
    listen: Listen = ignore,
) -> MutationResult:
    """Change one thing at a time in a rulebook and in its runbook, and find what distinguishes each mutant.

    The lint, the suite's scenarios and the check of every schedule are tried. Each check takes ``seconds`` at most.
    """
    bench = Bench(rulebook, runbook, list(suite), ops, seconds)
    fates: list[Fate] = []
    for rule_mutant in rule_mutants(rulebook):
        listen(Progress(rule_mutant.name, len(fates)))
        fates.append(bench.rule(rule_mutant))
    for mutant in runbook_mutants(runbook):
        listen(Progress(mutant.name, len(fates)))
        fates.append(bench.step(mutant))
    return MutationResult(names or (rulebook.rulebook, runbook.runbook), tuple(fates))


def outcome(case: Case, trace: Trace) -> tuple[object, ...]:
    """Return what is compared between two runs of a scenario: whether it passed, and what failed."""
    found = verdict(case.scenario, trace)
    return found.status, frozenset(b.violation.invariant for b in found.unexpected), found.missing


@attrs.define(eq=False)
class Bench:
    """A rulebook and a runbook, the suite that tests them, and the bounds of the check."""

    rulebook: Rulebook
    runbook: Runbook
    cases: list[Case]
    ops: int
    seconds: float

    def rule(self, mutant: RuleMutant) -> Fate:
        """Find what distinguishes a mutant of the rulebook."""
        try:
            return self._rule(mutant)
        except OverBudget as over:
            return Fate("rules", mutant.name, "nothing", f"{UNDECIDED}: {over}")

    def step(self, mutant: RunbookMutant) -> Fate:
        """Find what breaks when a step of the runbook is missing or wrong."""
        try:
            return self._step(mutant)
        except OverBudget as over:
            return Fate("runbook", mutant.exact(self.rulebook), "nothing", f"{UNDECIDED}: {over}")

    def _rule(self, mutant: RuleMutant) -> Fate:
        codes = _codes(_errors(rulebook_flaws(mutant.rulebook))) or _codes(_errors(unkeepable(mutant.rulebook)))
        if codes:
            return Fate("rules", mutant.name, "lint", several(codes))
        found = diff(self.rulebook, mutant.rulebook)
        if not found.differences:
            return Fate("rules", mutant.name, "equivalent", f"all {found.cells:,} cells are decided alike")
        scenario = self._failing_scenario(self._under_rules, mutant.rulebook, self.runbook)
        if scenario:
            return Fate("rules", mutant.name, "suite", scenario)
        broken = self._checked(mutant.rulebook, self.runbook, 0, 0)
        if broken != self._proved[0, 0]:
            return Fate("rules", mutant.name, "check", _news(broken, self._proved[0, 0]))
        first = found.differences[0]
        unseen = f"no invariant tells {first.cell}, {fate_of(first.one)}, from {fate_of(first.other)}"
        return Fate("rules", mutant.name, "nothing", unseen)

    def _step(self, mutant: RunbookMutant) -> Fate:
        name = mutant.exact(self.rulebook)
        codes = _codes(runbook_errors(mutant.runbook, self.rulebook))
        if codes:
            return Fate("runbook", name, "lint", several(codes))
        # Without faults first, because that check is faster.
        for faults in (0, 1):
            broken = self._checked(self.rulebook, mutant.runbook, faults, 0)
            if broken != self._proved[faults, 0]:
                return Fate("runbook", name, "check", _news(broken, self._proved[faults, 0]))
        scenario = self._failing_scenario(self._under_runbook, self.rulebook, mutant.runbook)
        if scenario:
            return Fate("runbook", name, "suite", scenario)
        bounds = f"{some(self.ops, 'operation')}, 1 fault of the link"
        # To skip a step and to break nothing shows that the step is not needed; other mutants show less.
        proved = (
            "not load-bearing: proved to break nothing more" if mutant.slip == "skip" else "breaks nothing more: proved"
        )
        return Fate("runbook", name, "equivalent", f"{proved} ({bounds})")

    # -- the suite -------------------------------------------------------------------------------------------------

    @cached_property
    def _under_rules(self) -> list[tuple[Case, tuple[object, ...]]]:
        """The suite's scenarios for this rulebook, each with its outcome under the originals."""
        mine = [case for case in self.cases if case.rulebook.rulebook == self.rulebook.rulebook]
        return [(case, outcome(case, _run(case, case.rulebook, case.runbook))) for case in mine]

    @cached_property
    def _under_runbook(self) -> list[tuple[Case, tuple[object, ...]]]:
        """Those of them that use this runbook too."""
        return [(case, before) for case, before in self._under_rules if case.runbook.runbook == self.runbook.runbook]

    def _failing_scenario(self, suite: list[tuple[Case, tuple[object, ...]]], book: Rulebook, runbook: Runbook) -> str:
        """Return the name of the first scenario with another outcome; empty when there is none.

        It is moved to the front: a scenario that detects one mutant often detects the next.
        """
        for number, (case, before) in enumerate(suite):
            mutated = runbook if case.runbook.runbook == self.runbook.runbook else case.runbook
            if outcome(case, _run(case, book, mutated)) != before:
                suite.insert(0, suite.pop(number))
                return case.scenario.scenario
        return ""

    # -- the check -------------------------------------------------------------------------------------------------

    @cached_property
    def _proved(self) -> Mapping[tuple[int, int], Broken]:
        """What the originals break, for each number of faults and slips."""
        return {(faults, 0): self._checked(self.rulebook, self.runbook, faults, 0) for faults in (0, 1)}

    def _checked(self, book: Rulebook, runbook: Runbook, faults: int, slips: int) -> Broken:
        groups = one_of_each_kind(book, runbook)
        weekend = Weekend(Model(book, runbook), tuple(chain(*groups)), self.ops, faults, slips, groups)
        budget = Budget(seconds=self.seconds)
        answer: Answer = ask(weekend, lambda part, left: check(part, "auto", left), budget)
        # What was not explored may break as well: without the whole, nothing can be said of a mutant.
        if not answer.explored.complete:
            raise OverBudget(answer.why)
        return answer.broken


def _run(case: Case, book: Rulebook, runbook: Runbook) -> Trace:
    return simulate(Model(book, runbook, case.scenario.policies), case.scenario, tracing=False)


def runbook_errors(runbook: Runbook, rulebook: Rulebook) -> tuple[Flaw, ...]:
    """Return why a runbook cannot be followed under a rulebook."""
    return _errors((*runbook_flaws(runbook), *runbook_in_flaws(runbook, rulebook)))


def _errors(flaws: Iterable[Flaw]) -> tuple[Flaw, ...]:
    return tuple(flaw for flaw in flaws if CODES[flaw.code].severity == "error")


def _codes(flaws: Iterable[Flaw]) -> list[str]:
    return sorted({flaw.code for flaw in flaws})


def _news(broken: Broken, before: Broken) -> str:
    """Say what breaks under the mutant but not under the original, and after which faults."""
    return "; ".join(_sentences(broken, before)) or "breaks less than the original"


def _sentences(broken: Broken, before: Broken) -> Iterator[str]:
    for mishaps, names in broken.items():
        known = set(before.get(mishaps, ()))
        if mishaps:
            # What breaks without any mishap breaks after mishaps too; say it once.
            known.update(broken.get((), ()))
        added = [name for name in names if name not in known]
        if added:
            yield f"breaks {several(added)}" + (f" after {in_words(mishaps)}" if mishaps else "")
