"""Benchmark of `--cluster`: 10,000 small tasks in two processes of this machine, and on Dask with two workers here.

Usage: python tests/benchmarks/cluster.py [--tasks 10000] [--rounds 3] [--json FILE]
Three sorts of task: one that does nothing, one of a millisecond, and one that runs a scenario as `dcsim run` does. Both
places do each in turn, with the same Python and on the same machine; the best round of each counts. CPU seconds are of
all processes: command, scheduler and workers. The time to connect is a part of it; to import Dask, which a command does
once, is told apart.
"""

import argparse
import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from measure import finish, table

from dcsim.files.load import load_scenario
from dcsim.usecases.run import RunOptions, run
from dcsim.usecases.tasks.each import each
from dcsim.usecases.tasks.task import Workplace

HERE = Path(__file__).parent
SCENARIO = HERE.parents[1] / "scenarios" / "circular" / "footnote-3.yaml"


def nothing(_shared, payload, _stop):
    return payload


def millisecond(_shared, payload, _stop):
    end = time.process_time() + 0.001
    while time.process_time() < end:
        pass
    return payload


def scenario(case, _payload, _stop):
    return run(case, RunOptions()).digest


def cpu(processes):
    """The CPU seconds of this process, of its children that have ended, and of others that run."""
    used = sum(os.times()[:4])
    for process in processes:
        words = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        used += (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return used


def measured(function, shared, tasks, place, processes):
    """Wall and CPU seconds."""
    started, before = time.perf_counter(), cpu(processes)
    assert sum(1 for _ in each(function, shared, range(tasks), place)) == tasks
    return time.perf_counter() - started, cpu(processes) - before


def row(name, function, shared, given, cluster):
    places = (Workplace(2), Workplace(cluster=cluster.address))
    processes = (cluster.scheduler, *cluster.workers)
    rounds = [
        [measured(function, shared, given.tasks, place, processes) for place in places] for _ in range(given.rounds)
    ]
    (near, near_cpu), (far, far_cpu) = (tuple(map(min, zip(*of, strict=True))) for of in zip(*rounds, strict=True))
    return {
        "task": name,
        "tasks": given.tasks,
        "j2_s": near,
        "cluster_s": far,
        "ratio": far / near,
        "j2_cpu_s": near_cpu,
        "cluster_cpu_s": far_cpu,
        "cpu_ratio": far_cpu / near_cpu,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    started = time.perf_counter()
    import_module("distributed")
    imported = time.perf_counter() - started
    sys.path.insert(0, str(HERE.parent / "cluster"))
    cluster_type = import_module("dask_processes").DaskProcesses
    sorts = {"nothing": (nothing, None), "1 ms": (millisecond, None), "scenario": (scenario, load_scenario(SCENARIO))}
    with tempfile.TemporaryDirectory() as folder:
        cluster = cluster_type(Path(folder), beside=(HERE,))
        try:
            cluster.complete(2)
            rows = [row(name, *sort, given, cluster) for name, sort in sorts.items()]
        finally:
            cluster.end()
    table(rows)
    print(f"\nto import Dask: {imported:.2f} s")
    finish({"benchmark": "cluster", "rows": rows, "import_s": imported}, given.json)


if __name__ == "__main__":
    import_module("cluster").main()  # workers import this module by its name, and __main__ is no name
