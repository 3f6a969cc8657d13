"""The sentence below each expectation that a run does not meet."""

from pathlib import Path

import pytest

from dcsim.files.findings import InputError
from dcsim.files.load import load_scenario
from dcsim.usecases.run import RunOptions, run

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SEOCH = sorted((SCENARIOS / "circular").glob("*.yaml")) + sorted((SCENARIOS / "open-questions").glob("*.yaml"))
WRONG = ("failback-copy", "no-drain", "restore-friday", "stale-restore-point", "roll-back")
NEVER = """
scenario: never
title: A session that never opens
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts: [{id: U001, kind: user}, {id: U002, kind: user}]
faults: [{operator: skip, step: open-monday}]
groups: {all: [U001, U002]}
expect: {monday: {all: {email: none}}}
"""


def test_a_session_that_never_opens_is_explained(tmp_path):
    """By the step that was to open it, and the last one that was taken."""
    path = tmp_path / "never.yaml"
    path.write_text(NEVER)
    (problem,) = (p for p in run(load_scenario(path)).problems if p.kind == "expectation")
    (said,) = problem.because
    assert said.startswith("step open-monday is to open monday, and was not taken; the operator's last step was")


@pytest.mark.parametrize("runbook", WRONG)
def test_every_expectation_that_is_not_met_is_explained(runbook):
    """Whatever the scenario and the wrong runbook."""
    explained = 0
    for path in SEOCH:
        try:
            case = load_scenario(path, runbook=runbook)
        except InputError:
            continue
        for problem in run(case, RunOptions(runbook=runbook)).problems:
            if problem.kind == "expectation":
                assert problem.because, (path, problem)
                explained += 1
    assert explained or runbook == "roll-back"


STEPS = """
scenario: x
title: X
rulebook: seoch-2fa-2023
runbook: {runbook}
accounts:
  - {{id: U001, kind: user, participant: P, email: registered, smartcard: friday}}
  - {{id: U002, kind: user, participant: P, email: registered, smartcard: friday}}
  - {{id: D001, kind: da, participant: P}}
  - {{id: D002, kind: da, participant: P, status: suspended}}
steps:
  - {{at: session-1 +5m, account: U001, do: initiate-2fa, password: P1, channel: email}}
  - {{at: session-1 +6m, account: U002, do: initiate-2fa, password: P3, channel: email}}
  - {{at: session-2 +5m, account: U001, do: change-password, from: P1, to: P2}}
{more}
"""


def sentence(tmp_path, more, runbook="snapshot-standby"):
    path = tmp_path / "x.yaml"
    path.write_text(STEPS.format(more=more, runbook=runbook))
    (problem,) = (p for p in run(load_scenario(path)).problems if p.kind == "expectation")
    (said,) = problem.because
    return said


@pytest.mark.parametrize(
    ("more", "runbook", "says"),
    [
        pytest.param(
            "expect: {monday: {U001: {two-factor: {password: P2}}}}",
            "snapshot-standby",
            (
                "P1 (carried by fn1) is from U001 initiate-2fa",
                "P2 (discarded by fn3) never came to primary; it was last at secondary",
                "until",
                "revert",
            ),
            id="the tester expects what the rules discard",
        ),
        pytest.param(
            "expect: {monday: {U001: {two-factor: {password: P1}}}}",
            "failback-copy",
            (
                "P2 (discarded by fn3) is from U001 change-password",
                "then operator copy",
                "P1 (carried by fn1) was at primary",
            ),
            id="a discarded value leaks",
        ),
        pytest.param(
            "expect: {monday: {U001: {email: registered}, U002: {two-factor: {password: P3}}}}",
            "restore-friday",
            ("none stood at primary", "flashback", "P3 (carried by fn1) was at primary until"),
            id="the second account of a line has its own value",
        ),
        pytest.param(
            "  - {at: monday +9h, account: U001, do: logon, with: smartcard, password: friday}",
            "snapshot-standby",
            ("monday at primary (primary), which offers otp",),
            id="a way of logging on that is not offered",
        ),
        pytest.param(
            "  - {at: session-1 closes +5m, account: U001, do: logon, with: otp, password: P1}",
            "snapshot-standby",
            ("in after-session-1, open was no session; the operator's last step was",),
            id="nothing is open",
        ),
        pytest.param(
            "  - {at: session-1 +9m, account: U001, do: logon, with: otp, password: P1, link: No such}",
            "snapshot-standby",
            ("the landing page's link", "Login with OTP"),
            id="a wrong link, with the right ones",
        ),
        pytest.param(
            "  - {at: session-1 +9m, account: U001, do: logon, with: otp, password: P1, portal: nowhere}",
            "snapshot-standby",
            ("enters by another portal: it is https://",),
            id="a wrong portal, with the right one",
        ),
        pytest.param(
            "  - {at: session-1 +9m, account: U001, do: logon, with: otp, password: P1, otp: wrong}",
            "snapshot-standby",
            ("the one-time password is wrong",),
            id="what the client presented",
        ),
        pytest.param(
            "  - {at: session-1 +9m, account: U001, do: change-password, from: P7, to: P8, takes: 1m}",
            "snapshot-standby",
            ("P1 is from U001 initiate-2fa", "P7 was never"),
            id="an act that takes time",
        ),
        pytest.param(
            "  - {at: session-1 +9m, account: D002, do: suspend-user, user: U001}",
            "snapshot-standby",
            ("D002: suspended stood at primary from the beginning",),
            id="the administrator's own record",
        ),
        pytest.param(
            "  - {at: session-1 +9m, account: U001, do: logout}",
            "snapshot-standby",
            ("a logout needs an open logon, and there was none before",),
            id="nobody is logged on",
        ),
        pytest.param(
            "  - {at: session-1 +9m, account: U001, do: logon, with: otp, password: P9}",
            "snapshot-standby",
            ("P1 is from U001 initiate-2fa", "P9 was never at any place"),
            id="a password that nobody set",
        ),
    ],
)
def test_the_sentence_names_the_act_the_rule_and_the_loss(tmp_path, more, runbook, says):
    """In the words of the scenario and of the runbook."""
    said = sentence(tmp_path, more, runbook)
    for words in says:
        assert words in said
