"""The scenarios that are made for a cell: when their acts happen, under which policies, and after what."""

import attrs
import pytest

from dcsim.files.load import load_rulebook
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.witness import moment_in, witnesses

BOOK = load_rulebook("seoch-2fa-2023").value


def with_times(**edges):
    """The rulebook with other times of its second session."""
    sessions = (attrs.evolve(s, **edges) if s.name == "session-2" else s for s in BOOK.sessions)
    return attrs.evolve(BOOK, sessions=tuple(sessions))


@pytest.mark.parametrize(
    ("interval", "moment"),
    [
        ("before-session-1", ("session-1", "opens", -60_000)),
        ("session-1", ("session-1", None, 60_000)),
        ("after-session-1", ("session-1", "closes", 60_000)),
        ("after-monday", ("monday", "closes", 60_000)),
    ],
)
def test_an_act_happens_a_minute_after_its_interval_begins(interval, moment):
    """Ahead of the first session, where nothing begins, a minute before it opens."""
    found = moment_in(BOOK, interval)
    assert (found.session, found.edge, found.offset) == moment


def test_in_a_short_interval_an_act_happens_in_the_middle():
    """A session of a minute, and a gap of half a minute before it."""
    gap_end = BOOK.by_name["session-1"].closes.replace(second=30)
    book = with_times(opens=gap_end, closes=gap_end.replace(minute=1))
    assert moment_in(book, "session-2").offset == 30_000
    assert moment_in(book, "after-session-1").offset == 15_000


def made(change, origin):
    """The scenarios that may tell apart a rulebook that discards a change from one that says nothing of it."""
    rule = attrs.evolve(BOOK.rules[0], changes=(change,), made_in=(origin,), at=("monday",), fate="discard")
    books = (attrs.evolve(BOOK, rules=rules) for rules in ((rule,), ()))
    return list(witnesses(*books, RuleCell("user", change, origin, "monday")))


@pytest.mark.parametrize(
    ("change", "origin", "policies"),
    [
        ("change-otp-channel", "session-1", {}),
        ("register-email", "after-session-1", {}),
        ("change-otp-channel", "after-session-1", {"changes-in-gaps": ("register-email", "change-otp-channel")}),
        ("lockout", "session-1", {"lockout-after": 1}),
        ("partial-2fa-set-up", "session-1", {"set-up": "stepwise"}),
    ],
)
def test_the_shortest_scenario_sets_the_policies_that_its_change_needs(change, origin, policies):
    """And no others: what a gap accepts already needs none."""
    first = made(change, origin)[0]
    assert len(first.steps) == 1
    assert dict(first.policies) == policies


def test_a_failed_logon_may_come_before_the_one_that_locks():
    """Of logons, what rules permit tells nothing ahead: only a run can tell whether the earlier one matters."""
    longer = [dict(scenario.policies) for scenario in made("lockout", "session-2") if len(scenario.steps) == 2]
    assert {"lockout-after": 2} in longer


def test_an_administrators_act_has_an_administrator():
    """The act is the administrator's, and concerns the account of the cell."""
    (first, *_) = made("reset-user", "session-1")
    assert [(account.profile.kind, account.id) for account in first.accounts][1][0] == "da"
    assert first.steps[0].account == first.accounts[1].id
    assert first.steps[0].action.user == first.accounts[0].id


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("initiate-2fa", "InitiateTwoFactor(password='P1', channel='email')"),
        ("change-otp-channel", "ChangeOtpChannel(password='P0', channel='app')"),
        ("change-2fa-password", "ChangePassword(from_='P0', to='P1', with_='otp')"),
        ("change-smartcard-password", "ChangePassword(from_='C0', to='C1', with_='smartcard')"),
    ],
)
def test_an_act_brings_a_new_value_of_its_field(change, value):
    """A channel is a word that rulebooks know: the first that the account does not hold."""
    assert str(made(change, "session-1")[0].steps[0].action) == value


def test_an_earlier_change_is_made_only_where_the_two_permit_different_values_after_it():
    """Where no rule tells the two apart, the change alone is tried."""
    cell = RuleCell("user", "change-otp-channel", "session-2", "monday")
    assert [len(scenario.steps) for scenario in witnesses(BOOK, BOOK, cell)] == [1]
    apart = [len(scenario.steps) for scenario in made("change-otp-channel", "session-2")]
    assert apart[0] == 1
    assert 2 in apart
