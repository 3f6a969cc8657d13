"""A group acts as its accounts would, one after another, and is expected to hold what each must hold."""

import pytest

from dcsim.domain.groups import without_groups
from dcsim.files.load import load_texts
from dcsim.files.resolver import source_of
from dcsim.files.write import write_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.jsonl import dump, parse
from dcsim.trace.replay import replay
from dcsim.trace.roster import Roster

TEXTS = {
    "rulebook": source_of("rulebook", "seoch-2fa-2023").text,
    "runbook": source_of("runbook", "snapshot-standby").text,
}
HEAD = """
scenario: x
title: X
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {id: ann, kind: user, participant: P, email: registered, smartcard: C0, group: own}
  - {id: bob, kind: user, participant: P, email: registered, smartcard: C0, group: own}
  - {id: D1, kind: da, participant: P, email: registered, smartcard: C0, two-factor: {password: P0, channel: email}}
  - {population: 12, prefix: U, digits: 3, kind: user, participant: P, email: registered, smartcard: C0}
groups:
  some: [U012, bob]
  all: [some, U*, ann]
  early: [U00*, "*o*"]
  whole: [U*, U003, ann, "U01*", bob]
"""
SET_UP = "do: initiate-2fa, password: P1, channel: email"


def case(body):
    return load_texts({**TEXTS, "scenario": HEAD + body})


def run(of, scenario=None, **more):
    return simulate(Model(of.rulebook, of.runbook, of.scenario.policies), scenario or of.scenario, tracing=True, **more)


def acts(trace):
    start = next(event.at for event in trace.events if event.actor == "client")
    return [(event.account, event.at - start) for event in trace.events if event.actor == "client"]


NINE = [f"U{number:03}" for number in range(1, 10)]
WHO = [
    ("some", ["U012", "bob"]),
    ("own", ["ann", "bob"]),
    ("early", [*NINE, "bob"]),
    ("U00*", NINE),
    ("U*", [*NINE, "U010", "U011", "U012"]),
    ("whole", [*NINE, "U010", "U011", "U012", "ann", "bob"]),
    ("all", ["U012", "bob", *NINE, "U010", "U011", "ann"]),
    ("*", ["ann", "bob", "D1", *NINE, "U010", "U011", "U012"]),
    ("a*", ["ann"]),
]


@pytest.mark.parametrize(("name", "members"), WHO)
def test_a_step_of_a_group_is_one_act_of_each_member_in_order(name, members):
    """Each member acts once, `every` after the one before: of groups in groups, of patterns and populations too."""
    of = case(f"steps:\n  - {{at: session-1 +5m, account: '{name}', every: 2s, {SET_UP}, expect: any}}\n")
    assert acts(run(of)) == [(member, 2000 * number) for number, member in enumerate(members)]


@pytest.mark.parametrize(("name", "members"), WHO)
def test_a_scenario_without_its_groups_runs_the_same(name, members):
    """And it is what is written: a file that needs no groups."""
    of = case(
        f"steps:\n  - {{at: session-1 +119m, account: '{name}', every: 10s, {SET_UP}, expect: any}}\n"
        f"expect:\n  session-2: {{'{name}': {{failures: 1}}}}\n"
    )
    plain = without_groups(of.scenario)
    assert not plain.groups
    written = write_scenario(of.scenario)
    again = load_texts({**TEXTS, "scenario": written})
    traces = [run(of, scenario) for scenario in (of.scenario, plain, again.scenario)]
    assert len({trace.digest for trace in traces}) == 1
    fails = [{(f.account, f.where, f.expected, f.actual) for f in trace.failures} for trace in traces]
    assert fails[0] == fails[1] == fails[2]
    assert {account for account, *_ in fails[0]} == set(members)
    assert "groups:" not in written
    assert write_scenario(again.scenario) == written


def test_an_administrator_acts_on_each_of_a_group():
    """One after another; the trace says by whom, and replays."""
    of = case(
        "steps:\n  - {at: session-1 +5m, account: D1, do: suspend-user, user: some, every: 1m, expect: any}\n"
        "expect:\n  session-2: {some: {status: suspended}, ann: {status: active}}\n"
    )
    trace = run(of)
    assert acts(trace) == [("U012", 0), ("bob", 60_000)]
    assert {event.by for event in trace.events if event.actor == "client"} == {"D1"}
    head, events = parse("".join(dump(of.texts, 0, trace)))
    again = load_texts(head["sources"])
    assert replay(Model(again.rulebook, again.runbook), again.scenario, head, events) is None


def test_what_a_group_and_its_account_must_hold_is_written_together():
    """A group may be expected to hold one field, and one of its accounts another."""
    of = case("expect:\n  monday: {some: {status: active}, bob: {failures: 0}, U012: {locked: false}}\n")
    seen = {one.account: dict(one.fields) for one in without_groups(of.scenario).seen}
    assert seen == {"U012": {"status": "active", "locked": False}, "bob": {"status": "active", "failures": 0}}


def test_a_population_with_zeros_has_one_name_for_each_account():
    """U007 is one, U7 is none; names and numbers lead to each other."""
    roster = Roster(case("").scenario)
    assert [roster.name(number) for number in roster.numbers("U*")] == [*NINE, "U010", "U011", "U012"]
    assert [list(roster.numbers(name)) for name in ("ann", "U001", "U012")] == [[0], [3], [14]]
    for name in ("U7", "U013", "U0007", "U000", "U", "U٠٠7"):
        with pytest.raises(KeyError):
            roster.numbers(name)
