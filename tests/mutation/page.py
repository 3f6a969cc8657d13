"""The figures of a run, as Markdown."""

import subprocess
from collections import defaultdict
from math import sqrt
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "mutation.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def wilson(killed, n, z=1.96):
    """The interval in which the share of killed mutants lies, with 95 % confidence."""
    if not n:
        return 0.0, 1.0
    share, middle = killed / n, killed / n + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def summary(rows):
    """The figures in a line."""
    killed, n = sum(row["verdict"] == "killed" for row in rows), len(rows)
    low, high = wilson(killed, n)
    named = sum(row["verdict"] == "survived" and bool(row["reason"]) for row in rows)
    return (
        f"{n} mutants, {killed} killed ({killed / max(n, 1):.1%}; 95 % interval {low:.1%} to {high:.1%}), "
        f"{n - killed} survived, {named} of them equivalent"
    )


def by_package(rows):
    """A row of the table for each package."""
    packages = defaultdict(list)
    for row in rows:
        packages[row["file"].split("/")[1]].append(row)
    for package, of in sorted(packages.items()):
        killed = sum(row["verdict"] == "killed" for row in of)
        equivalent = sum(row["verdict"] == "survived" and bool(row["reason"]) for row in of)
        low, high = wilson(killed, len(of))
        cells = (len(of), killed, f"{killed / len(of):.1%}", f"{low:.1%} to {high:.1%}", equivalent)
        yield f"| `{package}/` | " + " | ".join(map(str, cells)) + f" | {len(of) - killed - equivalent} |"


def survivors(rows):
    """A table of what survived, and why it may."""
    yield from ("| where | what | why it survived |", "| --- | --- | --- |")
    for row in rows:
        if row["verdict"] == "survived":
            says = row["says"].replace("|", "\\|")
            where, why = row["file"].removeprefix("dcsim/"), row["reason"] or "no test notices it"
            yield f"| `{where}:{row['line']}` | `{says}` | {why} |"


def figures(rows):
    """The figures of all, of each package, and the survivors with reasons."""
    yield from (f"{summary(rows)}.", "", "| package | tried | killed | share | 95 % interval | equivalent | others |")
    yield from ("| --- | --- | --- | --- | --- | --- | --- |", *by_package(rows), "", *survivors(rows))


def put(text, rows, options):
    """The page with new figures in place of the old ones."""
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    words = f"python tests/mutation/mutants.py --sample {options.sample or 'all'} --seed {options.seed} --write"
    made = f"Made by `{words}`; `dcsim/` was last changed by commit {commit()}."
    return f"{head}{BEGIN}\n\n{made}\n\n" + "\n".join(figures(rows)) + f"\n\n{END}{tail}"


def commit():
    """The last commit that changed what is mutated."""
    words = ["git", "log", "-1", "--format=%h", "--", ":/dcsim"]
    return subprocess.run(words, cwd=PAGE.parent, capture_output=True, text=True, check=True).stdout.strip()
