"""What the benchmarks share: whole processes measured in turn, and one way to print a table and JSON."""

import json
import os
import statistics
import subprocess
import time


def measure(command):
    """CPU seconds, wall seconds and peak MiB of a whole process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    wall = time.perf_counter() - start
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "mib": usage.ru_maxrss / 1024}


def medians(commands, rounds):
    """The commands take turns, for machines are noisy; the median of each figure by command."""
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(measure(command))
    return {
        name: {figure: statistics.median(run[figure] for run in of) for figure in of[0]} for name, of in runs.items()
    }


def show(value):
    """A figure in few digits."""
    return (
        f"{value:.3g}"
        if isinstance(value, float) and value < 1000
        else f"{value:,.0f}"
        if isinstance(value, float)
        else str(value)
    )


def table(rows):
    """Print rows (mappings with the same keys) as one aligned table."""
    heads = list(dict.fromkeys(key for row in rows for key in row))
    cells = [heads, *([show(row.get(head, "")) for head in heads] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(heads))]
    for line in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


def finish(document, path):
    """Write the JSON beside the table: to a file, or to stdout."""
    text = json.dumps(document, indent=2)
    if path:
        path.write_text(text + "\n")
    else:
        print(text)
