"""A small timeline: the events of one short run side by side, and the sessions behind them. Pure.

It is not to scale: each event has a column of its own, so that what happens at one instant can be told apart.
"""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.domain.actions import Deliver, Slip, Tick
from dcsim.domain.moment import clock
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.report.pages.event_words import event_sentence
from dcsim.trace.event import Event, Trace

LEFT, COLUMN = 66, 40
"""The width of the names of the lanes, and of a column, in pixels."""
RIGHT = 64
"""The room to the right of the last column, for the name of the last session."""
LANES = {"clock": "clock", "client": "clients", "link": "link", "operator": "operator", "fault": "faults"}
"""The name of the lane of each actor. Faults have one only where there are faults in time."""
FAULTS = ("delay", "drop", "duplicate")
Sort = Literal["done", "refused", "mishap"]


@attrs.frozen(kw_only=True)
class TimelineMark:
    """An event: what it is in words, where it stands, and the invariants that break at it.

    ``sort``: it was done, it was refused, or it is a fault or a slip of the operator.
    """

    n: int
    x: int
    lane: int
    sort: Sort
    when: str
    who: str
    says: str
    breaks: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class TimelineBand:
    """The printed window of a session."""

    x: int
    width: int
    name: str
    site: str


@attrs.frozen(kw_only=True)
class TimelineTick:
    """The time below a column: shown where it differs from that of the column before; ``day`` where the day does."""

    x: int
    time: str
    day: str


@attrs.frozen(kw_only=True)
class Timeline:
    """The timeline of a run."""

    width: int
    lanes: tuple[str, ...]
    marks: tuple[TimelineMark, ...]
    bands: tuple[TimelineBand, ...]
    ticks: tuple[TimelineTick, ...]


def timeline(book: Rulebook, runbook: Runbook, trace: Trace) -> Timeline:
    """Return the timeline of a run whose events were kept."""
    breaks: dict[int, list[str]] = {}
    for broken in trace.broken:
        breaks.setdefault(broken.event, []).append(broken.violation.invariant)
    return Timeline(
        width=_column(len(trace.events)) + RIGHT,
        lanes=tuple(LANES.values())[: None if any(event.actor == "fault" for event in trace.events) else -1],
        marks=tuple(_mark(book, runbook, event, breaks.get(event.n, [])) for event in trace.events),
        bands=_bands(book, trace),
        ticks=_ticks(book, trace),
    )


def _column(n: int) -> int:
    """Return the middle of the column of an event."""
    return LEFT + COLUMN * n - COLUMN // 2


def _mark(book: Rulebook, runbook: Runbook, event: Event, breaks: list[str]) -> TimelineMark:
    refused = event.outcome != "moved"
    step = runbook.steps[runbook.by_id[event.step]] if event.step in runbook.by_id else None
    of_link = isinstance(event.action, Deliver) and event.action.verdict in FAULTS
    mishap = of_link or isinstance(event.action, Slip) or event.actor == "fault"
    return TimelineMark(
        n=event.n,
        x=_column(event.n),
        lane=list(LANES).index(event.actor),
        sort="mishap" if mishap else "refused" if refused else "done",
        when=clock(event.at, book),
        who=event.actor,
        says=event_sentence(event, step),
        breaks=tuple(dict.fromkeys(breaks)),
    )


def _bands(book: Rulebook, trace: Trace) -> tuple[TimelineBand, ...]:
    """Return the printed windows: from the event at which the clock opens each until the one at which it closes it."""
    edges = {
        (event.action.session, event.action.edge): _column(event.n)
        for event in trace.events
        if isinstance(event.action, Tick)
    }
    last = _column(len(trace.events) + 1)
    opened = [(name, at, edges.get((name, "closes"), last)) for (name, edge), at in edges.items() if edge == "opens"]
    return tuple(
        TimelineBand(x=at, width=end - at, name=name, site=book.by_name[name].site) for name, at, end in opened
    )


def _ticks(book: Rulebook, trace: Trace) -> tuple[TimelineTick, ...]:
    ticks: list[TimelineTick] = []
    time, day = "", ""
    for event in trace.events:
        weekday, date, month, at = clock(event.at, book).split()
        today = f"{weekday} {date} {month}"
        if (at, today) != (time, day):
            fresh = f"{weekday} {date}" if today != day else ""
            ticks.append(TimelineTick(x=_column(event.n), time=at[:5], day=fresh))
            time, day = at, today
    return tuple(ticks)
