"""Ctrl-C, SIGTERM and SIGHUP ask a command to stop. It then ends regularly, with the results that it has so far."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from dcsim.cli.exit_codes import INTERRUPTED
from dcsim.files.atomic_write import drop_unfinished

BREAKS_OFF, EXITS = 3, 6
"""The number of the signal that is raised as an exception, and of the first one that ends the process at once."""


@attrs.define
class Asked:
    """How often the user asked to stop. 1: finish regularly. 2: stop at once."""

    times: int = 0

    def __call__(self) -> int:
        """Return how often."""
        return self.times

    def notice(self, *_: object) -> None:
        """Count a signal. Raise KeyboardInterrupt, once, when the command has not reacted to the first signals."""
        self.times += 1
        if self.times == BREAKS_OFF:
            raise KeyboardInterrupt
        if self.times >= EXITS:
            drop_unfinished()
            os._exit(INTERRUPTED)


@contextmanager
def asking() -> Iterator[Asked]:
    """In this context, signals ask the command to stop. Outside the main thread nothing changes: none arrive there.

    If a signal arrived, the command is about to end. Then later signals are ignored, so that they do not interrupt the
    end.
    """
    asked = Asked()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = {number: signal.signal(number, asked.notice) for number in _numbers()}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if asked() else handler)


def _numbers() -> Iterator[Any]:
    yield from (signal.SIGINT, signal.SIGTERM)
    # If the caller set SIGHUP to be ignored (nohup), it stays ignored.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        yield signal.SIGHUP
