"""`dcsim rules mutate`: make mistakes on purpose, and find what detects them."""

from __future__ import annotations

from pathlib import Path

import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import FINDING, PASSED
from dcsim.cli.parameters import DURATION, PATH
from dcsim.files.load import load_pair
from dcsim.report.mutate import as_json, lines, markdown, score
from dcsim.usecases.mutate import mutate
from dcsim.usecases.run import load_all


@click.command("mutate")
@click.argument("rulebook")
@click.option("--runbook", required=True, metavar="NAME|PATH", help="The runbook that keeps the rules.")
@click.option("--suite", multiple=True, type=PATH, metavar="PATH", help="Scenarios that test both.")
@click.option("--ops", type=click.IntRange(1), default=1, show_default=True, help="Operations of each check.")
@click.option(
    "--time", "seconds", type=DURATION, default="60s", show_default=True, help="The longest time of one check."
)
@click.option("--json", "form", flag_value="json", help="Print one JSON object on stdout.")
@click.option("--markdown", "form", flag_value="markdown", help="Print a table for a page.")
def command(rulebook: str, runbook: str, suite: tuple[Path, ...], ops: int, seconds: float, form: str | None) -> int:
    """Change one thing at a time in RULEBOOK and in its runbook, and say what distinguishes the mutant.

    Every rule is deleted, negated, and moved to another session, target, kind of account and kind of change. Every step
    is skipped, repeated, delayed until the next step is due (but still taken before it), and swapped with the next one.
    The lint, the suite's scenarios and the check of every schedule search for a difference. Fails when a mutant
    survives that is not proved equivalent.
    """
    books, cases = load_pair(rulebook, runbook), load_all(suite) if suite else ()
    listen = lambda step: terminal.progress(step.doing)  # noqa: E731
    result = mutate(*books, cases, ops=ops, seconds=seconds, names=(rulebook, runbook), listen=listen)
    terminal.progress("")
    if form == "json":
        terminal.say_json(as_json(result))
    elif form == "markdown":
        terminal.say(markdown(result.fates).rstrip("\n"))
    else:
        terminal.say("\n".join(lines(result, terminal.paint)))
    return PASSED if score(result.fates).percent == 100 else FINDING
