"""Benchmark of `run`: time and memory of a generated weekend, beside a hand-written SimPy floor; and of start-up.

Usage: python tests/benchmarks/weekend.py [--sizes 10000 100000] [--rounds 3] [--json FILE]
Each figure is a whole process, the median of the rounds.
"""

import argparse
import sys
from pathlib import Path

from measure import finish, medians, table

HERE = Path(__file__).parent


def weekend(n, rounds):
    """One row: n accounts, floor and product; and the product that also finds histories, beside itself."""
    commands = {name: [sys.executable, str(HERE / f"{name}.py"), str(n)] for name in ("floor", "product")}
    result = medians({**commands, "histories": [*commands["product"], "histories"]}, rounds)
    floor, product = result["floor"], result["product"]
    return {
        "accounts": n,
        "floor_s": floor["cpu_s"],
        "dcsim_s": product["cpu_s"],
        "time_ratio": product["cpu_s"] / floor["cpu_s"],
        "floor_mib": floor["mib"],
        "dcsim_mib": product["mib"],
        "memory_ratio": product["mib"] / floor["mib"],
        "histories_ratio": result["histories"]["cpu_s"] / product["cpu_s"],
    }


def start_up(rounds):
    """`dcsim --version` against a bare interpreter."""
    script = str(Path(sys.executable).parent / "dcsim")
    result = medians({"bare": [sys.executable, "-c", "pass"], "version": [script, "--version"]}, rounds * 5)
    bare, version = result["bare"]["wall_s"], result["version"]["wall_s"]
    return {"bare_ms": bare * 1000, "version_ms": version * 1000, "ratio": version / bare}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows, start = [weekend(n, args.rounds) for n in args.sizes], start_up(args.rounds)
    first, last = rows[0], rows[-1]
    growth = {name: last[f"{name}_s"] / first[f"{name}_s"] for name in ("floor", "dcsim")}
    table(rows)
    print(f"\ngrowth from {first['accounts']} to {last['accounts']} accounts (time ratio):")
    table([growth])
    print("\nstart-up of `dcsim --version`:")
    table([start])
    finish({"benchmark": "weekend", "rows": rows, "growth": growth, "start_up": start}, args.json)


if __name__ == "__main__":
    main()
