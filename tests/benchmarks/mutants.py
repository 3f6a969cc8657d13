"""Benchmark of what `check` finds: wrong runbooks, rules that say something else, and bugs planted in the core.

Usage: python tests/benchmarks/mutants.py [--json FILE] [--write]
Each mutant is checked within the smallest bounds first, until some find it; seconds are of that check alone, in
process, with the search for counterexamples. Each counterexample is then run through the simulator. A mutant of the
rules that is not found is held against the original cell by cell, and the shipped scenarios are run by its rules.
`--write` puts the table into docs/explanation/mutants.md.
"""

import argparse
import importlib
import sys
import time
from collections import Counter
from itertools import product
from pathlib import Path

import attrs
import pytest
from measure import finish, show, table

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Occurrence
from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import ask
from dcsim.domain.rulebook import Rule
from dcsim.files.codes import CODES
from dcsim.files.disk import discover
from dcsim.files.lint_rulebook import rulebook_flaws
from dcsim.files.load import load_pair, load_scenario
from dcsim.rules.mutants import rule_mutants
from dcsim.semantics.intent import fate
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.verdict import verdict

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "explanation" / "mutants.md"
COLUMNS = ("of", "mutant", "found by", "steps", "seconds", "bounds", "why", "told by")
RULEBOOK, RIGHT = "seoch-2fa-2023", "snapshot-standby"
WRONG = ("no-drain", "failback-copy", "restore-friday", "stale-restore-point")
TELLERS = {"failed": "told by scenarios that fail", "noticed": "told by notices of scenarios"}
BOUNDS = ((1, 0, 1), (1, 0, 2), (1, 1, 1), (1, 1, 2))
"""Users, administrators and operations between two ticks; the smallest first."""


def planted():
    sys.path.insert(0, str(ROOT / "tests" / "check"))
    from planted import BEYOND, BUGS

    return BUGS, BEYOND


# -- found by the checker ----------------------------------------------------------------------------------------------


def checked(name, model, after=(), faults=0, errors=0):
    """One row: the smallest bounds within which the mutant breaks something, or the largest."""
    for users, administrators, ops in BOUNDS:
        of = Weekend(model, abstract_accounts(model.rulebook, users, administrators), ops, faults, errors)
        started = time.perf_counter()
        answer = ask(of, lambda part, left: check(part, "auto", left), Budget(seconds=600))
        seconds = time.perf_counter() - started
        assert answer.status != "inconclusive", (name, answer.why)
        broken = answer.broken.get(after, ())
        if broken:
            break
    examples = [example for example in answer.counterexamples if example.invariant in broken]
    assert {example.invariant for example in examples} == set(broken), name
    assert all(example.invariant in simulate(model, example.scenario).invariants for example in examples), name
    return {
        "mutant": name,
        "found by": ", ".join(example.invariant for example in examples) or "-",
        "steps": examples[0].length if examples else "",
        "seconds": seconds,
        "bounds": bounds(users, administrators, ops, faults, errors),
        "why": f"after {' and '.join(after)}" if after else "",
    }


def bounds(*numbers):
    """The bounds in words: ``1 user, 2 ops``."""
    words = zip(numbers, ("user", "DA", "op", "fault", "slip"), strict=True)
    return ", ".join(f"{number} {word}{'s' if number > 1 else ''}" for number, word in words if number)


def runbooks():
    for name in WRONG:
        yield {"of": "runbook"} | checked(name, Model(*load_pair(RULEBOOK, name)))


def bugs(book, steps):
    bugs, mishaps = planted()[0], importlib.import_module("mishap_words").mishaps
    for bug in bugs:
        model = Model(book, steps, bug.policies)
        with pytest.MonkeyPatch.context() as patch:
            bug.plant(patch.setattr)
            yield {"of": "core"} | checked(bug.name, model, mishaps(*bug.after), bug.faults, bug.errors)


def rules(book, steps):
    survivors = Survivors(book, steps)
    for mutant in rule_mutants(book):
        codes = sorted({flaw.code for flaw in rulebook_flaws(mutant.rulebook) if CODES[flaw.code].severity == "error"})
        row = {"of": "rules", "mutant": mutant.name}
        if codes:
            yield row | {"found by": f"lint {', '.join(codes)}"}
            continue
        row |= checked(mutant.name, Model(mutant.rulebook, steps))
        yield row if row["steps"] else row | survivors.explained(mutant.rulebook)


# -- not found by the checker ------------------------------------------------------------------------------------------


