"""The page of several runs: how many pass, what went wrong in each, and what the sources leave open. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import attrs

from dcsim.report.open_cells import OpenRow, fold, rows_by_question
from dcsim.report.pages.render import page
from dcsim.report.run_view import RunResult
from dcsim.report.text import some


@attrs.frozen(eq=False)
class SuitePage:
    """What the page of several runs shows. ``again`` is the command that runs them again."""

    results: Sequence[RunResult]
    again: str

    @cached_property
    def bad(self) -> list[RunResult]:
        """The runs that failed, and the files that could not be run."""
        return [result for result in self.results if result.status != "passed"]

    @property
    def opened(self) -> list[tuple[OpenRow, list[OpenRow]]]:
        """What the sources leave open and a run has met, by question."""
        return list(
            rows_by_question(fold((r.rulebook, (r.path, r.name), cell) for r in self.results for cell in r.opened))
        )

    @property
    def sentence(self) -> str:
        """The verdict."""
        of = some(len(self.results), "scenario")
        if not self.bad:
            return f"{of}: every one does what it expects."
        failed = sum(result.status == "failed" for result in self.bad)
        parts = [f"{failed:,} fail"] if failed else []
        parts += [f"{len(self.bad) - failed:,} cannot be run"] if len(self.bad) > failed else []
        return f"Of {of}, {' and '.join(parts)}."

    @property
    def html(self) -> str:
        """The page as text."""
        return page("suite.html.j2", styles=["suite.css"], page=self)
