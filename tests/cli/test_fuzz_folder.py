"""The folder of a campaign: whose it is, what is never written over, and what happens when it cannot be written."""

import fcntl
import json
import os
import re
import signal
import time

import pytest
from campaigns import BOOKS, end_all, files, kill, manifest, sound, start, until
from program import dcsim

from dcsim.cli.parameters import Shard
from dcsim.usecases.findings_folder import recovered

COMMAND = (*BOOKS, "--max-examples", "500", "--save", "out")


@pytest.fixture(autouse=True)
def _nobody_stays():
    """A test that fails leaves no campaign running."""
    yield
    end_all()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A campaign's folder that is never changed."""
    place = tmp_path_factory.mktemp("whole")
    assert dcsim("fuzz", *COMMAND, cwd=place).returncode == 1
    return place / "out"


@pytest.fixture
def saved(whole, tmp_path):
    """A campaign's folder."""
    (tmp_path / "out").mkdir()
    for path in whole.iterdir():
        (tmp_path / "out" / path.name).write_bytes(path.read_bytes())
    return tmp_path / "out"


def test_one_campaign_at_a_time(tmp_path):
    """A second one is refused while the first runs, and changes nothing; not once the first was killed."""
    campaign = start(*BOOKS, "--max-examples", "10000000", "--save", "out", cwd=tmp_path)
    until(lambda: sound(tmp_path / "out"))
    os.kill(campaign.pid, signal.SIGSTOP)
    before = files(tmp_path / "out")
    refused = dcsim("fuzz", *COMMAND, cwd=tmp_path)
    assert (refused.returncode, refused.stdout, refused.stderr[:10]) == (2, "", "DC160 out ")
    assert dcsim("findings", "merge", "out", "--into", "all", cwd=tmp_path).stderr.startswith("DC160 out ")
    assert files(tmp_path / "out") == before
    kill(campaign)
    assert dcsim("fuzz", *COMMAND, cwd=tmp_path).returncode == 1


