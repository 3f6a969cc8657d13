"""Benchmark of `check`'s engines beside Spin, on the reference model M(n, K).

Usage: python tests/benchmarks/check.py [--rounds 3] [--json FILE]
Each row is a whole process, the best of the rounds, which take turns: wall and CPU seconds and peak MiB with start-up,
and seconds in process, with the construction of tables and without imports (of Spin: what pan says of itself). Spin's
best of a few lossless settings counts, compilation not counted; it is left out where it is not installed.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import best, finish, run, table

HERE = Path(__file__).parent
STATES = 4_490_212
SPEED = {"reduced": [], "unreduced": ["-DNOREDUCE"]}
SMALL = {"collapsed": ["-DCOLLAPSE"], "automaton": ["-DMA=24"]}
FLAGS = ["-O2", "-march=native", "-DNOCLAIM", "-DSAFETY", "-DNOFAIR", "-w"]
CASES = [(2, 2), (2, 3), (2, 4), (2, 5), (1, 5), (1, 7), (1, 9)]
ENGINES = ("interned", "array", "factored")


def ours(engine, n, k, *, leak=False):
    figures, said = run([sys.executable, str(HERE / "m.py"), engine, str(n), str(k), *(["leak"] if leak else [])])
    found = json.loads(said)
    name = f"dcsim {engine}" if engine == found["engine"] else f"dcsim {engine}: {found['engine']}"
    states = found["states"] if len(found["states"]) < 40 else f"{found['states'][:36]}..."
    row = {"model": f"M({n},{k}){' leak' if leak else ''}", "by": name, "states": states, "path": found["path"] or ""}
    return {**row, "process_s": found["seconds"], **figures}


def build(folder, n, k, options, *, leak=False):
    """A compiled checker of the Promela model."""
    folder.mkdir(parents=True)
    source = [str(HERE / "m.pml")]
    subprocess.run(
        ["spin", f"-DN={n}", f"-DK={k}", *(["-DLEAK"] if leak else []), "-a", *source], cwd=folder, check=True
    )
    subprocess.run(["gcc", *FLAGS, *options, "-o", "pan", "pan.c"], cwd=folder, check=True)
    return folder / "pan"


def spin(pan, name, n, k, hash_bits, *, leak=False):
    arguments = ["-i", "-m100"] if leak else ["-m10000"]
    with tempfile.TemporaryDirectory() as folder:
        figures, said = run(["env", "-C", folder, str(pan), *arguments, f"-w{hash_bits}"])
    (states,) = re.findall(r"(\d+) states, stored", said)
    seconds = re.findall(r"elapsed time ([\d.e+-]+) seconds", said)
    row = {"model": f"M({n},{k}){' leak' if leak else ''}", "by": f"spin {name}", "states": states, "path": ""}
    return {**row, "process_s": float(seconds[-1]) if seconds else 0.0, **figures}


def spins(folder):
    """Spin on each case: its fastest settings; on M(2,5) also those that save memory."""
    if not (shutil.which("spin") and shutil.which("gcc")):
        return
    for n, k in CASES:
        settings = {**SPEED, **SMALL} if (n, k) == (2, 5) else SPEED
        for name, options in settings.items():
            pan = build(folder / f"{n}-{k}-{name}", n, k, options)
            for bits in (22, 24) if n == 2 and name in SPEED else (20,):
                yield lambda pan=pan, name=f"{name} w{bits}", n=n, k=k, bits=bits: spin(pan, name, n, k, bits)


def dcsims():
    for n, k in CASES:
        for engine in ENGINES:
            yield lambda engine=engine, n=n, k=k: ours(engine, n, k)
    yield lambda: ours("array", 3, 2)
    yield lambda: ours("factored", 6, 4)
    yield lambda: ours("factored", 1_000_000, 5)
    for engine in (*ENGINES, "bfs", "auto"):
        yield lambda engine=engine: ours(engine, 2, 5, leak=True)


def compare(rows):
    """Each row against Spin's fastest on the same model."""
    fastest = {}
    for row in rows:
        if row["by"].startswith("spin") and row["wall_s"] < fastest.get(row["model"], row)["wall_s"] + 1e-9:
            fastest[row["model"]] = row
    for row in rows:
        peer = fastest.get(row["model"])
        if peer and not row["by"].startswith("spin"):
            row["x_spin_wall"] = peer["wall_s"] / row["wall_s"]
            if peer["process_s"]:  # of the smallest models pan says 0
                row["x_spin_process"] = peer["process_s"] / row["process_s"]
            row["mib_of_spin"] = row["mib"] / peer["mib"]
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = compare(best(args.rounds, [*spins(Path(folder)), *dcsims()]))
    assert all(int(row["states"]) == STATES for row in rows if row["model"] == "M(2,5)")
    table(sorted(rows, key=lambda row: row["model"]))
    finish({"benchmark": "check", "rows": rows}, args.json)


if __name__ == "__main__":
    main()
