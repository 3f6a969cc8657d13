"""The page of what was run: of one scenario, all that is known of it; of several, what went wrong in each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from dcsim.files.load import Case
from dcsim.report.pages.suite_page import SuitePage
from dcsim.report.run_view import RunResult
from dcsim.trace.embedded import embed
from dcsim.trace.event import Trace
from dcsim.trace.jsonl import dump
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page import run_page
from dcsim.usecases.suite import Suite

MOST_TRACES = 2_000_000
"""So many characters of traces has the page of several runs."""
PACKED = 10
"""So many characters of a long trace become about one when it is compressed. A longer one is not tried."""


@attrs.define
class FailedTraces:
    """The traces of runs that failed, as a page carries them, in the order of the runs; empty where there is no room.

    ``left``: so many characters may still be kept.
    """

    options: RunOptions
    left: int = MOST_TRACES
    embedded: list[str] = attrs.field(factory=list)

    def keep(self, case: Case | None, shown: RunResult) -> RunResult:
        """Keep the trace of a run that failed. Return the result without it, for it takes much memory."""
        if case and shown.status == "failed":
            assert shown.trace is not None
            self.embedded.append(self._embedded(case, shown.trace))
        return attrs.evolve(shown, trace=None)

    def _embedded(self, case: Case, trace: Trace) -> str:
        lines, size = list[str](), 0
        for line in dump(case.texts, self.options.seed, trace) if trace.events else ():
            lines.append(line)
            size += len(line)
            if size > self.left * PACKED:
                return ""
        text = embed("".join(lines)) if lines else ""
        if len(text) > self.left:
            return ""
        self.left -= len(text)
        return text


def page_of_runs(suite: Suite, results: Sequence[RunResult], traces: FailedTraces, paths: Iterable[Path]) -> str:
    """Return the page of the runs of a suite."""
    options = traces.options
    if len(suite.items) == 1 and suite.cases:
        return run_page(suite.cases[0], options).html
    warnings = tuple(str(finding) for finding in suite.warnings(everything=False))
    return SuitePage(results, options.again(*map(str, paths)), tuple(traces.embedded), warnings).html
