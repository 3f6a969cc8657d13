"""`dcsim rules`: analyse rulebooks without a scenario."""

from __future__ import annotations

import click

from dcsim.cli.group import Lazy

COMMANDS = {
    "show": "The fate matrix: what becomes of each change, and where the source says so.",
    "lint": "What is amiss: gaps, contradictions, rules that say nothing new, and more.",
    "diff": "The cells in which two rulebooks differ, each with a scenario that tells them apart.",
    "mutate": "Which mistakes in the rules and in the runbook are noticed, and by what.",
}


@click.group("rules", cls=Lazy, known=COMMANDS, modules="dcsim.cli.rules_")
def command() -> None:
    """Show, lint, compare and mutate rulebooks. A RULEBOOK is the name of a built-in one, or a path."""
