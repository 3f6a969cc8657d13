"""`dcsim explore`: walk the states of a weekend by hand, in a browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from typing import Any

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.cli.graceful_stop import asking
from dcsim.cli.parameters import PATH
from dcsim.usecases.check import Who
from dcsim.usecases.explore.begin import begin

MISSING = "dcsim explore needs Starlette and uvicorn: pip install 'dcsim[explore]'"


@click.command("explore")
@click.argument("scenario", required=False, type=PATH)
@click.option("--rulebook", metavar="NAME|PATH", help="The rulebook; instead of the scenario's own.")
@click.option(
    "--runbook",
    "runbooks",
    multiple=True,
    metavar="NAME|PATH",
    help="The runbook; instead of the scenario's own. Given twice: two runbooks in step.",
)
@options.who
@options.practices
@options.folder("Save paths as scenarios here. [default: the working folder]")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="The port; by default a free one.")
@click.option("--browser/--no-browser", default=None, help="Open a browser. [default: in a terminal]")
def command(scenario: Path | None, rulebook: str | None, runbooks: tuple[str, ...], **asked: Any) -> int:
    """Walk the states by hand in a browser: what can happen next, and what is refused and why.

    SCENARIO's steps and faults are the path at first. Every path is an address, and is saved as a scenario that
    `dcsim run` plays. The pages are served to this machine only. Ctrl-C ends the walk.
    """
    options.refuse("a walk", {"--accounts any": asked["any_accounts"]})
    who = Who(**options.part(Who, asked))
    begun = begin(scenario, rulebook, runbooks, who, practices=asked["practices"])
    options.made(asked["folder"])
    try:
        from dcsim.serve.server import serve
    except ImportError as error:
        raise click.ClickException(MISSING) from error
    browser = sys.stdout.isatty() if asked["browser"] is None else asked["browser"]

    def ready(address: str) -> None:
        terminal.say_line(f"a walk at {address}")
        terminal.say_line("Ctrl-C ends it")
        sys.stdout.flush()
        if browser:
            _open(address)

    with asking() as stop:
        serve(begun, asked["folder"] or Path(), asked["port"], ready, stop)
    return PASSED


def _open(address: str) -> None:
    """Open the user's browser, where there is a screen: a browser of the terminal would take the terminal away."""
    screen = any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY"))) or sys.platform in ("win32", "darwin")
    if screen:
        webbrowser.open(address)
