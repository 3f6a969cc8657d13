"""Progress of a campaign: one changing line on a terminal, or a new line every few seconds in a log."""

from __future__ import annotations

import time

from dcsim.cli import terminal
from dcsim.report.text import some
from dcsim.usecases.fuzz import Event, FuzzProgress, Retried

LOG_EVERY, SHOW_EVERY = 10, 0.2
"""Seconds between two lines in a log, and between two changes of the line on a terminal."""


class Heartbeat:
    """Prints the events of a campaign on stderr."""

    def __init__(self) -> None:
        self.started = self.shown = self.last = time.monotonic()

    def listen(self, event: Event) -> None:
        """Print an event. Progress arrives more often than it is printed."""
        if isinstance(event, FuzzProgress):
            self._progress(event, time.monotonic())
        elif isinstance(event, Retried):
            which = "" if event.batch is None else f"batch {event.batch}: "
            what = "what it had begun" if event.batch is None else "the batch"
            terminal.warn([f"dcsim: {which}{event.why}; {what} is run once more"])
        else:
            terminal.warn([f"{event.why}; it is tried again with the next finding, and at the end"])

    def _progress(self, event: FuzzProgress, now: float) -> None:
        if now - self.shown < SHOW_EVERY:
            return
        self.shown = now
        text = f"{some(event.examples, 'example')}, {some(event.broken, 'invariant')} broken, "
        text += f"{now - self.started:.0f} s"
        terminal.progress(text)
        if now - self.last >= LOG_EVERY:
            self.last = now
            terminal.heartbeat(text)
