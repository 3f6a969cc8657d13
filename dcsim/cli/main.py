"""The entry point: finds the command, and turns every end into an exit code.

Commands are imported when they are called, so that ``dcsim --version`` starts like a linter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import TextIOWrapper

from dcsim import __version__
from dcsim.cli.exit_codes import INTERRUPTED, PASSED


def main() -> None:
    """Run the command line and exit."""
    sys.exit(_guarded(_version if sys.argv[1:] == ["--version"] else _command))


def _version() -> int:
    print(f"dcsim {__version__}", flush=True)  # noqa: T201 - before click: this is all it takes
    return PASSED


def _command() -> object:
    from dcsim.cli.group import cli

    if isinstance(sys.stdout, TextIOWrapper):
        # A file name need not be text, and a terminal need not know every character.
        sys.stdout.reconfigure(errors="backslashreplace")
    return cli.main(standalone_mode=False)


def _guarded(act: Callable[[], object]) -> int:
    """Act; whatever goes wrong, the person gets a sentence and the caller a code."""
    try:
        outcome = act()
    except Exception as error:  # noqa: BLE001 - the last line of defence
        from dcsim.cli.errors import explain

        return explain(error)
    except KeyboardInterrupt:
        _deaf()
        sys.stderr.write("dcsim: interrupted\n")
        return INTERRUPTED
    return outcome if isinstance(outcome, int) else PASSED


def _deaf() -> None:
    """The process is about to end: a second Ctrl-C shall not break that off, with a traceback."""
    import signal
    import threading

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
