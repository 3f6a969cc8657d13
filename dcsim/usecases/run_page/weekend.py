"""The weekend section of a run's page: the drawing of what it is about, and of some other fields and accounts."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.domain.moment import clock
from dcsim.report.pages.drawing.boxes import first_part
from dcsim.report.pages.drawing.lay_out import drawing
from dcsim.report.pages.event_words import event_sentence
from dcsim.report.pages.gutter import Gutter, GutterRow
from dcsim.report.pages.tracks import Tracks
from dcsim.report.pages.weekend import MOST_IN_LEGEND, WeekendDrawing, WeekendSection, legend
from dcsim.usecases.run_page.event_stages import EventStage, event_stages
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.shown import cells_changed, cells_drawn
from dcsim.usecases.run_page.tracks import tracks

MOST_SAID = 200
MOST_ROWS = 60
"""So many rows has the drawing on a narrow screen, which is a list."""


def weekend(evidence: RunEvidence) -> WeekendSection:
    """Return the weekend section."""
    shown = cells_drawn(evidence)
    size = evidence.recorder.roster.size
    return WeekendSection(
        drawings=tuple(_drawn(evidence, account, field) for account, field in shown),
        timezone=evidence.book.timezone,
        assumed=bool(evidence.book.timezone_assumption),
        others=f"One account of {size:,} is drawn at a time." if size > 1 else "",
        left_out=max(0, cells_changed(evidence) - len(shown)),
    )


def _drawn(evidence: RunEvidence, account: str, field: str) -> WeekendDrawing:
    found = tracks(evidence, account, field)
    shape = drawing(found, evidence.book.timezone)
    stages = event_stages(evidence, account)
    return WeekendDrawing(
        drawing=shape,
        legend=legend(shape.values),
        unlisted=max(0, len(shape.values) - MOST_IN_LEGEND),
        rows=tuple(_rows(evidence, found, stages)),
        heads=tuple(track.name for track in found.tracks),
    )


def _rows(evidence: RunEvidence, found: Tracks, stages: tuple[EventStage, ...]) -> Iterator[GutterRow]:
    """Yield a row for each event that has a mark or an arrow."""
    gutter = Gutter(found)
    marked = {mark.event for mark in found.marks if mark.shape != "note" or mark.tone}
    marked |= {flow.end for flow in found.flows}
    first = {stage.event.n: stage for stage in stages}
    for n in sorted(marked & first.keys())[:MOST_ROWS]:
        stage = first[n]
        yield attrs.evolve(
            gutter.row(n),
            clock=clock(stage.event.at, evidence.book).rsplit(":", 1)[0],
            words=first_part(event_sentence(stage.event, stage.step), MOST_SAID),
            wrong=tuple(_wrong(found, n)),
        )


def _wrong(found: Tracks, event: int) -> Iterator[str]:
    """Yield what the labels of a drawing say went wrong at an event."""
    for mark in found.marks:
        if mark.event == event and mark.tone == "bad":
            yield first_part(", ".join(filter(None, (mark.label, mark.more))), MOST_SAID)
