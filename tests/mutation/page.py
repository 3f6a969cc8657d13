"""The figures of a run, as Markdown."""

import subprocess
from collections import defaultdict
from math import sqrt
from operator import itemgetter
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "mutation.md"
LAST = itemgetter("verdict")
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def wilson(killed, n, z=1.96):
    """The interval in which the share of killed mutants lies, with 95 % confidence."""
    if not n:
        return 0.0, 1.0
    share, middle = killed / n, killed / n + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def first(row):
    """The first verdict on a mutant, before tests were written for what survived."""
    return row.get("first", row["verdict"])


def wide(row):
    """The first verdict of the quick lists and of those that wide.py tries, in one."""
    return "killed" if row.get("wide") == "killed" else first(row)


def summary(rows, verdict=first):
    """The figures in a line."""
    killed, n = sum(verdict(row) == "killed" for row in rows), len(rows)
    low, high = wilson(killed, n)
    return f"{killed} of {n} mutants killed: {killed / max(n, 1):.1%} (95 % interval {low:.1%} to {high:.1%})"


def by_package(rows):
    """A row of the table for each package."""
    packages = defaultdict(list)
    for row in rows:
        packages[row["file"].split("/")[1]].append(row)
    for package, of in sorted(packages.items()):
        killed, wider, now = (sum(verdict(row) == "killed" for row in of) for verdict in (first, wide, LAST))
        equivalent = sum(row["verdict"] == "survived" and bool(row["reason"]) for row in of)
        low, high = wilson(killed, len(of))
        cells = (len(of), killed, f"{killed / len(of):.1%}", f"{low:.1%} to {high:.1%}", wider, now, equivalent)
        yield f"| `{package}/` | " + " | ".join(map(str, cells)) + f" | {len(of) - now - equivalent} |"


def survivors(rows):
    """A table of what survived at first: which test kills it since, or why it may survive."""
    yield from ("| where | what | now |", "| --- | --- | --- |")
    for row in rows:
        if first(row) == "survived":
            says = row["says"].replace("|", "\\|")
            since = f"killed by `{row['by'].split('[')[0].removeprefix('tests/')}`"
            now = since if row["verdict"] == "killed" else row["reason"] or "survives: no test of the lists notices it"
            yield f"| `{row['file'].removeprefix('dcsim/')}:{row['line']}` | `{says}` | {now} |"


def figures(rows):
    """The figures of all, of each package, and what survived."""
    yield from (f"Quick lists, before tests were written for survivors: {summary(rows)}.", "")
    yield from (f"Quick lists or wide ones, before: {summary(rows, wide)}.", "")
    yield from (f"Quick lists or wide ones, after: {summary(rows, LAST)}.", "")
    yield "| package | tried | killed | share | 95 % interval | or by wide | killed after | equivalent | others |"
    yield from ("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", *by_package(rows), "", *survivors(rows))


def put(text, rows, options):
    """The page with new figures in place of the old ones."""
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    words = f"python tests/mutation/mutants.py --sample {options.sample or 'all'} --seed {options.seed} --write"
    made = f"Made by `{words}`;\n`dcsim/` was last changed by commit {commit()}."
    return f"{head}{BEGIN}\n\n{made}\n\n" + "\n".join(figures(rows)) + f"\n\n{END}{tail}"


def commit():
    """The last commit that changed what is mutated."""
    words = ["git", "log", "-1", "--format=%h", "--", ":/dcsim"]
    return subprocess.run(words, cwd=PAGE.parent, capture_output=True, text=True, check=True).stdout.strip()
