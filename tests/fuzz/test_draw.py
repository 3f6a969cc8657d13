"""Bytes to scenarios, and campaigns over them."""

import random

import pytest

from dcsim.domain.moment import instant
from dcsim.files.load import load_pair
from dcsim.fuzzer.by_hypothesis import Stopped, by_hypothesis, options
from dcsim.fuzzer.decode import LEAST_BYTES, MOST_BYTES, MOST_STEPS, Space, decode
from dcsim.fuzzer.random_walk import walk
from dcsim.fuzzer.seeds import number_of
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

BOOK, RUNBOOK = load_pair("seoch-2fa-2023", "snapshot-standby")
SPACE = Space(BOOK, RUNBOOK, accounts=3, faults=2, slips=2)


def drawn(number=300, size=LEAST_BYTES * 3):
    random_bytes = random.Random(5).randbytes
    return [decode(random_bytes(size), SPACE) for _ in range(number)]


def test_zeros_are_nothing():
    """So a scenario gets simpler as bytes are zeroed."""
    nothing = decode(bytes(MOST_BYTES), SPACE)
    assert (nothing.steps, nothing.faults, len(nothing.accounts)) == ((), (), 1)


def test_every_string_of_bytes_is_a_scenario_that_runs():
    """The simulator takes each; steps are in order of time, and name accounts that are there."""
    model = Model(BOOK, RUNBOOK)
    for scenario in drawn(60):
        simulate(model, scenario, tracing=False)
        instants = [instant(step.at, BOOK) for step in scenario.steps]
        assert instants == sorted(instants)
        assert {step.account for step in scenario.steps} <= {account.id for account in scenario.accounts}


def test_all_sorts_of_acts_faults_and_slips_are_drawn():
    """Nothing that a scenario can say about accounts of this kind is out of reach."""
    scenarios = drawn()
    verbs = {step.action.verb for scenario in scenarios for step in scenario.steps}
    assert verbs >= {"initiate-2fa", "change-password", "change-otp-channel", "logon", "register-email", "suspend-user"}
    faults = {getattr(f, "link", None) or f.operator for scenario in scenarios for f in scenario.faults}
    assert faults == {"drop", "delay", "duplicate", "skip", "swap", "repeat"}
    assert {len(scenario.accounts) for scenario in scenarios} == {1, 2, 3}
    assert any(step.takes for scenario in scenarios for step in scenario.steps)


def test_bounds_are_kept():
    """No more accounts, faults, slips and steps than asked for."""
    space = Space(BOOK, RUNBOOK, accounts=1, faults=1, slips=0)
    for number in range(50):
        scenario = decode(random.Random(number).randbytes(MOST_BYTES), space)
        assert len(scenario.accounts) == 1
        assert len(scenario.faults) <= 1
        assert len(scenario.steps) <= MOST_STEPS


def test_a_batch_depends_on_its_seed_alone():
    """The same seed draws the same examples, another one others."""

    def digest(seed):
        seen = []
        by_hypothesis(SPACE, lambda scenario: seen.append(len(scenario.steps)) or (), seed, 40, lambda: False)
        return seen

    assert digest(number_of(1, 0)) == digest(number_of(1, 0)) != digest(number_of(1, 1))


def test_every_setting_that_hypothesis_would_choose_is_said():
    """No database, no deadline, not derandomised, whatever profile is loaded; no shrinking, which is ours to do."""
    chosen = options(7)
    assert (chosen.max_examples, chosen.database, chosen.deadline, chosen.derandomize) == (7, None, None, False)
    assert [phase.name for phase in chosen.phases] == ["generate"]


def test_a_stop_is_no_failure():
    """Time that is up ends a batch; Hypothesis neither shrinks nor reports it."""
    assert issubclass(Stopped, KeyboardInterrupt)
    assert by_hypothesis(SPACE, lambda _: (), 1, 50, lambda: True).examples == 0


class Corridor:
    """Three controls in a row, a lane that counts, and a break at the end of one way only."""

    def start(self):
        return 0, (0,)

    def moves(self, control, lane):
        from dcsim.checker.explorers.protocol import Move

        yield Move("stay", None, lane)
        if lane < 2:
            yield Move("count", None, lane + 1)
        if control == 2 and lane == 2:
            yield Move("break", None, lane, ("broken",))

    def authority(self, control, lane):
        return None

    def turns(self, control):
        from dcsim.checker.explorers.protocol import Turn

        if control < 2:
            yield Turn("on", control + 1, lambda lane: (lane, (), ()))


def test_walks_find_what_there_is_and_count_it():
    """The shortest way met to each break, by its labels; steps that change nothing are left out."""
    walks = walk(Corridor(), 1, 200, lambda: False)
    assert sorted(walks.found) == ["broken"]
    labels = [label[1] for label in walks.found["broken"]]
    assert sorted(labels) == ["break", "count", "count", "on", "on"]
    assert walks.examples == 200
    assert 1 <= walks.first["broken"] <= 20


@pytest.mark.parametrize("seed", [1, 2])
def test_walks_depend_on_their_seed(seed):
    """The same seed takes the same ways."""
    one, other = (walk(Corridor(), seed, 50, lambda: False) for _ in range(2))
    assert (one.found, one.steps) == (other.found, other.steps)
