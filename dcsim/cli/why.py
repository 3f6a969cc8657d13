"""`dcsim why`: explain what an account holds, from the act that made it to the rules that decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import PASSED
from dcsim.cli.one_case import one_case
from dcsim.cli.parameters import PATH
from dcsim.report import why as report
from dcsim.usecases.why import why


@click.command("why")
@click.argument("scenario", type=PATH)
@click.option("--account", required=True, metavar="NAME", help="The account.")
@click.option("--field", required=True, metavar="FIELD", help="The field: password, channel, email, status ...")
@options.moment
@options.instead()
@options.json_option
def command(scenario: Path, account: str, field: str, at: str | None, site: str | None, **asked: Any) -> int:
    """Explain one field of an account: the value that SCENARIO leads to, the act that made it, and the rules."""
    case = one_case(scenario, asked)
    found = why(case, account, field, at, site)
    if asked["as_json"]:
        terminal.say_json({"dcsim-why": 1, **attrs.asdict(found)})
        return PASSED
    for line in report.lines(found, terminal.paint):
        terminal.say(line)
    return PASSED
