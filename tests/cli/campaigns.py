"""Campaigns as real processes, for tests that end them: how to start one, who is left of it, and what it has saved."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from dcsim.files.load import load_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

BOOKS = ("--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy", "--faults", "1", "--errors", "1")


_started = []


def end_all():
    """Kill what a test has started and, as it failed, not ended."""
    while _started:
        process = _started.pop()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def start(*words, cwd, ulimit=""):
    """A campaign in a process group of its own, with signals as a terminal has them."""
    command = [sys.executable, "-m", "dcsim", "fuzz", *map(str, words)]
    if ulimit:
        command = ["bash", "-c", f'ulimit {ulimit} && exec "$@"', "bash", *command]
    process = subprocess.Popen(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    _started.append(process)
    return process


def processes(group):
    """The living processes of a group; what has ended and waits for its parent does not count."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = stat.read_text().rsplit(")", 1)[1].split()[:3]
        except OSError:
            continue
        if int(of) == group and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


def workers(campaign):
    """The worker processes of a campaign, once there are any."""
    return until(lambda: [pid for pid in processes(campaign.pid) if pid != campaign.pid])


def until(true, seconds=30.0):
    """Wait until something is so; what it is then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not so within {seconds} s: {true}")


def nobody_is_left(group, seconds=5.0):
    until(lambda: not processes(group), seconds)


def kill(campaign, number=signal.SIGKILL):
    """Kill the parent alone, and read what it had said."""
    os.kill(campaign.pid, number)
    return campaign.communicate(timeout=60)


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def sound(folder):
    """Every finding that is listed is there in whole, and fails; how many there are."""
    if not (folder / "manifest.json").exists():
        return 0
    found = manifest(folder)["findings"]
    for entry in found:
        case = load_scenario(folder / entry["file"])
        trace = simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario)
        assert entry["invariant"] in trace.invariants
        assert json.loads((folder / entry["trace"]).read_text().splitlines()[0])["dcsim-trace"] == 2
        writing = [e["file"] for e in manifest(folder).get("writing", ())]
        if entry["file"] not in writing:
            for name, key in ((entry["file"], "digest"), (entry["trace"], "trace-digest")):
                assert hashlib.sha256((folder / name).read_bytes()).hexdigest()[:16] == entry[key]
    return len(found)


def files(folder):
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}
