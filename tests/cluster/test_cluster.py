"""A real scheduler and two workers on this machine: what they bring is what this process would, whoever is lost."""

import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import chores
import pytest
from campaigns import sound
from dask_processes import WITHOUT_DCSIM, until
from program import dcsim

from dcsim.cli.parameters import CLUSTER
from dcsim.usecases import run_each
from dcsim.usecases.request import RequestError
from dcsim.usecases.run import RunOptions
from dcsim.usecases.shared_causes import Books
from dcsim.usecases.suite import suite
from dcsim.usecases.tasks import cluster as clusters
from dcsim.usecases.tasks import connect, fitness
from dcsim.usecases.tasks.each import each
from dcsim.usecases.tasks.fitness import fingerprint
from dcsim.usecases.tasks.task import ClusterLost, Workplace

ROOT = Path(__file__).parents[2]
MANY = 400
WRONG = ("--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy")


def tree(folder):
    """What a command has written, apart from how long it took."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): re.sub(r'time="[0-9.]+"', "", path.read_text()) for path in files}


def test_what_workers_bring_is_what_this_process_would(cluster):
    """Each task once; and both workers have worked."""
    place = Workplace(cluster=cluster.address)
    assert sorted(each(chores.times, 3, range(3000), place)) == [(n, 3 * n) for n in range(3000)]
    assert len({pid for _, pid in each(chores.who, None, range(300), place)}) == 2


def test_a_task_that_raises_or_cannot_be_sent_says_so(cluster):
    """As from a process of this machine."""
    outcomes = dict(each(chores.raises, 7, range(20), Workplace(cluster=cluster.address)))
    error = outcomes.pop(7)
    assert (type(error), str(error)) == (LookupError, "no 7")
    assert outcomes == {n: n for n in range(20) if n != 7}


def test_what_a_lost_worker_had_begun_is_done_again(cluster):
    """Nothing is missing and nothing is told twice; and it is told that a worker has left."""
    told, outcomes = [], []
    for pair in each(chores.slowly, 2, range(150), Workplace(cluster=cluster.address), listen=told.append):
        outcomes.append(pair)
        if len(outcomes) == 10:
            cluster.workers[0].send_signal(signal.SIGKILL)
    assert sorted(outcomes) == [(n, 2 * n) for n in range(150)]
    assert any("has left the cluster" in again.why for again in told)


def test_after_a_stop_workers_end_what_they_do_and_begin_nothing(cluster, tmp_path):
    """As processes of this machine do."""
    began = lambda: len(list(tmp_path.iterdir()))  # noqa: E731
    place = Workplace(cluster=cluster.address)
    assert list(each(chores.abandons, str(tmp_path), range(50), place, lambda: int(began() >= 2))) == []
    assert began() == 2


def test_a_run_of_many_scenarios_is_the_same_wherever_it_runs(cluster, tmp_path):
    """What it prints, and every file that it writes, byte by byte; the workers need none of the files."""
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    for path in sorted((ROOT / "scenarios" / "circular").glob("*.yaml"))[:5]:
        shutil.copy(path, scenarios)
    (scenarios / "faulty.yaml").write_text("scenario: [")
    printed = []
    for number, words in enumerate(((), ("-j", "2"), ("--cluster", cluster.address))):
        out = ("--trace", f"{number}/traces", "--junit", f"{number}/junit.xml", "--html", f"{number}/page.html")
        run = dcsim("run", "scenarios", *out, "-v", *words, cwd=tmp_path)
        printed.append((run.returncode, re.sub(r"in [0-9.]+ s", "", run.stdout), run.stderr))
    assert printed[0] == printed[1] == printed[2]
    assert printed[0][1].count("pass  ") == 5
    assert tree(tmp_path / "0") == tree(tmp_path / "1") == tree(tmp_path / "2")


@pytest.mark.slow
def test_a_campaign_is_the_same_on_a_cluster_that_loses_a_worker(cluster, tmp_path):
    """The folder of findings, byte by byte, and the exit code."""
    words = (*WRONG, "--max-examples", "3000", "--seed", "5")
    assert dcsim("fuzz", *words, "--save", "one", cwd=tmp_path).returncode == 1
    command = [sys.executable, "-m", "dcsim", "fuzz", *words, "--save", "two", "--cluster", cluster.address]
    campaign = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until((tmp_path / "two" / "manifest.json").exists)
    cluster.workers[0].send_signal(signal.SIGKILL)
    said, complained = campaign.communicate(timeout=300)
    assert (campaign.returncode, "Traceback" in complained, "left out" in said) == (1, False, False), complained
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


@pytest.mark.slow
def test_a_campaign_whose_scheduler_is_lost_keeps_what_it_has(dask_of, tmp_path):
    """It says so, without a traceback; what is listed in the folder is whole."""
    cluster = dask_of(2)
    command = [sys.executable, "-m", "dcsim", "fuzz", *WRONG, "--max-examples", "1000000", "--save", "out"]
    campaign = subprocess.Popen(
        [*command, "--cluster", cluster.address],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until((tmp_path / "out" / "discarded-absent.yaml").exists)
    cluster.scheduler.kill()
    said, complained = campaign.communicate(timeout=60)
    assert (campaign.returncode, "Traceback" in complained) == (1, False), complained
    assert "is gone: its scheduler has closed the connection" in complained
    assert "again: dcsim fuzz" in said
    assert sound(tmp_path / "out") == 1


@pytest.mark.slow
def test_a_run_whose_scheduler_is_lost_tells_what_was_not_run(dask_of, tmp_path):
    """What has arrived is told and written, the rest is one error; inconclusive, and never green."""
    cluster = dask_of(1)
    passing = next((ROOT / "scenarios" / "circular").glob("*.yaml"))
    for number in range(400):
        shutil.copy(passing, tmp_path / f"{number:03}.yaml")
    command = [sys.executable, "-m", "dcsim", "run", ".", "--cluster", cluster.address, "--trace", "traces"]
    run = subprocess.Popen(
        [*command, "--junit", "junit.xml"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    lines = [run.stdout.readline() for _ in range(20)]
    cluster.scheduler.kill()
    said, complained = run.communicate(timeout=60)
    assert (run.returncode, "Traceback" in complained) == (3, False), complained
    passed = int(re.search(r"(\d+) passed", said)[1])
    assert all(line.startswith("pass") for line in lines)
    assert 20 <= passed < 400
    assert f"{400 - passed} of 400 scenarios were not run: the cluster at {cluster.address} is gone" in " ".join(
        said.split()
    )
    assert len(list((tmp_path / "traces").iterdir())) == passed
    assert (tmp_path / "junit.xml").read_text().count("</skipped>") == 400 - passed


def test_what_a_lost_cluster_has_not_run_is_named_by_its_whole_address(monkeypatch):
    """An address is no file, of which the name has no suffix."""

    def lost(*_, **__):
        raise ClusterLost("it is gone")
        yield

    monkeypatch.setattr(run_each, "each", lost)
    asked = suite([ROOT / "scenarios" / "circular" / "footnote-1.yaml"], Books())
    ((case, result),) = run_each.run_each(asked, RunOptions(), place=Workplace(cluster="127.0.0.1:18788"))
    assert (case, result.name, result.path, result.status) == (None, "127.0.0.1:18788", "127.0.0.1:18788", "error")


@pytest.mark.parametrize(
    "address",
    ["", " ", "here", "tcp://", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "http://a:1", "inproc://x", "a:1\n",
     "file:///etc/passwd", "a:1\x1b[31m", "\u202ea:1", "a b:1", "x" * 10_000, "[::1]", "tcp://a:1/path"],
)  # fmt: skip
def test_what_is_no_address_is_refused_at_once(address, tmp_path):
    """Before anything is connected or read."""
    with pytest.raises(Exception, match="is no address of a cluster"):
        CLUSTER.convert(address, None, None)


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://host.example:1", "tls://[::1]:8786", "ws://a-b:65535"])
def test_an_address_is_taken_as_it_is(address):
    """With a protocol or without."""
    assert CLUSTER.convert(address, None, None) == address


def answering(reply):
    """A server that says something to whoever connects, and then nothing more; its address."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        kept = []
        while True:
            kept.append(server.accept()[0])
            kept[-1].sendall(reply)

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 64, b"\xff" * 64])
def test_what_answers_and_is_no_scheduler_is_told(reply, cluster, monkeypatch):
    """Within some seconds, whatever it says or does not say."""
    monkeypatch.setattr(connect, "CONNECT", 0.5)
    monkeypatch.setattr(connect, "ANSWER", 3.0)
    with pytest.raises(RequestError, match=r"no Dask scheduler answers at 127\.0\.0\.1"):
        list(each(chores.times, 1, range(3), Workplace(cluster=answering(reply))))


