"""`dcsim fuzz`: scenarios drawn at random through the simulator, every invariant held against them."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import FINDING, INCONCLUSIVE, INTERRUPTED, PASSED
from dcsim.cli.parameters import DURATION, PATH
from dcsim.files.load import load_pair
from dcsim.files.write import write_steps
from dcsim.report.text import some
from dcsim.semantics.invariants import INVARIANTS
from dcsim.usecases.batch import Asked
from dcsim.usecases.campaign import GLANCE, Result, campaign
from dcsim.usecases.findings_folder import keep, ready
from dcsim.usecases.interruption import noticed

BEAT = 10
"""Seconds between two lines of a heartbeat where nobody watches a terminal."""


class Shard(click.ParamType):  # type: ignore[type-arg]
    """``i/n``: one of n parts of a campaign, the first is 1."""

    name = "I/N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """The part and how many there are."""
        if isinstance(value, tuple):
            return value
        part, _, parts = str(value).partition("/")
        numbers = part.isascii() and parts.isascii() and part.isdecimal() and parts.isdecimal()
        if not (numbers and 1 <= int(part) <= int(parts)):
            self.fail(f"'{value}' is no part such as 1/4", param, ctx)
        return int(part), int(parts)


EXAMPLES = {"hypothesis": 2000, "random": 200_000}
"""Scenarios drawn where nothing else is said: a few seconds' work of each engine."""
_DEFAULTS = ", ".join(f"{engine} {examples}" for engine, examples in EXAMPLES.items())


@click.command("fuzz")
@click.option("--rulebook", required=True, metavar="NAME|PATH", help="The rules.")
@click.option("--runbook", required=True, metavar="NAME|PATH", help="The runbook.")
@click.option("--max-examples", type=click.IntRange(1), help=f"Scenarios to draw.  [default: {_DEFAULTS}]")
@click.option("--time", "seconds", type=DURATION, help="Stop after so long.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides everything that is drawn.")
@click.option("--accounts", type=click.IntRange(1, 8), default=2, show_default=True, help="Accounts at most.")
@click.option("--faults", type=click.IntRange(0), default=0, show_default=True, help="Faults of the link at most.")
@click.option("--errors", type=click.IntRange(0), default=0, show_default=True, help="Slips of the operator at most.")
@click.option("-j", "jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--shard", type=Shard(), default=(1, 1), metavar="I/N", help="Only this part of the campaign.")
@click.option("--engine", type=click.Choice(["hypothesis", "random"]), default="hypothesis", show_default=True)
@click.option("--practices", type=click.Choice(["on", "off"]), default="on", show_default=True, help="Good practice.")
@click.option("--save", "folder", type=PATH, metavar="DIR", help="Write a scenario for each invariant broken.")
def command(
    rulebook: str,
    runbook: str,
    max_examples: int | None,
    seconds: float | None,
    seed: int,
    accounts: int,
    faults: int,
    errors: int,
    jobs: int,
    shard: tuple[int, int],
    engine: str,
    practices: str,
    folder: Path | None,
) -> int:
    """Draw scenarios, run them, and keep the shortest that breaks each invariant.

    The hypothesis engine draws scenarios for the simulator, with times near the edges of windows; the random one walks
    through the check's model, many times as fast, and less varied. What is found depends on the seed and the number of
    examples, not on -j.
    """
    load_pair(rulebook, runbook)
    if folder:
        ready(folder)
    examples = max_examples or EXAMPLES[engine]
    asked = Asked(rulebook, runbook, engine, seed, accounts, faults, errors, examples, shard, practices == "on")
    with noticed() as interrupted:
        result = campaign(asked, jobs, seconds, _Beat().tell, interrupted)
        terminal.progress("")
        _tell(asked, result)
        if folder:
            keep(folder, asked, result)
        _again(result, folder)
    if interrupted():
        return INTERRUPTED
    if not result.examples:
        terminal.heartbeat("nothing was drawn, so nothing is known")
        return INCONCLUSIVE
    return FINDING if result.findings else PASSED


class _Beat:
    """Progress on a terminal; elsewhere a plain line now and then, so that a CI log shows life."""

    def __init__(self) -> None:
        self.started = self.shown = self.last = time.monotonic()

    def tell(self, examples: int, found: int) -> None:
        """Say how far the campaign is; it is asked more often than there is something to say."""
        now = time.monotonic()
        if now - self.shown < GLANCE:
            return
        self.shown = now
        text = f"{some(examples, 'example')}, {some(found, 'invariant')} broken, {now - self.started:.0f} s"
        terminal.progress(text)
        if now - self.last >= BEAT:
            self.last = now
            terminal.heartbeat(text)


def _tell(asked: Asked, result: Result) -> None:
    for finding in result.findings:
        terminal.say(f"{terminal.paint(finding.invariant, 'bad')}  {finding.scenario.label}, batch {finding.batch}")
        terminal.say(f"  {INVARIANTS[finding.invariant].statement}")
        for step in write_steps(finding.scenario):
            terminal.say(f"  - {step}")
    rate = f"{result.examples / result.seconds:,.0f} examples/s" if result.seconds else ""
    terminal.say(
        f"{some(result.examples, 'example')}, {some(result.steps, 'step')} in {result.seconds:.2f} s ({rate}): "
        f"{some(len(result.findings), 'invariant')} broken, seed {asked.seed}, engine {asked.engine}"
    )


def _again(result: Result, folder: Path | None) -> None:
    for finding in result.findings if folder else ():
        terminal.say_line(f"again: {shlex.join(['dcsim', 'run', f'{folder}/{finding.invariant}.yaml'])}")
    terminal.say_line(f"again: {result.again}")
