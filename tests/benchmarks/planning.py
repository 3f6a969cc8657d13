"""Benchmark of planning a large weekend: a population that lives, run once and swept, and what a plan costs by that.

Usage: python tests/benchmarks/planning.py [--sizes 100000 1000000] [--rounds 1] [--json FILE]
Each figure is a whole process, the median of the rounds. The plan is 30 points of a sweep with 20 seeds each; its cost
on machines of `--cores` cores is the runs by the CPU seconds of one, plus the measured cost of a cluster for each.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from measure import finish, medians, table

TEXT = """
scenario: launch-weekend
title: A crowd sets 2FA up early, late or never
rulebook: seoch-2fa-2023
runbook: snapshot-standby
population:
  users: {users}
  das: {das}
  email: registered
  smartcard: friday
  behaviour:
    early:
      weight: 8
      steps:
      - {{at: session-1, spread: {{until: session-1 closes, curve: rush}}, do: initiate-2fa, password: P, channel: app}}
      - {{at: monday +9h, spread: {{until: monday +10h}}, do: logon, with: otp, password: P}}
    changes:
      weight: 3
      steps:
      - {{at: session-1 +5m, spread: {{until: session-1 closes -5m}}, do: initiate-2fa, password: P, channel: app}}
      - {{at: session-2 +5m, spread: {{until: session-2 closes}}, do: change-password, from: P, to: Q}}
      - {{at: monday, spread: {{until: monday +9h}}, do: logon, with: otp, password: Q, expect: refused wrong-password}}
      - {{after: {{uniform: [20s, 3m]}}, if: refused, do: logon, with: otp, password: P}}
    never: 1
"""
POINTS, SEEDS = 30, 20
MACHINES = (1, 10)
CLUSTER_S = 1.5
"""CPU seconds that a cluster costs a command once (`tests/benchmarks/cluster.py`)."""


def weekend(folder, users, rounds):
    """One row: a run, and a sweep of two points with two seeds each, of a crowd. Bytes are those beyond a run
    of a crowd of 100.
    """
    path, small = folder / f"crowd-{users}.yaml", folder / "crowd-100.yaml"
    path.write_text(TEXT.format(users=users, das=users // 50))
    small.write_text(TEXT.format(users=100, das=2))
    dcsim = [sys.executable, "-m", "dcsim"]
    sweep = ["sweep", str(path), "--vary", "link.lag=1s,2s", "--runs", "2"]
    runs = {"small": [*dcsim, "run", str(small)], "one": [*dcsim, "run", str(path)], "sweep": [*dcsim, *sweep]}
    result = medians(runs, rounds)
    small, one, swept = result["small"], result["one"], result["sweep"]
    accounts = users + users // 50
    return {
        "accounts": accounts,
        "run_cpu_s": one["cpu_s"],
        "run_mib": one["mib"],
        "bytes_an_account": (one["mib"] - small["mib"]) * 2**20 / accounts,
        "swept_run_cpu_s": swept["cpu_s"] / 4,
        "swept_mib": swept["mib"],
    }


def plan(row, cores):
    """What a plan of so many runs costs, by arithmetic."""
    runs, each = POINTS * SEEDS, row["swept_run_cpu_s"]
    for machines in MACHINES:
        workers = machines * cores
        seconds = runs * each / workers + (CLUSTER_S if machines > 1 else 0)
        yield {
            "accounts": row["accounts"],
            "runs": runs,
            "machines": machines,
            "cores": workers,
            "minutes": seconds / 60,
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [weekend(Path(folder), users, args.rounds) for users in args.sizes]
    table(rows)
    plans = [each for row in rows for each in plan(row, args.cores)]
    print(f"\na sweep of {POINTS} points with {SEEDS} seeds each, by arithmetic:")
    table(plans)
    finish({"benchmark": "planning", "rows": rows, "plans": plans}, args.json)


if __name__ == "__main__":
    main()
