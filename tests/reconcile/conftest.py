"""What tests of reconcile share: the command in this process, and the days."""

import json
import signal
import sys
from pathlib import Path

import pytest

from dcsim.cli.main import main

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def reconcile(monkeypatch, capsys):
    """The command in this process: its exit code, what it printed, and its errors."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def call(scenario, log, dump=None, *words):
        words = ("reconcile", scenario, "--log", log, *(("--dump", dump) if dump else ()), *words)
        monkeypatch.setattr(sys, "argv", ["dcsim", *map(str, words)])
        monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err, printed.err
        return end.value.code, printed.out, printed.err

    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def reconciled(reconcile):
    """The command's exit code and its JSON."""

    def call(*words):
        code, out, err = reconcile(*words, "--json")
        assert code in (0, 1), err
        return code, json.loads(out)

    return call
