"""Options that several commands have, and how their results are given: as text or JSON on stdout, and as JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from dcsim.cli import terminal
from dcsim.cli.parameters import PATH
from dcsim.files.disk import save
from dcsim.report.junit import TestCase, junit

F = TypeVar("F", bound=Callable[..., Any])


def machine_formats(command: F) -> F:
    """The options ``--json`` and ``--junit FILE``."""
    command = click.option("--junit", type=PATH, metavar="FILE", help="Write JUnit XML.")(command)
    return click.option("--json", "json_", is_flag=True, help="Print one JSON object on stdout.")(command)


def books(command: F) -> F:
    """The options ``--rulebook`` and ``--runbook``, where there is no scenario that names them."""
    command = click.option("--runbook", required=True, metavar="NAME|PATH", help="The runbook.")(command)
    return click.option("--rulebook", required=True, metavar="NAME|PATH", help="The rules.")(command)


def other_books(command: F) -> F:
    """The options ``--rulebook`` and ``--runbook`` in place of those that a scenario names."""
    for kind, what in (("runbook", "The runbook"), ("rulebook", "The rules")):
        help_ = f"{what}; instead of the scenario's own."
        command = click.option(f"--{kind}", metavar="NAME|PATH", help=help_)(command)
    return command


def at_least(least: int, name: str, default: int | None, help_: str, *declarations: str) -> Callable[[F], F]:
    """An option that is a whole number."""
    shown = {"default": default, "show_default": True} if default is not None else {}
    return click.option(name, *declarations, type=click.IntRange(least), help=help_, **shown)  # type: ignore[arg-type]


class Shard(click.ParamType):  # type: ignore[type-arg,unused-ignore]
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


def give(
    lines: Iterable[str], data: dict[str, Any], cases: list[TestCase], seconds: float, junit_: Path | None, json_: bool
) -> None:
    """Print a result, as text or as JSON; then write it as JUnit XML, if a file for that was named."""
    terminal.progress("")
    text = json.dumps(data, ensure_ascii=False, indent=2) if json_ else "\n".join(lines)
    if text:
        terminal.say(text)
    if junit_:
        save(junit_, junit(cases, seconds))
