"""`dcsim check`: explore every schedule within bounds, and print a proof or the shortest counterexamples."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import click

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import ENGINES
from dcsim.cli import check_questions, options, terminal
from dcsim.cli.exit_codes import FINDING, INCONCLUSIVE, PASSED
from dcsim.cli.parameters import PATH
from dcsim.files.disk import save
from dcsim.report.check import as_json, lines
from dcsim.report.check_formats import annotated, test_cases
from dcsim.usecases.check import Bounds, Who, check, load_subject
from dcsim.usecases.evidence import keep
from dcsim.usecases.proof_page import proof_page

CODES = {"proved": PASSED, "violated": FINDING, "inconclusive": INCONCLUSIVE}


@click.command("check")
@click.argument("scenario", required=False, type=PATH)
@options.instead()
@options.who
@options.bounds_or_any
@options.practices
@click.option("--after", "--slip", "only", metavar="SLIPS", help="Show what one combination breaks: 'delay revert'.")
@click.option("--within", "k", type=click.IntRange(0), metavar="K", help="Run all scenarios within K edits.")
@click.option("--non-interference", is_flag=True, help="Compare runs with and without a discarded session's acts.")
@click.option("--engine", type=click.Choice(["auto", *ENGINES]), default="auto", show_default=True)
@options.budget
@options.folder("Write counterexamples (scenarios, traces, ITF) here.")
@options.formats
@options.junit_option
@options.html_option
def command(scenario: Path | None, rulebook: str | None, runbook: str | None, **asked: Any) -> int:
    """Check every schedule of SCENARIO's accounts, or of abstract ones, within the given bounds.

    Client actions of every kind, deliveries, operator steps, faults and slips are tried in every order. SCENARIO's
    accounts, policies and `expect: sometimes` are used, but not its steps.
    """
    mode = check_questions.mode_of(asked)
    each = {"--json": asked["as_json"], "--html": asked["html"], "--save": asked["folder"]}
    other = {"--format github": asked["github"], "--junit": asked["junit"], "--after": asked["only"]}
    options.refuse(mode, {**each, **other})
    who, bounds = Who(**options.part(Who, asked)), Bounds(**options.part(Bounds, asked))
    subject = load_subject(scenario, rulebook, runbook, who, practices=asked["practices"], memory=asked["memory"])
    options.made(asked["folder"])
    budget = Budget(seconds=asked["seconds"], memory=asked["memory"])
    terminal.progress("exploring")
    if mode:
        return CODES[check_questions.answer(subject, bounds, budget, asked)]
    result = check(subject, bounds, budget, engine=asked["engine"], each=any(each.values()), only=asked["only"])
    # The explored states are millions of objects in reference cycles. Without this, Python would examine them all once
    # more when it exits, which takes a third of the time of the check.
    gc.freeze()
    try:
        result = keep(asked["folder"], result) if asked["folder"] else result
    finally:  # the result is printed even if the files cannot be written
        named = str(scenario or "")
        noted = annotated(result, named) if asked["github"] else ()
        cases = test_cases(result, named)
        shown = lines(result, terminal.paint)
        options.give(shown, as_json(result), cases, result.seconds, asked["junit"], asked["as_json"], noted)
    if asked["html"]:
        save(asked["html"], proof_page(result, subject, options.again(), budget, asked["engine"]).html)
    return CODES[result.status]
