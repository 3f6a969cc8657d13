"""Hypothesis draws the same each time: what one change breaks, another does not fail for.

Tests run in an order drawn anew for each run (pytest-randomly), so that none can lean on another; a run that fails says
how to have the same order again.
"""

from dcsim.testing import register_profiles

register_profiles("ci")


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    seed = getattr(config.option, "randomly_seed", None)
    if exitstatus and seed is not None:
        terminalreporter.write_line(f"the same order again: -p randomly --randomly-seed={seed}")
