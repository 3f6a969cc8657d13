"""Ctrl-C and SIGTERM, noticed rather than raised: a batch ends in good order, and what was found is kept."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Interruption:
    """Whether someone wants an end. ``patience``: how many signals are only noticed; the next one is raised."""

    def __init__(self) -> None:
        self.times, self.patience = 0, math.inf

    def __call__(self) -> bool:
        """Whether a signal has come."""
        return self.times > 0

    def notice(self, *_: object) -> None:
        """A signal has come. KeyboardInterrupt when patience is at its end."""
        self.times += 1
        if self.times > self.patience:
            raise KeyboardInterrupt

    @contextmanager
    def patient(self, times: float) -> Iterator[None]:
        """Notice so many signals in here; what more of them breaks off is given up."""
        before, self.patience = self.patience, times
        try:
            with suppress(KeyboardInterrupt):
                yield
        finally:
            self.patience = before


@contextmanager
def noticed() -> Iterator[Interruption]:
    """Signals are noticed in here. Outside the main thread, where none arrive, nothing changes.

    Once one was noticed the process is about to end, and no other shall break that off.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = {number: signal.signal(number, interruption.notice) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if interruption() else handler)


def deaf() -> None:
    """For a worker process: Ctrl-C is the parent's business, and SIGTERM ends the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
