"""Until when the right value could still be had: which places held it, until which event, and what could still be done.

What could be done is tried: steps that bring the value back from a place that still holds it are added to the runbook
before the session opens, and the scenario is run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from dcsim.domain.account import BASELINE, Cell, typed
from dcsim.domain.moment import Moment
from dcsim.domain.runbook import Copy, Flashback, Open, Runbook, Step
from dcsim.report.pages.change import Bar, BarMark, BarRow, LastHad
from dcsim.report.text import some
from dcsim.semantics.intent import ANY_ORIGIN
from dcsim.semantics.invariant_registry import spell
from dcsim.trace.event import Event
from dcsim.trace.lineage import AccountStage, step_of
from dcsim.trace.places import CellPlace, held
from dcsim.usecases.mutate import runbook_errors
from dcsim.usecases.run_page.causes import short_clock
from dcsim.usecases.run_page.focused import FocusedCell
from dcsim.usecases.run_page.leave_out import LeaveOut, LeftOut, played
from dcsim.usecases.run_page.sentences import session_words

BEFORE = 60 * 60_000
"""How long before the session the steps are added that are to bring the value back, in milliseconds."""
MARK_ROWS = 3
"""In so many rows the names of events stand below the bars, so that neighbours do not cover each other."""

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
    rescue = _rescue(cell, without, last)
    tone = cell.chip(wanted.value).tone
    return LastHad(
        value=spell(wanted.value),
        rows=tuple(
            BarRow(place=name, tone=tone, bars=tuple(_bar(cell, stages, span) for span in of))
            for name, of in spans.items()
        ),
        marks=tuple(_marks(cell, stages, spans)),
        says=_says(cell, stages, spans, last),
        rescue=rescue[0],
        rescued=rescue[1],
    )


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
    """Yield the events at which the value was lost at some place, and last the opening of the session."""
    ends = sorted({end for of in spans.values() for _, end in of if end < len(stages) - 1} | {len(stages) - 1})
    for number, at in enumerate(ends):
        event, opening = stages[at].event, at == len(stages) - 1
        if event:
            step = step_of(cell.story.model, stages[at - 1], event)
            says = f"{session_words(cell.focus.session)} opens" if opening else step.id if step else _act(event)
            yield BarMark(at=_at(at, stages), says=says, tone="" if opening else "bad", row=number % MARK_ROWS)


def _act(event: Event) -> str:
    return str(getattr(event.action, "verb", event.actor))


def _says(
    cell: FocusedCell, stages: Sequence[AccountStage], spans: dict[str, list[Span]], last: tuple[CellPlace, ...]
) -> str:
    here = spans.get(cell.focus.site, [])
    gone = f" left the {cell.focus.site} with {_when(cell, stages[here[-1][1]].event)}" if _left(here, stages) else ""
    never = "" if here else f" never came to the {cell.focus.site}"
    where = ", ".join(dict.fromkeys(map(str, last)))
    after = f"it is still at: {where}" if last else "no place holds it"
    return f"The value{gone or never or ' was lost'}; when {session_words(cell.focus.session)} opens, {after}."


def _left(here: list[Span], stages: Sequence[AccountStage]) -> bool:
    return bool(here) and here[-1][1] < len(stages)


# -- what could still be done --------------------------------------------------------------------------------------


def _rescue(cell: FocusedCell, without: LeaveOut, last: tuple[CellPlace, ...]) -> tuple[str, bool]:
    """Try to bring the value back from each place that still holds it. Say what was tried, and whether it mends."""
    if without.not_tried:
        return f"Whether it could be brought back was not tried: {without.not_tried}.", False
    tried = [(way, _played(cell, without, way)) for place in last for way in _ways(cell, place)]
    ran = [(way, run) for way, run in tried if run]
    if not ran:
        return "No place from which a step could bring it back held it then." if not tried else "", False
    way, run = next(((way, run) for way, run in ran if without.mended(run)), ran[0])
    steps = ", then ".join(map(_words, way))
    head = f"Added before {session_words(cell.focus.session)} opens: {steps}."
    if without.mended(run):
        return f"{head} Run like that, {'the run passes' if without.fails else 'nothing is broken'}.", True
    still = ", ".join(run.broken) or f"{some(run.unmet, 'expectation')} not met"
    return f"{head} Run like that, it still fails: {still}.", False


def _ways(cell: FocusedCell, place: CellPlace) -> Iterator[tuple[Step, ...]]:
    """Yield the steps that would bring a value from a place to the site that serves the session."""
    site, when = cell.focus.site, Moment(session=cell.focus.session, edge="opens", offset=-BEFORE)
    back = Flashback(at=when, site=place.site, to=place.name)
    over = Copy(at=when, source=place.site, target=site)
    if place.name:
        yield (back,) if place.site == site else (back, over)
    elif place.site and place.site != site:
        yield (over,)


def _played(cell: FocusedCell, without: LeaveOut, way: tuple[Step, ...]) -> LeftOut | None:
    """Run the scenario with steps added before the one that opens the session; None where that cannot be written."""
    case = without.case
    opening = next((i for i, s in enumerate(case.runbook.steps) if _opens(s, cell.focus.session)), None)
    if opening is None:
        return None
    named = tuple(attrs.evolve(s, id=_fresh(case.runbook, f"added-{n}")) for n, s in enumerate(way, start=1))
    due = case.runbook.steps[opening].at
    for steps in (named, tuple(attrs.evolve(step, at=due) for step in named)):
        book = attrs.evolve(case.runbook, steps=(*case.runbook.steps[:opening], *steps, *case.runbook.steps[opening:]))
        if not runbook_errors(book, case.rulebook):
            return played(attrs.evolve(case, runbook=book), without.options, "step", "")
    return None


def _opens(step: Step, session: str) -> bool:
    return isinstance(step, Open) and step.session == session


def _fresh(runbook: Runbook, name: str) -> str:
    while name in runbook.by_id:
        name += "-again"
    return name


def _words(step: Step) -> str:
    if isinstance(step, Flashback):
        return f"flash the {step.site} back to {step.to}"
    assert isinstance(step, Copy)
    return f"copy the {step.source} over the {step.target}"
