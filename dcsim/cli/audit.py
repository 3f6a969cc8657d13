"""`dcsim audit`: write the pack for a change board, or verify one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import FINDING, INCONCLUSIVE, PASSED
from dcsim.cli.parameters import DURATION, PATH
from dcsim.usecases.audit import AuditRequest, audit
from dcsim.usecases.audit.pack_folder import read_pack
from dcsim.usecases.check import Bounds

CODES = {"passed": PASSED, "failed": FINDING, "inconclusive": INCONCLUSIVE}


@click.command("audit")
@click.argument("folder", metavar="DIR", type=PATH)
@click.option("--rulebook", metavar="NAME|PATH", help="The rulebook.")
@click.option("--runbook", metavar="NAME|PATH", help="The runbook that the board decides about.")
@click.option("--scenarios", multiple=True, type=PATH, metavar="PATH", help="Scenarios: files, or folders of them.")
@click.option(
    "--rejected", multiple=True, metavar="NAME|PATH", help="Runbooks not chosen; by default the other built-in ones."
)
@click.option("--ops", type=click.IntRange(1), default=1, show_default=True, help="Operations between two ticks.")
@click.option("--faults", type=click.IntRange(0), default=1, show_default=True, help="Faults of link and sites.")
@options.fault_kinds
@click.option("--slips", type=click.IntRange(0), default=1, show_default=True, help="Slips of the operator.")
@click.option("--time", "seconds", type=DURATION, default="5m", show_default=True, help="The longest time of a check.")
@click.option("--verify", is_flag=True, help="Write nothing; say whether every file of the pack is as it was written.")
def command(folder: Path, verify: bool, **asked: Any) -> int:
    """Write into DIR what a change board needs to decide: pack.html, and pack.md with the same content.

    It quotes the notice, plays the scenarios, checks every schedule within the bounds, leaves out each step of the
    runbook, and shows why other runbooks were rejected. DIR holds the inputs and the evidence too, with their digests.
    Exit code 0 only where every scenario passes and every check is decided.
    """
    if verify:
        options.refuse("--verify", {f"--{name}": asked[name] for name in ("rulebook", "runbook", "scenarios")})
        return _verify(folder)
    if not (asked["rulebook"] and asked["runbook"]):
        raise click.UsageError("give both --rulebook and --runbook")
    request = AuditRequest(bounds=Bounds(**options.part(Bounds, asked)), **options.part(AuditRequest, asked))
    made = audit(request, folder, lambda step: terminal.progress(step.doing))
    terminal.progress("")
    terminal.warn(made.warnings)
    terminal.say_line(f"{folder}: {made.status}. {made.sentence}")
    return CODES[made.status]


def _verify(folder: Path) -> int:
    found = read_pack(folder)
    terminal.complain(*found.damage)
    state = f"{len(found.damage)} findings" if found.damage else "every file is as it was written"
    terminal.say_line(f"{folder}: {len(found.manifest['files'])} files, {state}")
    return FINDING if found.damage else PASSED
