"""Until when the right value could still be had: which places held it, and until which event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs

from dcsim.domain.account import BASELINE, Cell, typed
from dcsim.report.pages.change import Bar, BarMark, BarRow, LastHad
from dcsim.report.pages.drawing.boxes import shortened, width_of
from dcsim.semantics.intent import ANY_ORIGIN
from dcsim.semantics.invariant_registry import spell
from dcsim.trace.event import Event
from dcsim.trace.lineage import AccountStage, step_of
from dcsim.trace.places import CellPlace, held
from dcsim.usecases.run_page.causes import short_clock
from dcsim.usecases.run_page.focused import FocusedCell
from dcsim.usecases.run_page.leave_out import LeaveOut
from dcsim.usecases.run_page.rescue import rescue
from dcsim.usecases.run_page.sentences import session_words

LEAST_WIDTH, MOST_WIDTH = 200.0, 180.0
"""The width of the bars on a narrow screen, and that of the name of an event below them, in pixels."""
FROM_THE_LEFT = 35
"""The name of an event begins at its line up to here, in parts of a hundred, and ends there beyond."""

LINK = str(CellPlace(number=1))

Span = tuple[int, int]
"""The stage from which a place holds the value, and the one from which it does not."""


def last_had(cell: FocusedCell, without: LeaveOut) -> LastHad | None:
    """Return where the promised value was, and until when; None where nothing is missed."""
    if cell.kept or not cell.expected.options:
        return None
    wanted = cell.expected.options[-1].cell
    stages = cell.story.until(cell.focus.at).stages
    spans = _all_spans(cell, stages, wanted)
    if not spans:
        return None
    last = _places(stages[-1], cell.focus.field, wanted)
    # A value that was there when the session opened was lost in it, and not before.
    lost_in_it = _holds(spans.get(cell.focus.site, []), _opening(cell, stages))
    tried = rescue(cell, without, last, after=stages[-1] if lost_in_it else None)
    tone = cell.chip(wanted.value).tone
    return LastHad(
        value=spell(wanted.value),
        rows=tuple(
            BarRow(place=name, tone=tone, bars=tuple(_bar(cell, stages, span) for span in of))
            for name, of in spans.items()
        ),
        marks=tuple(_in_rows(_marks(cell, stages, spans))),
        says=_says(cell, stages, spans, last),
        rescue=tried[0],
        rescued=tried[1],
    )


def _opening(cell: FocusedCell, stages: Sequence[AccountStage]) -> int | None:
    """Return the stage at which the session opens, at whatever site; None if it does not."""
    opened = (at for at, each in enumerate(stages) if any(name == cell.focus.session for name, _ in each.control.open))
    return next(opened, None)


def _holds(spans: Sequence[Span], at: int | None) -> bool:
    return at is not None and any(first <= at < end for first, end in spans)


# -- where it was --------------------------------------------------------------------------------------------------


def _places(stage: AccountStage, field: str, wanted: Cell) -> tuple[CellPlace, ...]:
    """Return the places that hold the value, which was made where the promised one was."""
    made = wanted.origin not in (BASELINE, ANY_ORIGIN)
    return tuple(
        place
        for place, there in held(stage.lane, field).items()
        if typed(there.value) == typed(wanted.value) and (not made or there.origin == wanted.origin)
    )


def _all_spans(cell: FocusedCell, stages: Sequence[AccountStage], wanted: Cell) -> dict[str, list[Span]]:
    """Return when each place held the value, as spans of stages; sites first, then restore points, then the link."""
    names = [list(dict.fromkeys(map(str, _places(stage, cell.focus.field, wanted)))) for stage in stages]
    places = dict.fromkeys(name for there in names for name in there)
    sites = cell.story.model.sites
    # What only passes over the link is no place to have a value from; what is stuck there is.
    order = sorted(
        (p for p in places if p != LINK or p in names[-1]), key=lambda name: (name == LINK, name not in sites)
    )
    return {name: list(_spans([name in there for there in names])) for name in order}


def _spans(holds: Sequence[bool]) -> Iterator[Span]:
    start = None
    for at, there in enumerate(holds):
        if there and start is None:
            start = at
        elif not there and start is not None:
            yield start, at
            start = None
    if start is not None:
        yield start, len(holds)


def _bar(cell: FocusedCell, stages: Sequence[AccountStage], span: Span) -> Bar:
    first, end = span
    since = _when(cell, stages[first].event)
    until = f"until {_when(cell, stages[end].event)}" if end < len(stages) else "and still at the end"
    return Bar(start=_at(first, stages), width=_at(end, stages) - _at(first, stages), says=f"from {since} {until}")


def _at(stage: int, stages: Sequence[AccountStage]) -> float:
    return round(100 * stage / len(stages), 2)


def _when(cell: FocusedCell, event: Event | None) -> str:
    return f"event {event.n}, {short_clock(event.at, cell.evidence.book)}" if event else "the beginning"


def _marks(cell: FocusedCell, stages: Sequence[AccountStage], spans: dict[str, list[Span]]) -> Iterator[BarMark]:
    """Yield the events at which the value was lost at some place, and the opening of the session."""
    opening = _opening(cell, stages)
    ends = {end for of in spans.values() for _, end in of if end < len(stages)}
    for at in sorted(ends | ({opening} if opening else set())):
        event = stages[at].event
        if event:
            step = step_of(cell.story.model, stages[at - 1], event)
            says = f"{session_words(cell.focus.session)} opens" if at == opening else step.id if step else _act(event)
            tone = "" if at == opening else "bad"
            yield BarMark(
                at=_at(at, stages), says=shortened(says, MOST_WIDTH), tone=tone, ends=_at(at, stages) > FROM_THE_LEFT
            )


def _in_rows(found: Iterable[BarMark]) -> Iterator[BarMark]:
    """Yield marks with the rows of their names: the first one in which a name meets no other, on a narrow screen."""
    rows: list[float] = []
    for mark in found:
        wide = 100 * width_of(mark.says) / LEAST_WIDTH
        left, right = (mark.at - wide, mark.at) if mark.ends else (mark.at, mark.at + wide)
        row = next((number for number, end in enumerate(rows) if end < left), len(rows))
        rows[row : row + 1] = [right]
        yield attrs.evolve(mark, row=row)


def _act(event: Event) -> str:
    return str(getattr(event.action, "verb", event.actor))


def _says(
    cell: FocusedCell, stages: Sequence[AccountStage], spans: dict[str, list[Span]], last: tuple[CellPlace, ...]
) -> str:
    here, opening = spans.get(cell.focus.site, []), _opening(cell, stages)
    session, site = session_words(cell.focus.session), cell.focus.site
    had = f"When {session} opened, the {site} held the value. It" if _holds(here, opening) else "The value"
    gone = f" left the {site} with {_when(cell, stages[here[-1][1]].event)}" if _left(here, stages) else ""
    never = "" if here else f" never came to the {site}"
    where = ", ".join(dict.fromkeys(map(str, last)))
    after = f"it is still at: {where}" if last else "no place holds it"
    return f"{had}{gone or never or ' was lost'}; {_then(cell, stages, opening)}, {after}."


def _then(cell: FocusedCell, stages: Sequence[AccountStage], opening: int | None) -> str:
    """Say when it is that the value is missed: as the session opens, or at a later instant."""
    event = stages[opening].event if opening else None
    if event and event.at == cell.focus.at:
        return f"when {session_words(cell.focus.session)} opens"
    return f"after event {stages[-1].event.n}" if stages[-1].event else "from the beginning"


def _left(here: list[Span], stages: Sequence[AccountStage]) -> bool:
    return bool(here) and here[-1][1] < len(stages)
