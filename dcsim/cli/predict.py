"""`dcsim predict`: print what each account of a scenario may hold and will hold, at an instant and a site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.cli.one_case import one_case
from dcsim.cli.parameters import OUTPUT, PATH
from dcsim.files.disk import save
from dcsim.files.tables import parquet, write_table
from dcsim.report import predict as report
from dcsim.usecases.predict import predict


@click.command("predict")
@click.argument("scenario", type=PATH)
@click.option("--account", "accounts", default="*", metavar="PATTERN", help="Only these accounts, such as 'U0*'.")
@options.moment
@options.instead()
@options.json_option
@click.option("--csv", "csv_file", type=OUTPUT, metavar="FILE", help="Write CSV, one row for each account.")
@click.option("--parquet", "parquet_file", type=OUTPUT, metavar="FILE", help="Write the same rows as Parquet.")
def command(
    scenario: Path,
    accounts: str,
    at: str | None,
    site: str | None,
    csv_file: Path | None,
    parquet_file: Path | None,
    **asked: Any,
) -> int:
    """Predict what the accounts of SCENARIO may hold and will hold, and the answer to each way of logging on."""
    found = predict(one_case(scenario, asked), at, site, accounts)
    if csv_file:
        save(csv_file, write_table(".csv", report.COLUMNS, report.rows(found)))
    if parquet_file:
        save(parquet_file, parquet(parquet_file, report.COLUMNS, report.rows(found)))
    if asked["as_json"]:
        terminal.say_json(report.as_json(found))
        return PASSED
    for line in (report.summary if csv_file or parquet_file else report.lines)(found, terminal.paint):
        terminal.say(line)
    return PASSED
