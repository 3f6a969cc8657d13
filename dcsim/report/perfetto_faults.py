"""What faults in time look like in Perfetto: what is down, what is slow, and which steps waited. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcsim.domain.actions import Up
from dcsim.domain.faults import SlowLink, lag_in_words
from dcsim.domain.moment import instant
from dcsim.domain.runbook import Step
from dcsim.domain.scenario import Scenario
from dcsim.domain.world import Control
from dcsim.semantics.down import missing
from dcsim.semantics.model import Model
from dcsim.trace.event import Event


def downs(controls: Sequence[Control]) -> Iterator[tuple[str, list[str]]]:
    """Yield what is ever down, with what its track says under each control."""
    for what in sorted({what for control in controls for what in control.down}):
        yield what, [f"{what} is down" if what in control.down else "" for control in controls]


def lags(model: Model, scenario: Scenario) -> Iterator[tuple[str, int, int]]:
    """Yield each lag that stands in place of the link's own: in words, from which instant, and until which."""
    for fault in scenario.faults:
        if isinstance(fault, SlowLink):
            begins, ends = (instant(edge, model.rulebook) for edge in (fault.from_, fault.until))
            yield f"lag {lag_in_words(fault)}", begins, ends


def waited(events: Sequence[Event], controls: Sequence[Control], event: Event, step: Step) -> bool:
    """Whether a step waited for a site: one that it needs was down until the instant at which it was taken."""
    back = (e for e in reversed(events[: event.n - 1]) if e.at < event.at or isinstance(e.action, Up))
    last = next(back, None)
    return last is not None and last.at == event.at and bool(missing(controls[last.n - 1], step))
