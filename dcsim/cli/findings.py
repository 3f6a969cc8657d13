"""`dcsim findings`: work on folders of findings that `dcsim fuzz --save` writes."""

from __future__ import annotations

from pathlib import Path

import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.cli.parameters import PATH
from dcsim.report.text import some
from dcsim.usecases.merge_findings import merge


@click.group("findings")
def command() -> None:
    """Work on folders of findings."""


@command.command("merge")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=PATH)
@click.option("--into", required=True, type=PATH, metavar="DIR", help="The folder for the shortest findings.")
def merge_(folders: tuple[Path, ...], into: Path) -> int:
    """Keep the shortest finding of each invariant from all folders DIR: the shards of a campaign, or several nights.

    The findings that the folder `--into` already has are compared too. All findings must have the same rulebook and the
    same runbook, and must still break their invariants. Otherwise nothing is written.
    """
    merged = merge(folders, into)
    for finding in merged.findings:
        label = f"{finding.scenario.label}, batch {finding.batch}"
        terminal.say_line(f"{terminal.paint(finding.invariant, 'bad')}  {label}: {merged.files[finding.invariant]}")
    kept = some(len(merged.findings), "finding")
    terminal.say_line(f"{some(merged.looked_at, 'finding')} of {some(len(folders), 'folder')}: {kept} in {into}")
    return PASSED
