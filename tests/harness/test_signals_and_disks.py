"""Commands that are stopped at any moment, and disks that take nothing more: no file is half written or left behind."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from forked import digests, forked, warm

ROOT = Path(__file__).resolve().parents[2]
BOOKS = ("--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy")
SCENARIO = ROOT / "scenarios" / "circular" / "footnote-3.yaml"
FULL = Path("/dev/full")

STOPPED = {
    "run": ("run", "scenario.yaml", "--runbook", "failback-copy", "--trace", "out", "--junit", "out.xml"),
    "check": ("check", *BOOKS, "--save", "out"),
    "fuzz": ("fuzz", *BOOKS, "--max-examples", "300", "--save", "out"),
    "minimize": ("minimize", "scenario.yaml", "--runbook", "failback-copy", "--out", "out.yaml"),
}
ENDS = {
    signal.SIGINT: {0, 1, 2, 3, 130, -signal.SIGINT},
    signal.SIGTERM: {0, 1, 2, 3, 130, 143, -signal.SIGTERM},
    signal.SIGKILL: {0, 1, 2, 3, -signal.SIGKILL},
}
"""A signal before dcsim has begun ends Python itself."""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "scenario.yaml").write_bytes(SCENARIO.read_bytes())
    return tmp_path


def whole(path):
    """Whether a file that dcsim wrote is one from its beginning to its end."""
    text = path.read_text("utf-8")
    assert text.endswith("\n") or path.suffix in (".xml", ".json"), path
    if path.suffix == ".yaml":
        assert set(yaml.load(text, Loader=yaml.BaseLoader)) >= {"scenario", "title", "runbook"}, path
    elif path.suffix == ".json":
        json.loads(text)
    elif path.suffix == ".jsonl":
        assert [json.loads(line) for line in text.splitlines()], path
    elif path.suffix == ".xml":
        assert text.rstrip().endswith(">"), path


@pytest.mark.parametrize("sent", ENDS, ids=lambda sent: sent.name)
@pytest.mark.parametrize("command", STOPPED)
def test_a_command_that_is_stopped_leaves_nothing_half_written(command, sent, folder):
    """At a moment drawn at random; what is there is whole, and only a process that is killed may leave what it wrote
    aside.
    """
    dice = random.Random(f"{command} {sent}")
    before = digests(folder)
    for _ in range(2):
        run = subprocess.Popen(
            [sys.executable, "-m", "dcsim", *STOPPED[command]],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        time.sleep(dice.uniform(0.2, 1.5))
        run.send_signal(sent)
        _, err = run.communicate(timeout=60)
        assert run.returncode in ENDS[sent], (run.returncode, err)
        assert "internal error" not in err
        after = digests(folder)
        assert {path: after.get(path) for path in before} == before
        for path in after:
            if path.name.startswith("."):
                assert sent == signal.SIGKILL, f"left behind: {path.name}"
            elif path not in before:
                whole(path)


WRITES = {
    **{name: words for name, words in STOPPED.items() if name != "check"},
    "init": ("init", "out.yaml"),
    "show": ("rules", "show", "seoch-2fa-2023", "--html", "out.html"),
    "baseline": ("rules", "lint", "seoch-2fa-2023", "--write-baseline", "out.json"),
}


@pytest.mark.parametrize("command", WRITES)
def test_a_disk_that_takes_no_more_is_a_finding(command, folder):
    """Every file is cut off after its first bytes: the command says so, ends with 2, and leaves no part of one."""
    warm()
    before = digests(folder)
    run = forked(*WRITES[command], folder=folder, largest_file=10)
    after = digests(folder)
    assert {path: after.get(path) for path in before} == before
    assert not [path for path, raw in after.items() if path not in before and raw], after.keys()
    assert "Traceback" not in run.said
    assert run.code == 2, run
    assert "DC117" in run.said


@pytest.mark.parametrize("command", WRITES)
def test_a_folder_that_takes_nothing_is_a_finding(command, folder):
    """Where a path leads through what is no folder: one finding, exit code 2, and nothing changed."""
    warm()
    (folder / "shut").write_text("")
    words = ["shut/" + word if word.startswith("out") else word for word in WRITES[command]]
    before = digests(folder)
    run = forked(*words, folder=folder)
    assert digests(folder) == before
    assert "Traceback" not in run.said
    assert run.code == 2, run


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
@pytest.mark.parametrize("words", [("run", "scenario.yaml"), ("rules", "show", "seoch-2fa-2023"), ("--help",)])
def test_what_cannot_be_printed_is_no_success(words, folder):
    """Standard output on a full disk: an exit code that is not 0, and no traceback."""
    with FULL.open("wb") as full:
        run = subprocess.run(
            [sys.executable, "-m", "dcsim", *words],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
    assert run.returncode != 0
    assert "Traceback" not in run.stderr
    assert "internal error" not in run.stderr
