"""Hypothesis draws the same each time: what one change breaks, another does not fail for.

Tests run in an order drawn anew for each run (pytest-randomly), so that none can lean on another; a run that fails says
how to have the same order again.
"""

import signal
import sys

import pytest

from dcsim.cli.main import main
from dcsim.files.overwrite_guard import forget
from dcsim.testing import register_profiles

register_profiles("ci")


@pytest.fixture(autouse=True)
def _no_files_of_the_test_before():
    """Commands remember which files they read, by number on the disk, which a later test's file may get."""
    forget()


@pytest.fixture
def dcsim(monkeypatch, capsys):
    """A command in this process: its exit code and what it printed."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["dcsim", *map(str, words)])
        monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return end.value.code, printed.out, printed.err

    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    seed = getattr(config.option, "randomly_seed", None)
    if exitstatus and seed is not None:
        terminalreporter.write_line(f"the same order again: -p randomly --randomly-seed={seed}")
