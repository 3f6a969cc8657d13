"""`dcsim run`: scenarios through the simulator, held against what they expect and against the invariants."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterable
from pathlib import Path

import click

from dcsim.cli import screen
from dcsim.cli.ends import FINDING, PASSED
from dcsim.files.disk import discover, save
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import Case, load_scenario
from dcsim.report import data, text
from dcsim.report.view import Result, result
from dcsim.semantics.invariants import INVARIANTS
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.codec import dump
from dcsim.trace.event import Trace


@click.command("run")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--rulebook", metavar="NAME|PATH", help="Run under this rulebook instead of the scenario's own.")
@click.option("--runbook", metavar="NAME|PATH", help="Run under this runbook instead of the scenario's own.")
@click.option("--trace", "trace_dir", type=click.Path(path_type=Path), metavar="DIR", help="Write a trace of each run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides what is random: the link's jitter.")
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
    quiet: bool,
    verbose: int,
) -> int:
    """Run scenarios: files, or folders of them."""
    debug = screen.debugger(verbose)
    cases = load(paths, rulebook, runbook)
    if verbose:
        screen.warn(warning for case in cases for warning in case.warnings)
    started, results = time.perf_counter(), []
    for number, case in enumerate(cases, start=1):
        screen.progress(f"{number}/{len(cases)} {case.scenario.scenario}")
        model = Model(case.rulebook, case.runbook, case.scenario.policies)
        trace = simulate(model, case.scenario, tracing=True if trace_dir else None, seed=seed)
        debug("ran", scenario=case.scenario.scenario, actions=trace.actions, digest=trace.digest)
        again = _again(case, rulebook, runbook, seed)
        results.append(result(case.path, case.scenario, case.rulebook, case.runbook.runbook, trace, again))
        if trace_dir:
            _write_trace(trace_dir, case, seed, trace)
        screen.progress("")
        if not as_json and not (quiet and results[-1].status == "passed"):
            _tell(case, results[-1], trace, verbose)
    seconds = time.perf_counter() - started
    if junit:
        save(junit, data.as_junit(results, seconds))
    if as_json:
        screen.say(json.dumps(data.as_json(results, seed), ensure_ascii=False, indent=2))
    else:
        screen.say(text.summary(results, seconds, screen.paint))
    return PASSED if all(r.status == "passed" for r in results) else FINDING


def load(paths: Iterable[Path], rulebook: str | None, runbook: str | None) -> list[Case]:
    """Every scenario of some files and folders; all that is wrong in any of them at once."""
    cases: list[Case] = []
    findings: list[Finding] = []
    for path in discover(paths):
        try:
            cases.append(load_scenario(path, rulebook, runbook, invariants=tuple(INVARIANTS)))
        except InputError as error:
            findings += error.findings
    if findings:
        raise InputError(dict.fromkeys(findings))
    return cases


def _again(case: Case, rulebook: str | None, runbook: str | None, seed: int) -> str:
    words = ["dcsim", "run", case.path]
    words += ["--rulebook", rulebook] if rulebook else []
    words += ["--runbook", runbook] if runbook else []
    words += ["--seed", str(seed)] if seed else []
    return shlex.join(words)


def _tell(case: Case, shown: Result, trace: Trace, verbose: int) -> None:
    for line in text.lines(shown, screen.paint, verbose=bool(verbose)):
        screen.say(line)
    for event in trace.events if verbose else ():
        screen.say(screen.paint(text.told(event, case.rulebook), "dim"))


def _write_trace(folder: Path, case: Case, seed: int, trace: Trace) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = "-".join(part for part in Path(case.path).with_suffix("").parts if part not in ("..", ".", "/"))
    save(folder / f"{name}.trace.jsonl", "".join(dump(case.texts, seed, trace)))
