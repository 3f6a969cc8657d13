"""One meaning, four engines: simulator, checker, and both fuzzers agree on what happens and on what breaks."""

import json
import re
from functools import cache
from random import Random

import attrs
import pytest

from dcsim.check.budget import Budget
from dcsim.check.engines import check
from dcsim.check.protocol import Product
from dcsim.check.question import ask
from dcsim.check.weekend import Weekend
from dcsim.cli.campaign import Asked, campaign
from dcsim.cli.check import abstract_accounts
from dcsim.domain.account import Profile
from dcsim.domain.moment import epoch, instant
from dcsim.domain.outcome import Refused
from dcsim.files.load import load_pair
from dcsim.fuzz.draw import LEAST_BYTES, Space, decode
from dcsim.fuzz.plain import _in_order
from dcsim.fuzz.walk import walk
from dcsim.semantics.model import Model
from dcsim.semantics.table import Table
from dcsim.simulate.weekend import Weekend as Simulated
from dcsim.simulate.weekend import simulate
from dcsim.trace.codec import write_event
from dcsim.trace.recorder import Recorder
from dcsim.trace.replay import replay
from dcsim.trace.roster import Roster

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


def reached(system):
    """Every state that plain search reaches, with the states that follow it."""
    seen = dict.fromkeys(system.initial(), ())
    waiting = list(seen)
    while waiting:
        state = waiting.pop()
        seen[state] = {edge.state for edge in system.edges(state)} - {state}
        waiting += [after for after in seen[state] if after not in seen]
        for after in seen[state]:
            seen.setdefault(after, ())
    return seen


# -- the simulator and the pure core -----------------------------------------------------------------------------------


@pytest.mark.parametrize("runbook", [RIGHT, *WRONG])
def test_what_the_simulator_did_the_pure_core_does_again(runbook):
    """Whatever is drawn, with faults and slips: each event replays to the same digest."""
    model = Model(*load_pair(RULEBOOK, runbook))
    space = Space(model.rulebook, model.runbook, accounts=3, faults=2, errors=2)
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
    states = reached(Product(of))
    seen = walk(of, 1, walks, lambda: False).seen
    assert seen <= states.keys()
    choices = {state for state, after in states.items() if len(after) != 1} | {of.start()}
    missing = choices - seen
    assert seen >= choices if not administrators else len(missing) < 0.15 * len(choices)


# -- the simulator and the checker -------------------------------------------------------------------------------------


class Watching(Recorder):
    """A recorder that keeps what it passes through."""

    def lane_action(self, actor, account, action, by=-1, site=None):
        hop = super().lane_action(actor, account, action, by, site)
        self.visited.add(placed(self.control, self.lane(account)))
        if isinstance(hop.step.outcome, Refused):
            self.refused.append((self.now, action))
        return hop

    def control_action(self, actor, action):
        step = super().control_action(actor, action)
        self.visited |= {placed(self.control, self.table.lanes[number]) for number in self.lanes}
        return step


def placed(control, lane):
    """A lane under a control, up to the names of passwords, and without who is logged on: that bars nothing."""
    told = repr(attrs.evolve(lane, logon=None, profile=Profile(lane.profile.kind, "")))
    names = {}
    plain = re.sub(r"'([PC])\d'", lambda m: names.setdefault(m[0], f"'{m[1]}#{len(names)}'"), told)
    return control.interval, control.open, plain


def watched(model, scenario):
    recorder = Watching(model, Roster(scenario), tracing=False, table=Table(model))
    recorder.visited, recorder.refused = set(), []
    Simulated(model, scenario, recorder, Random(0)).run()
    return recorder


def bounded(model, scenario, account, ops):
    """The scenario for the checker's account and bounds: so many acts between two edges of windows, none refused,
    and none once the last target has opened: nothing can come of it, and the checker does not look.
    """
    last = epoch(model.rulebook.sessions[-1].opens, model.rulebook)
    steps = [step for step in scenario.steps if not step.takes and instant(step.at, model.rulebook) < last]
    steps = [step for step in steps if step.account == scenario.accounts[0].id]
    few = {}
    for step in steps:
        few.setdefault((step.at.session, step.at.edge, step.at.offset < 0), []).append(step)
    kept = [attrs.evolve(step, account=account.id) for some in few.values() for step in some[:ops]]
    within = attrs.evolve(scenario, accounts=(account,), steps=tuple(kept), faults=())
    refused = [action for _, action in watched(model, within).refused]
    within = attrs.evolve(within, steps=tuple(step for step in kept if step.action not in refused))
    return next(_in_order(within), within)


def test_what_the_simulator_visits_the_checker_reaches():
    """Every lane of every drawn scenario within the bounds, at the same place of the spine."""
    of = weekend(ops=2)
    model, account = of.model, of.accounts[0]
    lanes = {placed(point.control, of.table.lanes[node[0]]) for point, (node,) in reached(Product(of)) if node[0] >= 0}
    space = Space(model.rulebook, model.runbook, accounts=1, faults=0)
    cases = [bounded(model, scenario, account, 2) for scenario in drawn(space, range(60))]
    cases = [case for case in cases if "P3" not in repr(case.steps) and "C3" not in repr(case.steps)]
    visited = {place: case for case in cases for place in watched(model, case).visited}
    assert len(cases) > 20
    assert len(visited) > 60
    assert not visited.keys() - lanes


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
    asked = Asked(RULEBOOK, runbook, engine, 1, 2, 0, 0)
    findings = campaign(asked, EXAMPLES[engine], (1, 1), 1, None, lambda *_: None).findings
    found = {finding.invariant: finding.scenario for finding in findings}
    assert proofs.keys() <= found.keys()
    for name, scenario in found.items():
        assert name in simulate(model, scenario).invariants
        if name in proofs:
            assert len(scenario.steps) == proofs[name].length
        else:
            of = Weekend(model, scenario.accounts, len(scenario.steps))
            assert name in check(of, "auto", Budget(seconds=60)).broken
