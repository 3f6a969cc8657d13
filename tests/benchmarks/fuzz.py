"""Benchmark of `fuzz`: how fast both engines draw, whether memory stays flat, and what they find of seeded bugs.

Usage: python tests/benchmarks/fuzz.py [--only speed|coverage|memory|mutants] [--seeds 3] [--json FILE] [--write]
`plain` is a Hypothesis state machine over the same step, written as its manual has it: the floor that the engines are
measured by. Each mutant is sought by the hypothesis engine in batches of 500, up to 2,000 examples; what is found is
minimised and finished by the check as `dcsim fuzz` does, and held against the check's shortest counterexample.
`--write` puts the tables into docs/explanation/fuzzing.md.
"""

import argparse
import contextlib
import io
import itertools
import resource
import sys
import time
from functools import partial
from pathlib import Path

import attrs
import pytest
from measure import finish, table
from mutants import RIGHT, RULEBOOK, WRONG, bounds, planted
from plain import plain, until_shrunk

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import ask
from dcsim.files.codes import CODES
from dcsim.files.lint_rulebook import rulebook_flaws
from dcsim.files.load import load_pair
from dcsim.fuzzer.by_hypothesis import by_hypothesis
from dcsim.fuzzer.decode import Space
from dcsim.fuzzer.minimise import minimise, size
from dcsim.fuzzer.random_walk import walk
from dcsim.fuzzer.seeds import number_of
from dcsim.rules.mutants import rule_mutants, runbook_mutants
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.usecases import fuzz_batch
from dcsim.usecases.fuzz import FINISH_STATES
from dcsim.usecases.fuzz_batch import Runner, _by_hypothesis, run_batch
from dcsim.usecases.fuzz_campaign import BATCH as BATCHES
from dcsim.usecases.fuzz_campaign import Campaign
from dcsim.usecases.shorten_by_check import Work, shorten

sys.path.insert(0, str(Path(__file__).parent.parent / "agreement"))
import classes

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "fuzzing.md"
BATCH, MOST = 500, 2000
SIZES = {"hypothesis": (500, 5000), "random": (2000, 20_000, 200_000, 2_000_000)}
"""Examples of the campaigns that are timed; each begins cold."""
MEMORY = {"hypothesis": 50_000, "random": 50_000}
PLAIN = 300


# -- speed -------------------------------------------------------------------------------------------------------------


def timed():
    return {"engine": "plain state machine"} | plain(Model(*load_pair(RULEBOOK, RIGHT)), PLAIN)


def campaign(engine, **more):
    rulebook, runbook = load_pair(RULEBOOK, RIGHT)
    return Campaign(rulebook=rulebook, runbook=runbook, engine=engine, **more)


def drawn(engine, most):
    """A campaign in this process from a cold start, so many examples; what its core took, as far as it is counted."""
    asked, took = campaign(engine, seed=1, examples=most), {"steps": 0}
    fuzz_batch._kept.clear()

    def counted(*args, **options):
        trace = simulate(*args, **options)
        took["steps"] += trace.actions
        return trace

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fuzz_batch, "simulate", counted)
        started = time.perf_counter()
        done = [run_batch(asked, *part) for part in asked.parts()]
        seconds = time.perf_counter() - started
    steps = took["steps"] if engine == "hypothesis" else sum(batch.steps for batch in done)
    return {"engine": engine, "examples": sum(batch.examples for batch in done), "steps": steps, "seconds": seconds}


def speed():
    rows = [timed(), *(drawn(engine, most) for engine, sizes in SIZES.items() for most in sizes), timed()]
    floor = max(row["examples"] / row["seconds"] for row in (rows[0], rows[-1]))
    for row in rows:
        row["examples/s"], row["steps/s"] = row["examples"] / row["seconds"], row["steps"] / row["seconds"]
        row["x plain"] = row["examples/s"] / floor
    return rows


# -- coverage ----------------------------------------------------------------------------------------------------------


def walked(walks, administrators, ops):
    """What random walks visit of the states at which there is a choice."""
    of = bounded_model(administrators, ops)
    _, ways = classes.choices(of)
    missing = ways - walk(of, 1, walks, lambda: False).seen
    return covered("random", walks, administrators, ops, ways, classes.tell_choices(of, missing))


