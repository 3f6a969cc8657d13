"""Benchmark of `reconcile`: time and memory of a day of many accounts, each with a password of its own.

Usage: python tests/benchmarks/reconcile.py [--sizes 10000 100000] [--rounds 3] [--json FILE]
Each figure is a whole process, the median of the rounds. `right`: the day is as the runbook has it. `copied back`: on
Monday every account holds what it changed in Session 2.
"""

import argparse
import csv
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from measure import finish, medians, run, table

SCENARIO = """\
scenario: many
title: Many accounts
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {{population: {n}, prefix: U, kind: user, participant: B1, email: registered, smartcard: friday}}
"""


def write_day(folder, n, *, copied):
    """A scenario, a log of four acts an account, and a dump."""
    (folder / "many.yaml").write_text(SCENARIO.format(n=n))
    first, second, monday = map(datetime.fromisoformat, ("2023-06-10T18:00", "2023-06-10T22:00", "2023-06-12T09:00"))
    acts = []
    for i in range(1, n + 1):
        name, old, new = f"U{i}", f"s3cret-{i}", f"n3w-{i}"
        at = timedelta(milliseconds=i * 3_000_000 // n)
        acts += [
            (first + at, name, "initiate-2fa", "", "", old, "email", "accepted"),
            (first + at + timedelta(minutes=55), name, "logon", "", "", old, "", "accepted"),
            (second + at, name, "change-password", old, new, "", "", "accepted"),
            (monday + at, name, "logon", "", "", new if copied else old, "", "accepted"),
        ]
    acts.sort(key=lambda act: act[0])
    with (folder / "day.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "account", "act", "from", "to", "password", "channel", "outcome"])
        writer.writerows(acts)
    with (folder / "monday.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["account", "password", "channel", "email", "smartcard"])
        kept = "n3w" if copied else "s3cret"
        writer.writerows((f"U{i}", f"{kept}-{i}", "email", "yes", "friday") for i in range(1, n + 1))


def measured(n, rounds):
    """One row: n accounts, both days."""
    row = {"accounts": n, "lines": 4 * n}
    for name, copied in (("right", False), ("copied back", True)):
        with tempfile.TemporaryDirectory() as tmp:
            folder = Path(tmp)
            write_day(folder, n, copied=copied)
            files = [str(folder / file) for file in ("many.yaml", "day.csv", "monday.csv")]
            words = [sys.executable, "-m", "dcsim", "reconcile", files[0], "--log", files[1], "--dump", files[2]]
            _, said = run(words, ends=(int(copied),))
            assert ("failback-copy" in said) is copied, said
            figures = medians({name: words}, rounds)[name] if not copied else run(words, ends=(1,))[0]
            row |= {f"{name}_{figure}": figures[figure] for figure in ("wall_s", "cpu_s", "mib")}
    return row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = [measured(n, args.rounds) for n in args.sizes]
    table(rows)
    finish({"benchmark": "reconcile", "rows": rows}, args.json)


if __name__ == "__main__":
    main()
