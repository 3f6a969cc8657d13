"""The figures of a run, as Markdown."""

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


def figures(rows):
    """A table by file, and the survivors with reasons."""
    by_file = defaultdict(list)
    for row in rows:
        by_file[row["file"]].append(row)
    yield from (f"{summary(rows)}.", "", "| file | tried | killed |", "| --- | --- | --- |")
    for file, of in sorted(by_file.items()):
        yield f"| `{file}` | {len(of)} | {sum(row['verdict'] == 'killed' for row in of)} |"
    yield from ("", "Survivors:", "", "| where | what | why |", "| --- | --- | --- |")
    for row in rows:
        if row["verdict"] == "survived":
            says = row["says"].replace("|", "\\|")
            where, why = row["file"].removeprefix("dcsim/"), row["reason"] or "no test notices it yet"
            yield f"| `{where}:{row['line']}` | `{says}` | {why} |"


def put(text, rows, options):
    """The page with new figures in place of the old ones."""
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    words = f"python tests/mutation/mutants.py --sample {options.sample or 'all'} --seed {options.seed} --write"
    told = "\n".join((f"Made by `{words}`.", "", *figures(rows)))
    return f"{head}{BEGIN}\n\n{told}\n\n{END}{tail}"
