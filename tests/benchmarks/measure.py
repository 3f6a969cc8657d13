"""What the benchmarks share: whole processes measured in turn, and one way to print a table and JSON."""

import json
import os
import statistics
import subprocess
import time


def run(command, ends=(0,)):
    """A whole process: its wall and CPU seconds, peak MiB, and what it printed. It must end with one of these codes."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall, cpu = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
    assert os.waitstatus_to_exitcode(status) in ends, (command, said)
    return {"wall_s": wall, "cpu_s": cpu, "mib": usage.ru_maxrss / 1024}, said


def best(rounds, jobs):
    """The jobs take turns, for machines are noisy; the fastest of each."""
    runs = [[job() for job in jobs] for _ in range(rounds)]
    return [min(of, key=lambda row: row["wall_s"]) for of in zip(*runs, strict=True)]


def medians(commands, rounds, ends=(0,)):
    """The commands take turns, for machines are noisy; the median of each figure by command."""
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run(command, ends)[0])
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