FOREIGN = {
    "a scenario of the user's": ("discarded-absent.yaml", "mine"),
    "a trace of the user's": ("discarded-absent.trace.jsonl", "mine"),
    "a folder": ("discarded-absent.yaml/x", "mine"),
    "a manifest of something else": ("manifest.json", "{}"),
    "a manifest of a later format": ("manifest.json", '{"dcsim-findings": 2, "findings": []}'),
    "a manifest that leads elsewhere": ("manifest.json", '{"dcsim-findings": 1, "findings": [{"file": "../x.yaml"}]}'),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_no_campaign_wrote_is_never_written_over(name, tmp_path):
    """It is refused before anything is drawn, and stays as it is."""
    file, text = FOREIGN[name]
    (tmp_path / "out" / file).parent.mkdir(parents=True)
    (tmp_path / "out" / file).write_text(text)
    refused = dcsim("fuzz", *COMMAND, cwd=tmp_path)
    assert (refused.returncode, refused.stdout, refused.stderr[:6]) == (2, "", "DC161 ")
    assert (tmp_path / "out" / file).read_text() == text
    assert [path.name for path in (tmp_path / "out").iterdir()] == [file.split("/")[0]]


@pytest.mark.parametrize("file", ["discarded-absent.yaml", "discarded-absent.trace.jsonl"])
def test_a_finding_that_was_edited_is_its_editors(file, saved):
    """It is refused like any other file that no campaign wrote; moved away, it is in nobody's way."""
    path = saved / file
    path.write_text(path.read_text() + "\n")
    before = files(saved)
    refused = dcsim("fuzz", *COMMAND, cwd=saved.parent)
    assert (refused.returncode, "edited since" in refused.stderr) == (2, True), refused.stderr
    assert files(saved) == before
    path.rename(saved / "mine.txt")
    assert dcsim("fuzz", *COMMAND, cwd=saved.parent).returncode == 1
    assert (saved / "mine.txt").exists()


def test_a_file_that_comes_during_the_campaign_stays(tmp_path):
    """The finding is printed, the file is told with exit code 2, and nothing of it is written over."""
    campaign = start(*BOOKS, "--max-examples", "3000", "--save", "out", cwd=tmp_path)
    until((tmp_path / "out" / "manifest.json").exists)
    os.kill(campaign.pid, signal.SIGSTOP)
    time.sleep(0.2)
    (tmp_path / "out" / "discarded-absent.yaml").write_text("mine")
    os.kill(campaign.pid, signal.SIGCONT)
    said, complained = campaign.communicate(timeout=120)
    assert (campaign.returncode, "discarded-absent  " in said, "DC161 " in complained) == (2, True, True), complained
    assert (tmp_path / "out" / "discarded-absent.yaml").read_text() == "mine"


def test_a_longer_finding_never_replaces_a_shorter_one_of_the_same_books(saved):
    """Another seed adds what is shorter; for another runbook an earlier finding is of no use."""
    short = manifest(saved)["findings"]
    again = dcsim("fuzz", *BOOKS, "--seed", "5", "--max-examples", "60", "--save", "out", cwd=saved.parent)
    assert again.returncode == 1
    now = {entry["file"]: entry for entry in manifest(saved)["findings"]}
    assert all(now[entry["file"]]["size"] <= entry["size"] for entry in short)
    other = [*BOOKS[:3], "restore-friday", *BOOKS[4:]]
    assert dcsim("fuzz", *other, "--max-examples", "500", "--save", "out", cwd=saved.parent).returncode == 1
    files = [saved / entry["file"] for entry in manifest(saved)["findings"]]
    assert any("runbook: restore-friday" in file.read_text() for file in files)


def interrupted_at(saved, step):
    """A folder as a kill leaves it: announced; with the new scenario; or with its trace as well."""
    path = saved / "manifest.json"
    data = json.loads(path.read_text())
    found = next(entry for entry in data["findings"] if entry["file"] == "discarded-absent.yaml")
    old = {**found, "digest": "0" * 16, "trace-digest": "0" * 16}
    texts = {name: (saved / name).read_text() for name in (found["file"], found["trace"])}
    data["writing"] = [found]
    data["findings"] = [entry for entry in data["findings"] if entry is not found]
    for number, (name, key) in enumerate(((found["file"], "digest"), (found["trace"], "trace-digest")), start=1):
        if number > step:
            (saved / name).write_text("old")
            old[key] = "efc5a5d7dc1abb95"
    return path, data, old, texts


@pytest.mark.parametrize("known", [False, True], ids=["the first", "a shorter one"])
@pytest.mark.parametrize("step", [0, 1, 2])
def test_whatever_a_kill_leaves_between_two_writes_does_not_lock_the_folder(step, known, saved):
    """Announced, with the scenario, with the trace: what was announced is a campaign's own."""
    from dcsim.trace.jsonl import text_digest

    path, data, old, texts = interrupted_at(saved, step)
    if known:
        old.update({k: text_digest("old") for k in ("digest", "trace-digest")})
        data["findings"].append(old)
    else:
        for name in list(texts)[step:]:
            (saved / name).unlink()
    path.write_text(json.dumps(data))
    assert (step > 0) == any(e["digest"] == data["writing"][0]["digest"] for e in recovered(saved))
    assert dcsim("replay", "out", cwd=saved.parent).returncode in (1, 2)
    assert dcsim("fuzz", *COMMAND, cwd=saved.parent).returncode == 1
    assert {name: (saved / name).read_text() for name in texts} == texts
    assert sound(saved) == len(data["findings"]) + (not known)


@pytest.mark.parametrize("folder", ["/dev/null/x", "/dev/null", "file", "file/x", "/proc/nothing/x", "a\nfile/x"])
def test_a_folder_that_cannot_be_used_is_refused_before_anything_is_drawn(folder, tmp_path):
    """With a finding and exit code 2, whatever the reason."""
    (tmp_path / folder.split("/")[0]).write_text("") if folder[0] != "/" else None
    started = time.monotonic()
    refused = dcsim("fuzz", *BOOKS, "--max-examples", "10000000", "--save", folder, cwd=tmp_path)
    assert (refused.returncode, refused.stdout, refused.stderr[:6]) == (2, "", "DC117 ")
    assert time.monotonic() - started < 60


def test_a_full_disk_loses_no_result(tmp_path):
    """What cannot be written is printed all the same; the folder is sound, and may be used when there is room."""
    campaign = start(*COMMAND, cwd=tmp_path, ulimit="-f 8")  # traces are larger than 8 blocks
    said, complained = campaign.communicate(timeout=120)
    assert (campaign.returncode, "again: dcsim fuzz" in said, "discarded-absent  " in said) == (2, True, True)
    assert "DC117 " in complained
    assert "Traceback" not in complained
    sound(tmp_path / "out")
    assert dcsim("fuzz", *COMMAND, cwd=tmp_path).returncode == 1
    assert not [name for name in files(tmp_path / "out") if name.startswith(".")]
    assert sound(tmp_path / "out") > 5


def test_the_manifest_says_what_drew_the_findings(whole):
    """Versions, Hypothesis's too, and for each finding the command that finds it again."""
    data = manifest(whole)
    assert set(data["versions"]) == {"dcsim", "hypothesis", "python"}
    assert all(re.fullmatch(r"\d+\.\d+.*", version) for version in data["versions"].values())
    assert (data["engine"], data["seed"], data["examples"], data["shard"]) == ("hypothesis", 0, 500, "1/1")
    for entry in data["findings"]:
        assert entry["again"].startswith("dcsim fuzz --rulebook seoch-2fa-2023")


def test_the_lock_is_the_systems(tmp_path):
    """It is on the folder itself: no file stands for it, and it ends with whoever holds it."""
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert dcsim("fuzz", *BOOKS, "--save", tmp_path).returncode == 2
    os.close(handle)
    assert dcsim("fuzz", *BOOKS, "--max-examples", "10", "--save", tmp_path).returncode != 2


def test_a_shard_is_one_of_so_many():
    """The first is 1."""
    assert Shard().convert("2/4", None, None) == (2, 4)
