"""Ctrl-C, SIGTERM and SIGHUP ask a command to end, and it ends in good order with what it has until then."""

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
"""The signal that breaks off whatever is being done, and the first of those that end the process there and then."""


@attrs.define
class Asked:
    """How often an end was asked for: 1 ends in good order, 2 at once."""

    times: int = 0

    def __call__(self) -> int:
        """How often."""
        return self.times

    def notice(self, *_: object) -> None:
        """A signal has come. KeyboardInterrupt, once, when asking has been of no use."""
        self.times += 1
        if self.times == BREAKS_OFF:
            raise KeyboardInterrupt
        if self.times >= EXITS:
            drop_unfinished()
            os._exit(INTERRUPTED)


@contextmanager
def asking() -> Iterator[Asked]:
    """Signals ask for an end in here. Outside the main thread, where none arrive, nothing changes.

    After one has come the command is about to end, and no further one breaks that off.
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
    # Where a terminal's end is ignored (nohup), it stays so.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        yield signal.SIGHUP
