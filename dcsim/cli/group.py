"""The group of commands, each imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from dcsim import __version__

COMMANDS = {
    "run": "Run scenarios and hold them against their expectations and the invariants.",
    "check": "Check every schedule within bounds: a proof, or the shortest counterexamples.",
    "replay": "Re-execute a trace and say where it first differs.",
    "schema": "Print the JSON Schema of a file format.",
    "init": "Write a first scenario, with comments.",
}


class Lazy(click.Group):
    """A group that knows its commands by name and imports ``dcsim.cli.NAME`` for one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command by name."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"dcsim.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Propose the nearest command for one that is unknown."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"commands: {', '.join(COMMANDS)}"
            ctx.fail(f"unknown command '{args[0]}'; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dcsim", message="%(prog)s %(version)s")
def cli() -> None:
    """Simulate and check dual-data-centre rollovers.

    Exit codes: 0 passed, 1 a finding, 2 bad usage or input, 3 inconclusive, 4 an error in dcsim, 130 interrupted.
    """
