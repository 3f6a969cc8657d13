"""`dcsim rules diff`: print where two rulebooks differ, with a scenario that shows each difference."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import FINDING, PASSED
from dcsim.cli.parameters import DURATION, PATH
from dcsim.cli.void_packs import say_void
from dcsim.files.disk import save
from dcsim.report.diff import as_json as data_of
from dcsim.report.diff import lines
from dcsim.usecases.diff import diff, load_two
from dcsim.usecases.diff_page import diff_page


@click.command("diff")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--runbook", metavar="NAME|PATH", help="Try this runbook first to show differences.")
@options.folder("Write a scenario for every cell that differs.")
@click.option(
    "--packs", multiple=True, type=PATH, metavar="DIR", help="Say which of these packs, made under A, B voids."
)
@click.option("--time", "seconds", type=DURATION, default="5m", show_default=True, help="The longest time of a check.")
@options.json_option
@options.html_option
def command(
    one: str,
    other: str,
    runbook: str | None,
    folder: Path | None,
    packs: tuple[Path, ...],
    seconds: float,
    as_json: bool,
    html: Path | None,
) -> int:
    """Compare the decisions of rulebooks A and B, cell by cell, and their sessions, logons, accounts, records and
    policies.

    How the rules are written does not matter. Without a difference the two are equivalent; this is a proof over the
    whole decision space. Exit code 1 when they differ.

    With --packs, B is the amended notice, and every pack that `dcsim audit` wrote is held against it. Exit code 1 when
    a pack is void or damaged, 3 when nothing can be said of one.
    """
    if packs:
        options.refuse("--packs", {"--runbook": runbook, "--save": folder, "--html": html})
        return say_void((one, other), packs, seconds, as_json=as_json)
    books, steps = load_two((one, other), runbook)
    # What was loaded stays until the end. If the garbage collector examined it each time, this would take as long as
    # some runs.
    gc.freeze()
    result = diff(*books, steps, (one, other), folder)
    if as_json:
        terminal.say_json(data_of(result))
    else:
        terminal.say("\n".join(lines(result, terminal.paint)))
    if html:
        save(html, diff_page(result, books, options.again()).html)
    return PASSED if result.equivalent else FINDING
