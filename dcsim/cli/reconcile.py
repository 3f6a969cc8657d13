"""`dcsim reconcile`: hold a real test day, its log and its dump, against the prediction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import FINDING, PASSED
from dcsim.cli.parameters import DURATION, OUTPUT, PATH
from dcsim.files.disk import save
from dcsim.files.load import load_runbook, load_scenario
from dcsim.files.mapping import load_mapping
from dcsim.files.tables import write_table
from dcsim.report import reconcile as report
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.reconcile import ReconcileOptions, read_salt, reconcile
from dcsim.usecases.suite import warnings_of

NO_STEPS = "DC150"


@click.command("reconcile")
@click.argument("scenario", type=PATH)
@click.option("--log", "log", type=PATH, required=True, metavar="FILE", help="What was done: CSV, JSON Lines, Parquet.")
@click.option("--dump", "dump", type=PATH, metavar="FILE", help="What accounts held: CSV, JSON Lines, Parquet.")
@click.option("--map", "map_", type=PATH, metavar="FILE", help="What the columns mean, as YAML.")
@options.instead()
@click.option("--at", metavar="MOMENT", help="When the dump was taken; by default, when the last session opens.")
@click.option("--site", metavar="SITE", help="Where it was taken; by default, the session's site.")
@click.option("--try", "others", multiple=True, metavar="NAME|PATH", help="Another runbook to try as explanation.")
@click.option("--redact", type=PATH, metavar="DIR", help="Also write copies of both files with hashes for secrets.")
@click.option("--salt-file", type=PATH, metavar="FILE", help="The salt of hashes; by default, one that is forgotten.")
@click.option("--tolerance", type=DURATION, default="5s", show_default=True, help="How far a clock may be off.")
@options.json_option
@click.option("--csv", "csv_file", type=OUTPUT, metavar="FILE", help="Write CSV, one row for each account.")
def command(scenario: Path, log: Path, dump: Path | None, map_: Path | None, **asked: Any) -> int:
    """Hold a real day against the prediction: the log of what was done, and the dump of what accounts held."""
    case = load_scenario(scenario, asked["rulebook"], asked["runbook"], INVARIANT_NAMES, REFUSAL_CODES)
    # A scenario without steps is right here: the log has them.
    terminal.warn(each for each in warnings_of(case, everything=False) if each.code != NO_STEPS)
    mapping = load_mapping(map_, case.rulebook, REFUSAL_CODES) if map_ else None
    how = ReconcileOptions(
        at=asked["at"],
        site=asked["site"],
        tolerance=round(asked["tolerance"] * 1000),
        salt=read_salt(asked["salt_file"]) if asked["salt_file"] else "",
        runbooks=[load_runbook(name).value for name in asked["others"]],
        redact=asked["redact"],
    )
    found = reconcile(case, log, dump, mapping, how)
    if asked["csv_file"]:
        save(asked["csv_file"], write_table(".csv", report.HEAD, report.rows(found)))
    if asked["as_json"]:
        terminal.say_json(report.as_json(found))
    else:
        for line in report.lines(found, terminal.paint):
            terminal.say(line)
    return PASSED if found.status == "passed" else FINDING
