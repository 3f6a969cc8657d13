"""`dcsim check`: every schedule within bounds, and a proof or the shortest counterexamples."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import attrs
import click

from dcsim.check.explorers.budget import Budget
from dcsim.check.explorers.engines import ENGINES
from dcsim.cli import options, terminal
from dcsim.cli.exit_codes import FINDING, INCONCLUSIVE, PASSED
from dcsim.cli.parameters import PATH
from dcsim.report.check import CheckResult, as_json, lines
from dcsim.report.check_modes import comparison_lines, neighbourhood_lines
from dcsim.usecases.check import Bounds, Subject, Who, check, compare, load_subject
from dcsim.usecases.evidence import keep
from dcsim.usecases.neighbourhood import within

CODES = {"proved": PASSED, "violated": FINDING, "inconclusive": INCONCLUSIVE}
WHO = tuple(attrs.fields_dict(Who))
BOUNDS = tuple(attrs.fields_dict(Bounds))


@click.command("check")
@click.argument("scenario", required=False, type=PATH)
@options.instead()
@options.who
@options.bounds
@options.practices
@click.option("--slip", "only", metavar="SLIPS", help="Show what one combination breaks: 'delay revert'.")
@click.option("--within", "k", type=click.IntRange(0), metavar="K", help="Run all scenarios within K edits.")
@click.option("--non-interference", is_flag=True, help="Two runs: with and without what a discarded session did.")
@click.option("--engine", type=click.Choice(["auto", *ENGINES]), default="auto", show_default=True)
@options.budget
@options.folder("Write counterexamples (scenarios, traces, ITF) here.")
@options.json_option
def command(scenario: Path | None, rulebook: str | None, runbook: str | None, **asked: Any) -> int:
    """Check every schedule of SCENARIO's accounts, or of abstract ones, within the bounds given.

    Client actions of every kind, deliveries, operator steps, faults and slips come in every order. The steps of
    SCENARIO are not used: its accounts, policies and `expect: sometimes` are.
    """
    mode = "--within" if asked["k"] is not None else "--non-interference" if asked["non_interference"] else ""
    options.refuse(mode, {"--json": asked["as_json"], "--save": asked["folder"], "--slip": asked["only"]})
    who, bounds = Who(**{name: asked[name] for name in WHO}), Bounds(**{name: asked[name] for name in BOUNDS})
    subject = load_subject(scenario, rulebook, runbook, who, practices=asked["practices"])
    options.made(asked["folder"])
    budget, engine = Budget(seconds=asked["seconds"], memory=asked["memory"]), asked["engine"]
    terminal.progress("exploring")
    if asked["k"] is not None:
        return _said(neighbourhood_lines(near := within(subject, asked["k"], budget), terminal.paint), near.status)
    if mode:
        compared = compare(subject, bounds, budget, engine=engine)
        return _said(comparison_lines(subject.within(bounds), compared, terminal.paint), compared.status)
    return _checked(subject, bounds, budget, asked)


def _checked(subject: Subject, bounds: Bounds, budget: Budget, asked: dict[str, Any]) -> int:
    """What the check found is printed even where it cannot be written."""
    folder, each = asked["folder"], bool(asked["folder"] or asked["as_json"])
    result = check(subject, bounds, budget, engine=asked["engine"], each=each, only=asked["only"])
    kept, trouble = result, None
    try:
        kept = keep(folder, result) if folder else result
    except Exception as error:  # noqa: BLE001 - told once the result has been
        trouble = error
    code = _said([_as_text(kept, as_json_=asked["as_json"])], result.status)
    # What was explored is held in cycles by the million: a last look at them on the way out would take a third again.
    gc.freeze()
    if trouble:
        raise trouble
    return code


def _as_text(result: CheckResult, *, as_json_: bool) -> str:
    if as_json_:
        return json.dumps(as_json(result), ensure_ascii=False, indent=2)
    return "\n".join(lines(result, terminal.paint))


def _said(said: Any, status: str) -> int:
    terminal.progress("")
    terminal.say("\n".join(said))
    return CODES[status]
