"""The group of commands. The module of a command is imported only when the command is used."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from dcsim import __version__
from dcsim.cli import terminal

COMMANDS = {
    "run": "Run scenarios and test their expectations and the invariants.",
    "predict": "Predict what accounts may hold and will hold, at any instant and site.",
    "why": "Explain what an account holds: the act that made it, and the rules that decide.",
    "reconcile": "Hold a real test day, its log and its dump, against the prediction.",
    "report": "Write a page that shows one run: the weekend, why, and what would change it.",
    "audit": "Write the pack for a change board: promises, plan, proofs, and what is left.",
    "check": "Check every schedule within bounds: a proof, or the shortest counterexamples.",
    "sweep": "Vary numbers of a scenario or of a check, and say where the answer changes.",
    "explore": "Walk the states by hand in a browser: what can happen next, and what is refused.",
    "fuzz": "Draw scenarios at random, and keep the shortest that breaks each invariant.",
    "findings": "Merge folders of findings.",
    "minimize": "Make a scenario that fails as short and as plain as possible.",
    "rules": "Show, lint, compare and mutate rulebooks.",
    "explain": "Explain any word that dcsim prints or reads: findings, invariants, refusals, actions ...",
    "replay": "Re-execute traces and saved findings: what differs, what is fixed.",
    "schema": "Print the JSON Schema of a file format.",
    "init": "Write a first scenario, with comments.",
}


class Lazy(click.Group):
    """A group that knows the names and purposes of its commands, and imports a command's module when it is needed."""

    def __init__(
        self, *args: Any, known: Mapping[str, str] = COMMANDS, modules: str = "dcsim.cli.", **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.known, self.modules = known, modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(self.known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command; None where the name is unknown."""
        if cmd_name not in self.known:
            return None
        # Importing a command loads what it needs; the others stay unloaded, so that each starts fast.
        command: click.Command = import_module(f"{self.modules}{cmd_name}").command
        text = sys.modules.get("dcsim.report.text")
        if text:
            text.fit(terminal.columns(text.WIDTH))
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command. For an unknown name, suggest the most similar one."""
        if args and args[0] not in self.known and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"commands: {', '.join(self.known)}"
            ctx.fail(f"unknown command '{args[0]}'; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.known.items()))


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dcsim", message="%(prog)s %(version)s")
def cli() -> None:
    """Simulate and check dual-data-centre rollovers.

    Exit codes: 0 passed, 1 a finding, 2 bad usage or input, 3 inconclusive, 4 an error in dcsim, 130 interrupted.
    """