def test_an_address_where_nobody_is_is_bad_usage(tmp_path):
    """Exit code 2, one sentence; nothing is drawn, and no result is printed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    run = dcsim("fuzz", *WRONG, "--cluster", f"127.0.0.1:{port}", "--save", "out", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert f"no Dask scheduler answers at 127.0.0.1:{port}" in run.stderr
    both = dcsim("fuzz", *WRONG, "--cluster", f"127.0.0.1:{port}", "-j", "2", cwd=tmp_path)
    assert (both.returncode, "-j does not go with --cluster" in both.stderr) == (2, True)


def test_another_python_or_another_dcsim_is_refused(cluster, monkeypatch):
    """Each by its name, with what to do; before any task is sent."""

    def refused():
        fingerprint.cache_clear()
        with pytest.raises(RequestError) as caught:
            list(each(chores.times, 1, range(3), Workplace(cluster=cluster.address)))
        return str(caught.value)

    monkeypatch.setattr(fitness, "INVARIANT_NAMES", fitness.INVARIANT_NAMES[1:])
    told = refused()
    assert re.search(r"worker tcp://127\.0\.0\.1:\d+ has other sources of dcsim, or of an invariant of your own", told)
    monkeypatch.setattr(connect, "__version__", "99.0")
    assert re.search(r"worker tcp://127\.0\.0\.1:\d+ has dcsim \d+\.", refused())
    monkeypatch.setattr(connect, "python", lambda: "3.99")
    told = refused()
    assert "the scheduler has Python 3." in told
    assert "install the dcsim of this machine (99.0, Python 3.99) for the scheduler and every worker" in told
    monkeypatch.undo()
    fingerprint.cache_clear()


def test_a_worker_without_dcsim_is_refused(cluster):
    """By its address."""
    without = cluster.worker(("-c", WITHOUT_DCSIM))
    try:
        with pytest.raises(RequestError, match=r"worker tcp://127\.0\.0\.1:\d+ has no dcsim; install the dcsim"):
            list(each(chores.times, 1, range(3), Workplace(cluster=cluster.address)))
    finally:
        without.kill()
        without.wait()


def meanwhile(cluster, act):
    """Run many slow tasks on a cluster, and do something after the first result; the results."""
    outcomes = []
    for pair in each(chores.slowly, 1, range(MANY), Workplace(cluster=cluster.address)):
        outcomes.append(pair)
        if len(outcomes) == 1:
            act()
    return outcomes


@pytest.mark.slow
def test_a_worker_without_dcsim_that_comes_later_spoils_nothing(cluster):
    """It ends of what is sent to it and others do the work; or, where it stays, the work ends and says why."""
    try:
        assert sorted(meanwhile(cluster, lambda: cluster.worker(("-c", WITHOUT_DCSIM)))) == [
            (n, n) for n in range(MANY)
        ]
    except ClusterLost as lost:
        assert "No module named 'dcsim'" in str(lost)  # noqa: PT017
    finally:
        cluster.workers.pop().kill()


@pytest.mark.slow
def test_a_worker_that_comes_later_works_too(dask_of):
    """It is told what the tasks share."""
    cluster = dask_of(1)
    pids = set()
    for number, pid in each(chores.who, None, range(1000), Workplace(cluster=cluster.address)):
        pids.add(pid)
        if number == 0:
            cluster.worker()
    assert len(pids) == 2


@pytest.mark.slow
def test_a_cluster_that_loses_all_its_workers_is_given_up(dask_of, monkeypatch):
    """After a while, for another may come; one without any is refused at once."""
    monkeypatch.setattr(clusters, "LONELY", 2.0)
    monkeypatch.setattr(connect, "CONNECT", 1.0)
    cluster = dask_of(1)
    with pytest.raises(ClusterLost, match="has had no worker for 2 s"):
        meanwhile(cluster, cluster.workers[0].kill)
    with pytest.raises(RequestError, match="has no worker; start one: dask worker tcp://"):
        list(each(chores.slowly, 1, range(3), Workplace(cluster=cluster.address)))


@pytest.mark.slow
def test_a_scheduler_that_falls_silent_is_given_up(dask_of, monkeypatch):
    """It is there, but says nothing more."""
    monkeypatch.setattr(clusters, "SILENT", 3.0)
    cluster = dask_of(1)
    try:
        with pytest.raises(ClusterLost, match="has not answered for 3 s"):
            meanwhile(cluster, lambda: cluster.scheduler.send_signal(signal.SIGSTOP))
    finally:
        cluster.scheduler.send_signal(signal.SIGCONT)
