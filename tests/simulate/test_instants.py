"""To the millisecond: when a drain gives up, when a delayed step is taken, and when a delayed entry comes."""

import pytest

from dcsim.domain.actions import Deliver, Operate
from dcsim.files.load import load_texts
from dcsim.files.resolver import source_of
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

BOOK = source_of("rulebook", "seoch-2fa-2023").text
HEAD = """
scenario: x
title: X
rulebook: seoch-2fa-2023
runbook: x
accounts:
  - {id: U001, kind: user, participant: P, email: registered, smartcard: C0}
steps:
"""
RUNBOOK = """
runbook: x
version: 1
title: X
sites: {primary: primary, secondary: standby}
link: {lag: 2s}
steps:
"""
OPEN_1 = "at: session-1 opens, do: open, session: session-1, site: primary"
CLOSE_1 = "at: session-1 closes, do: close, session: session-1"
DRAIN = "at: session-1 closes, do: drain, timeout: 10m, on-timeout: abort"
MARK = "at: session-1 closes +5m, do: restore-point, id: mark, site: secondary, name: p"
MONDAY = "at: monday opens, do: open, session: monday, site: primary"
SECOND, MINUTE = 1000, 60_000
LAST = "  - {at: session-1 closes -2s, account: U001, do: initiate-2fa, password: P1, channel: email}\n"


def run(body, *steps, since="closes", lag="2s"):
    """A weekend, and the instant at which Session 1 closes, or opens."""
    runbook = RUNBOOK.replace("lag: 2s", f"lag: {lag}") + "".join(f"  - {{{line}}}\n" for line in steps)
    case = load_texts({"rulebook": BOOK, "runbook": runbook, "scenario": HEAD + body})
    model = Model(case.rulebook, case.runbook)
    edge = next(at for at, tick in model.ticks if (tick.session, tick.edge) == ("session-1", since))
    return simulate(model, case.scenario), edge


def operated(trace, since):
    """What the operator's steps came to, with their times since an instant."""
    return [(event.at - since, event.says) for event in trace.events if isinstance(event.action, Operate)]


def delivered(trace, since):
    return [(e.at - since, e.action.verdict) for e in trace.events if isinstance(e.action, Deliver)]


@pytest.mark.parametrize(
    ("late", "ends", "says"),
    [
        ("9m59s", 10 * MINUTE - SECOND, "drain"),
        ("10m", 10 * MINUTE, "drain"),
        ("10m1s", 10 * MINUTE, "drain timed out: runbook aborted"),
    ],
)
def test_a_drain_waits_until_its_time_is_up_and_not_a_second_longer(late, ends, says):
    """What arrives at the last instant is in time, since the link goes before the operator; later, it is not."""
    faults = f"faults:\n  - {{link: delay, account: U001, nth: 1, by: {late}}}\n"
    trace, closes = run(LAST + faults, OPEN_1, CLOSE_1, DRAIN, MONDAY)
    assert operated(trace, closes)[2] == (ends, says)


@pytest.mark.parametrize(("held", "late", "at"), [("1s", "1h", 65), ("8m", "1h", 65), ("8m", "1m", 8)])
def test_a_delayed_step_counts_from_when_it_was_due(held, late, at):
    """However long the operator waited for the step before; what is due in the past is taken at once."""
    faults = f"faults:\n  - {{link: delay, account: U001, nth: 1, by: {held}}}\n"
    faults += f"  - {{operator: delay, step: mark, by: {late}}}\n"
    trace, closes = run(LAST + faults, OPEN_1, CLOSE_1, DRAIN, MARK, MONDAY)
    assert (at * MINUTE, "mark") in operated(trace, closes)


def test_a_delivery_that_was_sent_again_is_not_released_as_well():
    """The entry that was held up comes with the resend; when its delay is over, nothing is left to come, even where a
    later entry has its number and is held up itself.
    """
    body = """  - {at: session-1 +1m, account: U001, do: initiate-2fa, password: P1, channel: email}
  - {at: session-1 +20m, account: U001, do: change-password, from: P1, to: P2}
faults:
  - {link: delay, account: U001, nth: 1, by: 30m}
  - {link: delay, account: U001, nth: 3, by: 30m}
"""
    resend = "at: session-1 opens +10m, do: resend"
    trace, opens = run(body, OPEN_1, resend, CLOSE_1, MONDAY, since="opens")
    times = [(at - 2 * SECOND, verdict) for at, verdict in delivered(trace, opens)]
    assert times == [
        (1 * MINUTE, "delay"),
        (10 * MINUTE, "pass"),
        (20 * MINUTE, "delay"),
        (50 * MINUTE, "release"),
        (50 * MINUTE, "pass"),
    ]


def test_what_a_copy_took_off_the_link_is_not_delivered_in_place_of_a_later_entry():
    """Numbers begin again after the copy, so that the later entry has the number of the one that was on its way."""
    body = """  - {at: session-1 +1m, account: U001, do: initiate-2fa, password: P1, channel: email}
  - {at: session-1 +20m, account: U001, do: change-password, from: P1, to: P2}
"""
    copy = "at: session-1 opens +10m, do: copy, source: primary, target: secondary"
    trace, opens = run(body, OPEN_1, copy, CLOSE_1, MONDAY, since="opens", lag="30m")
    assert delivered(trace, opens) == [(50 * MINUTE, "pass")]
