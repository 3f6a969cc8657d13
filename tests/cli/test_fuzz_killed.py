"""Campaigns that are killed: what was found stays, nobody is left, and the folder is as good as before."""

import os
import random
import signal
import time

import pytest
from campaigns import BOOKS, end_all, files, kill, manifest, nobody_is_left, processes, sound, start, until, workers
from program import dcsim

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks for processes in /proc")  # noqa: PTH110
COMMAND = (*BOOKS, "--max-examples", "1500", "-j", "2", "--save", "out")
FOREVER = (*BOOKS, "--max-examples", "10000000", "-j", "2", "--save", "out")


@pytest.fixture(autouse=True)
def _nobody_stays():
    """A test that fails leaves no campaign running."""
    yield
    end_all()


@pytest.mark.parametrize(("kills", "runs"), [(3, 600), pytest.param(25, 1500, marks=pytest.mark.slow)])
def test_a_campaign_killed_at_any_moment_goes_on_where_it_was(kills, runs, tmp_path):
    """After each kill: no process is left, what is listed is whole, and the next campaign may use the folder.

    At last the same command, run to its end, leaves the same files as one that was never killed.
    """
    draw, folder, found = random.Random(kills), tmp_path / "out", 0
    command = (*BOOKS, "--max-examples", str(runs), "-j", "2", "--save", "out")
    for _ in range(kills):
        campaign = start(*command, cwd=tmp_path)
        time.sleep(draw.uniform(0.2, runs / 500))
        said, complained = kill(campaign, draw.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGQUIT)))
        assert "DC1" not in said + complained
        nobody_is_left(campaign.pid)
        now = sound(folder)
        assert now >= found
        found = now
    if found:
        assert dcsim("replay", "out", cwd=tmp_path).returncode == 1
    assert dcsim("fuzz", *command, cwd=tmp_path).returncode == 1
    assert dcsim("fuzz", *command[:-1], "never-killed", cwd=tmp_path).returncode == 1
    assert files(folder) == files(tmp_path / "never-killed")


def test_a_campaign_that_is_killed_keeps_what_it_has_found(tmp_path):
    """Findings are on disk long before the campaign is over, and can be replayed."""
    campaign = start(*FOREVER, cwd=tmp_path)
    until(lambda: sound(tmp_path / "out") >= 5)
    kill(campaign)
    nobody_is_left(campaign.pid)
    replayed = dcsim("replay", "out", cwd=tmp_path)
    assert (replayed.returncode, "0 fixed" in replayed.stdout, "0 errors" in replayed.stdout) == (1, True, True)


@pytest.mark.parametrize("engine", ["hypothesis", "random"])
def test_workers_in_the_middle_of_a_batch_end_with_their_parent(engine, tmp_path):
    """Within five seconds, whatever they are doing."""
    campaign = start(*BOOKS, "--engine", engine, "--max-examples", "10000000", "-j", "3", cwd=tmp_path)
    until(lambda: len(processes(campaign.pid)) == 4)
    time.sleep(1)
    kill(campaign)
    nobody_is_left(campaign.pid)


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_its_batch_run_once_more(tmp_path):
    """Nothing is lost: the files are those of a campaign in which nobody died."""
    campaign = start(*COMMAND, cwd=tmp_path)
    for pid in workers(campaign)[:1]:
        time.sleep(0.2)
        os.kill(pid, signal.SIGKILL)
    said, complained = campaign.communicate(timeout=120)
    assert (campaign.returncode, "left out" in said) == (1, False)
    assert "its process was killed by SIGKILL; the batch is run once more" in complained
    assert dcsim("fuzz", *COMMAND[:-1], "nobody-died", cwd=tmp_path).returncode == 1
    assert files(tmp_path / "out") == files(tmp_path / "nobody-died")


@pytest.mark.slow
def test_a_batch_whose_workers_die_twice_is_left_out_and_told(tmp_path):
    """The others are run, and what they found is kept."""
    campaign = start(*BOOKS, "--max-examples", "3000", "-j", "2", "--save", "out", cwd=tmp_path)
    killed = 0
    while campaign.poll() is None and killed < 5:
        for pid in [pid for pid in processes(campaign.pid) if pid != campaign.pid]:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        time.sleep(0.05)
    said, complained = campaign.communicate(timeout=120)
    assert "left out  batch 0: its process was killed by SIGKILL" in said, complained
    assert campaign.returncode == 1
    assert sound(tmp_path / "out")


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_sigterm_to_the_group_saves_and_exits_130(jobs, tmp_path):
    """Workers get the signal as well, and leave it to their parent; once more at once changes nothing."""
    campaign = start(*FOREVER[:-4], "-j", jobs, "--save", "out", cwd=tmp_path)
    until(lambda: sound(tmp_path / "out"))
    os.killpg(campaign.pid, signal.SIGTERM)
    said, complained = campaign.communicate(timeout=60)
    assert (campaign.returncode, "Traceback" in complained, "again: dcsim fuzz" in said) == (130, False, True)
    nobody_is_left(campaign.pid)
    assert sound(tmp_path / "out")
    assert "writing" not in manifest(tmp_path / "out")
    assert not [name for name in files(tmp_path / "out") if name.startswith(".")]


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("times", [2, 3, 6])
def test_whoever_cannot_wait_gets_no_traceback(jobs, times, tmp_path):
    """SIGTERM, Ctrl-C, and again and again: 130, nobody is left, and the folder is sound."""
    campaign = start(*FOREVER[:-4], "-j", jobs, "--save", "out", cwd=tmp_path)
    until((tmp_path / "out" / "manifest.json").exists)
    for number in range(times):
        if campaign.poll() is None:
            os.killpg(campaign.pid, (signal.SIGTERM, signal.SIGINT)[number % 2])
        time.sleep(0.05)
    _, complained = campaign.communicate(timeout=60)
    assert (campaign.returncode, "Traceback" in complained) == (130, False), complained
    nobody_is_left(campaign.pid)
    sound(tmp_path / "out")
    assert not [name for name in files(tmp_path / "out") if name.startswith(".")]
