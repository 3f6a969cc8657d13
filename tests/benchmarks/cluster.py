"""10,000 small tasks in two processes of this machine, and on a Dask scheduler with two workers on loopback.

Three sorts of task: one that does nothing, one of a millisecond, and one that runs a scenario as `dcsim run` does. Each
is done by both in turn, in the same run; the best round of each counts. Beside the whole, the time until the cluster is
connected is given: it is paid once by a command, and is most of what a cluster costs.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "cluster")]
from dask_processes import DaskProcesses
from measure import finish, table

from dcsim.files.load import load_scenario
from dcsim.usecases.run import RunOptions, run
from dcsim.usecases.tasks.each import each
from dcsim.usecases.tasks.task import Workplace

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "scenarios" / "circular" / "footnote-3.yaml"


def nothing(_shared, payload, _stop):
    return payload


def millisecond(_shared, payload, _stop):
    end = time.perf_counter() + 0.001
    while time.perf_counter() < end:
        pass
    return payload


def scenario(case, _payload, _stop):
    return run(case, RunOptions()).digest


def seconds(function, shared, tasks, place):
    """The whole, and until the first result."""
    started, first, done = time.perf_counter(), 0.0, 0
    for _ in each(function, shared, range(tasks), place):
        first = first or time.perf_counter() - started
        done += 1
    assert done == tasks
    return time.perf_counter() - started, first


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--tasks", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    sorts = {"nothing": (nothing, None), "1 ms": (millisecond, None), "scenario": (scenario, load_scenario(SCENARIO))}
    folder = tempfile.TemporaryDirectory()
    cluster = DaskProcesses(Path(folder.name), beside=(ROOT / "tests" / "benchmarks",))
    try:
        cluster.complete(2)
        two, far = Workplace(2), Workplace(cluster=cluster.address)
        list(each(nothing, None, range(10), far))  # what is imported once is not counted: not here, nor on the workers
        rows = []
        for name, (function, shared) in sorts.items():
            best = {place: (float("inf"), 0.0) for place in (two, far)}
            for _ in range(given.rounds):
                for place in best:
                    best[place] = min(best[place], seconds(function, shared, given.tasks, place))
            (near, _), (whole, first) = best[two], best[far]
            rows.append({"task": name, "tasks": given.tasks, "-j 2 s": near, "cluster s": whole,
                         "first result s": first, "ratio": whole / near, "ratio from then": (whole - first) / near})  # fmt: skip
    finally:
        cluster.end()
        folder.cleanup()
    table(rows)
    finish({"benchmark": "cluster", "rows": rows}, given.json)


if __name__ == "__main__":
    import cluster as this  # workers import it by its name; what runs as __main__ has none

    this.main()
