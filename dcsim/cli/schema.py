"""`dcsim schema`: print the JSON Schema of a file format, for editors and other tools."""

from __future__ import annotations

import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.files.schema import FILES, schema
from dcsim.trace.jsonl import line_schema
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES


@click.command("schema")
@click.argument("name", metavar="FORMAT", type=click.Choice([*FILES, "trace"]), default="scenario")
def command(name: str) -> int:
    """Print the JSON Schema of a scenario (the default), a rulebook, a runbook, a mapping of columns, or a line of
    a trace.
    """
    terminal.say_json(line_schema() if name == "trace" else schema(name, INVARIANT_NAMES, REFUSAL_CODES))
    return PASSED
