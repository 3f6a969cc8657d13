"""Handle Ctrl-C and the other signals that ask the process to end: with an exit code, and without a traceback.

The first signal is raised as an exception, the second ends the process at once. This module imports very little,
because it handles signals while everything else is imported.
"""

from __future__ import annotations

import os
import signal
import sys

from dcsim.cli.exit_codes import INTERRUPTED

_NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class _End:
    """Whether a signal has arrived, and the exit code once it is known."""

    wanted = False
    code: int | None = None


def at_once() -> None:
    """From now on a signal ends the process at once, for nothing has begun yet."""
    _handle(_leave)


def listen() -> None:
    """From now on the first signal is raised as a KeyboardInterrupt."""
    _End.wanted, _End.code = False, None
    _handle(_stop)
    sys.unraisablehook = _unraisable


def wanted() -> bool:
    """Whether a signal has arrived."""
    return _End.wanted


def ended(code: int) -> None:
    """Record the exit code. A signal that arrives later ends the process with this code."""
    _End.code = code


def ignored() -> None:
    """Ignore signals at the end of the process.

    Python removes its handlers then, and a signal would end the process without the exit code.
    """
    for number in _NUMBERS:
        if signal.getsignal(number) is _stop:
            signal.signal(number, signal.SIG_IGN)


def _handle(handler: signal._HANDLER) -> None:
    """Set the handler of each signal, except where the caller set it to be ignored, as `nohup` does."""
    for number in _NUMBERS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _leave):
            try:
                signal.signal(number, handler)
            except ValueError:
                return  # signals arrive only in the main thread, and only there may a handler be set


def _stop(*_: object) -> None:
    """Raise the first signal. The next one ends the process at once, and so does one after the exit code is known."""
    if _End.wanted or _End.code is not None:
        _leave()
    _End.wanted = True
    raise KeyboardInterrupt


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """End the process where an interruption could not be raised, such as in a callback of Python itself.

    Python would print it and continue.
    """
    if isinstance(lost.exc_value, KeyboardInterrupt):
        os.write(2, b"dcsim: interrupted\n")
        _leave()
    sys.__unraisablehook__(lost)


def _leave(*_: object) -> None:
    """End the process at once, without half-written files."""
    # Nothing may be imported here. If the module was not imported, no file was begun.
    saving = sys.modules.get("dcsim.files.atomic_write")
    if saving is not None:
        saving.drop_unfinished()
    os._exit(INTERRUPTED if _End.code is None else _End.code)
