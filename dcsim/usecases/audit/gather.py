"""Gathers what a pack says: the runs of its scenarios, its checks, and the worth of each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.report.mutate import Fate
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.mutants import runbook_mutants
from dcsim.usecases.audit.checks import COUNTEREXAMPLES, AuditedCheck, RejectedRunbook, checked, others, rejected
from dcsim.usecases.audit.file_names import FileNames
from dcsim.usecases.audit.scenarios import AuditedRun, audited
from dcsim.usecases.audit.sources import PackSources, sources
from dcsim.usecases.check import Bounds
from dcsim.usecases.mutate import UNDECIDED, Bench
from dcsim.usecases.request import Listen, Progress, ignore

Status = Literal["passed", "failed", "inconclusive"]


@attrs.frozen(kw_only=True)
class AuditRequest:
    """What a pack is asked to be about.

    ``rulebook``, ``runbook`` and those that are ``rejected`` are names or paths; without any rejected, the other
    built-in runbooks are. ``bounds`` are those of the checks, and each may take ``seconds``.
    """

    rulebook: str
    runbook: str
    scenarios: tuple[Path, ...] = ()
    rejected: tuple[str, ...] = ()
    bounds: Bounds = attrs.field(factory=lambda: Bounds(ops=1, faults=1, slips=1))
    seconds: float = 300.0


@attrs.frozen(kw_only=True, eq=False)
class AuditEvidence:
    """All that a pack says.

    ``proof`` is the check without faults and slips, ``mishaps`` the one with them (None: none are asked for).
    ``worth`` is what becomes of the weekend if a step is left out, by the step's id. ``unfit`` built-in runbooks were
    left out, as they do not fit the rulebook.
    """

    request: AuditRequest
    sources: PackSources
    runs: tuple[AuditedRun, ...]
    proof: AuditedCheck
    mishaps: AuditedCheck | None
    worth: Mapping[str, Fate]
    rejected: tuple[RejectedRunbook, ...]
    unfit: int

    @property
    def book(self) -> Rulebook:
        """The rulebook."""
        return self.sources.rulebook.value

    @property
    def runbook(self) -> Runbook:
        """The runbook."""
        return self.sources.runbook.value

    @cached_property
    def touched(self) -> Mapping[RuleCell, tuple[AuditedRun, ...]]:
        """The runs that touched each rule cell."""
        found: dict[RuleCell, tuple[AuditedRun, ...]] = {}
        for run in self.runs:
            for cell in run.cells:
                found[cell] = (*found.get(cell, ()), run)
        return found

    @property
    def failed(self) -> tuple[AuditedRun, ...]:
        """The runs that failed."""
        return tuple(run for run in self.runs if run.result.status != "passed")

    @property
    def kept(self) -> tuple[AuditedRun, ...]:
        """The runs that pass and break nothing. One that breaks something, as it expects, shows how, and not this."""
        return tuple(run for run in self.runs if run.result.status == "passed" and not run.breaks)

    @property
    def broken_as_expected(self) -> tuple[AuditedRun, ...]:
        """The runs that pass, as they expect that something breaks."""
        return tuple(run for run in self.runs if run.result.status == "passed" and run.breaks)

    @cached_property
    def undecided(self) -> tuple[str, ...]:
        """What could not be decided, in sentences."""
        checks = [("the proof", self.proof), ("what faults and slips break", self.mishaps)]
        checks += [(f"why not {other.runbook.value.runbook}", other.check) for other in self.rejected]
        found = [f"{what}: {_why(one)}" for what, one in checks if one and _open(one)]
        found += [f"step {step}: {fate.how}" for step, fate in self.worth.items() if undecided(fate)]
        return (*self._nothing_kept(), *found)

    def _nothing_kept(self) -> Iterator[str]:
        """Why no scenario speaks for the runbook."""
        if not self.runs:
            yield "no scenario was run, because none was given"
        elif not self.kept and not self.failed:
            yield "no scenario shows that something is kept: each breaks something, as it expects"

    @property
    def status(self) -> Status:
        """``passed`` only where every scenario passes and every check is decided."""
        if self.failed or self.proof.status == "violated":
            return "failed"
        return "inconclusive" if self.undecided else "passed"

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the evidence."""
        every = dict(self.sources.files)
        for run in self.runs:
            every |= run.files
        for other in self.rejected:
            every[other.file] = other.runbook.text.encode()
        for check in (self.proof, self.mishaps, *(check for other in self.rejected for check in other.checks)):
            every |= check.files if check else {}
        return every


def undecided(fate: Fate) -> bool:
    """Whether nothing can be said of a step that is left out."""
    return fate.by == "nothing" and fate.how.startswith(UNDECIDED)


def _open(check: AuditedCheck) -> bool:
    return check.status == "inconclusive" or not check.whole


def _why(check: AuditedCheck) -> str:
    return check.result.answer.why or "not every schedule was looked at"


def gather(request: AuditRequest, listen: Listen = ignore, ready: Callable[[], None] = lambda: None) -> AuditEvidence:
    """Load the inputs, run the scenarios and make the checks. ``ready`` is called once the inputs are sound."""
    loaded = sources(request.rulebook, request.runbook, request.scenarios)
    alternatives, unfit = others(request.rulebook, loaded.runbook, request.rejected)
    ready()
    books = loaded.rulebook, loaded.runbook
    runs = audited(loaded.cases, lambda name: listen(Progress(name)))
    bounds, seconds = request.bounds, request.seconds
    listen(Progress("the proof"))
    proof = checked(*books, attrs.evolve(bounds, faults=0, slips=0), seconds, FileNames(f"{COUNTEREXAMPLES}/proof"))
    listen(Progress("faults and slips"))
    some = bounds.faults or bounds.slips
    # Where the runbook fails anyway, a counterexample for each slip would take minutes and say little.
    each = proof.status != "violated"
    names = FileNames(f"{COUNTEREXAMPLES}/mishaps")
    mishaps = checked(*books, bounds, seconds, names, each=each) if some else None
    worth = _worth(loaded, bounds.ops or 1, seconds, listen)
    names, found = FileNames("sources/rejected"), list[RejectedRunbook]()
    for other in alternatives:
        listen(Progress(f"why not {other.value.runbook}"))
        found.append(rejected(loaded.rulebook, other, bounds, seconds, names))
    return AuditEvidence(
        request=request,
        sources=loaded,
        runs=runs,
        proof=proof,
        mishaps=mishaps,
        worth=worth,
        rejected=tuple(found),
        unfit=unfit,
    )


def _worth(loaded: PackSources, ops: int, seconds: float, listen: Listen) -> dict[str, Fate]:
    """Leave each step out, and find what breaks then: by the lint, the check, or a scenario."""
    bench = Bench(loaded.rulebook.value, loaded.runbook.value, list(loaded.cases), max(ops, 1), seconds)
    found = {}
    for mutant in runbook_mutants(loaded.runbook.value):
        if mutant.slip == "skip":
            listen(Progress(mutant.name))
            found[mutant.step] = bench.step(mutant)
    return found
