"""Benchmark of `dcsim check --ops any`: what a proof without a bound costs, beside bounds of 1, 2, 3 ... operations.

Usage: python tests/benchmarks/unbounded.py [--most 4] [--beside] [--rounds 1] [--time 5m] [--json FILE]
Each row is a whole process of the command line, with start-up, the best of the rounds, which take turns. `pairs`:
pairs of control and lane for `any`, and states for a bound. `x_floor`: CPU seconds as a multiple of the first row's,
which is one operation of one user, measured in the same run; `x_any` as one of any number of operations of one user
without faults. `--most`: the most operations with a bound; five of them take minutes. `--beside`: only these bounds,
with any number of operations beside them. `--time`: the budget of each check; one that is past it is `inconclusive`.
`--beside` also measures the same bounds with canonical lanes, which `dcsim check` uses for no bound (`--canonical N` is
one such check). Rows go to stderr as they come. Any other answer than the one expected ends the benchmark with 1.
"""

import argparse
import json
import sys
from pathlib import Path

import attrs
from measure import best, finish, run, show, table

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.model.slices import FieldSlice
from dcsim.domain.account import FIELDS
from dcsim.usecases.check import Bounds, Who, load_subject

BOOK, LANES = "seoch-2fa-2023", "canonical "
RIGHT, WRONG = "snapshot-standby", "restore-friday"
ANY = [
    ("any", RIGHT, (1, 0, 0, 0), "proved"),
    ("any", WRONG, (1, 0, 0, 0), "violated"),
    ("any", RIGHT, (1, 0, 0, 1), "violated"),
    ("any", RIGHT, (1, 0, 1, 0), "proved"),
    ("any", RIGHT, (1, 0, 1, 1), "violated"),
    ("any", RIGHT, (1, 1, 0, 0), "proved"),
]
"""Operations, runbook, bounds (users, administrators, faults, slips), and what is true within them."""
BOUNDS = ("accounts", "administrators", "faults", "slips")


def checked(ops, runbook, bounds, expected, limit):
    """One check: its bounds, its counts as it says them itself, and its figures."""
    options = [f"--{name}={bound}" for name, bound in zip(BOUNDS, bounds, strict=True)]
    command = [sys.executable, "-m", "dcsim", "check", "--rulebook", BOOK, "--runbook", runbook, *options]
    command += [f"--ops={ops}", f"--time={limit}", "--json"]
    if str(ops).startswith(LANES):
        command = [sys.executable, __file__, "--canonical", ops.removeprefix(LANES)]
    figures, said = run(command, ends=(0, 1, 3))
    found = json.loads(said)
    named = dict(zip(("users", "DAs", "faults", "slips"), bounds, strict=True))
    row = {"ops": str(ops), "runbook": runbook, **named, "engine": found["engine"], "pairs": found["states"]}
    row |= {**figures, "status": found["status"]}
    print(*(show(value) for value in row.values()), file=sys.stderr, flush=True)
    return {**row, "expected": expected, "why": found["why"]}


def canonical(ops):
    """A bounded check with canonical lanes in which nothing is forgotten, told as the command line tells its own."""
    weekend = load_subject(None, BOOK, RIGHT, Who(accounts=1)).within(Bounds(ops))
    whole = FieldSlice(weekend.model, frozenset({*FIELDS, *weekend.model.rulebook.records}))
    parts = attrs.evolve(weekend, slice=whole, composes=False).parts
    found = [check(part, "auto", Budget()) for part in parts]
    status = "violated" if any(part.broken for part in found) else "proved"
    states = sum(part.states for part in found)
    print(json.dumps({"engine": found[0].engine, "states": states, "status": status, "why": ""}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=4)
    parser.add_argument("--beside", action="store_true")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--time", default="5m")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--canonical", type=int)
    args = parser.parse_args()
    if args.canonical:
        canonical(args.canonical)
        return
    bounded = [(ops, RIGHT, (1, 0, 0, 0), "proved") for ops in range(1, args.most + 1)]
    lanes = [(f"{LANES}{ops}", RIGHT, (1, 0, 0, 0), "proved") for ops in range(1, args.most + 1)]
    cases = [*bounded, *(ANY[:1] + lanes if args.beside else ANY)]
    rows = best(args.rounds, [lambda case=case: checked(*case, args.time) for case in cases])
    for row in rows:
        row["x_floor"], row["x_any"] = (row["cpu_s"] / rows[of]["cpu_s"] for of in (0, len(bounded)))
    table([{head: value for head, value in row.items() if head not in ("expected", "why")} for row in rows])
    finish({"benchmark": "unbounded", "rows": rows}, args.json)
    odd = [
        f"{row['expected']} expected: {row}" for row in rows if row["status"] not in (row["expected"], "inconclusive")
    ]
    sys.exit("\n".join(odd) or None)


if __name__ == "__main__":
    main()
