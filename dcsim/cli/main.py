"""The entry point: run the command, and turn its result or error into an exit code.

Commands are imported when they are called, so that ``dcsim --version`` starts fast. The exit code gives the verdict,
even if the reader of stdout has left or stderr is closed. Only a stdout that cannot store the results is an error.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any

from dcsim import __version__
from dcsim.cli import signals
from dcsim.cli.exit_codes import INTERNAL, INTERRUPTED, PASSED, USAGE

_NO_MEMORY = b"dcsim: the memory ran out\n"


def main() -> None:
    """Run the command line and exit."""
    signals.listen()
    try:
        _replace_closed_streams()
        code = _flushed(_guarded(_version if sys.argv[1:] == ["--version"] else _command))
    except BaseException as error:
        if not _ended_by_signal(error):
            raise
        code = INTERRUPTED
    # The verdict is known now. A signal from here on must not change the exit code.
    signals.ended(code)
    atexit.register(signals.ignored)
    sys.exit(code)


def _version() -> int:
    print(f"dcsim {__version__}", flush=True)  # noqa: T201 - nothing else is imported, to start fast
    return PASSED


def _command() -> object:
    from dcsim.cli.lazy_group import cli
    from dcsim.files.overwrite_guard import forget

    if isinstance(sys.stdout, TextIOWrapper):
        # The encoding of a terminal may not have every character.
        sys.stdout.reconfigure(errors="backslashreplace")
    forget()
    # In a context of its own, so that the width of the terminal is forgotten when the command ends.
    return copy_context().run(cli.main, prog_name="dcsim", standalone_mode=False)


def _guarded(act: Callable[[], object]) -> int:
    """Call ``act`` and return an exit code. Every error is printed as a sentence."""
    try:
        try:
            outcome = act()
        except (Exception, KeyboardInterrupt, SystemExit) as error:
            if _ended_by_signal(error):
                return _interrupted()
            if _spent(error):
                raise
            from dcsim.cli.errors import explain

            return explain(error)
    except (MemoryError, ImportError) as error:
        if not _spent(error):
            raise
        # The message exists already. To make another could need memory that is not available.
        _write(_NO_MEMORY)
        return INTERNAL
    return outcome if isinstance(outcome, int) else PASSED


def _spent(error: BaseException) -> bool:
    """Whether the memory ran out. The loader tells this of a library as an import that fails."""
    return isinstance(error, MemoryError) or (isinstance(error, ImportError) and "failed to map" in str(error))


def _ended_by_signal(error: BaseException) -> bool:
    """Whether a signal caused the error. An interruption during an import can turn into any other error."""
    return signals.wanted() or isinstance(error, KeyboardInterrupt)


def _interrupted() -> int:
    """Print that the command was interrupted. Nothing is imported: the signal may have interrupted an import."""
    with suppress(Exception):
        sys.stderr.write("dcsim: interrupted\n")
        sys.stderr.flush()
    return INTERRUPTED


def _flushed(code: int) -> int:
    """Flush stdout and return the exit code; USAGE where the output cannot be written.

    A reader that closed the pipe early is no error.
    """
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
    """A stderr that may be closed or full. Text that it cannot write is dropped."""

    def write(self, raw: Any) -> int:
        try:
            return super().write(raw) or 0
        except OSError:
            return len(raw)


def _replace_closed_streams() -> None:
    """Open the null device for each standard stream that the caller has closed.

    Otherwise a file that is opened later would get the number of that stream, and output would be written into it.
    """
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
