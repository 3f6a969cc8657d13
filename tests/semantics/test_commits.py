"""Requests that commit later: what closes, changes or overtakes them in between."""

# ruff: noqa: E501 - a step is a line

import pytest

from dcsim.files.load import load_texts
from dcsim.files.resolver import source_of
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.verdict import verdict

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
  - {id: U002, kind: user, participant: P, email: registered}
  - {id: D001, kind: da, participant: P, email: registered}
  - {id: D002, kind: da, participant: P, email: registered}
"""


def run(body):
    case = load_texts({**TEXTS, "scenario": HEAD + body})
    trace = simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario)
    return verdict(case.scenario, trace), trace


CASES = {
    "a logon in flight at the close is refused, whatever the policy": """
policies: {in-flight-at-close: commit}
steps:
  - {at: session-1 closes -1s, account: U001, do: logon, with: smartcard, password: C0, takes: 2s, expect: refused closed}
""",
    "an edit that went there and back again is still outdated": """
steps:
  - {at: session-1 +1m, account: D001, do: suspend-user, user: U001}
  - {at: session-1 +2m, account: D001, do: reinstate-user, user: U001, takes: 10m, expect: refused edited-meanwhile}
  - {at: session-1 +3m, account: D002, do: reinstate-user, user: U001}
  - {at: session-1 +4m, account: D002, do: suspend-user, user: U001}
""",
    "and overwrites it where the last one wins": """
policies: {concurrent-edits: last-wins}
steps:
  - {at: session-1 +1m, account: D001, do: suspend-user, user: U001}
  - {at: session-1 +2m, account: D001, do: reinstate-user, user: U001, takes: 10m}
  - {at: session-1 +3m, account: D002, do: reinstate-user, user: U001}
  - {at: session-1 +4m, account: D002, do: suspend-user, user: U001}
expect: {violations: [no-lost-update]}
""",
    "a refused request leaves another, equal one alone": """
steps:
  - {at: session-1 +1m, account: D001, do: suspend-user, user: U001}
  - {at: session-1 +2m, account: U001, do: change-password, from: P0, to: P1, takes: 10m, expect: refused suspended}
  - {at: session-1 +3m, account: D001, do: reinstate-user, user: U001}
  - {at: session-1 +4m, account: U001, do: change-password, from: P0, to: P1, takes: 20m}
  - {at: session-1 +13m, account: U001, do: logon, with: otp, password: P0, expect: Function not available}
  - {at: session-1 +25m, account: U001, do: logon, with: otp, password: P1, expect: Function not available}
""",
    "two halves of a set-up in flight come together as one initiation": """
policies: {set-up: stepwise}
steps:
  - {at: session-1 +1m, account: U002, do: initiate-2fa, password: P1, takes: 1m}
  - {at: session-1 +1m30s, account: U002, do: initiate-2fa, channel: email, takes: 1m}
expect:
  monday: {U002: {two-factor: {password: P1, channel: email}}}
""",
}


@pytest.mark.parametrize("name", CASES)
def test_requests(name):
    """Each case ends as it says."""
    found, trace = run(CASES[name])
    assert found.status == "passed", (trace.failures, trace.broken)


def test_a_commit_at_a_site_that_became_a_standby_is_refused():
    """In flight across a switch, even where late commits are taken, a standby takes no writes."""
    runbook = """
runbook: x
version: 1
title: X
sites: {primary: primary, secondary: standby}
steps:
  - {at: session-1 opens, do: open, session: session-1, site: primary}
  - {at: session-1 closes, do: close, session: session-1}
  - {at: session-1 closes, do: switch}
"""
    body = """
policies: {in-flight-at-close: commit}
steps:
  - {at: session-1 closes -1s, account: U001, do: change-password, from: P0, to: P1, takes: 2s, expect: refused read-only}
"""
    case = load_texts({**TEXTS, "runbook": runbook, "scenario": HEAD + body})
    trace = simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario)
    assert trace.failures == ()
