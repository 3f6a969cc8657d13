"""The page of a run: what happened, why, what would change it, and the record. Each section has a module of its own."""

from __future__ import annotations

from dcsim.files.load import Case
from dcsim.report.pages.run_page import PageSection, RunPage
from dcsim.trace.embedded import embed
from dcsim.trace.jsonl import dump
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page.accounts import accounts
from dcsim.usecases.run_page.any_schedule import any_schedule
from dcsim.usecases.run_page.change import change
from dcsim.usecases.run_page.figures import figures
from dcsim.usecases.run_page.gather import RunEvidence, gather
from dcsim.usecases.run_page.leave_out import leave_out
from dcsim.usecases.run_page.observed import observed
from dcsim.usecases.run_page.record import record
from dcsim.usecases.run_page.steps import steps
from dcsim.usecases.run_page.verdict import verdict
from dcsim.usecases.run_page.weekend import weekend
from dcsim.usecases.run_page.why import why
from dcsim.usecases.touched import SuiteCells


def run_page(case: Case, options: RunOptions | None = None, *, check: bool = True) -> RunPage:
    """Run a scenario and return its page. ``check``: other schedules are checked, too, within small bounds."""
    return page_of(gather(case, options or RunOptions()), check=check)


def page_of(evidence: RunEvidence, *, check: bool = True, tried: SuiteCells | None = None) -> RunPage:
    """Return the page that shows some evidence. ``tried``: what a suite touches, if one was given."""
    without = leave_out(evidence)
    schedules = any_schedule(evidence, without, asked=check)
    return RunPage(
        result=evidence.result,
        embedded=_trace(evidence),
        sections=(
            _section("verdict", "Verdict", verdict(evidence, without, schedules), "verdict.css"),
            _section("weekend", "Weekend", weekend(evidence), "weekend.css", "gutter.css", "weekend.js"),
            _section("why", "Why", why(evidence, without), "why.css"),
            _section("change", "What would change it", change(evidence, without, schedules), "change.css"),
            _section("figures", "Figures", figures(evidence), "figures.css"),
            _section("matrix", "Matrix", observed(evidence, tried), "matrix.css"),
            _section("steps", "Steps", steps(evidence), "steps.css", "steps.js"),
            _section("accounts", "Accounts", accounts(evidence), "accounts.css"),
            _section("record", "Record", record(evidence, without, schedules), "record.css"),
        ),
    )


def _section(anchor: str, name: str, value: object, *assets: str) -> PageSection:
    styles = tuple(asset for asset in assets if asset.endswith(".css"))
    scripts = tuple(asset for asset in assets if asset.endswith(".js"))
    return PageSection(anchor=anchor, name=name, value=value, styles=styles, scripts=scripts)


def _trace(evidence: RunEvidence) -> str:
    """Return the run's trace as a page carries it; nothing where no events are kept."""
    trace = evidence.trace
    return embed("".join(dump(evidence.case.texts, evidence.options.seed, trace))) if trace.events else ""
