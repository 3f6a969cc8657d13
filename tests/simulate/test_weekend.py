"""Odd but possible weekends, each once a wrong verdict: what they must come to."""

# ruff: noqa: E501 - a step is a line

import pytest

from dcsim.files.load import load_texts
from dcsim.files.resolver import source_of
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.verdict import verdict

BOOK = source_of("rulebook", "seoch-2fa-2023").text
RIGHT = source_of("runbook", "snapshot-standby").text
SCENARIO = """
scenario: x
title: X
rulebook: x
runbook: x
accounts:
  - {id: U001, kind: user, participant: P, email: registered, smartcard: C0}
  - {id: U002, kind: user, participant: P, email: registered, smartcard: C0}
  - {id: NEW, kind: user, participant: P, status: absent}
  - {id: D001, kind: da, participant: P, email: registered, registered: false}
"""
RUNBOOK = """
runbook: x
version: 1
title: X
sites: {primary: primary, secondary: standby}
link: {lag: 2s}
steps:
"""
OWN = BOOK.replace("sessions:\n", "records: [flag]\n\nsessions:\n", 1)
SET_UP = "  - {at: session-1 +1m, account: U001, do: initiate-2fa, password: P1, channel: email}\n"


def run(body, runbook=RIGHT, book=BOOK, seed=0):
    """Run a weekend: violations, kinds of notice, failures."""
    case = load_texts({"rulebook": book, "runbook": runbook, "scenario": SCENARIO + "steps:\n" + body})
    trace = simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario, seed=seed)
    kinds = {n.notice.kind for n in trace.noticed}
    return set(trace.invariants), kinds, trace.failures, verdict(case.scenario, trace).status


def steps(*lines):
    return RUNBOOK + "".join(f"  - {{{line}}}\n" for line in lines)


OPEN_1 = "at: session-1 opens, do: open, session: session-1, site: primary"
CLOSE_1 = "at: session-1 closes, do: close, session: session-1"
DRAIN = "at: session-1 closes, do: drain, timeout: 10m"
MONDAY = "at: monday opens, do: open, session: monday, site: primary"


def test_a_session_that_opens_again_keeps_what_was_done_in_it():
    """Session 1 is paused for ten minutes: its own initiations are no leak."""
    paused = steps(
        OPEN_1,
        "at: session-1 opens +10m, do: close, session: session-1, id: pause",
        "at: session-1 opens +20m, do: open, session: session-1, site: primary, id: again",
        CLOSE_1,
        MONDAY,
    )
    broken, _, failures, _ = run(SET_UP, paused)
    assert broken == {"window-served"}
    assert not failures


def test_values_of_different_types_are_different_values():
    """1 and yes, 0 and no are never merged, on one account or between two."""
    body = """
  - {at: session-1 +1m, account: U001, do: write, record: flag, value: 0}
  - {at: session-1 +1m, account: U002, do: write, record: flag, value: false}
expect:
  monday: {U001: {records: {flag: 0}}, U002: {records: {flag: false}}}
"""
    assert run(body, book=OWN)[3] == "passed"


@pytest.mark.parametrize("seed", range(5))
def test_a_delayed_delivery_comes_after_its_delay_whatever_the_jitter(seed):
    """The entry is held up when it would have arrived, and released later."""
    jittery = steps(OPEN_1, CLOSE_1, DRAIN, MONDAY).replace("lag: 2s", "lag: 2s, jitter: 10m")
    body = SET_UP + "faults:\n  - {link: delay, account: U001, nth: 1, by: 1s}\n"
    assert "sites-agree" not in run(body, jittery, seed=seed)[0]


def test_a_late_entry_does_not_bring_back_a_lost_one():
    """What the link lost comes again only when the runbook resends it."""
    body = (
        SET_UP
        + """
  - {at: session-1 +2m, account: U001, do: change-otp-channel, password: P1, channel: app}
faults:
  - {link: drop, account: U001, nth: 1}
  - {link: delay, account: U001, nth: 2, by: 1m}
"""
    )
    assert "sites-agree" in run(body, steps(OPEN_1, CLOSE_1, MONDAY))[0]
    resent = steps(OPEN_1, CLOSE_1, "at: session-1 closes, do: resend", DRAIN, MONDAY)
    assert "sites-agree" not in run(body, resent)[0]


