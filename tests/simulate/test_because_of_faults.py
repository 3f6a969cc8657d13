"""What a crash or an outage has lost or held up is explained with it, in the words of the run."""

import pytest

from dcsim.files.load import load_scenario, load_texts
from dcsim.files.resolver import source_of
from dcsim.report.why import lines
from dcsim.usecases.run import run
from dcsim.usecases.why import why

HEAD = """
scenario: x
title: X
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {id: U1, kind: user, email: registered, smartcard: C}
steps:
  - {at: session-1 +5m, account: U1, do: initiate-2fa, password: P1, channel: email}
"""
CRASH = "faults: [{site: crash, of: primary, at: session-1 +30m, back: 10m}]\n"
DOWN = "primary was down from Sat 10 Jun 18:30:00 (event 6) until Sat 10 Jun 18:40:00"
CHANGE = "do: change-password, from: P1, to: P2, takes: 2s"
LOGON = "do: logon, with: otp, password: P1"


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (f"  - {{at: session-1 +29m59s, account: U1, {CHANGE}}}\n", DOWN),
        (f"  - {{at: session-1 +10m, account: U1, {LOGON}}}\n  - {{at: session-1 +39m, account: U1, {LOGON}}}\n", DOWN),
        (
            f"  - {{at: session-1 +10m, account: U1, {LOGON}}}\n  - {{at: session-1 +50m, account: U1, do: logout}}\n",
            f"a logout needs an open logon, and that of event 5 was lost: {DOWN}",
        ),
    ],
)
def test_what_a_crash_lost_is_explained_with_it(tmp_path, steps, says):
    """A request in flight, an act while the site was down, and a logon that was open."""
    assert said(tmp_path, steps + CRASH) == [says]


def test_a_session_that_waits_for_its_site_is_explained_with_it(tmp_path):
    """An act is refused because no session is open; and a session never opens."""
    steps = f"  - {{at: session-2 +5m, account: U1, {LOGON}}}\n"
    ends = "expect: {session-2: {U1: {smartcard: C}}}\n"
    act, session = said(tmp_path, f"{steps}faults: [{{site: crash, of: secondary, at: session-2 opens}}]\n{ends}")
    assert act.endswith("and step open-session-2 waits for secondary, which is down")
    assert "and open-session-2 waits since Sat 10 Jun 22:00:00 for secondary; never taken: close-session-2" in session


def test_a_value_that_an_outage_held_up_is_explained_with_it():
    """It is still on its way when Session 2 opens; an outage before it was made has nothing to do with it."""
    early = "{link: outage, from: session-1 opens, until: session-1 opens +1m}"
    late = "{link: outage, from: session-1 opens +4m, until: monday opens}"
    books = (("rulebook", "seoch-2fa-2023"), ("runbook", "no-drain"))
    texts = {kind: source_of(kind, name).text for kind, name in books}
    case = load_texts(texts | {"scenario": f"{HEAD}faults: [{early}, {late}]\n"})
    told = " ".join(" ".join(lines(why(case, "U1", "password", "session-2"))).split())
    assert told.endswith(
        "while it was on its way, the link was down from Sat 10 Jun 18:04:00 (event 5) and was still down"
    )
    assert "18:00:00" not in told.split("lost")[-1]


def said(folder, body):
    """The explanations of what a scenario expects and does not see."""
    path = folder / "x.yaml"
    path.write_text(HEAD + body)
    return [says for p in run(load_scenario(path)).problems if p.kind == "expectation" for says in p.because]
