"""Run: simulate scenarios, and compare each run with the scenario's expectations and with the invariants."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from itertools import chain, count
from pathlib import Path

import attrs

from dcsim.files.disk import discover, make_folder, save
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import Case, load_scenario
from dcsim.files.resolver import BUILTIN
from dcsim.report.run_view import RunResult, result
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.jsonl import dump
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES


@attrs.frozen(kw_only=True)
class RunOptions:
    """How scenarios are run.

    ``rulebook`` and ``runbook`` replace those that the scenarios name. ``seed`` determines what is random: the link's
    jitter. ``practices``: whether breaks of good practice count. ``tracing``: whether events are kept (None: only where
    there are few accounts).
    """

    rulebook: str | None = None
    runbook: str | None = None
    seed: int = 0
    practices: bool = True
    tracing: bool | None = None

    def again(self, path: str) -> str:
        """Return the command that runs a scenario with these options."""
        words = ["dcsim", "run", path]
        words += ["--rulebook", self.rulebook] if self.rulebook else []
        words += ["--runbook", self.runbook] if self.runbook else []
        words += ["--seed", str(self.seed)] if self.seed else []
        words += [] if self.practices else ["--practices", "off"]
        return shlex.join(words)


def load(paths: Iterable[Path], options: RunOptions | None = None) -> list[Case]:
    """Load every scenario of some files and folders. InputError lists everything that is wrong in any of them."""
    options = options or RunOptions()
    cases: list[Case] = []
    findings: list[Finding] = []
    for path in discover(paths):
        try:
            cases.append(load_scenario(path, options.rulebook, options.runbook, INVARIANT_NAMES, REFUSAL_CODES))
        except InputError as error:
            findings += error.findings
    if findings:
        own = [finding for finding in findings if users_own(finding)]
        # Scenarios that share a rulebook report its faults each time; dict.fromkeys keeps one of each, in order.
        raise InputError(dict.fromkeys(sorted(own, key=lambda finding: finding.severity != "error")))
    return cases


def users_own(finding: Finding) -> bool:
    """Whether the user can correct the finding: an error, or a warning about a file that does not come with dcsim."""
    return finding.severity == "error" or not finding.path.startswith(BUILTIN)


def warnings_of(cases: Iterable[Case], *, everything: bool) -> Iterator[Finding]:
    """Yield warnings about files. The user cannot change those that come with dcsim: ``everything`` has them too."""
    warnings = (warning for case in cases for warning in case.warnings)
    return (warning for warning in warnings if everything or users_own(warning))


def run(case: Case, options: RunOptions | None = None) -> RunResult:
    """Run one scenario."""
    options = options or RunOptions()
    model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=options.practices)
    trace = simulate(model, case.scenario, tracing=options.tracing, seed=options.seed)
    return result(case.path, case.scenario, case.rulebook, case.runbook, trace, options.again(case.path))


@attrs.define
class TraceFolder:
    """A folder of traces. One command never writes two traces of the same name, even where case is ignored."""

    folder: Path
    taken: set[str] = attrs.field(factory=set)

    def write(self, case: Case, run_: RunResult, seed: int) -> None:
        """Write a run's trace."""
        path = self.folder / self._name(case)
        assert run_.trace is not None
        make_folder(path.parent)
        save(path, "".join(dump(case.texts, seed, run_.trace)), ours=True)

    def _name(self, case: Case) -> str:
        parts = Path(case.path).with_suffix("").parts
        name = "-".join(part for part in parts if part not in ("..", ".", "/"))
        names = (f"{name}{number}.trace.jsonl" for number in chain([""], (f"-{n}" for n in count(2))))
        # Paths that differ only in folders or case can give one name; numbers keep the files apart.
        fresh = next(other for other in names if other.casefold() not in self.taken)
        self.taken.add(fresh.casefold())
        return fresh
