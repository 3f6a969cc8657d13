"""Replay: a trace's actions once more through the pure step, to see whether the same comes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from dcsim.domain.actions import ClientAction, Commit, Deliver, Request
from dcsim.domain.scenario import Scenario
from dcsim.semantics.model import Model
from dcsim.semantics.table import NOBODY
from dcsim.trace.codec import TraceError, read_action
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster


@attrs.frozen
class Difference:
    """The first event at which a replay differs: what the trace says, what the replay says, and the likely cause."""

    event: int
    field: str
    recorded: str
    replayed: str
    cause: str


def replay(
    model: Model, scenario: Scenario, head: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
) -> Difference | None:
    """Re-execute a trace; None when every event comes out as recorded. TraceError for a line that is no event."""
    recorder = Recorder(model, Roster(scenario))
    for number, line in enumerate(events, start=1):
        try:
            _take(recorder, line)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise TraceError(number + 1, f"not an event of this trace: {error}") from None
        difference = _compare(number, line, recorder)
        if difference:
            return difference
    if len(events) != head["events"]:
        cause = "the file was cut short" if len(events) < head["events"] else "lines were added"
        return Difference(len(events) + 1, "events", str(head["events"]), str(len(events)), cause)
    return None


def _take(recorder: Recorder, line: Mapping[str, Any]) -> None:
    recorder.now = int(line["at"])
    action, actor = read_action(line["action"]), line["actor"]
    if isinstance(action, ClientAction | Request | Commit | Deliver):
        numbers = recorder.roster.numbers
        by = numbers(line["by"])[0] if line["by"] else NOBODY
        recorder.lane_action(actor, numbers(line["account"])[0], action, by)
    else:
        recorder.control_action(actor, action)


def _compare(number: int, line: Mapping[str, Any], recorder: Recorder) -> Difference | None:
    if len(recorder.events) < number:
        return Difference(
            number,
            "event",
            str(line["outcome"]),
            "a drain that waits",
            "the trace was edited, or steps are out of order",
        )
    event = recorder.events[number - 1]
    for field, cause in _CAUSES.items():
        replayed = getattr(event, field)
        if line.get(field) != replayed:
            return Difference(number, field, str(line.get(field)), str(replayed), cause)
    return None


_CAUSES = {
    "n": "lines are missing, doubled or out of order",
    "outcome": "the rules of the step have changed since, or the line was edited",
    "says": "the words of the step have changed since, or the line was edited",
    "position": "a commit before this event is missing or was added",
    "digest": "a value changed that the line does not show: another version, an edit, or unordered iteration",
}
