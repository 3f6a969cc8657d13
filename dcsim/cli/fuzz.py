"""`dcsim fuzz`: draw scenarios at random, simulate them, and test every invariant on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dcsim.cli import options, terminal
from dcsim.cli.errors import explain
from dcsim.cli.exit_codes import FINDING, INCONCLUSIVE, INTERRUPTED, PASSED
from dcsim.cli.graceful_stop import asking
from dcsim.cli.heartbeat import Heartbeat
from dcsim.cli.parameters import DURATION, Shard
from dcsim.files.disk import save
from dcsim.files.load import load_pair
from dcsim.report.campaign import FuzzResult, annotated, lines, test_cases
from dcsim.report.campaign import as_json as data_of
from dcsim.usecases.campaign_page import campaign_page
from dcsim.usecases.fuzz import fuzz
from dcsim.usecases.fuzz_campaign import EXAMPLES, Campaign
from dcsim.usecases.tasks.task import ClusterLost, Workplace

_DEFAULTS = ", ".join(f"{engine} {examples}" for engine, examples in EXAMPLES.items())
CODES = {"passed": PASSED, "violated": FINDING, "inconclusive": INCONCLUSIVE}


@click.command("fuzz")
@options.books
@options.at_least(1, "--max-examples", None, f"Scenarios to draw.  [default: {_DEFAULTS}]", "examples")
@click.option("--time", "seconds", type=DURATION, help="Stop after this time.")
@click.option("--seed", type=int, default=0, show_default=True, help="Determines everything that is drawn.")
@click.option("--accounts", type=click.IntRange(1, 8), default=2, show_default=True, help="Accounts at most.")
@options.at_least(0, "--faults", 0, "Faults of the link at most.")
@options.at_least(0, "--slips", 0, "Slips of the operator at most.", "--errors")
@options.time_faults
@options.place
@click.option("--shard", type=Shard(), default=(1, 1), metavar="I/N", help="Only this part of the campaign.")
@click.option("--engine", type=click.Choice(["hypothesis", "random"]), default="hypothesis", show_default=True)
@options.practices
@options.folder("Write a scenario for each invariant broken.")
@options.formats
@options.junit_option
@options.html_option
def command(
    place: Workplace,
    seconds: float | None,
    folder: Path | None,
    junit: Path | None,
    as_json: bool,
    github: bool,
    html: Path | None,
    **asked: Any,
) -> int:
    """Draw scenarios, run them, and keep the shortest that breaks each invariant.

    The hypothesis engine draws scenarios for the simulator, with times near the edges of windows. The random engine
    walks through the check's model: it is many times as fast, but less varied. The result depends on the seed and the
    number of examples, not on -j or --cluster.
    """
    names = (asked.pop("rulebook"), asked.pop("runbook"))
    rules, steps = load_pair(*names)
    asked["examples"] = asked["examples"] or EXAMPLES[asked["engine"]]
    campaign = Campaign(rulebook=rules, runbook=steps, names=names, **asked)
    with asking() as stop:
        result = fuzz(campaign, place=place, seconds=seconds, folder=folder, stop=stop, listen=Heartbeat().listen)
        shown, cases, noted = lines(result, terminal.paint), test_cases(result), annotated(result) if github else ()
        options.give(shown, data_of(result), cases, result.seconds, junit, as_json, noted)
    if html:
        save(html, campaign_page(result, campaign).html)
    return _code(result)


def _code(result: FuzzResult) -> int:
    """Return the exit code. Called after the result was printed; it raises the error of the campaign, if any."""
    wrong = result.unsaved or result.error
    if isinstance(wrong, ClusterLost) and result.findings:
        explain(wrong)
    elif wrong:
        raise wrong
    if not result.examples and not result.interrupted:
        terminal.heartbeat("nothing was drawn, so nothing is known")
    return INTERRUPTED if result.interrupted else CODES[result.status]
