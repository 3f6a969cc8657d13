"""Progress of runs: one changing line on a terminal. A long run says how fast it is, and how long it still takes."""

from __future__ import annotations

import time

from dcsim.cli import terminal
from dcsim.usecases.request import Progress

LOG_EVERY = 10
"""Seconds between two lines in a log."""


class RunProgress:
    """Prints on stderr how far runs are."""

    def __init__(self) -> None:
        self.began = self.logged = time.monotonic()

    def listen(self, progress: Progress) -> None:
        """Print a report of progress. One without a unit is the beginning of a run."""
        now = time.monotonic()
        if not progress.unit:
            self.began = now
            terminal.progress(f"{progress.done}/{progress.of} {progress.doing}")
            return
        text = paced(progress, now - self.began)
        terminal.progress(text)
        if now - self.logged >= LOG_EVERY:
            self.logged = now
            terminal.heartbeat(text)


def paced(progress: Progress, seconds: float) -> str:
    """Say how far something is after some seconds, how fast it goes, and how long it still takes at this pace."""
    text = f"{progress.doing}: {progress.done:,} of {progress.of:,} {progress.unit}"
    rate = progress.done / seconds if seconds else 0
    # The first hundredth is no measure of the rest.
    if rate and progress.done * 100 >= progress.of:
        text += f", {rate:,.0f} a second, {(progress.of - progress.done) / rate:.0f} s left"
    return text
