"""What tests of commands share: dcsim as a program of its own (``program``), and in this process."""

import sys
from pathlib import Path

import pytest

from dcsim.cli.main import main

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def dcsim(monkeypatch, capsys):
    """A command in this process: its exit code and what it printed."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["dcsim", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return end.value.code, printed.out, printed.err

    return call
