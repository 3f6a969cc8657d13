"""A trace as JSON Lines: a versioned header, then one event a line. A trace that is written and read back is equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from dcsim import __version__
from dcsim.domain import actions
from dcsim.domain.actions import CLIENT_ACTIONS, Action, Commit, Request
from dcsim.harmless import from_json, to_json
from dcsim.trace.event import Event, Trace
from dcsim.trace.moves import EXAMPLES
from dcsim.trace.moves_json import write_histories, write_move, write_ruling

FORMAT = 2
"""The format that is written. Traces of the first are still read."""
ABOUT = ("practices", "accounts", "folded", "histories", "also")
"""What a header says of the accounts."""
_CONTROL = {
    "Deliver": actions.Deliver,
    "Tick": actions.Tick,
    "Operate": actions.Operate,
    "Down": actions.Down,
    "Up": actions.Up,
    "Disturb": actions.Disturb,
    "OperatorError": actions.Slip,  # the word of the first format
}
_NAMES = {cls: name for name, cls in _CONTROL.items()}
_NESTED = {"request": Request, "commit": Commit}


class TraceError(Exception):
    """A file that is no trace of this format; ``line`` is 1-based."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def write_action(action: Action) -> dict[str, Any]:
    """An action as data: its verb or type, and its fields that differ from their defaults."""
    cls: type = type(action)
    if isinstance(action, Request | Commit):
        nested = write_action(action.action)
        return {"do": cls.__name__.lower(), "by": action.by, "ticket": action.ticket, "action": nested}
    name = _NAMES.get(cls) or getattr(action, "verb", cls.__name__)
    fields = {a.name: getattr(action, a.name) for a in attrs.fields(cls) if getattr(action, a.name) != a.default}
    return {"do": name, **fields}


def read_action(data: Mapping[str, Any]) -> Action:
    """The action that ``write_action`` wrote. KeyError or TypeError if the data is no action."""
    fields = {key: value for key, value in data.items() if key != "do"}
    name = data["do"]
    if name in _NESTED:
        nested: Any = _NESTED[name]
        later: Action = nested(**fields | {"action": read_action(fields["action"])})
        return later
    cls: Any = CLIENT_ACTIONS.get(name) or _CONTROL[name]
    action: Action = cls(**fields)
    return action


def text_digest(text: str) -> str:
    """The digest of a source file's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def header(texts: Mapping[str, str], seed: int, trace: Trace) -> dict[str, Any]:
    """The first line: format, version, seed, and the full sources with their digests, so that no other file is needed
    for a replay.
    """
    return {
        "dcsim-trace": FORMAT,
        "version": __version__,
        "seed": seed,
        "digests": {name: text_digest(text) for name, text in texts.items()},
        "events": len(trace.events),
        "digest": trace.digest,
        **_whose(trace),
        "sources": dict(texts),
    }


def _whose(trace: Trace) -> dict[str, Any]:
    """What a header says of the accounts, with a digest: replay could not tell every edit of it from the events."""
    about = {
        "practices": trace.practices,
        "accounts": trace.accounts,
        "folded": trace.folded,
        "histories": write_histories(trace.histories),
        "also": list(trace.also),
    }
    return {**about, "about": about_digest(about)}


def about_digest(head: Mapping[str, Any]) -> str:
    """The digest of what a header says of the accounts."""
    return text_digest(to_json({key: head[key] for key in ABOUT}))


def write_event(event: Event, form: int = FORMAT) -> dict[str, Any]:
    """One event as data, in a format. What has no part in ``repr`` has none in digests and in the first format."""
    line = attrs.asdict(event, filter=lambda attribute, _: bool(attribute.repr))
    line["action"] = write_action(event.action)
    if form > 1:
        line |= {"step": event.step, "moves": [*map(write_move, event.moves)]}
        line["rules"] = [*map(write_ruling, event.rulings)]
    return line


def dump(texts: Mapping[str, str], seed: int, trace: Trace) -> Iterator[str]:
    """The lines of a trace file."""
    for line in (header(texts, seed, trace), *map(write_event, trace.events)):
        yield to_json(line, compact=True) + "\n"


def line_schema() -> dict[str, Any]:
    """The JSON Schema of a line of a trace file."""
    schema: dict[str, Any] = json.loads((Path(__file__).parent / "line.schema.json").read_text(encoding="utf-8"))
    return schema


def parse(text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The header and the events of a trace file. TraceError names a line that is not of the format."""
    # Not str.splitlines: it would also split at breaks that a source may hold, such as U+2028.
    lines = text.removesuffix("\n").split("\n")
    head, *events = [_object(number, line) for number, line in enumerate(lines, start=1)]
    _check_header(head)
    for number, event in enumerate(events, start=2):
        _check_event(number, event)
    return head, events


