"""A small timeline: the events of one short run side by side, and the sessions behind them. Pure.

It is not to scale: each event has a column of its own, so that what happens at one instant can be told apart.
"""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.domain.actions import Deliver, Slip, Tick
from dcsim.domain.moment import clock
from dcsim.domain.rulebook import Rulebook
from dcsim.report.text import action_words
from dcsim.trace.event import Event, Trace

LEFT, COLUMN = 66, 40
"""The width of the names of the lanes, and of a column, in pixels."""
RIGHT = 64
"""The room to the right of the last column, for the name of the last session."""
LANES = ("client", "link", "operator")
FAULTS = ("delay", "drop", "duplicate")
Sort = Literal["done", "refused", "mishap"]


@attrs.frozen(kw_only=True)
class TimelineMark:
    """An event: what it is in words, where it stands, and the invariants that break at it.

    ``sort``: it was done, it was refused, or it is a fault of the link or a slip of the operator.
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
    marks: tuple[TimelineMark, ...]
    bands: tuple[TimelineBand, ...]
    ticks: tuple[TimelineTick, ...]


def timeline(book: Rulebook, trace: Trace) -> Timeline:
    """Return the timeline of a run whose events were kept."""
    shown = [event for event in trace.events if not isinstance(event.action, Tick)]
    column = {event.n: LEFT + COLUMN * number + COLUMN // 2 for number, event in enumerate(shown)}
    width = LEFT + COLUMN * len(shown) + RIGHT
    breaks: dict[int, list[str]] = {}
    for broken in trace.broken:
        breaks.setdefault(broken.event, []).append(broken.violation.invariant)
    marks = tuple(_mark(book, event, column[event.n], breaks.get(event.n, ())) for event in shown)
    return Timeline(width=width, marks=marks, bands=_bands(book, trace, column, width), ticks=_ticks(book, shown, column))


def _mark(book: Rulebook, event: Event, x: int, breaks: tuple[str, ...] | list[str]) -> TimelineMark:
    refused = event.outcome != "moved"
    mishap = isinstance(event.action, Slip) or (isinstance(event.action, Deliver) and event.action.verdict in FAULTS)
    return TimelineMark(
        n=event.n,
        x=x,
        lane=LANES.index(event.actor),
        sort="mishap" if mishap else "refused" if refused else "done",
        when=clock(event.at, book),
        who=event.account or event.actor,
        says=_says(event),
        breaks=tuple(dict.fromkeys(breaks)),
    )


def _says(event: Event) -> str:
    what = action_words(event.action) if event.account else event.says
    by = f" by {event.by}" if event.by else ""
    shown = f" ({event.says})" if event.account and event.says else ""
    return f"{what}{by}{f': {event.outcome}' if event.outcome != 'moved' else ''}{shown}"


def _bands(book: Rulebook, trace: Trace, column: dict[int, int], width: int) -> tuple[TimelineBand, ...]:
    """Return the windows: each from the first column after the clock opens it until the first after it closes."""
    edges = {
        (event.action.session, event.action.edge): min(
            (x - COLUMN // 2 for n, x in column.items() if n > event.n), default=width
        )
        for event in trace.events
        if isinstance(event.action, Tick)
    }
    return tuple(
        TimelineBand(x=edges[name, "opens"], width=end - edges[name, "opens"], name=name, site=book.by_name[name].site)
        for name in book.by_name
        if (name, "opens") in edges
        for end in (edges.get((name, "closes"), width),)
    )


def _ticks(book: Rulebook, shown: list[Event], column: dict[int, int]) -> tuple[TimelineTick, ...]:
    ticks: list[TimelineTick] = []
    time, day = "", ""
    for event in shown:
        *date, at = clock(event.at, book).split()
        if (at, " ".join(date)) != (time, day):
            fresh = " ".join(date) if " ".join(date) != day else ""
            ticks.append(TimelineTick(x=column[event.n], time=at[:5], day=fresh))
            time, day = at, " ".join(date)
    return tuple(ticks)
