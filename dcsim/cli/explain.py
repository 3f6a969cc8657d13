"""`dcsim explain`: print what the code of a finding means."""

from __future__ import annotations

import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.files.codes import CODES


@click.command("explain")
@click.argument("code")
def command(code: str) -> int:
    """Tell cause, example and mend of a finding's CODE, such as DC144."""
    known = CODES.get(code.upper())
    if known is None:
        raise click.UsageError(f"no finding has the code '{code}'; they go from {min(CODES)} to {max(CODES)}")
    severity = terminal.paint(known.severity, "bad" if known.severity == "error" else "warn")
    terminal.say(f"{terminal.paint(code.upper(), 'bold')}  {known.title} ({severity})")
    for head, text in (("cause", known.cause), ("example", known.example), ("mend", known.mend)):
        terminal.say(f"  {head + ':':<9}" + text.replace("\n", "\n" + " " * 11))
    return PASSED
