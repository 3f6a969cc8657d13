"""The page of a run: what happened, why, what would change it, and the record. Each section has a module of its own."""

from __future__ import annotations

from dcsim.files.load import Case
from dcsim.report.pages.run_page import PageSection, RunPage
from dcsim.trace.embedded import embed
from dcsim.trace.jsonl import dump
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page.any_schedule import any_schedule
from dcsim.usecases.run_page.change import change
from dcsim.usecases.run_page.gather import RunEvidence, gather
from dcsim.usecases.run_page.leave_out import leave_out
from dcsim.usecases.run_page.verdict import verdict


def run_page(case: Case, options: RunOptions | None = None, *, check: bool = True) -> RunPage:
    """Run a scenario and return its page. ``check``: other schedules are checked, too, within small bounds."""
    return page_of(gather(case, options or RunOptions()), check=check)


def page_of(evidence: RunEvidence, *, check: bool = True) -> RunPage:
    """Return the page that shows some evidence."""
    without = leave_out(evidence)
    schedules = any_schedule(evidence, without, asked=check)
    head = verdict(evidence, without, schedules)
    changed = change(evidence, without, schedules)
    return RunPage(
        result=evidence.result,
        embedded=_trace(evidence),
        sections=(
            PageSection(anchor="verdict", name="Verdict", value=head, styles=("verdict.css",)),
            PageSection(anchor="change", name="What would change it", value=changed, styles=("change.css",)),
        ),
    )


def _trace(evidence: RunEvidence) -> str:
    """Return the run's trace as a page carries it; nothing where no events are kept."""
    trace = evidence.trace
    return embed("".join(dump(evidence.case.texts, evidence.options.seed, trace))) if trace.events else ""
