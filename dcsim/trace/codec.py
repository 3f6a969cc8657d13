"""A trace as JSON Lines: a versioned header, then one event a line. What is written reads back equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from dcsim import __version__
from dcsim.domain import actions
from dcsim.domain.actions import CLIENT_ACTIONS, Action, Commit, Request
from dcsim.trace.event import Event, Trace

FORMAT = 1
_CONTROL = {cls.__name__: cls for cls in (actions.Deliver, actions.Tick, actions.Operate, actions.OperatorError)}
_NESTED = {"request": Request, "commit": Commit}


class TraceError(Exception):
    """A file that is no trace of this format; ``line`` is 1-based."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def write_action(action: Action) -> dict[str, Any]:
    """An action as data: its verb or type, and its fields that differ from their defaults."""
    if isinstance(action, Request | Commit):
        return {"do": type(action).__name__.lower(), "by": action.by, "action": write_action(action.action)}
    name = getattr(action, "verb", type(action).__name__)
    fields = {
        a.name: getattr(action, a.name) for a in attrs.fields(type(action)) if getattr(action, a.name) != a.default
    }
    return {"do": name, **fields}


def read_action(data: Mapping[str, Any]) -> Action:
    """The action that ``write_action`` wrote. KeyError or TypeError when it is none."""
    fields = {key: value for key, value in data.items() if key != "do"}
    name = data["do"]
    if name in _NESTED:
        nested: Any = _NESTED[name]
        later: Action = nested(action=read_action(fields["action"]), by=fields["by"])
        return later
    cls: Any = CLIENT_ACTIONS.get(name) or _CONTROL[name]
    action: Action = cls(**fields)
    return action


def text_digest(text: str) -> str:
    """The digest of a source file's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def header(texts: Mapping[str, str], seed: int, trace: Trace) -> dict[str, Any]:
    """The first line: format, version, seed, and the sources in full with digests, so that a trace stands alone."""
    return {
        "dcsim-trace": FORMAT,
        "version": __version__,
        "seed": seed,
        "digests": {name: text_digest(text) for name, text in texts.items()},
        "events": len(trace.events),
        "digest": trace.digest,
        "sources": dict(texts),
    }


def write_event(event: Event) -> dict[str, Any]:
    """One event as data."""
    line = attrs.asdict(event)
    line["action"] = write_action(event.action)
    return line


def dump(texts: Mapping[str, str], seed: int, trace: Trace) -> Iterator[str]:
    """The lines of a trace file."""
    for line in (header(texts, seed, trace), *map(write_event, trace.events)):
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def parse(lines: list[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Header and events of a trace file; TraceError with the line that is not of the format."""
    read = []
    for number, line in enumerate(lines, start=1):
        try:
            data = json.loads(line)
        except ValueError as error:
            raise TraceError(number, f"not JSON: {error}") from None
        if not isinstance(data, dict):
            raise TraceError(number, f"expected an object, found {type(data).__name__}")
        read.append(data)
    if not read or read[0].get("dcsim-trace") != FORMAT:
        raise TraceError(1, f"expected a header with 'dcsim-trace': {FORMAT}")
    for key in ("version", "seed", "digests", "sources", "events"):
        if key not in read[0]:
            raise TraceError(1, f"the header lacks {key!r}")
    return read[0], read[1:]
