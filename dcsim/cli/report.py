"""`dcsim report`: one page for a browser that shows a run, why it ended so, and what would change it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.cli.one_case import one_case
from dcsim.cli.parameters import OUTPUT, PATH
from dcsim.files.disk import save
from dcsim.files.file_name import file_name
from dcsim.usecases.request import Progress
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page import page_of
from dcsim.usecases.run_page.gather import gather
from dcsim.usecases.touched import cells_of_suite


@click.command("report")
@click.argument("scenario", type=PATH)
@click.option("--out", type=OUTPUT, metavar="FILE", help="Write the page here. [default: NAME.html]")
@click.option("--account", metavar="NAME", help="The account that the page is about; by default, what went wrong.")
@click.option("--field", metavar="FIELD", help="The field that the page is about.")
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Determines what is random: jitter, distributions."
)
@click.option(
    "--check/--no-check", default=True, show_default=True, help="Whether other schedules are checked as well."
)
@click.option("--suite", type=PATH, multiple=True, metavar="PATH", help="Say what these scenarios try, too.")
@options.instead()
@options.practices
def command(scenario: Path, out: Path | None, account: str | None, field: str | None, check: bool, **asked: Any) -> int:
    """Run SCENARIO and write one page that shows the run: offline, in one file, with the trace inside.

    `dcsim replay PAGE` verifies the page. The exit code does not tell the run's verdict; that of `dcsim run` does.
    """
    case = one_case(scenario, asked)
    evidence = gather(case, RunOptions(**options.part(RunOptions, asked)), account, field)
    tried = cells_of_suite(asked["suite"], case.rulebook, _show) if asked["suite"] else None
    terminal.progress("")
    shown = page_of(evidence, check=check, tried=tried)
    path = out or Path(f"{file_name(shown.result.name, 'report')}.html")
    save(path, shown.html, ours=out is None)
    terminal.say_line(f"{path}: {shown.result.name} {shown.result.status}")
    return PASSED


def _show(event: Progress) -> None:
    terminal.progress(f"{event.done}/{event.of} {event.doing}")
