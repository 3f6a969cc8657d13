"""Replay: take a trace's actions once more through the pure step, and compare the results with the trace."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import attrs

from dcsim.domain.actions import ClientAction, Commit, Deliver, Request
from dcsim.domain.scenario import Scenario
from dcsim.semantics.interning import NOBODY
from dcsim.semantics.model import Model
from dcsim.trace.event import SharedHistory
from dcsim.trace.histories import with_events
from dcsim.trace.jsonl import FORMAT, TraceError, about_digest, read_action, write_event
from dcsim.trace.moves_json import write_histories
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster


@attrs.frozen
class Divergence:
    """The first difference between a trace and its replay, and the likely cause. Event 0 stands for the header."""

    event: int
    field: str
    recorded: str
    replayed: str
    cause: str


def replay(
    model: Model, scenario: Scenario, head: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
) -> Divergence | None:
    """Take a trace's actions again. None if every result is as recorded. TraceError for a line that is no event."""
    recorder = _recorder(model, scenario, head)
    for number, line in enumerate(events, start=1):
        try:
            _take(recorder, line)
            difference = _compare(number, line, recorder, head.get("dcsim-trace", FORMAT))
        except _NO_EVENT as error:
            raise TraceError(number + 1, f"not an event of this trace: {error!r}") from None
        if difference:
            return difference
    if len(events) != head["events"]:
        cause = "the file was cut short" if len(events) < head["events"] else "lines were added"
        return Divergence(len(events) + 1, "events", str(head["events"]), str(len(events)), cause)
    if head["digest"] != recorder.digest:
        return Divergence(0, "digest", head["digest"], recorder.digest, "the header was edited")
    return _compare_histories(head, recorder)


def _recorder(model: Model, scenario: Scenario, head: Mapping[str, Any]) -> Recorder:
    """The world in which a trace is replayed: of a folded one, only the accounts that it keeps count."""
    roster = Roster(scenario)
    if not head.get("folded"):
        return Recorder(model, roster, recounting="histories" in head)
    stand_for = {row["representative"]: row["accounts"] for row in head["histories"]}
    try:
        numbers = {roster.numbers(name)[0]: name for name in (*stand_for, *head["also"])}
        for row in head["histories"]:
            all(roster.numbers(name) for name in row["examples"])
    except LookupError as error:
        raise TraceError(1, f"the header names an account that there is not: {error}") from None
    weights = {number: stand_for.get(numbers[number], 0) for number in sorted(numbers)}
    return Recorder(model, roster, watch=frozenset(weights), weights=weights)


def _compare_histories(head: Mapping[str, Any], recorder: Recorder) -> Divergence | None:
    """Compare the accounts and histories of a header with those of the events.

    A folded trace does not show who else shares a history. Of this, replay compares the number of all accounts, and
    the header's digest.
    """
    if "histories" not in head:
        return None
    roster, found = recorder.roster, recorder.histories
    shared = found.shared(roster.name) if found else tuple(map(_history, head["histories"]))
    histories = write_histories(with_events(shared, recorder.events))
    replayed = {"accounts": roster.size, "histories": histories, "also": head["also"] if head["folded"] else []}
    for key, value in replayed.items():
        if head[key] != value:
            return Divergence(0, key, *_first_unlike(head[key], value), "the header was edited")
    counted = sum(history.accounts for history in shared)
    if counted != roster.size:
        return Divergence(0, "histories", f"{counted} accounts", f"{roster.size} accounts", "the header was edited")
    about = about_digest(head)
    return None if head["about"] == about else Divergence(0, "about", head["about"], about, "the header was edited")


def _history(row: Mapping[str, Any]) -> SharedHistory:
    return SharedHistory(accounts=row["accounts"], examples=tuple(row["examples"]))


def _first_unlike(recorded: Any, replayed: Any) -> tuple[str, str]:
    """The first items in which two lists differ, as text; or all of both."""
    if not isinstance(recorded, list):
        return str(recorded), str(replayed)
    one, other = next(pair for pair in zip_longest(recorded, replayed) if pair[0] != pair[1])
    return json.dumps(one, ensure_ascii=False), json.dumps(other, ensure_ascii=False)


# What a hand-made line may raise, anywhere between its parts and the step that takes it.
_NO_EVENT = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError)


def _take(recorder: Recorder, line: Mapping[str, Any]) -> None:
    at = line["at"]
    if type(at) is not int:
        raise TypeError(f"'at' is no whole number: {at!r}")
    recorder.now = at
    action, actor = read_action(line["action"]), line["actor"]
    if isinstance(action, ClientAction | Request | Commit | Deliver):
        numbers = recorder.roster.numbers
        by = numbers(line["by"])[0] if line["by"] else NOBODY
        recorder.lane_action(actor, numbers(line["account"])[0], action, by)
    else:
        recorder.control_action(actor, action)


def _compare(number: int, line: Mapping[str, Any], recorder: Recorder, form: int) -> Divergence | None:
    # A drain that waits makes no event, so a recorded line of one cannot come from a run.
    if len(recorder.events) < number:
        cause = "the trace was edited, or steps are out of order"
        return Divergence(number, "event", str(line.get("outcome")), "a drain that waits", cause)
    replayed = json.loads(json.dumps(write_event(recorder.events[number - 1], form)))
    for key in sorted({**replayed, **line}, key=_by_weight):
        if _as_text(line, key) != _as_text(replayed, key):
            cause = _CAUSES.get(key, "the line was edited")
            return Divergence(number, key, _shown(line, key), _shown(replayed, key), cause)
    return None


def _as_text(line: Mapping[str, Any], key: str) -> str | None:
    """A line's value as JSON, in which 1 differs from true; None if the line lacks the key, which differs from null."""
    return json.dumps(line[key], sort_keys=True) if key in line else None


def _shown(line: Mapping[str, Any], key: str) -> str:
    value = line.get(key, "nothing")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _by_weight(key: str) -> tuple[bool, int, str]:
    """A sort key: what explains most comes first. The digest comes last, because every difference changes it."""
    order = list(_CAUSES)
    return (key == "digest", order.index(key) if key in order else len(order), key)


_CAUSES = {
    "n": "lines are missing, doubled or out of order",
    "outcome": "the rules of the step have changed since, or the line was edited",
    "says": "the words of the step have changed since, or the line was edited",
    "position": "a commit before this event is missing or was added",
    "moves": "an event moves something else now, or the line was edited",
    "rules": "the rules decide otherwise now, or the line was edited",
    "digest": "a value changed that the line does not show: another version, an edit, or unordered iteration",
}
