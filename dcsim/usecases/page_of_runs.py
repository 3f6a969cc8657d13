"""The page of what was run: of one scenario, all that is known of it; of several, what went wrong in each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dcsim.report.pages.suite_page import SuitePage
from dcsim.report.run_view import RunResult
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page import run_page
from dcsim.usecases.suite import Suite


def page_of_runs(suite: Suite, results: Sequence[RunResult], options: RunOptions, paths: Iterable[Path]) -> str:
    """Return the page of the runs of a suite."""
    if len(suite.items) == 1 and suite.cases:
        return run_page(suite.cases[0], options).html
    return SuitePage(results, options.again(*map(str, paths))).html
