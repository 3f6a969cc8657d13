"""What tests of commands share: dcsim as a program of its own (``program``), and in this process."""

import signal
import sys
from pathlib import Path

import pytest

from dcsim.cli.main import main

sys.path.insert(0, str(Path(__file__).parent))


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
