"""Words that are probably slips: links and portals of another kind of account, and labels that are set nowhere."""

from pathlib import Path

import pytest

from dcsim.files.disk import discover
from dcsim.files.load import load_scenario, load_texts
from dcsim.files.resolver import source_of

ROOT = Path(__file__).parents[2]
CODES = ("DC180", "DC181")
HEAD = """scenario: s
title: t
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {id: U1, kind: user, participant: B1, smartcard: friday}
  - {id: D1, kind: da, participant: B1, two-factor: {password: PW0, channel: email}}
  - {population: 20, prefix: X, kind: user, smartcard: friday, two-factor: {password: Q1, channel: app}}
groups: {all: [U1, D1]}
steps:
  - {at: session-1 +5m, account: U1, do: initiate-2fa, password: PW1, channel: sms}
"""
USER, DA = "https://www.ccass.com", "https://www.ccass.com/dms"
BY_CARD = "Login with Smartcard - Online Functions and Overnight Report Download"
BY_OTP = ("Login with OTP - Online Functions", "Login with OTP - Overnight Report Download")
DA_OTP = "Login with OTP – Security Management Function"


def warnings(steps, expect=""):
    named = {"rulebook": "seoch-2fa-2023", "runbook": "snapshot-standby"}
    texts = {kind: source_of(kind, name).text for kind, name in named.items()}
    lines = "".join(f"  - {{at: session-1 +{n}m, {step}}}\n" for n, step in enumerate(steps, start=6))
    return [w for w in load_texts(texts | {"scenario": HEAD + lines + expect}).warnings if w.code in CODES]


def logon(account="U1", password="PW1", method="otp", **more):
    rest = "".join(f", {key}: {value!r}" for key, value in more.items())
    return f"account: {account}, do: logon, with: {method}, password: {password}{rest}"


WRONG = [
    (logon(portal=DA), f"'{DA}' is not the portal of a user", f"write '{USER}'; leave"),
    (logon(account="D1", password="PW0", portal=USER), f"'{USER}' is not the portal of a da", f"write '{DA}'; leave"),
    (logon(account="X7", password="Q1", portal=DA), "is not the portal of a user", f"write '{USER}'"),
    (logon(account="X*", password="Q1", portal=DA), "is not the portal of a user", f"write '{USER}'"),
    (logon(link=BY_CARD), "is no link of a user for logging on by otp", f"'{BY_OTP[1]}'"),
    (
        logon(link="Login with OTP - Overnight Reports"),
        "is no link of a user",
        f"write '{BY_OTP[1]}' or '{BY_OTP[0]}'; leave",
    ),
    (logon(method="smartcard", password="friday", link=BY_OTP[0]), "by smartcard", f"write '{BY_CARD}'; leave"),
    (logon(account="D1", password="PW0", link=DA_OTP.replace("–", "-")), "is no link of a da", f"write '{DA_OTP}'"),
    (logon(account="all", password="Q1", portal=DA), "is not the portal of a user", f"write '{USER}'"),
    (logon(account="U*", password="PW1", link=BY_CARD), "is no link of a user", f"'{BY_OTP[1]}'"),
    (logon(account="all", password="PW0", portal=USER), "is not the portal of a da", f"write '{DA}'"),
    (logon(portal=DA, expect="Function not available"), "is not the portal of a user", f"write '{USER}'"),
]


@pytest.mark.parametrize(("step", "message", "hint"), WRONG)
def test_a_wrong_link_or_portal_shows_the_right_ones(step, message, hint):
    """Those of this kind of account and way of logging on; the most similar one first."""
    [warning] = warnings([step])
    assert (warning.code, warning.line) == ("DC180", 12)
    assert message in warning.message
    assert hint in warning.hint


MEANT = [
    logon(portal=USER),
    logon(portal=f"{USER}/"),
    logon(link=BY_OTP[0]),
    logon(link=DA_OTP, expect="refused wrong-link"),
    logon(portal=DA, expect="refused wrong-portal"),
    logon(portal=DA, link="x", expect="refused"),
    logon(portal=DA, link="x", expect="any"),
    logon(password="PW9", expect="refused wrong-password"),
    logon(password="PW9", expect="any"),
    logon(password="friday", method="smartcard"),
    "account: U1, do: change-password, from: PW1, to: PW2",
    "account: X3, do: change-otp-channel, password: Q1, channel: email",
    "account: D1, do: reset-user, user: U1",
]


@pytest.mark.parametrize("step", MEANT)
def test_what_is_meant_is_no_slip(step):
    """Right links, and wrong ones where a refusal is expected."""
    assert warnings([step]) == []


UNSET = [
    ([logon(password="PW11")], "'PW11' is set nowhere", "did you mean 'PW1'?", (12, 70)),
    (["account: U1, do: change-password, from: PW3, to: PW4"], "'PW3' is set nowhere", "did you mean 'PW1'?", (12, 65)),
    (
        [logon(method="smartcard", password="thursday")],
        "'thursday'",
        "these are set: friday",
        (12, 76),
    ),
    (
        ["account: X3, do: change-otp-channel, password: Q2, channel: sms"],
        "'Q2'",
        "these are set: PW0, PW1, Q1",
        (12, 72),
    ),
]


def test_where_no_label_is_set_the_hint_says_so():
    """And lists none."""
    own = HEAD[: HEAD.index("accounts:")] + "accounts: [{id: U1, kind: user}]\nsteps:\n"
    named = {"rulebook": "seoch-2fa-2023", "runbook": "snapshot-standby"}
    texts = {kind: source_of(kind, name).text for kind, name in named.items()}
    step = f"  - {{at: session-1 +5m, {logon(method='smartcard', password='friday')}}}\n"
    (told,) = [w for w in load_texts(texts | {"scenario": own + step}).warnings if w.code == "DC181"]
    assert told.hint == "no smartcard is set at all"


@pytest.mark.parametrize(("steps", "message", "hint", "place"), UNSET)
def test_a_label_that_is_set_nowhere_gets_a_hint(steps, message, hint, place):
    """With the nearest label that is set, or with those that are."""
    [warning] = warnings(steps)
    assert (warning.code, message in warning.message, hint in warning.hint) == ("DC181", True, True), warning
    assert (warning.line, warning.col) == place


def test_an_expected_label_that_is_set_nowhere_gets_a_hint():
    """Password, channel and smartcard, each where it stands; what is set, or nothing, gets none."""
    held = "{smartcard: fridy, two-factor: {password: PW7, channel: smss}}"
    found = warnings([], f"expect:\n  monday: {{U1: {held}}}\n")
    assert [(w.line, w.message.split()[0]) for w in found] == [(13, "'fridy'"), (13, "'PW7'"), (13, "'smss'")]
    held = "{smartcard: friday, two-factor: {password: PW1, channel: sms}}"
    assert warnings([], f"expect:\n  monday: {{U1: {held}, X2: {{two-factor: none}}}}\n") == []


def test_a_label_is_set_by_whoever_sets_it():
    """By a step at any time, by an account of its own or of a population."""
    later = "account: U1, do: change-password, from: PW1, to: PW2"
    assert warnings([logon(password="PW2"), later, logon(password="PW0"), logon(password="Q1")]) == []


@pytest.mark.skipif(not (ROOT / "scenarios").exists(), reason="needs the source tree")
def test_no_scenario_of_the_suite_has_a_false_warning():
    """All of them mean what they write."""
    warned = [w for path in discover([ROOT / "scenarios"]) for w in load_scenario(path).warnings]
    assert [str(w) for w in warned if w.code in CODES] == []
