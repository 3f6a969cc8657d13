"""`dcsim run`: simulate scenarios, and compare them with their expectations and with the invariants."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import attrs
import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import FINDING, PASSED
from dcsim.cli.parameters import OUTPUT, PATH
from dcsim.files.disk import save
from dcsim.files.findings import InputError
from dcsim.files.load import Case
from dcsim.report import run_formats, text
from dcsim.report.run_view import RunResult
from dcsim.simulate.weekend import QUIET_ABOVE
from dcsim.usecases.run import RunOptions, TraceFolder, load, run, warnings_of

HOW = ("rulebook", "runbook", "seed", "practices")


@click.command("run")
@click.argument("paths", nargs=-1, required=True, type=PATH)
@options.instead()
@click.option("--trace", "trace_dir", type=PATH, metavar="DIR", help="Write a trace of each run.")
@options.json_option
@click.option("--junit", type=OUTPUT, metavar="FILE", help="Write JUnit XML.")
@click.option("--seed", type=int, default=0, show_default=True, help="Determines what is random: the link's jitter.")
@options.practices
@click.option("-q", "--quiet", is_flag=True, help="Only failures and the closing line.")
@click.option("-v", "--verbose", count=True, help="Also every event, and expected violations.")
def command(paths: tuple[Path, ...], trace_dir: Path | None, junit: Path | None, verbose: int, **asked: Any) -> int:
    """Run scenarios: files, or folders of them."""
    debug = terminal.debugger(verbose)
    how = RunOptions(tracing=True if trace_dir else None, **{name: asked[name] for name in HOW})
    cases = load(paths, how)
    terminal.warn(warnings_of(cases, everything=bool(verbose)))
    traces = TraceFolder(trace_dir) if trace_dir else None
    started, results, unwritten = time.perf_counter(), [], None
    for number, case in enumerate(cases, start=1):
        terminal.progress(f"{number}/{len(cases)} {case.scenario.scenario}")
        shown = run(case, how)
        debug("ran", scenario=shown.name, actions=shown.actions, digest=shown.digest)
        try:
            if traces and not unwritten:
                traces.write(case, shown, how.seed)
        except InputError as error:  # raised once the results are printed
            unwritten = error
        terminal.progress("")
        if not asked["as_json"] and not (asked["quiet"] and shown.status == "passed"):
            _print(case, shown, verbose)
        # Traces are large, and printed by now; without them, memory use stays small for many scenarios.
        results.append(attrs.evolve(shown, trace=None))
    seconds = time.perf_counter() - started
    if asked["as_json"]:
        terminal.say_json(run_formats.as_json(results, how.seed))
    else:
        terminal.say(text.summary(results, seconds, terminal.paint))
    if junit:
        save(junit, run_formats.as_junit(results, seconds))
    if unwritten:
        raise unwritten
    return PASSED if all(r.status == "passed" for r in results) else FINDING


def _print(case: Case, shown: RunResult, verbose: int) -> None:
    for line in text.lines(shown, terminal.paint, verbose=bool(verbose)):
        terminal.say(line)
    events = shown.trace.events if verbose and shown.trace else ()
    if verbose and not events:
        kept = f"events are not kept above {QUIET_ABOVE} accounts, unless --trace asks for them"
        terminal.say(terminal.paint(f"      {kept}", "dim"))
    for event in events:
        terminal.say_line(terminal.paint(text.event_line(event, case.rulebook), "dim"))
