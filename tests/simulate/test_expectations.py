"""What a run says of a scenario's expectations: each that is not met, once, and with what was found."""

# ruff: noqa: E501 - a step is a line

import pytest

from dcsim.files.load import load_texts
from dcsim.files.resolver import source_of
from dcsim.semantics.model import Model
from dcsim.simulate import expectations
from dcsim.simulate.weekend import simulate

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
  - {id: U001, kind: user, participant: P, email: registered, smartcard: C0, two-factor: {password: P0, channel: email}}
"""


def run(body, head=HEAD, **options):
    case = load_texts({**TEXTS, "scenario": head + body})
    return simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario, **options)


SHOWN = "Function not available"
# the step's expectation | the password it comes with | what is said to be found, or nothing
STEPS = f"""
accepted                | P0 |
{SHOWN}                 | P0 |
any                     | P0 |
any                     | XX |
Welcome                 | P0 | {SHOWN}
refused                 | P0 | {SHOWN}
refused wrong-password  | P0 | {SHOWN}
accepted                | XX | refused wrong-password
{SHOWN}                 | XX | refused wrong-password
refused                 | XX |
refused wrong-password  | XX |
refused locked          | XX | refused wrong-password
"""


@pytest.mark.parametrize("row", STEPS.strip().splitlines())
def test_an_outcome_is_held_against_what_its_step_expects(row):
    """By whether it is accepted, by its code, or by what is shown; whatever happens, where anything may."""
    expect, password, found = (word.strip() for word in row.split("|"))
    step = f"steps:\n  - {{at: session-1 +1m, account: U001, do: logon, with: otp, password: {password}, expect: {expect}}}\n"
    failures = run(step).failures
    assert [(f.expected, f.actual, f.account, f.where) for f in failures] == (
        [(expect, found, "U001", "logon")] if found else []
    )


def test_what_shows_nothing_is_told_as_accepted():
    """An act other than a logon shows nothing."""
    step = "steps:\n  - {at: session-1 +1m, account: U001, do: change-password, from: P0, to: P1, expect: refused}\n"
    assert [f.actual for f in run(step).failures] == ["accepted"]


@pytest.mark.parametrize(
    ("expect", "found"), [("accepted", ["refused wrong-password"]), ("refused wrong-password", [])]
)
def test_a_request_that_is_refused_is_judged_once(expect, found):
    """It is judged when it is refused, and its commit, of which there is nothing to say, is not judged again."""
    step = f"steps:\n  - {{at: session-1 +1m, account: U001, do: change-password, from: XX, to: P1, takes: 1m, expect: {expect}}}\n"
    assert [f.actual for f in run(step).failures] == found


def test_a_request_that_is_accepted_is_judged_at_its_commit():
    """Not when it is asked for: what was expected to be refused may still be."""
    step = "steps:\n  - {at: session-1 closes -1s, account: U001, do: change-password, from: P0, to: P1, takes: 2s, expect: refused closed}\n"
    assert run(step).failures == ()


def test_a_target_that_never_opens_is_a_failure_and_one_that_opens_is_not():
    """What is expected there cannot be seen."""
    expect = "steps:\n  - {at: session-1 +1m, account: U001, do: logout, expect: any}\nexpect:\n  monday: {U001: {two-factor: {password: P0, channel: email}}}\n"
    assert run(expect).failures == ()
    skipped = run(f"{expect}faults:\n  - {{operator: skip, step: open-monday}}\n").failures
    assert {(f.where, f.expected, f.actual, f.account) for f in skipped} == {
        ("monday", "opens", "never opened", "U001")
    }


def test_a_record_is_held_against_what_is_expected_by_value_and_type():
    """Each field that holds something else is told, with both."""
    body = "steps:\n  - {at: session-1 +1m, account: U001, do: logout, expect: any}\nexpect:\n  monday: {U001: {two-factor: {password: P9, channel: email}, email: none}}\n"
    found = {(f.where, f.expected, f.actual) for f in run(body).failures}
    assert found == {("password when monday opens", "P9", "P0"), ("email when monday opens", "no", "yes")}


def test_failures_are_kept_up_to_a_bound(monkeypatch):
    """A population that fails as a whole does not fill the memory."""
    monkeypatch.setattr(expectations, "KEEP", 5)
    head = f"{HEAD}  - {{population: 9, prefix: X, kind: user, participant: P, smartcard: C0}}\n"
    step = "steps:\n  - {at: session-1 +1m, account: 'X*', do: logon, with: smartcard, password: XX, every: 1s}\n"
    assert len(run(step, head).failures) == 5


MANY = f"{HEAD}  - {{population: 900, prefix: X, kind: user, participant: P, smartcard: C0}}\n"
WRONG = "  - {at: session-1 +1m, account: 'X*', do: logon, with: smartcard, password: XX, every: 1s}\n"


def test_failures_beyond_the_bound_are_counted_by_what_failed(monkeypatch):
    """One of each kind stands for those that are not kept; no failure is lost."""
    monkeypatch.setattr(expectations, "KEEP", 5)
    expect = "expect:\n  monday: {'X*': {smartcard: C9}, U001: {email: none}}\n"
    trace = run(f"steps:\n{WRONG}{expect}", MANY)
    assert len(trace.failures) == 5
    assert [(f.where, f.expected, f.actual, f.accounts) for f in trace.more] == [
        ("logon", "accepted", "refused wrong-password", 895),
        ("smartcard when monday opens", "C9", "C0", 900),
        ("email when monday opens", "no", "yes", 1),
    ]
    assert trace.unkept == 0


def test_kinds_beyond_the_bound_are_counted_in_sum(monkeypatch):
    """A file with a line for each account does not fill the memory either."""
    monkeypatch.setattr(expectations, "KEEP", 5)
    lines = "".join(f"    X{n}: {{smartcard: C9}}\n" for n in range(1, 21))
    trace = run(
        f"steps:\n  - {{at: session-1 +1m, account: U001, do: logout, expect: any}}\nexpect:\n  monday:\n{lines}", MANY
    )
    assert (len(trace.failures), len(trace.more), trace.unkept) == (5, 5, 10)


def test_a_failure_says_which_step_or_which_field_where():
    """As data, for whoever explains it."""
    steps = "steps:\n  - {at: session-1 +1m, account: U001, do: logout, expect: any}\n" + WRONG.replace(
        "'X*'", "X3"
    ).replace(", every: 1s", "")
    trace = run(f"{steps}expect:\n  session-2: {{U001: {{email: none}}}}\n", MANY)
    step, field = trace.failures
    assert (step.step, step.field, step.target, step.site) == (1, "", "", "")
    assert (field.step, field.field, field.target, field.site) == (None, "email", "session-2", "secondary")


SET_UP = "steps:\n  - {at: session-1 +1m, account: U001, do: change-password, from: P0, to: P1}\nfaults:\n"


@pytest.mark.parametrize(
    ("fault", "unused"),
    [
        ("{link: drop, account: U001, nth: 1}", 0),
        ("{link: drop, account: U001, nth: 2}", 1),
        ("{link: drop, account: U001}", 0),
        ("{operator: skip, step: open-monday}", 0),
    ],
)
def test_a_fault_that_never_happened_is_told(fault, unused):
    """And one that happened is not."""
    kinds = [n.notice.kind for n in run(f"{SET_UP}  - {fault}\n").noticed]
    assert kinds.count("fault-unused") == unused


def test_faults_that_never_happened_are_numbered_as_in_the_file():
    """The first is number 1; one that happened is counted, and not told."""
    faults = ("{operator: skip, step: open-monday}", "{link: drop, account: U001, nth: 2}")
    for order, number in ((faults, 2), (faults[::-1], 1)):
        found = run(f"{SET_UP}  - {order[0]}\n  - {order[1]}\n").noticed
        (note,) = [n.notice for n in found if n.notice.kind == "fault-unused"]
        assert note.where == f"fault {number} (drop, U001, entry 2)"
