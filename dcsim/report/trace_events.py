"""The parts of the trace event format, which Perfetto and chrome://tracing read: tracks, slices, flows, counters. Pure.

Processes have threads, and each thread is a track. Times are microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

TraceEvent = dict[str, Any]
ORDER = {"M": 0, "X": 1, "i": 2, "C": 3, "s": 4, "t": 4, "f": 4}
"""At one instant, in this order: an arrow is bound to the slice that was begun before it."""


_FIRST = 1001


@attrs.frozen
class EventTrack:
    """A thread of a process."""

    pid: int
    tid: int


@attrs.frozen
class Slice:
    """Where a slice begins: arrows are bound to it."""

    track: EventTrack
    ts: int


@attrs.define
class Canvas:
    """Collects the events of a trace. Processes and tracks are made when they are first named, and keep that order."""

    processes: dict[str, int] = attrs.field(factory=dict)
    tracks: dict[tuple[int, str], EventTrack] = attrs.field(factory=dict)
    events: list[TraceEvent] = attrs.field(factory=list)
    arrows: int = 0

    def process(self, name: str) -> int:
        """Return the number of a process."""
        if name not in self.processes:
            pid = self.processes[name] = len(self.processes) + 1
            self._name("process", pid, 0, name, pid)
        return self.processes[name]

    def track(self, process: str, name: str) -> EventTrack:
        """Return a track of a process."""
        pid = self.process(process)
        if (pid, name) not in self.tracks:
            # Not a number that a process has: Perfetto would take the track for the process's main thread.
            tid = _FIRST + len(self.tracks)
            self.tracks[pid, name] = EventTrack(pid, tid)
            self._name("thread", pid, tid, name, tid)
        return self.tracks[pid, name]

    def slice(self, track: EventTrack, category: str, name: str, ts: int, until: int, **args: Any) -> Slice:
        """Draw a slice from one time until another."""
        self._add("X", track, category, name, ts, dur=until - ts, args=_given(args))
        return Slice(track, ts)

    def mark(self, track: EventTrack, category: str, name: str, ts: int, **args: Any) -> None:
        """Draw a mark across all tracks."""
        self._add("i", track, category, name, ts, s="g", args=_given(args))

    def count(self, process: str, name: str, ts: int, values: Mapping[str, int]) -> None:
        """Set a counter of a process."""
        self._add("C", EventTrack(self.process(process), 0), "counter", name, ts, args=dict(values))

    def arrow(self, category: str, name: str, through: Sequence[Slice], **args: Any) -> None:
        """Draw an arrow through some slices, in order of time."""
        self.arrows += 1
        for number, slice_ in enumerate(through):
            phase = "s" if number == 0 else "f" if number == len(through) - 1 else "t"
            ends: dict[str, dict[str, Any]] = {"s": {"args": _given(args)}, "f": {"bp": "e"}}
            self._add(phase, slice_.track, category, name, slice_.ts, id=self.arrows, **ends.get(phase, {}))

    def written(self) -> Iterator[TraceEvent]:
        """Yield the events in order of time. Of slices that begin together, the longer one is outside."""
        yield from sorted(self.events, key=lambda e: (e["ts"], ORDER[e["ph"]], -e.get("dur", 0)))

    def _name(self, what: str, pid: int, tid: int, name: str, order: int) -> None:
        track = EventTrack(pid, tid)
        self._add("M", track, "__metadata", f"{what}_name", 0, args={"name": name})
        self._add("M", track, "__metadata", f"{what}_sort_index", 0, args={"sort_index": order})

    def _add(self, phase: str, track: EventTrack, category: str, name: str, ts: int, **more: Any) -> None:
        head = {"ph": phase, "pid": track.pid, "tid": track.tid, "cat": category, "name": name, "ts": ts}
        self.events.append(head | more)


def _given(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that say something. A name ends with an underscore where Python has that word."""
    return {key.rstrip("_"): value for key, value in args.items() if value not in ("", None, (), [], {})}
