"""`dcsim run`: simulate scenarios, and compare them with their expectations and with the invariants."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from dcsim.cli import options, run_progress, terminal
from dcsim.cli.exit_codes import of_runs
from dcsim.cli.parameters import PATH
from dcsim.files.disk import save
from dcsim.files.findings import InputError
from dcsim.files.load import Case
from dcsim.report import figures_text, run_formats, text
from dcsim.report.account_day import events
from dcsim.report.run_view import RunResult
from dcsim.usecases.page_of_runs import MOST_TRACES, FailedTraces, page_of_runs
from dcsim.usecases.run import RunOptions, load
from dcsim.usecases.run_each import run_each, unfinished
from dcsim.usecases.run_folders import FORMATS, run_folders


@click.command("run")
@click.argument("paths", nargs=-1, required=True, type=PATH)
@options.instead()
@options.run_folders
@options.formats
@options.junit_option
@options.html_option
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Determines what is random: jitter, distributions."
)
@options.place
@options.practices
@options.heal
@options.selection
@options.strictness
@options.verbosity
@click.option("--account", metavar="PATTERN", help="Only these accounts' events, and what each opening found of them.")
def command(paths: tuple[Path, ...], junit: Path | None, verbose: int, **asked: Any) -> int:
    """Run scenarios: files, or folders of them."""
    debug = terminal.debugger(verbose)
    how = RunOptions(tracing=True if asked["trace"] else None, **options.part(RunOptions, asked))
    suite = load(paths, how, asked["words"], asked["tags"])
    warnings = tuple(suite.warnings(everything=bool(verbose)))
    # Where nothing can be run, the findings are told at the end, as the error of the command.
    terminal.warn((*(suite.findings if suite.cases else ()), *warnings))
    folders = run_folders(how, {form: asked[form] for form in FORMATS})
    traces, many = FailedTraces(how, MOST_TRACES if asked["html"] else 0), len(suite.items) > 1
    started, results = time.perf_counter(), []
    progress = run_progress.RunProgress().listen
    for case, shown in run_each(suite, how, folders.write, progress, asked["place"], terminal.complain):
        terminal.progress("")
        debug("ran", scenario=shown.name, actions=shown.actions, digest=shown.digest)
        if not asked["as_json"] and not (asked["quiet"] and shown.status == "passed"):
            _print(case, shown, how, verbose, many=many)
        # Traces are large, and printed by now; without them, memory use stays small for many scenarios.
        results.append(traces.keep(case, shown))
    seconds = time.perf_counter() - started
    if asked["as_json"]:
        terminal.say_json(run_formats.as_json(results, how.seed, suite.not_loaded))
    else:
        opened = text.open_lines(results, terminal.paint) if many and not asked["quiet"] else ()
        terminal.say("\n".join((*opened, text.summary(results, seconds, terminal.paint))))
    options.annotate(run_formats.annotated(results, warnings) if asked["github"] and suite.cases else ())
    if junit:
        save(junit, run_formats.as_junit(results, seconds, how.seed, suite.not_loaded))
    if asked["html"]:
        save(asked["html"], page_of_runs(suite, results, traces, paths))
    if (unwritten := folders.finish(terminal.progress)) or not suite.cases:
        raise unwritten or InputError(suite.findings)
    return of_runs({"unfinished" if unfinished(result) else result.status for result in results})


def _print(case: Case | None, shown: RunResult, how: RunOptions, verbose: int, *, many: bool) -> None:
    """Print one result; and its figures and events, where they are wanted."""
    told = text.lines(shown, terminal.paint, verbose=bool(verbose), folded=many and not verbose)
    figures = figures_text.of_result(shown, case.rulebook, terminal.paint) if case and how.figures else ()
    terminal.say("\n".join((*told, *figures)))
    for line in events(shown, case.rulebook, how.account) if case and (verbose or how.account) else ():
        terminal.say_line(terminal.paint(line, "dim"))
