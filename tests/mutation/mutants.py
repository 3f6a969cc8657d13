"""Do the tests bite? Small faults are put into `semantics/`, `rules/` and `simulate/`, one at a time, and tests run.

Usage: python tests/mutation/mutants.py [--sample N] [--seed S] [--jobs J] [--only PART] [--json FILE]
       [--known FILE] [--write]
A sample takes from each file its share, the same for the same seed. Each mutant ends at the first test that fails; one
that no test notices has survived, and those that nobody could notice are named, with the reason, in equivalent.py.
`--write` puts the figures into docs/explanation/mutation.md. Exit code 1: fewer than nine in ten were killed.
"""

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from equivalent import reason
from operators import mutants
from page import PAGE, put, summary
from runner import quick, thorough
from targets import TARGETS

ROOT = Path(__file__).parent.parent.parent
LEAST = 0.9


def drawn(only="", size=None, seed=0):
    """Of each file its share of the sample, as (tests, file, mutant); all, where no size is given."""
    files = [(tests, path) for folder, tests in TARGETS.items() for path in sorted((ROOT / folder).glob("*.py"))]
    every = [(tests, path, mutants(path.read_text(encoding="utf-8"))) for tests, path in files if only in str(path)]
    total = sum(len(found) for _, _, found in every)
    for tests, path, found in every:
        share = len(found) if size is None else max(1, round(size * len(found) / total))
        name = str(path.relative_to(ROOT))
        for mutant in sorted(found, key=lambda m, name=name: m.rank(name, seed))[:share]:
            yield tests, path, mutant


def preload():
    """Load what takes long and is never mutated, so that each process need not."""
    for name in ("attrs", "cattrs", "click", "hypothesis", "hypothesis.stateful", "jsonschema", "numpy", "yaml"):
        import_module(name)
    for name in ("simpy", "structlog"):
        import_module(name)


def tried(sample, jobs):
    """A row for each mutant. The tests must pass without any fault, or nothing that they say of one counts."""
    for tests in dict.fromkeys(tests for tests, _, _ in sample):
        mine = [(path, mutant) for of, path, mutant in sample if of == tests]
        near, wide = tests
        sound = [*quick(ROOT, near, [(mine[0][0], None)], 1), *thorough(ROOT, near + wide, [(mine[0][0], None)], 1)]
        if [row["verdict"] for row in sound] != ["survived", "survived"]:
            sys.exit(f"the tests fail without any fault: {sound}")
        again, cpu_s = [], 5 + 3 * round(max(row["cpu_s"] for row in sound))
        for row in quick(ROOT, near, mine, jobs, cpu_s):
            if row["verdict"] == "killed":
                yield row
            else:
                again += [(path, m) for path, m in mine if (str(path), m.node, m.way) == of(row)]
        yield from thorough(ROOT, near + wide, again, jobs, cpu_s)


def of(row):
    """Which mutant a row is about."""
    return row["file"], row["node"], row["way"]


def killed_before(known, sample):
    """The rows of an earlier run that say of a mutant of this sample that it was killed; its line must be the same."""
    if known is None:
        return []
    rows = {(row["file"], row["line"], row["text"], row["says"]): row for row in json.loads(known.read_text())}
    rows = {key: row for key, row in rows.items() if row["verdict"] == "killed"}
    here = [(str(path.relative_to(ROOT)), mutant) for _, path, mutant in sample]
    found = [(rows.get((file, m.line, m.text, m.says)), m) for file, m in here]
    return [row | {"node": m.node, "way": m.way} for row, m in found if row]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="part of a file's path")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--known", type=Path, help="the JSON of an earlier run: what it killed is not tried again")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(argv)
    sample = list(drawn(options.only, options.sample, options.seed))
    preload()
    rows = killed_before(options.known, sample)
    done = {of(row) for row in rows}
    left = [(tests, path, m) for tests, path, m in sample if (str(path.relative_to(ROOT)), m.node, m.way) not in done]
    for row in tried(left, options.jobs):
        row["file"] = str(Path(row["file"]).relative_to(ROOT))
        row["reason"] = reason(row) if row["verdict"] == "survived" else ""
        rows.append(row)
        told = (row[key] for key in ("verdict", "file", "line", "says", "by", "cpu_s"))
        print(f"{len(rows)}/{len(sample)}", *told, flush=True)
    rows.sort(key=lambda row: (row["file"], row["line"], row["says"]))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    if options.write:
        PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), rows, options), encoding="utf-8")
    print(summary(rows))
    return 0 if sum(row["verdict"] == "killed" for row in rows) >= LEAST * len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
