"""`dcsim fuzz`: what it finds, keeps and says."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from importlib.resources import files as files_of
from pathlib import Path

import pytest
from program import dcsim

WRONG = ("--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy")
RIGHT = ("--rulebook", "seoch-2fa-2023", "--runbook", "snapshot-standby")


def files(folder):
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["hypothesis", "random"])
def test_one_file_for_each_invariant_broken(engine, tmp_path):
    """The shortest scenario, which `run` fails on by that invariant, and a manifest that says where it comes from."""
    found = dcsim("fuzz", *WRONG, "--engine", engine, "--max-examples", "300", "--save", "out", cwd=tmp_path)
    assert found.returncode == 1, found.stderr
    assert list(files(tmp_path / "out")) == ["discarded-absent.trace.jsonl", "discarded-absent.yaml", "manifest.json"]
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_more_accounts_than_there_are_kinds(tmp_path):
    """Up to eight, also where nobody administers anybody."""
    for books in (RIGHT, ("--rulebook", "eurex-t7-dr-2019", "--runbook", "dr-copy-no-return")):
        assert dcsim("fuzz", *books, "--accounts", "8", "--max-examples", "60", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("words", [("--shard", "4/4", "--max-examples", "1000"), ("--time", "0s")])
def test_nothing_drawn_is_not_green(words, tmp_path):
    """A part without a batch, no time at all: inconclusive."""
    run = dcsim("fuzz", *RIGHT, *words, cwd=tmp_path)
    assert run.returncode == 3
    assert "nothing was drawn" in run.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [("--max-examples", "2000", "--shard", "2/4", "--seed", "3"), ("--max-examples", "100000", "--time", "1500ms")],
)
def test_the_command_that_is_told_finds_the_same(words, tmp_path):
    """Also of a part, and of a campaign that was cut off: it does all of its batches, to their ends."""
    first = dcsim("fuzz", *WRONG, *words, "--save", "one", cwd=tmp_path)
    again = shlex.split(first.stdout.splitlines()[-1].removeprefix("again: dcsim "))
    second = dcsim(*again, "--save", "two", cwd=tmp_path)
    assert second.returncode == 1
    found = [json.loads((tmp_path / name / "manifest.json").read_text())["findings"] for name in ("one", "two")]
    assert {entry["file"] for entry in found[0]} <= {entry["file"] for entry in found[1]}
    if "--shard" in words:
        one, two = (
            {k: v for k, v in files(tmp_path / name).items() if k != "manifest.json"} for name in ("one", "two")
        )
        assert one == two


@pytest.mark.slow
def test_findings_can_be_taken_elsewhere_with_what_they_name(tmp_path):
    """A runbook of one's own is called by its path from the findings' folder, wherever one stands."""
    here = tmp_path / "a project"
    (here / "books").mkdir(parents=True)
    builtin = Path(str(files_of("dcsim"))) / "builtin" / "runbooks"
    (here / "books" / "ours.yaml").write_text((builtin / "failback-copy.yaml").read_text())
    words = ("--rulebook", "seoch-2fa-2023", "--runbook", "books/ours.yaml", "--max-examples", "200", "--save", "found")
    assert dcsim("fuzz", *words, cwd=here).returncode == 1
    for where in (here, here / "found", tmp_path):
        assert dcsim("replay", here / "found", cwd=where).returncode == 1
    again = dcsim("minimize", here / "found" / "discarded-absent.yaml", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    (here / "books" / "ours.yaml").write_text((builtin / "snapshot-standby.yaml").read_text())
    fixed = dcsim("replay", here / "found", cwd=tmp_path)
    assert (fixed.returncode, "FIXED" in fixed.stdout, "edited since" in fixed.stdout) == (0, True, True)


@pytest.mark.slow
def test_earlier_findings_stay_and_what_is_not_ours_is_not_touched(tmp_path):
    """Another campaign adds its findings to the manifest; a file that no campaign wrote is in the way."""
    dcsim(
        "fuzz",
        "--rulebook",
        "seoch-2fa-2023",
        "--runbook",
        "no-drain",
        "--max-examples",
        "100",
        "--save",
        "out",
        cwd=tmp_path,
    )
    before = set(files(tmp_path / "out"))
    assert dcsim("fuzz", *WRONG, "--max-examples", "100", "--save", "out", cwd=tmp_path).returncode == 1
    assert set(files(tmp_path / "out")) == before | {"discarded-absent.yaml", "discarded-absent.trace.jsonl"}
    assert dcsim("replay", "out", cwd=tmp_path).stdout.count("FAILED") == len(before) // 2 + 1
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "sites-agree.yaml").write_text("mine")
    refused = dcsim("fuzz", *WRONG, "--max-examples", "100", "--save", "mine", cwd=tmp_path)
    assert (refused.returncode, "in the way" in refused.stderr) == (2, True)
    assert files(tmp_path / "mine") == {"sites-agree.yaml": "mine"}


@pytest.mark.slow
def test_a_campaign_leaves_nothing_else_behind(tmp_path):
    """No folder of Hypothesis's where it runs, and one finding's minimising stays with what it was found for."""
    dcsim("fuzz", "--rulebook", "seoch-2fa-2023", "--runbook", "restore-friday", "--faults", "1", "--errors", "1",
          "--max-examples", "1000", "--save", "out", cwd=tmp_path)  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    found = sorted((tmp_path / "out").glob("*.yaml"))
    assert found
    shorter = dcsim("minimize", str(found[0]), cwd=tmp_path)
    assert f"scenario: {found[0].stem}" in shorter.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "jobs"), [("hypothesis", "2"), ("random", "1"), ("random", "2")])
def test_however_often_it_is_interrupted_it_ends_with_what_there_is(engine, jobs, tmp_path):
    """In the middle of a batch, and once more at once: 130, the findings on disk, and no process is left."""
    words = ["--engine", engine, "-j", jobs, "--max-examples", "10000000", "--save", "out"]
    running = subprocess.Popen(
        [sys.executable, "-m", "dcsim", "fuzz", *WRONG, *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(5)
    running.send_signal(signal.SIGINT)
    time.sleep(0.1)
    running.send_signal(signal.SIGTERM)
    said, complained = running.communicate(timeout=60)
    assert running.returncode == 130, complained
    assert "Traceback" not in complained
    assert "again: dcsim fuzz" in said
    assert (tmp_path / "out" / "manifest.json").exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)
