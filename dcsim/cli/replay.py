"""`dcsim replay`: apply traces to the pure step again, and run saved findings in the simulator again."""

from __future__ import annotations

from pathlib import Path

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import FINDING, INTERRUPTED, PASSED, USAGE
from dcsim.cli.graceful_stop import asking
from dcsim.cli.parameters import PATH
from dcsim.report.replayed import Status, annotated, lines, test_cases
from dcsim.report.replayed import as_json as data_of
from dcsim.usecases.replay import replay
from dcsim.usecases.request import Progress

CODES: dict[Status, int] = {
    "FIXED": PASSED,
    "AS-RECORDED": PASSED,
    "FAILED": FINDING,
    "DIFFERS": FINDING,
    "ERROR": USAGE,
}


@click.command("replay")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@options.formats
@options.junit_option
def command(paths: tuple[Path, ...], as_json: bool, github: bool, junit: Path | None) -> int:
    """Re-execute traces, and run saved findings again: which are fixed, and which still fail.

    A PATH is a trace, a page that carries one (from `dcsim report`), a scenario, or a folder of findings (from `dcsim
    fuzz --save`), of scenarios, or of traces and pages. A trace is compared with the pure step, event by event. A
    scenario is FIXED when it no longer breaks the invariant for which it was saved, ERROR when it cannot be run, else
    FAILED.
    """
    with asking() as stop:
        result = replay(paths, stop=stop, listen=_show)
        terminal.complain(*(finding for one in result.results for finding in one.findings))
        shown, cases, noted = lines(result, terminal.paint), test_cases(result), annotated(result) if github else ()
        options.give(shown, data_of(result), cases, result.seconds, junit, as_json, noted)
    return INTERRUPTED if result.interrupted else max((CODES[one.status] for one in result.results), default=PASSED)


def _show(event: Progress) -> None:
    terminal.progress(f"{event.done}/{event.of}")