def simulated(examples, ops):
    """What the simulator visits of the classes of lanes, when it runs what Hypothesis draws, cut down to the bounds."""
    of, visited = bounded_model(0, ops), set()
    ways = classes.lanes(of)

    def run(scenario):
        for case in classes.within(of, [scenario], ops):
            visited.update(classes.watched(of.model, case).visited)
        return ()

    by_hypothesis(Space(of.model.rulebook, of.model.runbook, 1, 0, 0), run, number_of(1, 0), examples, lambda: False)
    assert visited <= ways, visited - ways
    return covered("hypothesis", examples, 0, ops, ways, classes.tell_lanes(of, ways - visited))


def bounded_model(administrators, ops):
    book, steps = load_pair(RULEBOOK, RIGHT)
    return Weekend(Model(book, steps), abstract_accounts(book, 1, administrators), ops)


def covered(engine, examples, administrators, ops, ways, missing):
    return {
        "engine": engine,
        "bounds": bounds(1, administrators, ops, 0, 0),
        "examples": examples,
        "visited": len(ways) - sum(int(sort.split()[0]) for sort in missing),
        "reachable": len(ways),
        "not reached": "; ".join(missing) or "-",
    }


def coverage():
    rows = [walked(*of) for of in ((4000, 0, 1), (30_000, 1, 1), (20_000, 0, 2), (1_000_000, 0, 3))]
    return rows + [simulated(*of) for of in ((2000, 1), (20_000, 1), (2000, 2), (10_000, 2))]


# -- memory ------------------------------------------------------------------------------------------------------------


