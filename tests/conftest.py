"""Hypothesis draws the same each time: what one change breaks, another does not fail for.

Tests run in an order drawn anew for each run (pytest-randomly), so that none can lean on another; a run that fails says
how to have the same order again.
"""

import os
import shutil
import signal
import sys

import pytest

from dcsim.cli.main import main
from dcsim.files.overwrite_guard import forget
from dcsim.testing import register_profiles

register_profiles("ci")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


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


@pytest.fixture(scope="session")
def browser():
    """Chromium, started once for each process of the tests: the system's, or the one that Playwright has installed.

    Without any, the tests of pages are skipped and say so. Where DCSIM_BROWSER is ``required``, as `.ci/run` sets it
    once it has installed one, they fail instead: a browser that should be there and is not is a fault.
    """
    required = os.environ.get("DCSIM_BROWSER") == "required"
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        return _without("Playwright is not installed (pip install '.[test]')", required=required)
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        try:
            # A container's root has no sandbox; the pages are dcsim's own, and load nothing.
            chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            _without(f"no Chromium could be started: {str(error).splitlines()[0]}", required=required)
        yield chromium
        chromium.close()


def _without(why, *, required):
    (pytest.fail if required else pytest.skip)(f"the pages were not tried in a browser: {why}")


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    seed = getattr(config.option, "randomly_seed", None)
    if exitstatus and seed is not None:
        terminalreporter.write_line(f"the same order again: -p randomly --randomly-seed={seed}")
