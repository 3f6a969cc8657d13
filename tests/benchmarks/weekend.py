"""Benchmark of `run`: time and memory of a generated weekend, beside a hand-written SimPy floor; and of start-up.

Usage: python tests/benchmarks/weekend.py [--sizes 100000 1000000] [--rounds 3] [--json FILE]
Each figure is a whole process, the median of the rounds. `bytes_an_account`: what the peak of resident memory is above
that of a tiny run, by account.
"""

import argparse
import sys
from itertools import pairwise
from pathlib import Path

from measure import finish, medians, table

HERE = Path(__file__).parent


TINY = 10
"""A run of so many accounts is what a run costs whatever its size."""


def weekend(n, rounds):
    """One row: n accounts, floor and product; and the product that also finds histories, beside itself."""
    commands = {name: [sys.executable, str(HERE / f"{name}.py"), str(n)] for name in ("floor", "product")}
    tiny = [*commands["product"][:-1], str(TINY)]
    result = medians({**commands, "histories": [*commands["product"], "histories"], "tiny": tiny}, rounds)
    floor, product, tiny = result["floor"], result["product"], result["tiny"]
    return {
        "accounts": n,
        "floor_s": floor["cpu_s"],
        "dcsim_s": product["cpu_s"],
        "times_as_fast": floor["cpu_s"] / product["cpu_s"],
        "tiny_s": tiny["cpu_s"],
        "floor_mib": floor["mib"],
        "dcsim_mib": product["mib"],
        "bytes_an_account": (product["mib"] - tiny["mib"]) * 2**20 / n,
        "histories_ratio": result["histories"]["cpu_s"] / product["cpu_s"],
    }


def growth(rows):
    """From each row to the next: how much more time, as a multiple of how many more accounts; 1 is linear.

    ``without_tiny``: what any run costs is taken off.
    """
    for first, last in pairwise(rows):
        more = last["accounts"] / first["accounts"]
        times = [row["dcsim_s"] for row in (first, last)]
        own = [row["dcsim_s"] - row["tiny_s"] for row in (first, last)]
        yield {
            "from": first["accounts"],
            "to": last["accounts"],
            "floor": last["floor_s"] / first["floor_s"] / more,
            "dcsim": times[1] / times[0] / more,
            "without_tiny": own[1] / own[0] / more,
        }


def start_up(rounds):
    """`dcsim --version` against a bare interpreter."""
    script = str(Path(sys.executable).parent / "dcsim")
    result = medians({"bare": [sys.executable, "-c", "pass"], "version": [script, "--version"]}, rounds * 5)
    bare, version = result["bare"]["wall_s"], result["version"]["wall_s"]
    return {"bare_ms": bare * 1000, "version_ms": version * 1000, "ratio": version / bare}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows, start = [weekend(n, args.rounds) for n in args.sizes], start_up(args.rounds)
    table(rows)
    grown = list(growth(rows))
    print("\ntime as a multiple of linear:")
    table(grown)
    print("\nstart-up of `dcsim --version`:")
    table([start])
    finish({"benchmark": "weekend", "rows": rows, "growth": grown, "start_up": start}, args.json)


if __name__ == "__main__":
    main()
