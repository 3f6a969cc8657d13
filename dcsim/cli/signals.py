"""Ctrl-C and the other signals that ask for an end: told once, then obeyed at once, with an exit code and no traceback.

Imports next to nothing, for it listens while everything else is imported.
"""

from __future__ import annotations

import os
import signal
import sys

from dcsim.cli.exit_codes import INTERRUPTED

_NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class _End:
    """Whether someone wants an end, and the exit code once it is known."""

    wanted = False
    code: int | None = None


def at_once() -> None:
    """From here on a signal ends the process: nothing was begun yet."""
    _handle(_leave)


def listen() -> None:
    """From here on the first signal is raised as a KeyboardInterrupt."""
    _End.wanted, _End.code = False, None
    _handle(_stop)
    sys.unraisablehook = _unraisable


def wanted() -> bool:
    """Whether a signal has come."""
    return _End.wanted


def ended(code: int) -> None:
    """The verdict is known: a signal that comes now ends the process with it."""
    _End.code = code


def ignored() -> None:
    """For the very end, where Python takes its handlers away: a signal would end the process without the exit code."""
    for number in _NUMBERS:
        if signal.getsignal(number) is _stop:
            signal.signal(number, signal.SIG_IGN)


def _handle(handler: signal._HANDLER) -> None:
    """Handle each of the signals, unless it was to be ignored, as `nohup` asks for."""
    for number in _NUMBERS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _leave):
            try:
                signal.signal(number, handler)
            except ValueError:
                return  # not the main thread, where no signal arrives


def _stop(*_: object) -> None:
    """The first signal is raised; the next ends the process there and then, also while it is ending by itself."""
    if _End.wanted or _End.code is not None:
        _leave()
    _End.wanted = True
    raise KeyboardInterrupt


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Where an interruption cannot be raised, such as in a callback of Python's own, it is not lost either."""
    if isinstance(lost.exc_value, KeyboardInterrupt):
        os.write(2, b"dcsim: interrupted\n")
        _leave()
    sys.__unraisablehook__(lost)


def _leave(*_: object) -> None:
    saving = sys.modules.get("dcsim.files.atomic_write")
    if saving is not None:
        saving.drop_unfinished()
    os._exit(INTERRUPTED if _End.code is None else _End.code)
