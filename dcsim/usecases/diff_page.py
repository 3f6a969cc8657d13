"""The page of a comparison: the scenario of each difference is run under the rulebook that it breaks."""

from __future__ import annotations

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.files.resolver import source_of
from dcsim.files.write import write_runbook
from dcsim.report.diff import DiffResult, Shown, ShownAspect
from dcsim.report.pages.diff_page import DiffPage
from dcsim.report.pages.timeline import Timeline, timeline
from dcsim.trace.jsonl import text_digest
from dcsim.usecases.page_traces import PageTraces


def diff_page(result: DiffResult, books: tuple[Rulebook, Rulebook], again: str) -> DiffPage:
    """Return the page of a comparison of two rulebooks, which are known by the result's names."""
    traces, drawn = PageTraces(), dict[int, Timeline]()
    texts = [source_of("rulebook", name).text for name in result.names]
    every: tuple[ShownAspect | Shown, ...] = (*result.aspects, *result.shown)
    for number, shown in enumerate(every, start=1):
        if shown.scenario is None or shown.runbook is None:
            continue
        index = len(result.names) - 1 - result.names[::-1].index(shown.other or result.names[1])
        scenario = attrs.evolve(shown.scenario, rulebook=result.names[index], runbook=shown.runbook.runbook)
        trace = traces.add(scenario, {"rulebook": texts[index], "runbook": write_runbook(shown.runbook)})
        drawn[number] = timeline(books[index], shown.runbook, trace)
    return DiffPage(
        result=result,
        again=again,
        timelines=drawn,
        digests=dict(zip(result.names, map(text_digest, texts), strict=True)),
        traces=traces.scripts,
    )
