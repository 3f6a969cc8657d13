"""The page of several runs: how many pass, what went wrong in each, and what the sources leave open. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count

import attrs

from dcsim.report.open_cells import OpenRow, fold, rows_by_question
from dcsim.report.pages.render import page
from dcsim.report.run_view import RunResult
from dcsim.report.text import some
from dcsim.trace.embedded import trace_id


def _told(result: RunResult) -> Iterator[tuple[str, str]]:
    yield from (("open", warning) for warning in result.warnings)
    said = {problem.says for problem in result.problems}
    yield from (("note", note) for note in result.notes if note not in said)


@attrs.frozen(eq=False)
class SuitePage:
    """What the page of several runs shows. ``again`` is the command that runs them again.

    ``embedded`` are the traces of those that failed, in their order, as `trace.embedded.embed` writes them; empty where
    the page carries none. ``warnings`` are about files.
    """

    results: Sequence[RunResult]
    again: str
    embedded: Sequence[str] = ()
    warnings: Sequence[str] = ()

    @cached_property
    def traces(self) -> list[tuple[str, str]]:
        """The traces of those that failed, each with its id; both empty where the page carries none."""
        ids = map(trace_id, count(1))
        return [(next(ids), text) if text else ("", "") for text in self.embedded]

    @property
    def wrong(self) -> Iterator[tuple[RunResult, str]]:
        """What went wrong, each with the id of its trace; empty where the page carries none."""
        ids = iter(self.traces)
        for result in self.bad:
            yield result, next(ids, ("", ""))[0] if result.status == "failed" else ""

    @property
    def carried(self) -> str:
        """Which traces the page carries, in a sentence."""
        failed = sum(result.status == "failed" for result in self.results)
        kept = sum(bool(name) for name, _ in self.traces)
        if not kept:
            return "This page carries no trace."
        which = "all" if kept == failed else f"{kept:,} of {failed:,}"
        return f"This page carries the traces of {which} runs that failed."

    @property
    def told(self) -> list[tuple[RunResult, list[tuple[str, str]]]]:
        """The results, each with what is told beside its verdict: what is open, and notes."""
        return [(result, list(_told(result))) for result in self.results]

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
