"""`dcsim sweep`: vary numbers of a scenario, its runbook and its rulebook, and say where the answer changes."""

from __future__ import annotations

from typing import Any

import click

from dcsim.checker.explorers.engines import ENGINES
from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.cli.graceful_stop import asking
from dcsim.cli.parameters import OUTPUT, PATH
from dcsim.cli.run_progress import RunProgress
from dcsim.cli.sweep_output import code, give, ready
from dcsim.report.sweep_text import listed
from dcsim.usecases.check import Bounds, Who
from dcsim.usecases.sweep import SweepRequest, paths, sweep
from dcsim.usecases.sweep.measure import CheckOptions, Question
from dcsim.usecases.tasks.task import Workplace


@click.command("sweep")
@click.argument("scenario", required=False, type=PATH)
@options.instead()
@click.option("--vary", multiple=True, metavar="PATH=VALUES", help="Such as link.lag=0s..30m. Several make a grid.")
@click.option("--zip", "zipped", is_flag=True, help="The first value with the first, and so on, and no grid.")
@click.option("--paths", "only_paths", is_flag=True, help="List what can be varied, and stop.")
@click.option("--find", metavar="CONDITION", help="Such as 'stale-accounts == 0'.  [default: passed, or proved]")
@click.option("--by", metavar="PATH[=LOW..HIGH]", help="Search along this where the condition changes.")
@click.option("--to", metavar="STEP", help="Search to this step.  [default: 1s, or 1]")
@click.option("--show", multiple=True, metavar="FIGURE", help="Show this figure: rpo, rto, slack.STEP ...")
@options.at_least(1, "--runs", 1, "Runs of each point, each with a seed of its own.")
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of the first run.")
@click.option("--check", "checked", is_flag=True, help="Check every schedule at each point, and run none.")
@options.who
@options.bounds
@options.practices
@click.option("--engine", type=click.Choice(["auto", *ENGINES]), default="auto", show_default=True)
@options.budget
@options.place
@options.folder("Write the files on each side of an edge here.")
@options.json_option
@click.option("--csv", "csv_file", type=OUTPUT, metavar="FILE", help="Write CSV, one row for each point.")
@click.option("--parquet", "parquet_file", type=OUTPUT, metavar="FILE", help="Write the same rows as Parquet.")
@options.html_option
def command(place: Workplace, only_paths: bool, checked: bool, **asked: Any) -> int:
    """Vary numbers of SCENARIO, its runbook and its rulebook: what comes of each, and where the answer changes.

    With --check, every schedule of SCENARIO's accounts, or of abstract ones, is checked at each point; --time and
    --memory are for each point.
    """
    who, bounds = Who(**options.part(Who, asked)), Bounds(**options.part(Bounds, asked))
    checking = CheckOptions(who=who, bounds=bounds, **options.part(CheckOptions, asked))
    question: Question = "check" if checked else "run"
    request = SweepRequest(question=question, checking=checking, **options.part(SweepRequest, asked))
    if only_paths:
        terminal.say("\n".join(listed((each.path, each.shown, each.takes) for each in paths(request))))
        return PASSED
    ready(asked)
    with asking() as stop:
        result = sweep(request, place, stop, RunProgress().listen, terminal.complain)
    give(result, asked)
    return code(result, searched=bool(asked["find"] or asked["by"]))
