"""Do the tests bite? Small faults are put into `semantics/`, `rules/` and `simulate/`, one at a time, and tests run.

Usage: python tests/mutation/mutants.py [--sample N] [--seed S] [--jobs J] [--only PART] [--json FILE] [--again]
       [--brief] [--write]
A sample takes from each file its share, the same for the same seed. Each mutant ends at the first test that fails; one
that no test notices has survived, and those that nobody could notice are named, with the reason, in equivalent.py.
`--json` keeps each row as soon as it is known: a run that was stopped goes on where it was, and `--again` tries those
that survived once more. `--write` puts the figures into docs/explanation/mutation.md. Exit code 1: fewer than nine in
ten were killed.
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
SHOWN = ("verdict", "file", "line", "says", "by", "cpu_s")


def drawn(size=None, seed=0):
    """Of each file its share of the sample, as (tests, file, mutant); all, where no size is given."""
    named = [(tests, name) for tests, names in TARGETS.items() for name in names]
    files = [(tests, path) for tests, name in named for path in sorted((ROOT / "dcsim").glob(f"{name}.py"))]
    every = [(tests, path, mutants(path.read_text(encoding="utf-8"))) for tests, path in files]
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


def tried(sample, jobs, *, brief=False):
    """A row for each mutant. The tests must pass without any fault, or nothing that they say of one counts.

    ``brief``: what survives the quick way has survived, and is not tried the thorough way as well.
    """
    for tests in dict.fromkeys(tests for tests, _, _ in sample):
        mine = [(path, mutant) for of, path, mutant in sample if of == tests]
        sound = [*quick(ROOT, tests, [(mine[0][0], None)], 1), *thorough(ROOT, tests, [(mine[0][0], None)], 1)]
        if [row["verdict"] for row in sound] != ["survived", "survived"]:
            sys.exit(f"the tests fail without any fault: {sound}")
        again, cpu_s = [], 5 + 3 * round(max(row["cpu_s"] for row in sound))
        for row in quick(ROOT, tests, mine, jobs, cpu_s):
            if row["verdict"] == "killed" or (brief and row["verdict"] == "survived"):
                yield row
            else:
                again += [(path, m) for path, m in mine if (str(path), m.node, m.way) == of(row)]
        yield from thorough(ROOT, tests, again, jobs, cpu_s)


def of(row):
    """Which mutant a row is about."""
    return row["file"], row["node"], row["way"]


def known(path, sample, *, again):
    """What an earlier run kept about mutants of this sample; a line that has moved or changed is tried anew."""
    if path is None or not path.exists():
        return {}
    rows = {}
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        key = row["file"], row["line"], row["text"], row["says"], row["node"], row["way"]
        # The last verdict counts; the first is kept beside it: it is the one before tests were written for survivors.
        # So is what the wide lists said (wide.py), which is of the same time.
        old = rows.get(key, {"first": row["verdict"]})
        rows[key] = row | {"first": old["first"], "wide": row.get("wide") or old.get("wide", "")}
    found = {}
    for _, file, m in sample:
        name = str(file.relative_to(ROOT))
        row = rows.get((name, m.line, m.text, m.says, m.node, m.way))
        if row and not (again and row["verdict"] == "survived"):
            found[name, m.node, m.way] = row | m._asdict()
    return found


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="part of a file's path")
    parser.add_argument("--json", type=Path, help="where rows are kept, one a line; what stands there is not tried")
    parser.add_argument("--again", action="store_true", help="try once more what survived")
    parser.add_argument("--brief", action="store_true", help="what survives the quick way is not tried the other way")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(argv)
    sample = [one for one in drawn(options.sample, options.seed) if options.only in str(one[1])]
    rows = known(options.json, sample, again=options.again)
    left = [one for one in sample if (str(one[1].relative_to(ROOT)), one[2].node, one[2].way) not in rows]
    # In the order of the drawing, and not file by file: a run that is stopped has tried a fair part.
    left.sort(key=lambda one: one[2].rank(one[1].name, options.seed))
    preload()
    for row in tried(left, options.jobs, brief=options.brief):
        row["file"] = str(Path(row["file"]).relative_to(ROOT))
        rows[of(row)] = row
        if options.json:
            with options.json.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(row) + "\n")
        print(f"{len(rows)}/{len(sample)}", *(row[key] for key in SHOWN), flush=True)
    rows = known(options.json, sample, again=False) if options.json else rows
    found = sorted(rows.values(), key=lambda row: (row["file"], row["line"], row["says"]))
    for row in found:
        row["reason"] = reason(row) if row["verdict"] == "survived" else ""
    if options.write:
        PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), found, options), encoding="utf-8")
    print(summary(found))
    return 0 if sum(row["verdict"] == "killed" for row in found) >= LEAST * len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
