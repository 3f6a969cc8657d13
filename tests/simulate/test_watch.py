"""Runs that keep the events of some accounts only."""

import pytest

from dcsim.files.load import load_texts
from dcsim.files.resolver import source_of
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import QUIET_ABOVE, simulate
from dcsim.usecases.why import stories, why

SCENARIO = """
scenario: x
title: X
rulebook: x
runbook: x
accounts:
  - {id: U001, kind: user, email: registered}
  - {population: COUNT, prefix: N, kind: user, email: registered}
steps:
  - {at: session-1 +5m, account: N*, do: initiate-2fa, password: P1, channel: email}
  - {at: session-1 +6m, account: U001, do: initiate-2fa, password: P1, channel: email}
  - {at: session-2 +5m, account: U001, do: change-password, from: P1, to: P2}
  - {at: session-2 +6m, account: N*, do: logon, with: otp, password: P1, expect: Function not available}
"""


def case(count):
    texts = {kind: source_of(kind, name).text for kind, name in BOOKS.items()}
    return load_texts({**texts, "scenario": SCENARIO.replace("COUNT", str(count))})


BOOKS = {"rulebook": "seoch-2fa-2023", "runbook": "failback-copy"}
MANY, FEW = case(QUIET_ABOVE), case(3)


def run(case, **how):
    return simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario, **how)


def what(trace):
    return [(event.at, event.actor, event.account, event.outcome) for event in trace.events]


def test_a_watched_account_has_the_events_of_the_whole_run():
    """Its own and those of the control; no other account's."""
    whole, watched = run(MANY, tracing=True), run(MANY, watch=["U001"])
    assert what(watched) == [event for event in what(whole) if event[2] in ("", "U001")]
    assert {account for _, _, account, _ in what(run(MANY, watch=["X*"]))} == {""}


def test_watching_changes_nothing_that_a_run_finds():
    """Violations, notices and failures are those of the whole run."""
    whole, watched = run(MANY, tracing=True), run(MANY, watch=["X*"])
    assert [b.violation for b in watched.broken] == [b.violation for b in whole.broken]
    assert (watched.noticed, watched.failures, watched.actions) == (whole.noticed, whole.failures, whole.actions)


@pytest.mark.parametrize("case", [FEW, MANY], ids=["few", "many"])
def test_an_explanation_numbers_events_as_the_run_shows_them(case):
    """As in the trace of few accounts; of many, as in the day of the one account that is watched."""
    shown = {event.n: event for event in run(case, watch=["U001"]).events}
    chain = why(case, "U001", "password").chain
    assert [link.event for link in chain]
    for link in chain:
        event = shown[link.event]
        assert link.says.startswith("U001 change-password") if event.account else "copy" in link.says


def test_stories_of_several_accounts_keep_the_numbers_of_each():
    """Whoever else is watched at the same time."""
    model = Model(MANY.rulebook, MANY.runbook, MANY.scenario.policies)
    alone, both = stories(model, MANY.scenario, ["U001"]), stories(model, MANY.scenario, ["U001", "N7"])
    numbers = [[stage.event.n for stage in told["U001"].stages if stage.event] for told in (alone, both)]
    assert numbers[0] == numbers[1]
