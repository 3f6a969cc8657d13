"""Run: simulate scenarios, and compare each run with the scenario's expectations and with the invariants."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from dcsim.domain.moment import UNITS, spell
from dcsim.files.findings import InputError
from dcsim.files.load import Case
from dcsim.report.run_view import RunResult, result
from dcsim.semantics.model import Model
from dcsim.simulate.folded import folded
from dcsim.simulate.weekend import QUIET_ABOVE, simulate
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster
from dcsim.trace.verdict import verdict
from dcsim.usecases.account_results import of_run, profile_counts
from dcsim.usecases.acts_progress import ActsProgress
from dcsim.usecases.because import because
from dcsim.usecases.request import Listen, RequestError, ignore
from dcsim.usecases.select import selected
from dcsim.usecases.shared_causes import Books
from dcsim.usecases.suite import Suite, suite

BEFORE_ALL = 366 * UNITS["d"]
"""So long before its first step and tick nothing of a run has happened, however wrong a clock may be."""


@attrs.frozen(kw_only=True)
class RunOptions:
    """How scenarios are run.

    ``rulebook`` and ``runbook`` replace those that the scenarios name. ``seed`` determines what is random: the link's
    jitter. ``practices``: whether breaks of good practice count. ``tracing``: whether events are kept (None: only where
    there are few accounts); of many accounts, those of representatives (``folded``). ``strict``: warnings about a
    scenario are failures; ``strict_open``: so are open cells that it does not acknowledge. ``account`` is a pattern: of
    these accounts it is told what each opening finds. ``figures``: they are computed, whether expected or not.
    ``results`` is the file of a table of what each opening finds of all accounts. ``heal`` replaces that of the
    scenarios: faults end, and convergence is demanded.
    """

    rulebook: str | None = None
    runbook: str | None = None
    seed: int = 0
    practices: bool = True
    tracing: bool | None = None
    strict: bool = False
    strict_open: bool = False
    account: str | None = None
    figures: bool = False
    results: Path | None = None
    heal: int | None = None

    @property
    def books(self) -> Books:
        """The books that replace those of the scenarios."""
        return Books(self.rulebook, self.runbook)

    def healing(self, case: Case) -> Case:
        """Return a case with the ``heal`` of these options, if they have one."""
        return case if self.heal is None else attrs.evolve(case, scenario=attrs.evolve(case.scenario, heal=self.heal))

    def again(self, *paths: str) -> str:
        """Return the command that runs some scenarios with these options."""
        words = ["dcsim", "run", *paths]
        words += ["--rulebook", self.rulebook] if self.rulebook else []
        words += ["--runbook", self.runbook] if self.runbook else []
        words += ["--seed", str(self.seed)] if self.seed else []
        words += [] if self.heal is None else ["--heal", spell(self.heal)]
        words += [] if self.practices else ["--practices", "off"]
        words += ["--strict"] if self.strict else []
        words += ["--strict-open"] if self.strict_open else []
        return shlex.join(words)


def load(paths: Iterable[Path], options: RunOptions | None = None, words: str = "", tags: Iterable[str] = ()) -> Suite:
    """Load the scenarios of some files and folders that ``words`` and ``tags`` select, and files that cannot be run.

    RequestError if nothing is selected, or if no account of any scenario is of the pattern that the options give.
    """
    options = options or RunOptions()
    loaded = suite(paths, options.books)
    chosen = selected(loaded.cases, words, tags)
    if loaded.cases and not chosen:
        raise RequestError(f"none of {len(loaded.cases):,} scenarios is selected")
    loaded = loaded.only(chosen)
    wanted = options.account
    if wanted is not None and loaded.cases and not any(_has(case, wanted) for case in loaded.cases):
        raise RequestError(f"no account of these scenarios is called '{wanted}'")
    return loaded


def _has(case: Case, account: str) -> bool:
    return any(True for _ in Roster(case.scenario).matching(account))


def load_all(paths: Iterable[Path]) -> tuple[Case, ...]:
    """Load every scenario of some files and folders. InputError lists everything that is wrong in any of them."""
    loaded = suite(paths, Books())
    if loaded.findings:
        raise InputError(loaded.findings)
    return loaded.cases


def run(case: Case, options: RunOptions | None = None) -> RunResult:
    """Run one scenario."""
    return recorded(case, options or RunOptions())[0]


def recorded(case: Case, options: RunOptions, listen: Listen = ignore) -> tuple[RunResult, Recorder]:
    """Run one scenario; return also the recorder, which knows what the accounts went through whose events it kept."""
    case = options.healing(case)
    if listen is ignore or Roster(case.scenario).size <= QUIET_ABOVE:
        return _recorded(case, options)
    with ActsProgress(case.scenario.scenario, listen) as watching:
        return _recorded(case, options, watching)


def _recorded(case: Case, options: RunOptions, watching: ActsProgress | None = None) -> tuple[RunResult, Recorder]:
    started = time.perf_counter()
    model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=options.practices)
    watch = None if options.account is None else (options.account,)
    kept: list[Recorder] = []

    def keep(recorder: Recorder) -> None:
        recorder.openings = [] if options.results else None
        kept.append(recorder)
        if watching:
            watching.recorder = recorder

    # A look before the first opening hands out the recorder, which is still there when the run is over.
    looks = [(min((model.ticks[0][0], *model.due)) - BEFORE_ALL, keep)]
    how: dict[str, Any] = {"seed": options.seed, "looks": looks, "figures": options.figures or None}
    if options.tracing and Roster(case.scenario).size > QUIET_ABOVE:
        trace = folded(model, case.scenario, watch=watch or (), **how)
    else:
        trace = simulate(model, case.scenario, tracing=options.tracing, watch=watch, **how)
    unexpected = verdict(case.scenario, trace).unexpected
    wrong = bool(trace.failures or unexpected)
    shown = result(
        case.path,
        case.scenario,
        case.rulebook,
        case.runbook,
        trace,
        options.again(case.address),
        strict=options.strict,
        strict_open=options.strict_open,
        reasons=because(model, case.scenario, trace, unexpected, options.seed, kept[0]) if wrong else {},
    )
    counts = profile_counts(case.scenario, case.rulebook, options.seed)
    rows = of_run(kept[0], case.scenario, options.seed).rows if options.results else None
    seconds = time.perf_counter() - started
    return attrs.evolve(shown, seconds=seconds, profiles=counts, account_rows=rows), kept[0]