def test_a_reset_leaves_absent_accounts_alone():
    """There is nothing to reset in an account that does not exist."""
    reset = steps(OPEN_1, CLOSE_1, "at: monday opens -1h, do: reset, site: primary, fields: [flag], to: 1", MONDAY)
    broken = run(SET_UP, reset, OWN)[0]
    assert "no-dangling-account" not in broken


def test_a_reset_that_a_rule_asks_for_may_touch_an_account_that_changed_nothing():
    """The rule's constant is permitted to all; another value that the operator sets is not."""
    book = OWN.replace(
        "\nrules:\n",
        "\nrules:\n  - {id: r, accounts: [user, da], changes: flag, made-in: session-1, at: monday, fate: reset, to: 1, assumption: a test}\n",
    )
    for to, broken in (("1", False), ("2", True)):
        line = f"at: monday opens -1h, do: reset, site: primary, fields: [flag], to: {to}"
        out = "at: monday opens -30m, do: copy, source: primary, target: secondary"
        found = run(SET_UP, steps(OPEN_1, CLOSE_1, line, out, MONDAY), book)[0]
        assert ("reset-applied" in found) is broken


def test_a_standby_made_anew_is_not_behind():
    """A whole copy from production replaces what the link lost."""
    anew = steps(
        OPEN_1,
        CLOSE_1,
        "at: session-1 closes +1h, do: copy, source: primary, target: secondary",
        DRAIN.replace("closes", "closes +2h"),
        MONDAY,
    )
    broken = run(SET_UP + "faults:\n  - {link: drop, account: U001, nth: 1}\n", anew)[0]
    assert broken == {"window-served"}


def test_an_unregistered_administrator_is_refused():
    """Where registration is required, it is the acting participant's that counts."""
    body = "  - {at: session-1 +1m, account: D001, do: suspend-user, user: U001, expect: refused not-registered}\npolicies: {registration-required: true}\n"
    assert run(body)[3] == "passed"


def test_the_wrong_site_serves_when_session_1_is_never_closed():
    """Inside Session 2's window the Primary serves Session 1 still, and Session 2 is not served at all."""
    body = "  - {at: session-2 +5m, account: U001, do: logon, with: smartcard, password: C0}\n"
    assert "window-served" in run(body, steps(OPEN_1, MONDAY))[0]


def test_a_restore_point_belongs_to_its_site():
    """A point of the primary cannot be restored at the secondary, and the refusal is told."""
    other = steps(
        OPEN_1,
        CLOSE_1,
        DRAIN,
        "at: session-2 opens -10m, do: restore-point, site: primary, name: p",
        "at: session-2 opens -5m, do: activate, site: secondary",
        "at: session-2 closes, do: flashback, site: secondary, to: p",
        MONDAY,
    )
    broken, notices, _, _ = run(SET_UP, other)
    assert "step-refused" in notices
    assert "standby-ready" in broken


def test_lost_redo_is_not_on_its_way():
    """A standby that will never get a change does not agree with the primary."""
    broken = run(SET_UP + "faults:\n  - {link: drop, account: U001, nth: 1}\n", steps(OPEN_1, CLOSE_1, MONDAY))[0]
    assert "sites-agree" in broken


def test_seeds_decide_the_jitter_and_nothing_else():
    """One seed, one trace; another seed, other times of delivery."""
    jittery = RIGHT.replace("lag: 2s", "lag: 2s, jitter: 10m")
    case = load_texts({"rulebook": BOOK, "runbook": jittery, "scenario": SCENARIO + "steps:\n" + SET_UP})
    model = Model(case.rulebook, case.runbook)
    one, same, other = (simulate(model, case.scenario, seed=seed) for seed in (1, 1, 2))
    assert one.events == same.events
    assert [e.action for e in one.events] == [e.action for e in other.events]
    assert [e.at for e in one.events] != [e.at for e in other.events]
