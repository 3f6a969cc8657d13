"""`dcsim rules`: analyse rulebooks without a scenario."""

from __future__ import annotations

import click

from dcsim.cli.lazy_group import Lazy

COMMANDS = {
    "show": "Show the fate matrix: what happens to each change, and where the source says so.",
    "lint": "Find faults: gaps, contradictions, redundant rules, and more.",
    "diff": "Show the cells in which two rulebooks differ, each with a scenario.",
    "mutate": "Show which mistakes in the rules and in the runbook are detected, and how.",
}


@click.group("rules", cls=Lazy, known=COMMANDS, modules="dcsim.cli.rules_")
def command() -> None:
    """Show, lint, compare and mutate rulebooks. A RULEBOOK is the name of a built-in one, or a path."""
