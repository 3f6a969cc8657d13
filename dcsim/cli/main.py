"""The entry point: finds the command, and turns every end into an exit code.

Commands are imported when they are called, so that ``dcsim --version`` starts like a linter. The exit code tells the
verdict, whatever became of stdout's reader and of stderr: only a stdout that cannot take the results is an error.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any

from dcsim import __version__
from dcsim.cli.exit_codes import INTERNAL, INTERRUPTED, PASSED, USAGE

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_NO_MEMORY = b"dcsim: the memory ran out\n"


class _End:
    """Whether someone wants an end, and the exit code once it is known."""

    wanted = False
    code: int | None = None


def main() -> None:
    """Run the command line and exit."""
    _listen()
    try:
        _stand_ins()
        code = _flushed(_guarded(_version if sys.argv[1:] == ["--version"] else _command))
    except KeyboardInterrupt:
        code = INTERRUPTED
    _End.code = code
    atexit.register(_deaf)
    sys.exit(code)


def _version() -> int:
    print(f"dcsim {__version__}", flush=True)  # noqa: T201 - before click: this is all it takes
    return PASSED


def _command() -> object:
    from dcsim.cli.group import cli
    from dcsim.files.inputs import forget

    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal need not know every character.
        sys.stdout.reconfigure(errors="backslashreplace")
    forget()
    return cli.main(prog_name="dcsim", standalone_mode=False)


def _guarded(act: Callable[[], object]) -> int:
    """Act; whatever goes wrong, the person gets a sentence and the caller a code."""
    try:
        try:
            outcome = act()
        except MemoryError:
            raise
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - the last line of defence
            from dcsim.cli.errors import explain

            return explain(error)
    except MemoryError:
        # The words are there already: to make others may take memory that is not.
        _write(_NO_MEMORY)
        return INTERNAL
    return outcome if isinstance(outcome, int) else PASSED


def _flushed(code: int) -> int:
    """The code, unless what was printed cannot be kept. A reader that left early wanted no more."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        from dcsim.cli import terminal

        terminal.silence()
        if not isinstance(error, BrokenPipeError):
            terminal.complain(f"dcsim: output: {error.strerror or error}")
            return USAGE
    return code


# -- streams -----------------------------------------------------------------------------------------------------------


class _Forgiving(FileIO):
    """A stderr that may be closed or full: what it cannot take is dropped."""

    def write(self, raw: Any) -> int:
        try:
            return super().write(raw) or 0
        except OSError:
            return len(raw)


def _stand_ins() -> None:
    """Nothing that is opened later may take the place of a stream that was closed from outside."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is sys.__stderr__:
        encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
        raw = BufferedWriter(_Forgiving(2, "w", closefd=False))
        sys.stderr = TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=True)


def _write(raw: bytes) -> None:
    with suppress(OSError):
        os.write(2, raw)


# -- signals -----------------------------------------------------------------------------------------------------------


def _listen() -> None:
    """Each of the signals that ask for an end is told like Ctrl-C, unless it was to be ignored."""
    _End.wanted, _End.code = False, None
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            try:
                signal.signal(number, _stop)
            except ValueError:
                return  # not the main thread, where no signal arrives
    sys.unraisablehook = _unraisable


def _stop(*_: object) -> None:
    """The first signal is raised; the next ends the process there and then, also while it is ending by itself."""
    if _End.wanted or _End.code is not None:
        _leave(INTERRUPTED if _End.code is None else _End.code)
    _End.wanted = True
    raise KeyboardInterrupt


def _unraisable(lost: Any) -> None:
    """Where an interruption cannot be raised, such as in a callback of Python's own, it is not lost either."""
    if isinstance(lost.exc_value, KeyboardInterrupt):
        _write(b"dcsim: interrupted\n")
        _leave(INTERRUPTED)
    sys.__unraisablehook__(lost)


def _deaf() -> None:
    """Python takes its handlers away while it ends, and a signal would end the process without the exit code."""
    for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
        if signal.getsignal(number) is _stop:
            signal.signal(number, signal.SIG_IGN)


def _leave(code: int) -> None:
    saving = sys.modules.get("dcsim.files.saving")
    if saving is not None:
        saving.drop_unfinished()
    os._exit(code)
