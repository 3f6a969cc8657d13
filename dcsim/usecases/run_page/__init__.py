"""The page of a run: what happened, why, what would change it, and the record. Each section has a module of its own."""

from __future__ import annotations

from dcsim.files.load import Case
from dcsim.report.pages.run_page import PageSection, RunPage
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page.gather import RunEvidence, gather
from dcsim.usecases.run_page.verdict import verdict
from dcsim.usecases.run_page.weekend import weekend


def run_page(case: Case, options: RunOptions | None = None) -> RunPage:
    """Run a scenario and return its page."""
    return page_of(gather(case, options or RunOptions()))


def page_of(evidence: RunEvidence) -> RunPage:
    """Return the page that shows some evidence."""
    return RunPage(
        result=evidence.result,
        sections=(
            PageSection(anchor="verdict", name="Verdict", value=verdict(evidence)),
            PageSection(
                anchor="weekend",
                name="Weekend",
                value=weekend(evidence),
                styles=("weekend.css", "gutter.css"),
                scripts=("weekend.js",),
            ),
        ),
    )
