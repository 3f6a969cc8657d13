"""One meaning, four engines: simulator, checker, and both fuzzers agree on what happens and on what breaks."""

import json
from functools import cache
from random import Random

import pytest
from classes import choices, lanes, watched, within

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import ask
from dcsim.files.load import load_pair
from dcsim.fuzzer.decode import LEAST_BYTES, Space, decode
from dcsim.fuzzer.random_walk import walk
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.jsonl import write_event
from dcsim.trace.replay import replay
from dcsim.usecases.fuzz import fuzz
from dcsim.usecases.fuzz_campaign import Campaign

RULEBOOK = "seoch-2fa-2023"
RIGHT = "snapshot-standby"
WRONG = ("failback-copy", "no-drain", "restore-friday", "stale-restore-point")
EXAMPLES = {"hypothesis": 200, "random": 150}


def drawn(space, seeds):
    """Scenarios of fixed seeds, of every length."""
    for seed in seeds:
        random = Random(seed)
        yield decode(random.randbytes(LEAST_BYTES + 6 * random.randrange(30)), space, f"drawn-{seed}")


@cache
def weekend(runbook=RIGHT, users=1, administrators=0, ops=1):
    book, steps = load_pair(RULEBOOK, runbook)
    return Weekend(Model(book, steps), abstract_accounts(book, users, administrators), ops)


# -- the simulator and the pure core -----------------------------------------------------------------------------------


@pytest.mark.parametrize("runbook", [RIGHT, *WRONG])
def test_what_the_simulator_did_the_pure_core_does_again(runbook):
    """Whatever is drawn, with faults and slips: each event replays to the same digest."""
    model = Model(*load_pair(RULEBOOK, runbook))
    space = Space(model.rulebook, model.runbook, accounts=3, faults=2, slips=2)
    for scenario in drawn(space, range(8)):
        trace = simulate(model, scenario, tracing=True)
        events = [json.loads(json.dumps(write_event(event))) for event in trace.events]
        head = {"events": len(events), "digest": trace.digest}
        assert replay(model, scenario, head, events) is None


# -- the random engine and the checker ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("administrators", "walks"), [(0, 4000), (1, 30_000)])
def test_random_walks_stay_within_what_the_checker_reaches(administrators, walks):
    """No state beyond; and the coverage is exact: where a walk has a choice, visited over reachable states.

    A state with one way on is passed on the way to the next choice, and no walk is counted there.
    """
    of = weekend(administrators=administrators)
    states, ways = choices(of)
    seen = walk(of, 1, walks, lambda: False).seen
    assert seen <= states.keys()
    assert seen >= ways


# -- the simulator and the checker -------------------------------------------------------------------------------------


def test_what_the_simulator_visits_the_checker_reaches():
    """Every lane of every drawn scenario within the bounds, at the same place in time."""
    of = weekend(ops=2)
    space = Space(of.model.rulebook, of.model.runbook, accounts=1, faults=0)
    cases = list(within(of, drawn(space, range(300)), 2))
    visited = {place: case for case in cases for place in watched(of.model, case).visited}
    assert len(cases) > 20
    assert len(visited) > 60
    assert not visited.keys() - lanes(of)


# -- counterexamples ---------------------------------------------------------------------------------------------------


@cache
def found_by_check(runbook):
    return ask(weekend(runbook), lambda part, left: check(part, "auto", left), Budget(seconds=60)).counterexamples


@pytest.mark.parametrize("engine", EXAMPLES)
@pytest.mark.parametrize("runbook", WRONG)
def test_what_one_engine_breaks_the_others_break(runbook, engine):
    """A counterexample of the check fails in the simulator, and the fuzzers find one of the same invariant, as short;
    what they find fails in the simulator and is violated in the check within the bounds of what was found.
    """
    model = weekend(runbook).model
    proofs = {example.invariant: example for example in found_by_check(runbook)}
    for name, example in proofs.items():
        assert name in simulate(model, example.scenario).invariants
    books = {"rulebook": model.rulebook, "runbook": model.runbook}
    findings = fuzz(Campaign(**books, engine=engine, seed=1, examples=EXAMPLES[engine])).findings
    found = {finding.invariant: finding.scenario for finding in findings}
    assert proofs.keys() <= found.keys()
    for name, scenario in found.items():
        assert name in simulate(model, scenario).invariants
        if name in proofs:
            assert len(scenario.steps) == proofs[name].length
        else:
            of = Weekend(model, scenario.accounts, len(scenario.steps))
            assert name in check(of, "auto", Budget(seconds=60)).invariants
