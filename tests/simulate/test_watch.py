"""Runs that keep the events of some accounts only."""

from pathlib import Path

import pytest

from dcsim.files.load import load_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate


@pytest.fixture(scope="module")
def case():
    return load_scenario(Path(__file__).parents[2] / "scenarios" / "circular" / "footnote-3.yaml")


def run(case, **how):
    return simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario, **how)


def what(trace):
    return [(event.at, event.actor, event.account, event.outcome) for event in trace.events]


def test_a_watched_account_has_the_events_of_the_whole_run(case):
    """Its own and those of the control; no other account's."""
    whole, watched = run(case), run(case, watch=["U001"])
    assert what(watched) == [event for event in what(whole) if event[2] in ("", "U001")]
    assert {account for _, _, account, _ in what(run(case, watch=["X*"]))} == {""}


def test_watching_changes_nothing_that_a_run_finds(case):
    """Violations, notices and failures are those of the whole run."""
    whole, watched = run(case), run(case, watch=["X*"])
    assert [b.violation for b in watched.broken] == [b.violation for b in whole.broken]
    assert (watched.noticed, watched.failures, watched.actions) == (whole.noticed, whole.failures, whole.actions)
