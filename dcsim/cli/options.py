"""Options that several commands share, and how commands take the rest: as keyword arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from dcsim.checker.explorers.budget import LEAST
from dcsim.cli.parameters import DURATION, PATH, SIZE
from dcsim.files.disk import make_folder

Option = Callable[[Any], Any]
"""A decorator of a command."""


def several(*options: Option) -> Option:
    """Options as one decorator, in the order in which help lists them."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def instead(what: str = "the scenario's own") -> Option:
    """A rulebook and a runbook in the place of others."""
    return several(
        click.option("--rulebook", metavar="NAME|PATH", help=f"The rulebook; instead of {what}."),
        click.option("--runbook", metavar="NAME|PATH", help=f"The runbook; instead of {what}."),
    )


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
practices = click.option(
    "--practices",
    type=click.Choice(["on", "off"]),
    default="on",
    show_default=True,
    callback=lambda _context, _parameter, value: value == "on",
    help="Whether good practice counts, beside the promise.",
)
bounds = several(
    click.option("--ops", type=click.IntRange(0), default=1, show_default=True, help="Operations between two ticks."),
    click.option("--faults", type=click.IntRange(0), default=0, show_default=True, help="Faults of the link."),
    click.option(
        "--slips", "--errors", type=click.IntRange(0), default=0, show_default=True, help="Slips of the operator."
    ),
)
who = several(
    click.option("--accounts", type=click.IntRange(0), help="Users; by default one account of every kind."),
    click.option("--kind", metavar="KIND", help="The users' kind; by default the first that administers nobody."),
    click.option("--without-email", type=click.IntRange(0), default=0, show_default=True, help="Users without e-mail."),
    click.option("--administrators", type=click.IntRange(0), help="Administrators, beside the users."),
    click.option("--standing", is_flag=True, help="Accounts also begin with a value wherever rules speak of a field."),
)
budget = several(
    click.option("--time", "seconds", type=DURATION, default="5m", show_default=True, help="Give up after so long."),
    click.option(
        "--memory",
        type=SIZE,
        default="4G",
        show_default=True,
        callback=lambda _context, _parameter, value: _enough(value),
        help="Give up before taking more.",
    ),
)


def _enough(memory: int) -> int:
    if memory < LEAST:
        raise click.BadParameter(f"give {LEAST >> 20}M at least, which is about what dcsim takes to begin with")
    return memory


def folder(help_: str) -> Option:
    """``--save`` as ``folder``: a folder to write into."""
    return click.option("--save", "folder", type=PATH, metavar="DIR", help=help_)


def refuse(mode: str, given: Mapping[str, object]) -> None:
    """Options that another mode would ignore are refused."""
    for option, value in given.items():
        if mode and value:
            raise click.UsageError(f"{option} does not go with {mode}")


def made(folder_: Path | None) -> None:
    """Make a folder before the work that is to be written into it."""
    if folder_:
        make_folder(folder_)
