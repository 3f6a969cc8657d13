"""The entry point: finds the command, and turns every end into an exit code.

Commands are imported when they are called, so that ``dcsim --version`` starts like a linter. The exit code tells the
verdict, whatever became of stdout's reader and of stderr: only a stdout that cannot take the results is an error.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from contextlib import suppress
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
        _stand_ins()
        code = _flushed(_guarded(_version if sys.argv[1:] == ["--version"] else _command))
    except BaseException as error:
        if not _ended_by_signal(error):
            raise
        code = INTERRUPTED
    signals.ended(code)
    atexit.register(signals.ignored)
    sys.exit(code)


def _version() -> int:
    print(f"dcsim {__version__}", flush=True)  # noqa: T201 - before click: this is all it takes
    return PASSED


def _command() -> object:
    from dcsim.cli.lazy_group import cli
    from dcsim.files.overwrite_guard import forget

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
        except (Exception, KeyboardInterrupt, SystemExit) as error:
            if _ended_by_signal(error):
                return _interrupted()
            if isinstance(error, MemoryError):
                raise
            from dcsim.cli.errors import explain

            return explain(error)
    except MemoryError:
        # The words are there already: to make others may take memory that is not.
        _write(_NO_MEMORY)
        return INTERNAL
    return outcome if isinstance(outcome, int) else PASSED


def _ended_by_signal(error: BaseException) -> bool:
    """Whether an error is an interruption or comes of one: raised within an import, that can turn into any other."""
    return signals.wanted() or isinstance(error, KeyboardInterrupt)


def _interrupted() -> int:
    """Told without another import, which the interruption may have left half done."""
    with suppress(Exception):
        sys.stderr.write("dcsim: interrupted\n")
        sys.stderr.flush()
    return INTERRUPTED


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