def memory():
    """The peak after the first batches and after all: what a batch needs it gives back."""
    rows = []
    for engine, most in MEMORY.items():
        asked = campaign(engine, seed=1)
        peaks, batch = [], min(BATCHES[engine], most // 10)
        for number in range(most // batch):
            run_batch(asked, number, batch)
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        tenth, half = (peaks[len(peaks) // part - 1] for part in (10, 2))
        rows.append({"engine": engine, "examples": most, "tenth MiB": tenth, "half MiB": half, "all MiB": peaks[-1]})
    return rows


# -- mutants -----------------------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class Seeded:
    """A bug: a model, what to patch, how many faults and slips it takes; where the check cannot tell, what it breaks
    with how many acts at least, and nothing else counts.
    """

    of: str
    name: str
    model: Model
    plant: object = lambda _patch: None
    faults: int = 0
    errors: int = 0
    invariant: str = ""
    length: int | None = None


def mutants():
    book, steps = load_pair(RULEBOOK, RIGHT)
    for name in WRONG:
        yield Seeded("runbook", name, Model(*load_pair(RULEBOOK, name)))
    for bug in itertools.chain(*planted()):
        model = Model(book, steps, bug.policies)
        yield Seeded("core", bug.name, model, bug.plant, bug.faults, bug.errors, bug.invariant, bug.length)
    for mutant in runbook_mutants(steps):
        yield Seeded("step", mutant.name, Model(book, mutant.runbook))
    for mutant in rule_mutants(book):
        if not any(CODES[flaw.code].severity == "error" for flaw in rulebook_flaws(mutant.rulebook)):
            yield Seeded("rules", mutant.name, Model(mutant.rulebook, steps))


def shortest(bug):
    """What the check breaks without faults beyond those the bug needs, with the length of each shortest."""
    if bug.length:
        return {bug.invariant: bug.length}
    for users, administrators, ops in ((1, 0, 1), (1, 0, 2), (1, 1, 1)):
        accounts = abstract_accounts(bug.model.rulebook, users, administrators)
        of = Weekend(bug.model, accounts, ops, bug.faults, bug.errors)
        answer = ask(of, lambda part, left: check(part, "auto", left), Budget(seconds=120))
        if answer.counterexamples:
            return {example.invariant: example.length for example in answer.counterexamples}
    return {}


def sought(bug, number):
    """One campaign: until the hypothesis engine has found what the check found, or the examples are used up."""
    policies = bug.model.overrides
    runner = Runner(bug.model, Table(bug.model))
    asked = campaign("hypothesis", seed=number, faults=bug.faults, slips=bug.errors)
    started, at = time.perf_counter(), None
    for batch in range(MOST // BATCH):
        _, _, found, first = _by_hypothesis(asked, runner, batch, BATCH, lambda: False)
        if bug.length:
            found, first = ({name: of[name] for name in of if name == bug.invariant} for of in (found, first))
        if found:
            at = BATCH * batch + min(first.values())
            break
    seconds, started = time.perf_counter() - started, time.perf_counter()
    if at is None:
        return {"examples": None, "seconds": seconds, "shrunk": 0, "found": {}}
    ends = {}
    for name, scenario in found.items():
        shorter = minimise(attrs.evolve(scenario, policies=policies), partial(runner.breaks, name))
        fresh = abstract_accounts(bug.model.rulebook, 1, 1)
        done = shorten(bug.model, shorter, name, Work(states=FINISH_STATES), others=fresh)
        ends[name] = (size(done), done.label)
    return {"examples": at, "seconds": seconds, "shrunk": time.perf_counter() - started, "found": ends}


def hunted(bug, seeds):
    with pytest.MonkeyPatch.context() as patch:
        bug.plant(patch.setattr)
        proofs = shortest(bug)
        if not proofs:
            return None
        runs = [sought(bug, number) for number in range(1, seeds + 1)]
        floor = until_shrunk(bug.model, MOST)
    ends = [(name, *end) for run in runs for name, end in run["found"].items()]
    known = [end for end in ends if end[0] in proofs]
    hits = [run["examples"] for run in runs if run["examples"]]
    return {
        "of": bug.of,
        "mutant": bug.name,
        "found": f"{len(hits)}/{seeds}",
        "examples": " ".join(map(str, hits)) or "-",
        "find s": max(run["seconds"] for run in runs),
        "shrink s": max(run["shrunk"] for run in runs),
        "plain s": floor,
        "results": len(ends),
        "shortest": sum(end[2] == "shortest" or end[1] <= proofs.get(end[0], 0) for end in ends),
        "longer than the check's": sum(end[1] > proofs[end[0]] for end in known),
    }


def found(seeds, limit):
    started, rows = time.perf_counter(), []
    for bug in mutants():
        if time.perf_counter() - started > limit:
            break
        row = hunted(bug, seeds)
        if row:
            rows.append(row)
            print(row, file=sys.stderr, flush=True)
    return rows


def summary(rows):
    hit = sum(row["found"].split("/")[0] == row["found"].split("/")[1] for row in rows)
    results, shortest_ones = sum(row["results"] for row in rows), sum(row["shortest"] for row in rows)
    share = 100 * shortest_ones / results if results else 0
    slowest = max((row["find s"] + row["shrink s"] for row in rows), default=0)
    return (
        f"{hit} of {len(rows)} seeded bugs found by every seed within {MOST:,} examples, the slowest in "
        f"{slowest:.1f} s with shrinking; {shortest_ones} of {results} results ({share:.0f}%) are shortest."
    )


# -- the page ----------------------------------------------------------------------------------------------------------


def printed(rows):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        table(rows)
    return out.getvalue()


def text_of(name, rows):
    """A table; what coverage lacks, and what mutants come to, is told below it."""
    lines = [{head: value for head, value in row.items() if head != "not reached"} for row in rows]
    missing = "".join(
        f"\n- {row['engine']}, {row['bounds']}, {row['examples']:,} examples: {row['not reached']}."
        for row in rows
        if row.get("not reached", "-") != "-"
    )
    text = f"```\n{printed(lines)}```\n" + (f"\nNot reached:\n{missing}\n" if missing else "")
    return f"{text}\n{summary(rows)}\n" if name == "mutants" else text


def write(texts):
    page = PAGE.read_text(encoding="utf-8")
    for name, text in texts.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"
    PAGE.write_text(page, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=["speed", "coverage", "memory", "mutants"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=3600, help="seconds after which no other mutant is begun")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    document, texts = {"benchmark": "fuzz"}, {}
    jobs = {"speed": speed, "coverage": coverage, "memory": memory, "mutants": lambda: found(args.seeds, args.limit)}
    for name, job in jobs.items():
        if args.only in (None, name):
            rows = job()
            document[name] = rows
            texts[name] = text_of(name, rows)
            print(texts[name])
    if args.write:
        write(texts)
    finish(document, args.json)


if __name__ == "__main__":
    main()