class Survivors:
    """Why the right runbook keeps a mutant's rules as well, and what else tells the mutant from the original."""

    def __init__(self, book, steps):
        self.words = words(book)
        self.made = made(book, steps)
        paths = discover([ROOT / "scenarios"])
        cases = [load_scenario(path, invariants=tuple(INVARIANTS)) for path in paths]
        self.cases = [case for case in cases if case.scenario.rulebook == RULEBOOK]
        self.open = [opened(run(case, book)) for case in self.cases]

    def explained(self, book):
        return {"why": self.why(book), "told by": self.told_by(book)}

    def why(self, book):
        """Only cells whose changes some schedule makes count."""
        mutated = words(book)
        other = {cell for cell, word in mutated.items() if word != self.words[cell]}
        met = {cell for cell in other if cell[:3] in self.made}
        opened = sum(not mutated[cell] for cell in met)
        if not other:
            return "equal"
        if not met:
            return "differs in what nobody does"
        return (
            f"permits more: {opened}"
            if opened == len(met)
            else f"kept too: {len(met) - opened}, permits more: {opened}"
        )

    def told_by(self, book):
        runs = [run(case, book) for case in self.cases]
        together = list(zip(self.cases, runs, self.open, strict=True))
        failed = [case for case, trace, _ in together if verdict(case.scenario, trace).status == "failed"]
        noticed = [case for case, trace, before in together if opened(trace) - before]
        return _some(failed, "failed") or _some(noticed, "noticed") or "nothing"


def _some(cases, doing):
    return f"{len(cases)} {doing}: {cases[0].scenario.scenario}{' ...' if len(cases) > 1 else ''}" if cases else ""


def run(case, book):
    return simulate(Model(book, case.runbook, case.scenario.policies), case.scenario)


def opened(trace):
    """The open cells on which a run's outcome depended."""
    return {(n.account, n.notice.where, n.at) for n in trace.noticed if n.notice.kind == "open-cell"}


def words(book):
    """What a rulebook asks for in each cell: nothing where it is open."""
    cells = product(book.accounts, book.kinds, book.timeline, book.by_name)
    return {cell: fate(book, *cell).outcomes for cell in cells if book.order[cell[2]] < book.order[cell[3]]}


def made(book, steps):
    """The changes that some schedule makes, by account, kind and origin: those for which a rule of its own speaks."""
    later = {name: tuple(t for t in book.by_name if book.order[t] > book.order[name]) for name in book.timeline}
    changes = [change for change in product(book.accounts, book.kinds, book.timeline) if later[change[2]]]
    probes = tuple(
        Rule(id=f"{who} {what} {when}", accounts=(who,), changes=(what,), made_in=(when,), at=later[when], fate="carry")
        for who, what, when in changes
    )
    users, administrators, ops = BOUNDS[-1]
    model = Model(attrs.evolve(book, rules=probes), steps)
    explored = check(Weekend(model, abstract_accounts(book, users, administrators), ops))
    return {change for change in changes if explored.fired.get(Occurrence("rule", " ".join(change)))}


def write(rows):
    """Put the table and its sums in the place of the page's."""
    page = PAGE.read_text(encoding="utf-8")
    lines = [COLUMNS, ["---"] * len(COLUMNS), *([show(row.get(name, "")) for name in COLUMNS] for row in rows)]
    text = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    sums = "".join(f"- {line}\n" for line in summary(rows))
    PAGE.write_text(f"{page[: page.index(f'| {COLUMNS[0]} |')]}{text}\nIn sum:\n\n{sums}", encoding="utf-8")


def summary(rows):
    for of in dict.fromkeys(row["of"] for row in rows):
        tellers = Counter(map(teller, (row for row in rows if row["of"] == of)))
        yield f"{of}: {', '.join(f'{number} {by}' for by, number in tellers.most_common())}"


def teller(row):
    """What tells a mutant from the original."""
    if row["found by"] != "-":
        return "found by the lint" if row["found by"].startswith("lint") else "found by the check"
    return next((says for word, says in TELLERS.items() if word in row["told by"]), "told by nothing")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    book, steps = load_pair(RULEBOOK, RIGHT)
    checked(RIGHT, Model(book, steps))  # once for nothing: what is imported on the way is no mutant's time
    rows = [*runbooks(), *rules(book, steps), *bugs(book, steps)]
    table(rows)
    if args.write:
        write(rows)
    finish({"benchmark": "mutants", "rows": rows}, args.json)


if __name__ == "__main__":
    main()
