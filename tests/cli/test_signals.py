"""Signals that ask for an end get it: at any moment, with an exit code, and without a traceback."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_bad_input import GOOD

from dcsim.cli import main as entry

ROOT = Path(entry.__file__).parents[2]

HANGING = """
import os, sys, time
from dcsim.cli import main as entry
if {where!r} == "work":
    entry._command = lambda: time.sleep(60)
if {where!r} == "handler":
    entry._command = lambda: os.kill(os.getpid(), 2)
    entry._interrupted = lambda: (print("ready", flush=True), time.sleep(60))
if {where!r} == "stubborn":
    def goes_on():
        try:
            os.kill(os.getpid(), 2)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
        for _ in range(3):
            try:
                print("ready", flush=True)
                time.sleep(20)
            except KeyboardInterrupt:
                pass
    entry._command = goes_on
if {where!r} == "hidden":
    def hides():
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            raise AttributeError("what an import makes of it") from None
    entry._command = hides
if {where!r} == "exit":
    import atexit
    entry._command = lambda: 3
    atexit.register(lambda: (print("ready", flush=True), time.sleep(1)))
if {where!r} == "callback":
    import gc
    class Slow:
        def __del__(self):
            print("ready", flush=True)
            time.sleep(60)
    entry._command = lambda: Slow() and None
if {where!r} == "work":
    print("ready", flush=True)
entry.main()
"""


@pytest.mark.parametrize(
    ("where", "code"),
    [("work", {130}), ("handler", {130}), ("hidden", {130}), ("stubborn", {130}), ("exit", {3}), ("callback", {130})],
)
def test_ctrl_c_ends_it_at_any_moment(where, code):
    """At work, while the first is being told, in a callback, and at the end, where the verdict is known."""
    words = [sys.executable, "-c", HANGING.format(where=where), "run"]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode in code
    assert "Traceback" not in err
    assert "KeyboardInterrupt" not in err


STARTING = """
from dcsim.cli import signals
signals.at_once()
print("ready", flush=True)
from dcsim.cli.main import main
main()
"""


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3])
def test_two_signals_in_a_row_never_print_a_traceback(delay, tmp_path):
    """From the first line of dcsim's own on."""
    (tmp_path / "x.yaml").write_text(GOOD)
    words = [sys.executable, "-c", STARTING, "run", "."]
    child = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    child.stdout.readline()
    time.sleep(delay)
    for _ in range(2):
        child.send_signal(signal.SIGINT)
        time.sleep(0.005)
    _, err = child.communicate(timeout=60)
    assert child.returncode in (130, 0)
    assert "Traceback" not in err, err


def test_a_signal_that_is_to_be_ignored_is(tmp_path):
    """What `nohup` asks for is kept."""
    code = "from dcsim.cli import main as e; import os; e._command = lambda: os.kill(os.getpid(), 1); e.main()"
    words = ["sh", "-c", f'trap "" HUP; exec {sys.executable} -c "{code}"']
    assert subprocess.run(words, cwd=tmp_path, check=False).returncode == 0


def test_listening_begins_before_anything_is_imported():
    """What listens needs none of the libraries, and `python -m dcsim` calls it first."""
    code = "import sys; from dcsim.cli import signals\n"
    code += "print({m.split('.')[0] for m in sys.modules} & {'click', 'attr', 'typing'})"
    run = subprocess.run([sys.executable, "-S", "-E", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
    main = (Path(entry.__file__).parent.parent / "__main__.py").read_text()
    assert main.index("signals.at_once()") < main.index("import main")
