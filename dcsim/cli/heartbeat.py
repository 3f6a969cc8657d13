"""Progress of a campaign: a passing line on a terminal; elsewhere a plain line now and then, for a log."""

from __future__ import annotations

import time

from dcsim.cli import terminal
from dcsim.report.text import some
from dcsim.usecases.fuzz import Event, FuzzProgress, Retried

BEAT, GLANCE = 10, 0.2
"""Seconds between two lines in a log, and between two changes of the line on a terminal."""


class Heartbeat:
    """Says on stderr what happens in a campaign."""

    def __init__(self) -> None:
        self.started = self.shown = self.last = time.monotonic()

    def listen(self, event: Event) -> None:
        """Say what happened; progress is told more often than it is said."""
        if isinstance(event, FuzzProgress):
            self._progress(event, time.monotonic())
        elif isinstance(event, Retried):
            terminal.warn([f"dcsim: batch {event.batch}: {event.why}; the batch is run once more"])
        else:
            terminal.warn([f"{event.why}; it is tried again with the next finding, and at the end"])

    def _progress(self, event: FuzzProgress, now: float) -> None:
        if now - self.shown < GLANCE:
            return
        self.shown = now
        text = f"{some(event.examples, 'example')}, {some(event.broken, 'invariant')} broken, "
        text += f"{now - self.started:.0f} s"
        terminal.progress(text)
        if now - self.last >= BEAT:
            self.last = now
            terminal.heartbeat(text)
