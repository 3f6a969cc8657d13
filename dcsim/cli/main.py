"""The entry point: finds the command, and turns every end into an exit code.

Commands are imported when they are called, so that ``dcsim --version`` starts like a linter.
"""

from __future__ import annotations

import sys
from importlib import import_module

from dcsim import __version__

PASSED, FINDING, USAGE, INCONCLUSIVE, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 130
COMMANDS = {
    "run": "Run scenarios and hold them against their expectations and the invariants.",
    "replay": "Re-execute a trace and say where it first differs.",
    "schema": "Print the JSON Schema of a file format.",
    "init": "Write a first scenario, with comments.",
}


def main() -> None:
    """Run the command line and exit."""
    if sys.argv[1:] == ["--version"]:
        print(f"dcsim {__version__}")  # noqa: T201 - before click: this is all it takes
        sys.exit(PASSED)
    sys.exit(_guarded())


def _guarded() -> int:
    """Run a command; whatever goes wrong, the person gets a sentence and the caller a code."""
    from dcsim.cli.group import cli

    try:
        outcome = cli.main(standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - the last line of defence
        code: int = import_module("dcsim.cli.faults").explain(error)
        return code
    except KeyboardInterrupt:
        sys.stderr.write("dcsim: interrupted\n")
        return INTERRUPTED
    return outcome if isinstance(outcome, int) else PASSED
