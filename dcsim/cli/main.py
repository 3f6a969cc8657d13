"""The entry point: finds the command, and turns every end into an exit code.

Commands are imported when they are called, so that ``dcsim --version`` starts like a linter.
"""

from __future__ import annotations

import sys

from dcsim import __version__
from dcsim.cli.ends import INTERRUPTED, PASSED


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
        from dcsim.cli.faults import explain

        return explain(error)
    except KeyboardInterrupt:
        sys.stderr.write("dcsim: interrupted\n")
        return INTERRUPTED
    return outcome if isinstance(outcome, int) else PASSED
