"""Weekends that break the promise, of which an earlier form of the unbounded exploration said that they are proved."""

from pathlib import Path

import pytest

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.question import unbounded
from dcsim.semantics.scene import practice
from dcsim.usecases.check import Bounds, Who, check, load_subject
from dcsim.usecases.request import RequestError

CASES = Path(__file__).parent / "false_proofs"
BROKEN = {
    "absent": "a reset does nothing to an account that is absent at the site",
    "adm": "an administrator who can act does so, although a user begins suspended",
    "idle": "a constant of the runbook has the name of no canonical label",
    "logon": "an account that begins without 2FA logs on once it is set up",
    "op": "a field that only the operator writes has a slice of its own",
    "surv2": "a lockout takes two operations",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_within_two_operations_is_suspected(name):
    """Whatever breaks the promise within a bound may break it for any number of operations."""
    subject = load_subject(CASES / name / "scenario.yaml", None, None, Who(), practices=False)
    explored = unbounded.explore(subject.within(Bounds(None)), Budget())
    assert explored.complete
    assert [suspect for suspect in explored.suspects if not suspect.after and not practice(suspect.invariant)]


def test_readings_that_conflict_are_looked_at_though_slips_break_the_promise_as_well():
    """Values that no single reading permits are suspected without a slip, even where a slip breaks the promise too."""
    subject = load_subject(CASES / "joint" / "scenario.yaml", None, None, Who(), practices=False)
    explored = unbounded.explore(subject.within(Bounds(None, slips=1)), Budget())
    assert explored.complete
    assert {bool(suspect.after) for suspect in explored.suspects} == {False, True}


@pytest.mark.parametrize("ops", [1, None])
def test_an_administrators_act_depends_on_its_status_at_the_promised_site_too(ops):
    """An administrator is suspended at the site that serves early, and would be served at the site that should."""
    subject = load_subject(CASES / "auth" / "scenario.yaml", None, None, Who(), practices=False)
    assert check(subject, Bounds(ops)).answer.broken[()] == ("promise",)


@pytest.mark.parametrize("ops", [1, None])
def test_a_wrong_password_is_tried_where_the_right_one_is_called_wrong(ops):
    """Both sites are reset to the password `wrong`: another one is counted as a failed logon, which never arrives."""
    subject = load_subject(CASES / "wrong" / "scenario.yaml", None, None, Who(), practices=False)
    assert check(subject, Bounds(ops)).answer.broken[()] == ("counters-follow-rule",)


def test_of_a_slip_that_may_break_with_more_operations_it_is_not_said_that_nothing_breaks():
    """A lockout takes four failed logons, and two operations are tried after the slip that loses it."""
    subject = load_subject(CASES / "lockout" / "scenario.yaml", None, None, Who(), practices=False)
    with pytest.raises(RequestError, match="nothing is shown to break after 'skip k'"):
        check(subject, Bounds(None, slips=1), only="skip k")


def test_open_cells_are_those_that_several_operations_meet():
    """A proof under few readings names each kind of change that is left open, and not those of one operation alone: who
    has to register an e-mail address first changes a password with two.
    """
    subject = load_subject(None, "seoch-2fa-2023", "snapshot-standby", Who(without_email=1))
    once, twice, proved = (check(subject, Bounds(ops)).answer for ops in (1, 2, None))
    assert proved.status == "proved"
    assert proved.covered.open_cells == twice.covered.open_cells != once.covered.open_cells


@pytest.mark.parametrize("ops", [1, None])
def test_each_act_is_tried_at_a_site_that_is_down_where_another_should_serve(ops):
    """The site that opened a session last is down: it refuses what the promised world accepts elsewhere, and the first
    act that may be tried is one that both refuse.
    """
    subject = load_subject(CASES / "down" / "scenario.yaml", None, None, Who(), practices=False)
    broken = check(subject, Bounds(ops, faults=1, fault_kinds=("crash",))).answer.broken
    assert any("promise" in names for names in broken.values())


@pytest.mark.parametrize("ops", [1, None])
def test_half_a_set_up_in_the_last_session_is_seen_at_its_close(ops):
    """Where a set-up is stepwise, what clients do in the last session may break a practice when it closes."""
    subject = load_subject(CASES / "half" / "scenario.yaml", None, None, Who())
    assert check(subject, Bounds(ops)).answer.broken[()] == ("set-up-whole",)


def test_a_commit_in_the_last_session_is_seen():
    """Where requests may wait, one act in the last session may overwrite another there."""
    subject = load_subject(CASES / "commit" / "scenario.yaml", None, None, Who())
    assert check(subject, Bounds(2)).answer.broken[()] == ("no-lost-update",)


@pytest.mark.parametrize("ops", [2, None])
def test_redo_of_the_last_session_is_seen_as_it_is_applied(ops):
    """A standby that applies blindly applies what was committed in the last session in the wrong order."""
    subject = load_subject(CASES / "redo" / "scenario.yaml", None, None, Who())
    broken = check(subject, Bounds(ops, faults=1)).answer.broken
    assert ("applied-in-order",) in broken.values()
    assert len([names for names in broken.values() if "applied-in-order" in names]) == 3


@pytest.mark.parametrize("ops", [1, None])
def test_a_change_of_the_last_session_may_make_one_possible_that_comes_too_late(ops):
    """The last session closes after its window. What makes the late change possible is accepted in gaps, too."""
    subject = load_subject(CASES / "late" / "scenario.yaml", None, None, Who(), practices=False)
    assert check(subject, Bounds(ops)).answer.broken[()] == ("writes-in-window",)


def test_an_administrators_request_may_be_committed_after_its_session():
    """A request of an administrator waits until another site serves, as one of the account's holder may."""
    subject = load_subject(CASES / "adminreq" / "scenario.yaml", None, None, Who(), practices=False)
    assert check(subject, Bounds(1)).answer.broken[()] == ("act-at-its-site",)


def test_a_logon_may_take_time():
    """A logon that takes time sets back the counter of failed logons, though one more failed meanwhile."""
    subject = load_subject(CASES / "logonreq" / "scenario.yaml", None, None, Who())
    assert check(subject, Bounds(3)).answer.broken[()] == ("no-lost-update",)
