"""`dcsim run`: scenarios through the simulator, held against what they expect and against the invariants."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable
from itertools import chain, count
from pathlib import Path

import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import FINDING, PASSED
from dcsim.cli.parameters import OUTPUT, PATH
from dcsim.files.disk import discover, make_folder, save
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import Case, load_scenario
from dcsim.files.sources import BUILTIN
from dcsim.report import machine_formats, text
from dcsim.report.view import Result, result
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import QUIET_ABOVE, simulate
from dcsim.trace.event import Trace
from dcsim.trace.jsonl import dump
from dcsim.usecases.vocabulary import INVARIANT_NAMES, REFUSAL_CODES


@click.command("run")
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--rulebook", metavar="NAME|PATH", help="Run under this rulebook instead of the scenario's own.")
@click.option("--runbook", metavar="NAME|PATH", help="Run under this runbook instead of the scenario's own.")
@click.option("--trace", "trace_dir", type=PATH, metavar="DIR", help="Write a trace of each run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("--junit", type=OUTPUT, metavar="FILE", help="Write JUnit XML.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides what is random: the link's jitter.")
@click.option("--practices", type=click.Choice(["on", "off"]), default="on", show_default=True, help="Good practice.")
@click.option("-q", "--quiet", is_flag=True, help="Only failures and the closing line.")
@click.option("-v", "--verbose", count=True, help="Every event as well, and violations that were expected.")
def command(
    paths: tuple[Path, ...],
    rulebook: str | None,
    runbook: str | None,
    trace_dir: Path | None,
    as_json: bool,
    junit: Path | None,
    seed: int,
    practices: str,
    quiet: bool,
    verbose: int,
) -> int:
    """Run scenarios: files, or folders of them."""
    debug = terminal.debugger(verbose)
    cases = load(paths, rulebook, runbook)
    terminal.warn(warning for case in cases for warning in case.warnings if verbose or _own(warning))
    started, results, traces = time.perf_counter(), [], set[str]()
    for number, case in enumerate(cases, start=1):
        terminal.progress(f"{number}/{len(cases)} {case.scenario.scenario}")
        model = Model(case.rulebook, case.runbook, case.scenario.policies, practices=practices == "on")
        trace = simulate(model, case.scenario, tracing=True if trace_dir else None, seed=seed)
        debug("ran", scenario=case.scenario.scenario, actions=trace.actions, digest=trace.digest)
        again = _again(case, rulebook, runbook, seed, practices)
        results.append(result(case.path, case.scenario, case.rulebook, case.runbook, trace, again))
        if trace_dir:
            _write_trace(trace_dir / _trace_name(case, traces), case, seed, trace)
        terminal.progress("")
        if not as_json and not (quiet and results[-1].status == "passed"):
            _tell(case, results[-1], trace, verbose)
    seconds = time.perf_counter() - started
    if junit:
        save(junit, machine_formats.as_junit(results, seconds))
    if as_json:
        terminal.say_json(machine_formats.as_json(results, seed))
    else:
        terminal.say(text.summary(results, seconds, terminal.paint))
    return PASSED if all(r.status == "passed" for r in results) else FINDING


def load(paths: Iterable[Path], rulebook: str | None, runbook: str | None) -> list[Case]:
    """Every scenario of some files and folders; all that is wrong in any of them at once."""
    cases: list[Case] = []
    findings: list[Finding] = []
    for path in discover(paths):
        try:
            cases.append(load_scenario(path, rulebook, runbook, INVARIANT_NAMES, REFUSAL_CODES))
        except InputError as error:
            findings += error.findings
    if findings:
        told = [finding for finding in findings if _own(finding)]
        raise InputError(dict.fromkeys(sorted(told, key=lambda finding: finding.severity != "error")))
    return cases


def _own(finding: Finding) -> bool:
    """Whether a finding is the user's to mend: an error, or a warning about a file of their own."""
    return finding.severity == "error" or not finding.path.startswith(BUILTIN)


def _again(case: Case, rulebook: str | None, runbook: str | None, seed: int, practices: str) -> str:
    words = ["dcsim", "run", case.path]
    words += ["--rulebook", rulebook] if rulebook else []
    words += ["--runbook", runbook] if runbook else []
    words += ["--seed", str(seed)] if seed else []
    words += ["--practices", practices] if practices == "off" else []
    return shlex.join(words)


def _tell(case: Case, shown: Result, trace: Trace, verbose: int) -> None:
    for line in text.lines(shown, terminal.paint, verbose=bool(verbose)):
        terminal.say(line)
    if verbose and not trace.events:
        kept = f"events are not kept above {QUIET_ABOVE} accounts, unless --trace asks for them"
        terminal.say(terminal.paint(f"      {kept}", "dim"))
    for event in trace.events if verbose else ():
        terminal.say_line(terminal.paint(text.told(event, case.rulebook), "dim"))


def _write_trace(path: Path, case: Case, seed: int, trace: Trace) -> None:
    make_folder(path.parent)
    save(path, "".join(dump(case.texts, seed, trace)), ours=True)


def _trace_name(case: Case, taken: set[str]) -> str:
    """A file name for a trace, from its scenario's path; no two of a run are the same, even where case is ignored."""
    name = "-".join(part for part in Path(case.path).with_suffix("").parts if part not in ("..", ".", "/"))
    names = (f"{name}{number}.trace.jsonl" for number in chain([""], (f"-{n}" for n in count(2))))
    fresh = next(other for other in names if other.casefold() not in taken)
    taken.add(fresh.casefold())
    return fresh
