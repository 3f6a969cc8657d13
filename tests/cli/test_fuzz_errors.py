"""What goes wrong in a campaign is told as itself: a custom invariant that raises, a process that crashes, a defect."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from campaigns import kill, manifest, nobody_is_left, processes, sound, until

from dcsim.files.load import load_pair
from dcsim.usecases import fuzz as campaigns
from dcsim.usecases.fuzz import FuzzProgress, Retried, fuzz
from dcsim.usecases.fuzz_campaign import Campaign
from dcsim.usecases.tasks.task import Workplace

ROOT = Path(__file__).parents[2]
BOOKS = ("--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy")
HEAD = '''import os, pathlib, signal, time
from dcsim.testing import invariant
CALLS = pathlib.Path(__file__).with_name("calls")
@invariant("mine", when="change")
def _(scene):
    """Something."""
    CALLS.open("a").write("x")
    if CALLS.stat().st_size > 300:
        {body}
    yield from ()
'''


@pytest.fixture
def starting(tmp_path):
    """A campaign in which a custom invariant goes wrong after a while, as a process in a group of its own."""

    def call(body, *words):
        info = tmp_path / "ours-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ours\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[dcsim.invariants]\nours = ours\n")
        (tmp_path / "ours.py").write_text(HEAD.format(body=body))
        (tmp_path / "calls").write_text("")
        env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
        command = [sys.executable, "-m", "dcsim", "fuzz", *BOOKS, *words, "--save", "out"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=tmp_path, env=env, start_new_session=True, **pipes)

    return call


@pytest.fixture
def campaign(starting):
    """As ``starting``, run to its end."""

    def call(body, *words):
        process = starting(body, *words)
        said, complained = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, said, complained)

    return call


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_custom_invariant_that_raises_is_told_by_its_name_and_what_was_found_is_kept(jobs, campaign, tmp_path):
    """Exit code 2, its error and its place, no traceback, and no word of a dead process."""
    run = campaign("raise ValueError('oops')", "-j", jobs, "--max-examples", "100000")
    assert run.returncode == 2, run.stderr
    assert "dcsim: invariant 'mine' (" in run.stderr
    assert "ours.py:4) raised ValueError: oops" in run.stderr
    assert not any(word in run.stderr for word in ("Traceback", "killed", "process"))
    assert "again: dcsim fuzz" in run.stdout
    assert sound(tmp_path / "out") == run.stdout.count("again: dcsim run")


def test_a_custom_invariant_that_crashes_its_process_costs_its_batches_and_no_finding(campaign, tmp_path):
    """Each batch is run once more in a new process, then left out; exit code 3 or 1, as something was found."""
    run = campaign("os.kill(os.getpid(), signal.SIGSEGV)", "-j", "2", "--max-examples", "2000")
    assert "its process was killed by SIGSEGV; the batch is run once more" in run.stderr
    assert ": its process was killed by SIGSEGV" in run.stdout
    assert run.returncode == (1 if manifest(tmp_path / "out")["findings"] else 3), run.stderr
    assert "Traceback" not in run.stderr


HANGS = {"asleep": "time.sleep(1000)", "busy": "any(False for _ in iter(int, 1))"}


def hanging(process, folder):
    """Wait until both workers hang: the invariant is asked no more."""
    workers = until(lambda: [pid for pid in processes(process.pid) if pid != process.pid])
    calls, before = folder / "calls", -1
    while calls.stat().st_size < 301 or calls.stat().st_size != before:
        before = calls.stat().st_size
        time.sleep(1)
    return workers


@pytest.mark.parametrize("body", HANGS.values(), ids=HANGS)
def test_an_invariant_that_hangs_does_not_keep_a_campaign_from_being_stopped(body, starting, tmp_path):
    """The second signal ends its process; what was found stays."""
    process = starting(body, "-j", "2", "--max-examples", "100000")
    hanging(process, tmp_path)
    for _ in range(2):
        os.killpg(process.pid, signal.SIGTERM)
        time.sleep(0.5)
    _, complained = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in complained) == (130, False), complained
    nobody_is_left(process.pid)
    sound(tmp_path / "out")


@pytest.mark.parametrize("body", HANGS.values(), ids=HANGS)
def test_workers_in_a_batch_that_never_ends_end_with_their_parent(body, starting, tmp_path):
    """Within five seconds of its being killed, asleep or busy."""
    process = starting(body, "-j", "2", "--max-examples", "100000")
    hanging(process, tmp_path)
    kill(process)
    nobody_is_left(process.pid)


def campaign_of(examples=2000):
    rulebook, runbook = load_pair("seoch-2fa-2023", "failback-copy")
    return Campaign(rulebook=rulebook, runbook=runbook, examples=examples)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_defect_of_dcsims_own_is_told_as_itself(jobs, monkeypatch):
    """The exception that was raised, also in a worker, with the place; and what was found before is kept."""
    run_batch = campaigns.run_batch

    def broken(campaign, number, examples, stop):
        if number >= 2:
            raise LookupError("a defect")
        return run_batch(campaign, number, 100, stop)

    monkeypatch.setattr(campaigns, "run_batch", broken)
    result = fuzz(campaign_of(), place=Workplace(jobs))
    assert (type(result.error), str(result.error)) == (LookupError, "'a defect'"[1:-1])
    assert [finding.invariant for finding in result.findings] == ["discarded-absent"]
    assert result.lost == ()
    if jobs == 2:
        assert "in broken" in "".join(result.error.__notes__)


def test_memory_that_runs_out_costs_a_batch_at_most(monkeypatch):
    """It is run once more, with the memory that earlier batches held given back; then it is left out."""
    run_batch, calls = campaigns.run_batch, []

    def greedy(campaign, number, examples, stop):
        calls.append(number)
        if number == 1:
            raise MemoryError
        return run_batch(campaign, number, 60, stop)

    monkeypatch.setattr(campaigns, "run_batch", greedy)
    told = []
    result = fuzz(campaign_of(), listen=told.append)
    assert calls == [0, 1, 1, 2, 3]
    assert [(lost.batch, lost.why) for lost in result.lost] == [(1, "it ran out of memory")]
    assert [event for event in told if not isinstance(event, FuzzProgress)] == [Retried(1, "it ran out of memory")]
    assert result.status == "violated"


def test_an_exception_that_cannot_be_sent_is_told_in_words(monkeypatch):
    """Not as a dead process."""

    def odd(campaign, number, examples, stop):
        class Local(Exception):
            pass

        raise Local("what it says")

    monkeypatch.setattr(campaigns, "run_batch", odd)
    result = fuzz(campaign_of(), place=Workplace(2))
    assert "what it says" in str(result.error)
    assert result.lost == ()
