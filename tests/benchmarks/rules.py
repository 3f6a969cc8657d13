"""Benchmark of `rules show`, `lint` and `diff` on generated rulebooks, beside PyYAML reading the same files.

Usage: python tests/benchmarks/rules.py [--rules 50 100 200 400] [--sessions 3 6 12 24] [--rounds 3] [--json FILE]
Each figure is a whole process, the best of the rounds, in which the commands take turns. The rulebooks of the first
table have 200 rules, 12 sessions, 40 kinds of change and 4 kinds of account: the target is two seconds for each row.
`diff few` compares a rulebook with one in which 5 rules say otherwise, `diff all` with one in which all do; each two
rules that differ are shown with a scenario. The floor is PyYAML's C loader reading the same files.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from measure import best, finish, run, table
from notices import notice

RULES, SESSIONS, KINDS, ACCOUNTS = 200, 12, 40, 4
FLOOR = "import sys, yaml\nfor path in sys.argv[1:]: yaml.load(open(path), yaml.CSafeLoader)"
TARGET_S = 2.0
EVERY = {"show": None, "lint": None, "diff same": 0, "diff few": 5, "diff all": RULES}


def books(folder, rules, sessions, amended):
    """The paths of a rulebook and, for a diff, of another in which so many rules say otherwise."""
    paths = []
    for number in (0,) if amended is None else (0, amended):
        paths.append(folder / f"{rules}-{sessions}-{number}.yaml")
        paths[-1].write_text(notice(rules, sessions, amended=number))
    if amended == 0:
        paths[-1] = folder / f"{rules}-{sessions}-copy.yaml"
        paths[-1].write_text("# the same\n" + notice(rules, sessions))
    return [str(path) for path in paths]


def rows(folder, rounds, cases):
    """One row for each case: (command, rules, sessions); the floor of each takes turns with it."""
    jobs = []
    for command, rules, sessions in cases:
        paths = books(folder, rules, sessions, EVERY[command])
        verb = command.split()[0]
        jobs += [
            lambda paths=paths: run([sys.executable, "-c", FLOOR, *paths])[0],
            lambda verb=verb, paths=paths: run([sys.executable, "-m", "dcsim", "rules", verb, *paths], (0, 1))[0],
        ]
    figures = best(rounds, jobs)
    for (command, rules, sessions), floor, own in zip(cases, figures[::2], figures[1::2], strict=True):
        cells = ACCOUNTS * KINDS * sessions**2
        yield {
            "command": command,
            "rules": rules,
            "sessions": sessions,
            "cells": cells,
            **own,
            "floor_s": floor["cpu_s"],
            "time_ratio": own["cpu_s"] / floor["cpu_s"],
            "memory_ratio": own["mib"] / floor["mib"],
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rules", type=int, nargs="*", default=[50, 100, 200, 400])
    parser.add_argument("--sessions", type=int, nargs="*", default=[3, 6, 12, 24])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    grown = [(command, rules, SESSIONS) for command in ("show", "lint", "diff few") for rules in args.rules]
    grown += [(command, RULES, sessions) for command in ("show", "lint", "diff few") for sessions in args.sessions]
    with tempfile.TemporaryDirectory() as folder:
        whole = list(rows(Path(folder), args.rounds, [(command, RULES, SESSIONS) for command in EVERY]))
        growth = list(rows(Path(folder), args.rounds, grown))
    for row in whole:
        row["target"] = "met" if row["wall_s"] < TARGET_S else f"above {TARGET_S:g} s"
    table(whole)
    print("\ngrowth with rules and with sessions:")
    table(growth)
    finish({"benchmark": "rules", "target_s": TARGET_S, "rows": whole, "growth": growth}, args.json)


if __name__ == "__main__":
    main()
