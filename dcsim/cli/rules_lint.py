"""`dcsim rules lint`: find every fault of one rulebook, or of several together."""

from __future__ import annotations

from pathlib import Path

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import FINDING, PASSED
from dcsim.cli.parameters import OUTPUT, PATH
from dcsim.files.disk import save
from dcsim.report.lint import as_json as data_of
from dcsim.report.lint import lines
from dcsim.report.pages.lint_page import LintPage
from dcsim.usecases.lint import keep_baseline, lint


@click.command("lint")
@click.argument("rulebooks", nargs=-1, required=True, metavar="RULEBOOK...")
@click.option("--baseline", type=PATH, metavar="FILE", help="Known findings: any other finding fails.")
@click.option(
    "--write-baseline", "keep", type=OUTPUT, metavar="FILE", help="Write the findings as a baseline, and pass."
)
@click.option("--strict", is_flag=True, help="Warnings fail as well.")
@options.json_option
@options.html_option
def command(
    rulebooks: tuple[str, ...],
    baseline: Path | None,
    keep: Path | None,
    strict: bool,
    as_json: bool,
    html: Path | None,
) -> int:
    """Lint each RULEBOOK alone, and each pair of them (such as a notice and its amendment).

    Every cell of the decision space is examined, so no fault of these kinds is missed. Fails on errors; with --strict
    or --baseline also on warnings, except those in the baseline.
    """
    result = lint(rulebooks, baseline)
    if as_json:
        terminal.say_json(data_of(result))
    else:
        terminal.say("\n".join(lines(result, terminal.paint)))
    if html:
        save(html, LintPage(result, rulebooks, options.again()).html)
    if keep:
        keep_baseline(keep, result)
        return PASSED
    failing = [finding for finding in result.new if strict or baseline or finding.severity == "error"]
    return FINDING if failing else PASSED
