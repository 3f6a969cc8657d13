"""Retake: take the events of a trace once more, to see the world between them. Replay compares; this only looks."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.domain.actions import ClientAction, Commit, Deliver, Request
from dcsim.domain.scenario import Scenario
from dcsim.semantics.interning import NOBODY
from dcsim.semantics.model import Model
from dcsim.trace.event import Event, Trace
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster


def retake(model: Model, scenario: Scenario, trace: Trace) -> Iterator[tuple[Event | None, Recorder]]:
    """Yield the world at the beginning (None), and after each event: one recorder, which goes on.

    ValueError if the events have other results under this model. Of a folded trace, only the accounts that it keeps are
    in the world.
    """
    recorder = _begun(model, scenario, trace)
    recorder.now = trace.events[0].at if trace.events else 0
    yield None, recorder
    for event in trace.events:
        _take(recorder, event)
        if not recorder.events or recorder.events[-1].digest != event.digest:
            raise ValueError(f"event {event.n} has another result under this model")
        yield event, recorder


def retaken(model: Model, scenario: Scenario, trace: Trace) -> Recorder:
    """Return the world after all events of a trace, with what each account went through."""
    world = [recorder for _, recorder in retake(model, scenario, trace)]
    return world[-1]


def _begun(model: Model, scenario: Scenario, trace: Trace) -> Recorder:
    roster = Roster(scenario)
    if not trace.folded:
        return Recorder(model, roster)
    weights = {roster.numbers(name)[0]: 0 for name in trace.also}
    weights |= {roster.numbers(each.representative)[0]: each.accounts for each in trace.histories}
    # In order of account, because the first accounts that an event moves are its examples.
    return Recorder(model, roster, watch=frozenset(weights), weights=dict(sorted(weights.items())))


def _take(recorder: Recorder, event: Event) -> None:
    recorder.now = event.at
    if isinstance(event.action, ClientAction | Request | Commit | Deliver):
        numbers = recorder.roster.numbers
        by = numbers(event.by)[0] if event.by else NOBODY
        recorder.lane_action(event.actor, numbers(event.account)[0], event.action, by)
    else:
        recorder.control_action(event.actor, event.action)
