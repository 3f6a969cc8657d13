"""The neighbourhood of a scenario: the scenarios within k edits, judged by the invariants."""

from itertools import pairwise

import pytest

from dcsim.domain.moment import instant
from dcsim.files.load import load_texts
from dcsim.files.resolver import source_of
from dcsim.files.write import write_scenario
from dcsim.fuzzer.neighbours import Neighbourhood, estimate, neighbours
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

HEAD = """
scenario: x
title: X
rulebook: x
runbook: x
accounts:
  - {id: U1, kind: user, participant: P, email: registered, smartcard: C0}
  - {id: U2, kind: user, participant: P, email: registered, smartcard: C0}
  - {id: D1, kind: da, participant: P, email: registered, smartcard: C0}
"""
BODY = """steps:
  - {at: session-1 +5m, account: U1, do: initiate-2fa, password: P1, channel: email}
  - {at: session-1 +6m, account: U1, do: change-password, from: P1, to: P2}
  - {at: session-1 +7m, account: D1, do: suspend-user, user: U2}
  - {at: monday +9h, account: U1, do: logon, with: otp, password: P2}
expect:
  monday: {U1: {two-factor: {password: P2, channel: email}}}
  violations: [discarded-absent]
"""
CROWD = """  - {population: 3, prefix: N, kind: user, participant: P, email: registered, smartcard: C0}
steps:
  - {at: session-1 +5m, account: N*, do: initiate-2fa, password: P1, channel: email, every: 1s}
  - {at: session-1 +6m, account: U1, do: register-email, expect: refused already-registered}
"""


def case(body=BODY, runbook="snapshot-standby"):
    texts = {
        "scenario": HEAD + body,
        "rulebook": source_of("rulebook", "seoch-2fa-2023").text,
        "runbook": source_of("runbook", runbook).text,
    }
    return load_texts(texts)


def around(k=1, body=BODY):
    of = case(body)
    return list(neighbours(of.scenario, of.rulebook, k))


def worded(k=1, body=BODY):
    return dict(around(k, body))


def test_the_scenario_itself_comes_first_and_then_the_fewest_edits():
    """The number of edits never decreases."""
    found = around(2)
    assert found[0][0] == ()
    assert [s.action for s in found[0][1].steps] == [s.action for s in case().scenario.steps]
    assert all(len(one[0]) <= len(other[0]) for one, other in pairwise(found))
    assert len(found[-1][0]) == 2


def test_nothing_comes_twice_and_the_order_is_fixed():
    """Each scenario occurs once, however many edits lead to it, and always at the same position."""
    book, found = case().rulebook, around(2)
    near = [Neighbourhood(scenario, book) for _, scenario in found]
    assert len({one.meaning(one.steps) for one in near}) == len(found)
    assert [edits for edits, _ in around(2)] == [edits for edits, _ in found]


@pytest.mark.parametrize(
    "edit",
    [
        "step 2 (change-password at session-1 +6m) dropped",
        "step 2 (change-password at session-1 +6m) doubled",
        "step 2 (change-password at session-1 +6m) moved before step 1 (initiate-2fa at session-1 +5m)",
        "step 2 (change-password at session-1 +6m) moved after step 3 (suspend-user at session-1 +7m)",
        "step 2 (change-password at session-1 +6m) moved to session-1 closes -1s",
        "step 2 (change-password at session-1 +6m) moved to session-1 closes",
        "step 2 (change-password at session-1 +6m) by U2",
        "step 3 (suspend-user at session-1 +7m) on U1",
        "step 2 (change-password at session-1 +6m) with to P1 for P2",
        "step 2 (change-password at session-1 +6m) with to new-password for P2",
        "step 1 (initiate-2fa at session-1 +5m) with channel new-channel for email",
    ],
)
def test_each_kind_of_edit_is_there_in_words(edit):
    """Every way to edit a step is tried, and its text tells a tester which step it is."""
    assert (edit,) in worded()


def test_a_step_meets_every_edge_of_every_window():
    """A step is tried a second before each edge, and at it."""
    of = case()
    found = worded()
    at = {
        instant(scenario.steps[index].at, of.rulebook)
        for edits, scenario in found.items()
        if edits and edits[0].startswith("step 4 ") and " moved to " in edits[0]
        for index, step in enumerate(scenario.steps)
        if step.action.verb == "logon"
    }
    model = Model(of.rulebook, of.runbook)
    assert at == {edge + offset for edge, _ in model.ticks for offset in (-1000, 0)}


def test_accounts_of_another_kind_never_stand_in():
    """A user's step is not given to a DA."""
    assert not any("by D1" in edit for edits in worded() for edit in edits)


def test_steps_keep_their_order_when_they_trade_places():
    """A step that is moved before its neighbour comes first, though it has the same instant."""
    moved = worded()["step 2 (change-password at session-1 +6m) moved before step 1 (initiate-2fa at session-1 +5m)",]
    assert [step.action.verb for step in moved.steps[:2]] == ["change-password", "initiate-2fa"]
    assert moved.steps[0].at == moved.steps[1].at


def test_the_testers_expectations_do_not_judge():
    """Neither a step's outcome, nor what Monday shows, nor an expected violation is carried over."""
    for _, scenario in around():
        assert not scenario.seen
        assert not scenario.violations
        assert {step.expect for step in scenario.steps} <= {"any"}


def test_populations_are_left_alone():
    """A step of a whole population, and the population, stay as they are; other steps are edited around them."""
    of = case(CROWD)
    for edits, scenario in around(1, CROWD):
        assert scenario.populations == of.scenario.populations
        assert sum(step.account == "N*" for step in scenario.steps) == 1
        assert not any(edit.startswith("step 1 ") for edit in edits)
        assert not simulate(Model(of.rulebook, of.runbook), scenario).broken


def test_the_count_is_known_beforehand():
    """The estimate is exact for one edit, and of the right size for two."""
    of = case()
    assert estimate(of.scenario, of.rulebook, 0) == 1
    assert estimate(of.scenario, of.rulebook, 1) == len(around(1))
    assert len(around(2)) <= estimate(of.scenario, of.rulebook, 2) <= 2 * len(around(2))


def test_every_neighbour_can_be_written_and_run():
    """Every neighbour can be written as a file that reads back to the same steps."""
    of = case()
    for _, scenario in around():
        again = load_texts(of.texts | {"scenario": write_scenario(scenario)}).scenario
        assert [(s.at, s.account, s.action) for s in again.steps] == [
            (s.at, s.account, s.action) for s in scenario.steps
        ]


def test_a_passing_scenario_next_to_a_failing_one_is_found():
    """A file that passes under failback-copy fails after one edit, which moves its only change into Session 2."""
    body = "steps:\n  - {at: session-1 +5m, account: U1, do: initiate-2fa, password: P1, channel: email}\n"
    of = case(body, "failback-copy")
    model = Model(of.rulebook, of.runbook)
    broken = {e: simulate(model, s).invariants for e, s in neighbours(of.scenario, of.rulebook, 1)}
    assert broken[()] == ()
    failing = {edits for edits, invariants in broken.items() if "discarded-absent" in invariants}
    step = "step 1 (initiate-2fa at session-1 +5m) moved to session-2"
    assert failing == {(f"{step} opens",), (f"{step} closes -1s",)}
