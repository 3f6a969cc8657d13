"""Benchmark of `dcsim check` on its own model: how time and memory grow with each bound.

Usage: python tests/benchmarks/growth.py [--rounds 1] [--json FILE]
Each row is a whole process of the command line, with start-up, the best of the rounds, which take turns; budgets are
the command's own. `x_floor`: its CPU seconds as a multiple of the floor's, which is the plain search of M(2,2), the
fastest of some before and after. An answer that is not the one expected, or no answer, ends the benchmark with 1.
"""

import argparse
import json
import sys
from pathlib import Path

from check import ours
from measure import best, finish, run, table

RIGHT = "snapshot-standby"
WRONG = ("failback-copy", "no-drain", "restore-friday", "stale-restore-point")
BOUNDS = ("accounts", "administrators", "ops", "faults", "errors")
CASES = [
    *(((accounts, 0, 1, 0, 0), "proved") for accounts in (1, 2, 3, 4)),
    *(((accounts, 0, 2, 0, 0), "proved") for accounts in (1, 2, 3)),
    *(((1, 0, ops, 0, 0), "proved") for ops in (3, 4, 5)),
    ((2, 0, 3, 0, 0), "proved"),
    ((1, 0, 2, 1, 0), "proved"),
    ((1, 0, 2, 2, 0), "violated"),
    ((1, 0, 2, 0, 1), "violated"),
    ((1, 0, 2, 0, 2), "violated"),
    *(((1, 1, ops, 0, 0), "proved") for ops in (1, 2)),
    *(((1, 1, ops, 1, 0), "proved") for ops in (1, 2)),
    *(((1, 1, ops, 0, 1), "violated") for ops in (1, 2)),
    ((2, 0, 3, 1, 1), "violated"),
]
"""Bounds of the right runbook, and what is true within them; the wrong ones have the default bounds."""
FLOORS = 3


def checked(runbook, expected, bounds=()):
    """One check: its bounds and its counts as it says them itself, and its figures."""
    options = [f"--{name}={bound}" for name, bound in zip(BOUNDS, bounds, strict=False)]
    command = [sys.executable, "-m", "dcsim", "check", "--rulebook", "seoch-2fa-2023", "--runbook", runbook]
    figures, said = run([*command, *options, "--json"], ends=(0, 1, 3))
    found = json.loads(said)
    kinds = [account["kind"] for account in found["bounds"].pop("accounts")]
    row = {"runbook": runbook, "users": kinds.count("user"), "DAs": kinds.count("da"), **found["bounds"]}
    counts = {name: count(found[name], exact=found["exact"]) for name in ("states", "transitions")}
    row |= {"engine": found["engine"], **counts, **figures, "status": found["status"]}
    return {**row, "expected": expected, "why": found["why"]}


def count(number, *, exact):
    return f"{'' if exact else '<= '}{number:,}" if isinstance(number, int) else number


def jobs():
    for bounds, expected in CASES:
        yield lambda bounds=bounds, expected=expected: checked(RIGHT, expected, bounds)
    for runbook in WRONG:
        yield lambda runbook=runbook: checked(runbook, "violated")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    ends = [lambda: ours("bfs", 2, 2)] * FLOORS
    measured = best(args.rounds, [*ends, *jobs(), *ends])
    rows, floors = measured[FLOORS:-FLOORS], [row["cpu_s"] for row in measured[:FLOORS] + measured[-FLOORS:]]
    for row in rows:
        row["x_floor"] = row["cpu_s"] / min(floors)
    table([{head: row[head] for head in row if head not in ("expected", "why")} for row in rows])
    print(f"\nfloor: {min(floors):.3g} to {max(floors):.3g} CPU seconds")
    finish({"benchmark": "growth", "floor_cpu_s": floors, "rows": rows}, args.json)
    odd = [f"{row['expected']} expected: {row}" for row in rows if row["status"] != row["expected"]]
    sys.exit("\n".join(odd) or None)


if __name__ == "__main__":
    main()
