"""`dcsim rules lint`: find every fault of one rulebook, or of several together."""

from __future__ import annotations

import time
from pathlib import Path

import click

from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import FINDING, PASSED
from dcsim.cli.parameters import OUTPUT, PATH
from dcsim.files.disk import save
from dcsim.files.findings import InputError
from dcsim.harmless import to_json
from dcsim.report.annotations import of_findings
from dcsim.report.lint import as_json as data_of
from dcsim.report.lint import lines, test_cases
from dcsim.report.pages.lint_page import LintPage
from dcsim.report.sarif import sarif
from dcsim.usecases.lint import keep_baseline, lint


@click.command("lint")
@click.argument("rulebooks", nargs=-1, required=True, metavar="RULEBOOK...")
@click.option("--baseline", type=PATH, metavar="FILE", help="Known findings: any other finding fails.")
@click.option(
    "--write-baseline", "keep", type=OUTPUT, metavar="FILE", help="Write the findings as a baseline, and pass."
)
@click.option("--strict", is_flag=True, help="Warnings fail as well.")
@click.option("--sarif", "sarif_", type=OUTPUT, metavar="FILE", help="Write the findings as SARIF 2.1.0.")
@options.formats
@options.junit_option
@options.html_option
def command(
    rulebooks: tuple[str, ...],
    baseline: Path | None,
    keep: Path | None,
    strict: bool,
    sarif_: Path | None,
    junit: Path | None,
    as_json: bool,
    github: bool,
    html: Path | None,
) -> int:
    """Lint each RULEBOOK alone, and each pair of them (such as a notice and its amendment).

    Every cell of the decision space is examined, so no fault of these kinds is missed. Fails on errors; with --strict
    or --baseline also on warnings, except those in the baseline.
    """
    started = time.perf_counter()
    try:
        result = lint(rulebooks, baseline)
    except InputError as error:
        if sarif_:
            save(sarif_, to_json(sarif(error.findings, whole=False), indent=1) + "\n")
        raise
    failing = [finding for finding in result.new if strict or baseline or finding.severity == "error"]
    cases, seconds = test_cases(result, () if keep else failing), time.perf_counter() - started
    noted = of_findings(result.new) if github else ()
    options.give(lines(result, terminal.paint), data_of(result), cases, seconds, junit, as_json, noted)
    if sarif_:
        save(sarif_, to_json(sarif(result.new, result.old if baseline else None), indent=1) + "\n")
    if html:
        save(html, LintPage(result, rulebooks, options.again()).html)
    if keep:
        keep_baseline(keep, result)
        return PASSED
    return FINDING if failing else PASSED
