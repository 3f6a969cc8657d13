"""What tells a mutant from the original: the lint, a scenario of the suite, or the check of every schedule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain

import attrs

from dcsim.checker.explorers.budget import Budget
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
    """Change one thing at a time in a rulebook and in its runbook, and find what tells each mutant from the original.

    The lint, the suite's scenarios and the check of every schedule are asked; a check takes ``seconds`` at most.
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
    """What a scenario's run says, as far as it can tell a mutant: passed or failed, and by what."""
    found = verdict(case.scenario, trace)
    return found.status, frozenset(b.violation.invariant for b in found.unexpected), found.missing


@attrs.define(eq=False)
class Bench:
    """A rulebook and a runbook, the suite that watches over them, and the bounds of the check."""

    rulebook: Rulebook
    runbook: Runbook
    cases: list[Case]
    ops: int
    seconds: float

    def rule(self, mutant: RuleMutant) -> Fate:
        """What tells a mutant of the rules."""
        codes = _errors(rulebook_flaws(mutant.rulebook)) or _errors(unkeepable(mutant.rulebook))
        if codes:
            return Fate("rules", mutant.name, "lint", several(codes))
        found = diff(self.rulebook, mutant.rulebook)
        if not found.differences:
            return Fate("rules", mutant.name, "equivalent", f"all {found.cells:,} cells are decided alike")
        teller = self._teller(self._under_rules, mutant.rulebook, self.runbook)
        if teller:
            return Fate("rules", mutant.name, "suite", teller)
        broken = self._checked(mutant.rulebook, self.runbook, 0, 0)
        if broken != self._proved[0, 0]:
            return Fate("rules", mutant.name, "check", _news(broken, self._proved[0, 0]))
        first = found.differences[0]
        unseen = f"no invariant tells {first.cell}, {fate_of(first.one)}, from {fate_of(first.other)}"
        return Fate("rules", mutant.name, "nothing", unseen)

    def step(self, mutant: RunbookMutant) -> Fate:
        """What a runbook step is good for: what breaks without it, or when it is taken wrongly."""
        name = mutant.exact(self.rulebook)
        codes = _errors((*runbook_flaws(mutant.runbook), *runbook_in_flaws(mutant.runbook, self.rulebook)))
        if codes:
            return Fate("runbook", name, "lint", several(codes))
        for faults in (0, 1):
            broken = self._checked(self.rulebook, mutant.runbook, faults, 0)
            if broken != self._proved[faults, 0]:
                return Fate("runbook", name, "check", _news(broken, self._proved[faults, 0]))
        teller = self._teller(self._under_runbook, self.rulebook, mutant.runbook)
        if teller:
            return Fate("runbook", name, "suite", teller)
        bounds = f"{some(self.ops, 'operation')}, 1 fault of the link"
        proved = (
            "not load-bearing: proved to break nothing more" if mutant.slip == "skip" else "breaks nothing more: proved"
        )
        return Fate("runbook", name, "equivalent", f"{proved} ({bounds})")

    # -- the suite -------------------------------------------------------------------------------------------------

    @cached_property
    def _under_rules(self) -> list[tuple[Case, tuple[object, ...]]]:
        mine = [c for c in self.cases if c.rulebook.rulebook == self.rulebook.rulebook]
        return [(case, outcome(case, _run(case, case.rulebook, case.runbook))) for case in mine]

    @cached_property
    def _under_runbook(self) -> list[tuple[Case, tuple[object, ...]]]:
        return [(c, o) for c, o in self._under_rules if c.runbook.runbook == self.runbook.runbook]

    def _teller(self, suite: list[tuple[Case, tuple[object, ...]]], book: Rulebook, runbook: Runbook) -> str:
        """The first scenario that comes out otherwise; it is asked first the next time."""
        for number, (case, before) in enumerate(suite):
            mutated = runbook if case.runbook.runbook == self.runbook.runbook else case.runbook
            if outcome(case, _run(case, book, mutated)) != before:
                suite.insert(0, suite.pop(number))
                return case.scenario.scenario
        return ""

    # -- the check -------------------------------------------------------------------------------------------------

    @cached_property
    def _proved(self) -> Mapping[tuple[int, int], Broken]:
        """What the originals break, by faults and slips."""
        return {(faults, 0): self._checked(self.rulebook, self.runbook, faults, 0) for faults in (0, 1)}

    def _checked(self, book: Rulebook, runbook: Runbook, faults: int, slips: int) -> Broken:
        groups = one_of_each_kind(book, runbook)
        weekend = Weekend(Model(book, runbook), tuple(chain(*groups)), self.ops, faults, slips, groups)
        budget = Budget(seconds=self.seconds)
        answer: Answer = ask(weekend, lambda part, left: check(part, "auto", left), budget)
        return answer.broken


def _run(case: Case, book: Rulebook, runbook: Runbook) -> Trace:
    return simulate(Model(book, runbook, case.scenario.policies), case.scenario, tracing=False)


def _errors(flaws: Iterable[Flaw]) -> list[str]:
    return sorted({flaw.code for flaw in flaws if CODES[flaw.code].severity == "error"})


def _news(broken: Broken, before: Broken) -> str:
    """What breaks that did not break before, after which faults."""
    return "; ".join(_sentences(broken, before)) or "breaks less than the original"


def _sentences(broken: Broken, before: Broken) -> Iterator[str]:
    for slips, names in broken.items():
        news = [
            name
            for name in names
            if name not in before.get(slips, ()) and (not slips or name not in broken.get((), ()))
        ]
        if news:
            yield f"breaks {several(news)}" + (f" after {in_words(slips)}" if slips else "")
