"""`dcsim fuzz`: what it finds, keeps and says."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from program import dcsim

WRONG = ("--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy")
RIGHT = ("--rulebook", "seoch-2fa-2023", "--runbook", "snapshot-standby")


def files(folder):
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("engine", ["hypothesis", "random"])
def test_one_file_for_each_invariant_broken(engine, tmp_path):
    """The shortest scenario, which `run` fails on by that invariant, and a manifest that says where it comes from."""
    found = dcsim("fuzz", *WRONG, "--engine", engine, "--max-examples", "300", "--save", "out", cwd=tmp_path)
    assert found.returncode == 1, found.stderr
    assert list(files(tmp_path / "out")) == ["discarded-absent.yaml", "manifest.json"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["dcsim-findings"] == 1
    assert manifest["findings"][0]["label"] == "shortest"
    again = [line.removeprefix("again: dcsim ") for line in found.stdout.splitlines() if line.startswith("again: ")]
    assert len(again) == 2
    run = dcsim(*again[0].split(), cwd=tmp_path)
    assert run.returncode == 1
    assert "discarded-absent" in run.stdout
    assert dcsim(*again[1].split(), cwd=tmp_path).returncode == 1


def test_the_right_runbook_is_green(tmp_path):
    """Nothing is found where nothing is wrong."""
    found = dcsim("fuzz", *RIGHT, "--max-examples", "300", cwd=tmp_path)
    assert found.returncode == 0, found.stdout
    assert "0 invariants broken" in found.stdout


def test_findings_do_not_depend_on_the_number_of_processes(tmp_path):
    """Batches go by their numbers, whoever runs them."""
    for jobs in ("1", "2"):
        dcsim("fuzz", *WRONG, "--max-examples", "1000", "-j", jobs, "--save", f"j{jobs}", cwd=tmp_path)
    assert files(tmp_path / "j1") == files(tmp_path / "j2")


def test_findings_do_not_depend_on_being_in_ci(tmp_path):
    """Hypothesis loads a profile of its own where CI is set; every setting of a campaign is its own."""
    for name, env in (("home", {"CI": ""}), ("ci", {"CI": "true"})):
        dcsim("fuzz", *WRONG, "--max-examples", "200", "--save", name, cwd=tmp_path, **env)
    assert files(tmp_path / "home") == files(tmp_path / "ci")


def test_shards_share_a_campaign(tmp_path):
    """Two halves draw as many examples as the whole."""
    halves = [
        dcsim("fuzz", *RIGHT, "--engine", "random", "--max-examples", "40000", "--shard", f"{part}/2", cwd=tmp_path)
        for part in (1, 2)
    ]
    assert [half.stdout.split(" examples")[0] for half in halves] == ["20,000", "20,000"]
    assert dcsim("fuzz", *RIGHT, "--shard", "3/2", cwd=tmp_path).returncode == 2


def test_time_that_is_up_ends_a_campaign_in_good_order(tmp_path):
    """It stops within the batch, and keeps what was found."""
    found = dcsim("fuzz", *WRONG, "--max-examples", "1000000", "--time", "3s", "--save", "out", cwd=tmp_path)
    assert found.returncode == 1
    assert "discarded-absent.yaml" in files(tmp_path / "out")


def test_an_interruption_keeps_what_was_found(tmp_path):
    """Ctrl-C ends with 130, and the findings are on disk."""
    words = [sys.executable, "-m", "dcsim", "fuzz", *WRONG, "--max-examples", "1000000", "--save", "out"]
    running = subprocess.Popen(
        words,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, the signal is ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    for _ in range(200):
        time.sleep(0.1)
        if running.poll() is not None:
            break
        if "examples" in os.read(running.stderr.fileno(), 4096).decode():
            running.send_signal(signal.SIGINT)
            break
    running.communicate(timeout=60)
    assert running.returncode == 130
    assert "discarded-absent.yaml" in files(tmp_path / "out")


@pytest.mark.parametrize(
    "words",
    [("--rulebook", "seoch-2fa-2023"), (*WRONG, "--engine", "magic"), (*WRONG, "-j", "0"), (*WRONG, "--time", "soon")],
    ids=["no runbook", "unknown engine", "no processes", "no time"],
)
def test_bad_usage_is_refused(words, tmp_path):
    """With a sentence, and exit code 2."""
    assert dcsim("fuzz", *words, cwd=tmp_path).returncode == 2
