"""Faults in time in the library for tests: strategies and machines draw them, and all must come together."""

import pytest
from hypothesis import HealthCheck, find, settings

from dcsim.domain.faults import Outage, Skew
from dcsim.fuzzer.draw_faults import HEAL, kind_of
from dcsim.testing import InvariantBroken, WeekendMachine, broken, run, scenarios

BOOKS = ("seoch-2fa-2023", "snapshot-standby")
QUICK = settings(max_examples=300, database=None, suppress_health_check=list(HealthCheck))


def test_a_strategy_draws_faults_in_time_and_shrinks_them():
    """The shortest weekend that a late clock breaks has no act and one fault."""
    drawn = scenarios(*BOOKS, acts=8, time_faults=2, fault_kinds=("skew",))
    least = find(drawn, lambda scenario: "window-served" in run(scenario, *BOOKS).trace.invariants, settings=QUICK)
    (fault,) = least.faults
    assert isinstance(fault, Skew)
    assert (least.steps, least.heal) == ((), HEAL)
    assert "heal: 1h" in repr(least)
    with pytest.raises(ValueError, match="time_faults=-1"):
        scenarios(*BOOKS, time_faults=-1)


class Struck(WeekendMachine):
    """Weekends in which one fault in time strikes."""

    rulebook, runbook, time_faults = *BOOKS, 1


def test_a_machine_draws_faults_in_time():
    """Zero is the simplest fault, an outage; the weekend is judged with it; no machine has more than it says."""
    machine = Struck()
    machine.strike(0)
    (fault,) = machine.scenario.faults
    assert isinstance(fault, Outage)
    assert machine.scenario.heal == HEAL
    machine.judge()
    kinds, wrong = set(), set()
    for choices in range(0, 20_000, 97):
        machine = Struck()
        machine.strike(choices)
        kinds |= {kind_of(fault) for fault in machine.scenario.faults}
        try:
            machine.judge()
        except InvariantBroken as error:
            wrong.add(type(error))
    assert len(kinds) == 7
    assert broken("window-served") in wrong
