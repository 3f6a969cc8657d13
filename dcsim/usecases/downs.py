"""What was down when: told from the events of a run, for the explanations of what did not come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs

from dcsim.domain.account import Cell
from dcsim.domain.actions import LINK, Down, Up
from dcsim.domain.moment import clock
from dcsim.domain.world import Control
from dcsim.semantics.down import missing
from dcsim.semantics.model import Model
from dcsim.trace.event import Event
from dcsim.trace.lineage import AccountStage
from dcsim.trace.places import held


@attrs.frozen
class TimeDown:
    """A site, or the link, was down from one event until another (None: until the end)."""

    what: str
    start: Event
    end: Event | None

    def covers(self, event: Event) -> bool:
        """Whether an event falls into it."""
        return self.start.n <= event.n and (self.end is None or event.n < self.end.n)

    def words(self, model: Model) -> str:
        """Say it in words."""
        what = "the link" if self.what == LINK else self.what
        until = f"until {clock(self.end.at, model.rulebook)}" if self.end else "and was still down"
        return f"{what} was down from {clock(self.start.at, model.rulebook)} (event {self.start.n}) {until}"


def down_times(events: Iterable[Event]) -> Iterator[TimeDown]:
    """Yield what was down, in order of its beginning."""
    kept = [event for event in events if isinstance(event.action, Down | Up)]
    for number, event in enumerate(kept):
        if isinstance(event.action, Down):
            up = Up(event.action.what)
            yield TimeDown(event.action.what, event, next((e for e in kept[number:] if e.action == up), None))


def held_up(stages: Sequence[AccountStage], field: str, cell: Cell) -> tuple[TimeDown, ...]:
    """Return what was down while redo with a cell was on its way."""
    on_its_way = [
        stage.event
        for stage in stages
        if stage.event and any(there == cell and place.number for place, there in held(stage.lane, field).items())
    ]
    spans = down_times(stage.event for stage in stages if stage.event)
    return tuple(span for span in spans if any(map(span.covers, on_its_way)))


def waiting_step(model: Model, control: Control) -> str:
    """Say which step waits for what is down; empty if none does."""
    step = model.step(control.todo[0]) if control.todo else None
    gone = missing(control, step) if step else ()
    return f"step {step.id} waits for {' and '.join(gone)}, which is down" if step and gone else ""