def edited_sources(head: Mapping[str, Any]) -> list[str]:
    """The names of the sources in a header whose text does not match its digest."""
    return [name for name, text in head["sources"].items() if text_digest(text) != head["digests"][name]]


def _object(number: int, line: str) -> dict[str, Any]:
    try:
        data = from_json(line)
    except ValueError as error:
        raise TraceError(number, f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise TraceError(number, f"expected an object, found {type(data).__name__}")
    return data


_FIRST: Mapping[str, type] = {
    "dcsim-trace": int,
    "version": str,
    "seed": int,
    "digests": dict,
    "events": int,
    "digest": str,
    "sources": dict,
}
_HEADERS: Mapping[int, Mapping[str, type]] = {
    1: _FIRST,
    2: {**_FIRST, "practices": bool, "accounts": int, "folded": bool, "histories": list, "also": list, "about": str},
}
"""The keys of a header and the types of their values, in each format."""


def _check_header(head: Mapping[str, Any]) -> None:
    form = head.get("dcsim-trace")
    if type(form) is not int or form not in _HEADERS:
        formats = " or ".join(map(str, _HEADERS))
        raise TraceError(1, f"expected a header with 'dcsim-trace': {formats}, found {to_json(form)}")
    keys = _HEADERS[form]
    for key, wanted in keys.items():
        if key not in head:
            raise TraceError(1, f"the header lacks {key!r}")
        # Not isinstance: to it, true would be an int.
        if type(head[key]) is not wanted:
            raise TraceError(1, f"the header's {key!r} is of type {type(head[key]).__name__}, not {wanted.__name__}")
    strange = sorted(set(head) - set(keys))
    if strange:
        raise TraceError(1, f"the header has the unknown key {strange[0]!r}")
    _check_sources(head["sources"], head["digests"])
    if form > 1:
        _check_histories(head)


def _check_histories(head: Mapping[str, Any]) -> None:
    for number, row in enumerate(head["histories"], start=1):
        if not _is_history(row):
            raise TraceError(1, f"the header's history {number} is none: it has other keys, or values of other types")
    if not all(isinstance(name, str) for name in head["also"]):
        raise TraceError(1, "the header's 'also' has something that is no text")


def _is_history(row: Any) -> bool:
    if not isinstance(row, dict) or set(row) != {"representative", "accounts", "examples", "events"}:
        return False
    accounts, named, events = row["accounts"], row["examples"], row["events"]
    counted = type(accounts) is int and accounts > 0 and isinstance(events, list)
    shown = isinstance(named, list) and all(isinstance(name, str) for name in named)
    return counted and shown and named[:1] == [row["representative"]] and len(named) == min(accounts, EXAMPLES)


# The years 1 to 9999, in milliseconds since the epoch, less a day at each end for timezones: datetime has no others.
_INSTANTS = range(-62_135_596_800_000 + 86_400_000, 253_402_300_800_000 - 86_400_000)


def _check_event(number: int, event: Mapping[str, Any]) -> None:
    """Check those parts of an event that a replay uses. The other parts are only compared, so they may be anything."""
    at, action = event.get("at"), event.get("action")
    if type(at) is not int or at not in _INSTANTS:
        raise TraceError(number, f"not an event: 'at' is no instant in milliseconds: {at!r}")
    if not isinstance(action, dict) or not isinstance(action.get("do"), str):
        raise TraceError(number, "not an event: 'action' is no object with a 'do' that is text")
    for key in ("actor", "account", "by", "outcome", "says"):
        if not isinstance(event.get(key, ""), str):
            raise TraceError(number, f"not an event: {key!r} is no text")


def _check_sources(sources: Mapping[str, Any], digests: Mapping[str, Any]) -> None:
    if set(sources) != set(digests):
        raise TraceError(1, "the header's 'sources' and 'digests' are not of the same files")
    for name, text in sources.items():
        if not isinstance(text, str):
            raise TraceError(1, f"the header's source {name!r} is no text")
        try:
            text.encode()  # JSON can hold lone surrogates, which UTF-8 cannot
        except UnicodeEncodeError:
            raise TraceError(1, f"the header's source {name!r} is no UTF-8 text") from None
