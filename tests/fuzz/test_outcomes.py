"""Outcomes written into a scenario: it then meets its expectations, and fails by nothing but its invariants."""

from pathlib import Path
from random import Random

import attrs
import pytest

from dcsim.files.disk import discover
from dcsim.files.load import load_pair, load_scenario
from dcsim.fuzzer.decode import LEAST_BYTES, Space, decode
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.verdict import verdict
from dcsim.usecases.fill_outcomes import with_outcomes

SCENARIOS = discover([Path(__file__).parents[2] / "scenarios"])


def expecting(model, scenario, **more):
    return with_outcomes(scenario, lambda asked: simulate(model, asked, tracing=False), **more)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_whatever_a_scenario_expects_its_outcomes_are_met(path):
    """Also where steps take time or are refused; `any` only where a population's members differ."""
    case = load_scenario(path)
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    wrong = tuple(attrs.evolve(step, expect="refused wrong-otp") for step in case.scenario.steps)
    told = expecting(model, attrs.evolve(case.scenario, steps=wrong, seen=()))
    assert simulate(model, told, tracing=False).failures == ()
    everyone = {f"{population.prefix}*" for population in told.populations}
    assert all(step.expect != "any" or step.account in everyone for step in told.steps)


@pytest.mark.parametrize("runbook", ["failback-copy", "no-drain", "snapshot-standby"])
def test_drawn_scenarios_meet_their_outcomes_and_break_the_same(runbook):
    """Whatever is drawn, with faults and slips, and with acts that take time."""
    model = Model(*load_pair("seoch-2fa-2023", runbook))
    space = Space(model.rulebook, model.runbook, accounts=3, faults=2, slips=2)
    refused = 0
    for seed in range(40):
        random = Random(seed)
        scenario = decode(random.randbytes(LEAST_BYTES + 6 * random.randrange(30)), space)
        told = expecting(model, scenario)
        trace = simulate(model, told, tracing=False)
        assert trace.failures == ()
        assert trace.invariants == simulate(model, scenario, tracing=False).invariants
        assert not any(step.expect == "any" for step in told.steps)
        refused += sum(step.expect.startswith("refused") for step in told.steps)
    assert refused > 20


def test_one_step_keeps_what_it_expects():
    """The step that a failure is about goes on to fail, and nothing else does."""
    case = load_scenario(SCENARIOS[0])
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    steps = tuple(attrs.evolve(step, expect="refused wrong-otp") for step in case.scenario.steps)
    kept = steps[-1].line
    told = expecting(model, attrs.evolve(case.scenario, steps=steps, seen=()), unchanged=kept)
    trace = simulate(model, told, tracing=False)
    assert [failure.line for failure in trace.failures] == [kept]
    assert verdict(told, trace).status == "failed"
