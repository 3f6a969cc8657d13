"""Computes again what a pack rests on, from its own copies: once under its own rulebook, once under the amended one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import attrs

from dcsim.checker.explorers.budget import Budget
from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.rulebook import Rulebook
from dcsim.files.findings import InputError
from dcsim.files.load import Case, load_pair, load_scenarios
from dcsim.files.write import write_steps
from dcsim.report.check import CheckResult
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.phrases import several
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Trace
from dcsim.usecases.audit.pack_folder import PackFolder
from dcsim.usecases.audit.sources import RULEBOOK, RUNBOOK
from dcsim.usecases.check import Bounds, Who, check, subject_of
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.mutate import outcome
from dcsim.usecases.touched import touched


@attrs.frozen(kw_only=True, eq=False)
class PackAnew:
    """A pack, and the name or path of the amended rulebook. Each check may take so many seconds."""

    pack: PackFolder
    new: str
    seconds: float

    @property
    def old(self) -> str:
        """The path of the pack's own rulebook."""
        return str(self.pack.file(RULEBOOK))

    @cached_property
    def book(self) -> Rulebook:
        """The pack's own rulebook."""
        return load_pair(self.old, str(self.pack.file(RUNBOOK)))[0]

    # -- the scenarios ---------------------------------------------------------------------------------------------

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The scenarios, under the pack's own rulebook. InputError if one cannot be loaded."""
        return tuple(self._case(one["address"], self.old) for one in self.pack.manifest["scenarios"])

    def _case(self, address: str, rulebook: str) -> Case:
        path, runbook = self.pack.file(address), str(self.pack.file(RUNBOOK))
        return load_scenarios(path, rulebook, runbook, INVARIANT_NAMES, REFUSAL_CODES)[0]

    @cached_property
    def touched(self) -> dict[RuleCell, list[str]]:
        """The rule cells that the scenarios touch, each with their names."""
        found: dict[RuleCell, list[str]] = {}
        for case in self.cases:
            for cell in touched(case.rulebook, case.scenario, _trace(case)):
                found.setdefault(cell, []).append(case.scenario.scenario)
        return found

    def changed(self) -> Iterator[str]:
        """Yield the scenarios that end otherwise under the amended rulebook."""
        for case, one in zip(self.cases, self.pack.manifest["scenarios"], strict=True):
            name = case.scenario.scenario
            try:
                moved = self._case(one["address"], self.new)
            except InputError as error:
                yield f"scenario {name} cannot be run under the amended notice: {error.findings[0].message}"
                continue
            before, after = _outcome(case), _outcome(moved)
            if before != after:
                yield f"scenario {name}: {_words(before)} before, {_words(after)} under the amended notice"

    # -- the proof -------------------------------------------------------------------------------------------------

    @cached_property
    def proof(self) -> CheckResult:
        """The proof under the pack's own rulebook."""
        return self._check(self.old)

    def rests_on(self, cell: RuleCell) -> bool:
        """Whether a scenario touches a cell, or the proof: such a change was made there by such an account."""
        covered = self.proof.answer.covered
        never = {kind for verb in covered.never for kind in CLIENT_ACTIONS[verb].kinds}
        return cell in self.touched or (cell.account in covered.kinds and cell.change not in never)

    def unproved(self) -> tuple[list[str], list[str]]:
        """Return what breaks under the amended rulebook only, and what is not decided."""
        try:
            after = self._check(self.new)
        except InputError as error:
            return [f"the runbook does not fit the amended notice: {error.findings[0].message}"], []
        undecided = [one.answer.why for one in (self.proof, after) if not one.answer.explored.complete]
        if undecided:
            return [], [f"the proof could not be made again: {undecided[0]}"]
        return list(_news(self.proof, after)), []

    def _check(self, rulebook: str) -> CheckResult:
        runbook, bounds = str(self.pack.file(RUNBOOK)), Bounds(ops=self.pack.manifest["bounds"]["ops"])
        subject = subject_of(*load_pair(rulebook, runbook), Who(), (rulebook, runbook))
        return check(subject, bounds, Budget(seconds=self.seconds))


Outcome = tuple[object, ...]


def _trace(case: Case) -> Trace:
    return simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario, tracing=True)


def _outcome(case: Case) -> Outcome:
    return outcome(case, _trace(case))


def _words(found: Outcome) -> str:
    status, broken, missing = found
    assert isinstance(broken, frozenset)
    assert isinstance(missing, tuple)
    more = f" (breaks {several(sorted(broken))})" if broken else ""
    return f"{status}{more}{f' (does not break {several(missing)})' if missing else ''}"


def _news(before: CheckResult, after: CheckResult) -> Iterator[str]:
    """Say what breaks after the amendment and did not before, with the shortest scenario."""
    known = before.answer.broken.get((), ())
    new = [name for name in after.answer.broken.get((), ()) if name not in known]
    if new:
        yield f"the proof does not hold any more: the runbook breaks {several(new)}{_example(after, new)}"
    if after.status == "inconclusive" and before.status == "proved":
        yield f"the proof does not hold any more: {after.answer.why}"


def _example(result: CheckResult, names: list[str]) -> str:
    example = next((one for one in result.counterexamples if one.invariant in names), None)
    return f": {'; '.join(write_steps(example.scenario))}" if example else ""
