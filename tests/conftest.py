"""Hypothesis draws the same each time: what one change breaks, another does not fail for.

Tests run in an order drawn anew for each run (pytest-randomly), so that none can lean on another; a run that fails says
how to have the same order again.
"""

import pytest

from dcsim.files.overwrite_guard import forget
from dcsim.testing import register_profiles

register_profiles("ci")


@pytest.fixture(autouse=True)
def _no_files_of_the_test_before():
    """Commands remember which files they read, by number on the disk, which a later test's file may get."""
    forget()


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    seed = getattr(config.option, "randomly_seed", None)
    if exitstatus and seed is not None:
        terminalreporter.write_line(f"the same order again: -p randomly --randomly-seed={seed}")
