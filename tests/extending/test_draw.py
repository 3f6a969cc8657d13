"""What the fuzzer draws beside acts: how accounts begin, and who they are."""

import random
from collections import Counter

import pytest

from dcsim.domain.change_kinds import KINDS, declared
from dcsim.files.load import load_pair
from dcsim.fuzzer.decode import LEAST_BYTES, Space, decode

BOOK, RUNBOOK = load_pair("seoch-2fa-2023", "snapshot-standby")


@pytest.fixture(scope="module")
def drawn():
    draw = random.Random(7).randbytes
    return [decode(draw(LEAST_BYTES * 2), Space(BOOK, RUNBOOK, accounts=2)) for _ in range(400)]


def test_accounts_begin_in_every_state_that_some_change_needs(drawn):
    """Suspended, absent, locked, without an address, with a set-up; and more often than not with nothing amiss."""
    starts = [account.start for scenario in drawn for account in scenario.accounts]
    for kind in filter(None, map(declared, KINDS)):
        begins = kind[1].begins
        assert any(all(start[field].value == value for field, value in begins.items()) for start in starts)
    well = [s for s in starts if s.status.value == "active" and not s.locked.value and s.email.value]
    assert len(well) > len(starts) / 2
    assert any(start.password.value for start in starts)


def test_two_accounts_of_one_kind_meet(drawn):
    """Of each kind, in one weekend; and two of different kinds as well."""
    pairs = Counter(tuple(a.profile.kind for a in s.accounts) for s in drawn if len(s.accounts) == 2)
    assert all(pairs[pair] >= 10 for pair in [("user", "user"), ("da", "da"), ("user", "da")]), pairs


def test_logons_are_drawn_by_smartcard_and_by_otp_with_the_right_secret_and_a_wrong_one(drawn):
    """A suspended account tries as well, and an administrator acts on whoever it may."""
    logons = [step.action for s in drawn for step in s.steps if step.action.verb == "logon"]
    assert {(logon.with_, logon.password == {"smartcard": "C0", "otp": "P1"}[logon.with_]) for logon in logons} == {
        (method, right) for method in ("smartcard", "otp") for right in (True, False)
    }
    suspended = {(s.scenario, a.id) for s in drawn for a in s.accounts if a.start.status.value == "suspended"}
    assert any((s.scenario, step.account) in suspended for s in drawn for step in s.steps)


def test_a_set_up_stops_half_way_now_and_then(drawn):
    """Either half; as a rule both are given."""
    halves = Counter(
        (step.action.password is None, step.action.channel is None)
        for s in drawn
        for step in s.steps
        if step.action.verb == "initiate-2fa"
    )
    assert halves[False, False] > halves[True, False] > 0
    assert halves[False, True] > 0
    assert not halves[True, True]
