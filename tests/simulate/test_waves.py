"""Waves change nothing: what is taken many accounts at a time comes to what it comes to act by act."""

# ruff: noqa: E501 - a step is a line

from random import Random

import attrs
import pytest
from both_ways import same, same_events

from dcsim.domain.arrival import CURVES, ArrivalWindow
from dcsim.domain.distribution import Lognormal, Uniform
from dcsim.domain.faults import Crash, LateOperator, OperatorSlip, Outage, Skew, SlowLink
from dcsim.domain.moment import Moment, instant
from dcsim.domain.runbook import Copy, FailOver, Link, Resend
from dcsim.files.load import load_texts
from dcsim.files.resolver import source_of
from dcsim.simulate import act_arrays, expectations, link_arrays, random_arrays, waves
from dcsim.simulate.random_arrays import randints
from dcsim.trace import lane_arrays

RUNBOOKS = ("snapshot-standby", "failback-copy", "no-drain", "restore-friday", "stale-restore-point")
HEAD = """
scenario: x
title: X
rulebook: x
runbook: x
policies: {lockout-after: LIMIT, in-flight-at-close: FLIGHT, concurrent-edits: EDITS}
accounts:
  - {id: A1, kind: user, participant: P, email: registered, smartcard: C0, two-factor: {password: P0, channel: email}}
  - {id: D1, kind: da, participant: P, email: registered, smartcard: C0, two-factor: {password: P0, channel: email}}
  - {id: D2, kind: da, participant: P, email: registered, smartcard: C0, two-factor: {password: P0, channel: email}}
  - {population: COUNT, prefix: U, kind: user, participant: P, email: registered, smartcard: C0}
  - {population: 3, prefix: N, kind: user, participant: P, status: absent}
groups:
  some: [U1, A1, D1]
steps:
"""
ACTS = (
    "do: initiate-2fa, password: P1, channel: email",
    "do: initiate-2fa, password: P2, channel: app",
    "do: change-password, from: P1, to: P2",
    "do: change-password, from: P2, to: P1",
    "do: change-otp-channel, password: P1, channel: app",
    "do: logon, with: otp, password: P1",
    "do: logon, with: otp, password: P2",
    "do: logon, with: smartcard, password: C0",
    "do: logon, with: smartcard, password: wrong",
    "do: logout",
    "do: register-email",
)
DEEDS = (
    "suspend-user",
    "reinstate-user",
    "reset-user",
    "create-user",
    "unlock-user",
)
EDGES = ("session-1 opens", "session-1 closes", "session-2 opens", "session-2 closes", "monday opens")
MANY = ("U*", "N*", "some")
EXPECT = ("accepted", "accepted", "any", "refused", "refused wrong-password", "Function not available")


def drawn(seed):
    """A weekend of some accounts: a case, and what decides how it is taken."""
    rng = Random(seed)
    text = HEAD.replace("COUNT", str(rng.randint(1, 20))).replace("LIMIT", str(rng.choice((0, 1, 3))))
    text = text.replace("FLIGHT", rng.choice(("refuse", "commit"))).replace(
        "EDITS", rng.choice(("refuse", "last-wins"))
    )
    last = rng.choice(EDGES)
    acts = rng.sample(ACTS, rng.choice((1, 3, len(ACTS))))
    for _ in range(rng.randint(1, 14)):
        # Steps that follow one another closely overlap, or act on one account at one instant.
        last = rng.choice((last, last, rng.choice(EDGES)))
        at = f"{last} {rng.choice('+-')}{rng.choice((0, 1, 7, 20, 1000, 2000, 60_000, 61_000, 1_800_000))}ms"
        how = f"at: {at}, expect: {rng.choice(EXPECT)}"
        every = f", every: {rng.choice((0, 1, 7, 20, 1000, 2000, 90_000))}ms"
        how += f", takes: {rng.choice((1, 20, 2000, 600_000))}ms" if rng.random() < 0.2 else ""
        if rng.random() < 0.25:
            user = rng.choice(("U*", "U*", "U1", "N*", "some", "D1"))
            text += f"  - {{account: {rng.choice(('D1', 'D2'))}, do: {rng.choice(DEEDS)}, user: {user}, {how}{every if user in MANY else ''}}}\n"
        else:
            who = rng.choice(("U*", "U*", "U*", "some", "U1", "A1", "D1", "N*"))
            text += f"  - {{account: {who}, {rng.choice(acts)}, {how}{every if who in MANY else ''}}}\n"
    seen = rng.choice(("password: P1, channel: email", "password: P2, channel: app"))
    text += f"expect:\n  {rng.choice(('session-2', 'monday'))}: {{U*: {{two-factor: {{{seen}}}}}}}\n"
    books = {"rulebook": "seoch-2fa-2023", "runbook": rng.choice(RUNBOOKS)}
    case = load_texts({**{kind: source_of(kind, name).text for kind, name in books.items()}, "scenario": text})
    lag, jitter = rng.choice((0, 1, 2000, 60_000, 1_800_000)), rng.choice((0, 0, 1, 3000, 600_000))
    link = Link(lag=lag, jitter=jitter, apply=rng.choice(("checked", "blind")))
    steps = tuple(lived(rng, step) for step in case.scenario.steps)
    faults = [fault(rng, case) for _ in range(rng.choice((0, 0, 1, 2, 4)))]
    scenario = attrs.evolve(case.scenario, steps=steps, faults=tuple(faults), heal=rng.choice((None, 1, 600_000)))
    runbook = attrs.evolve(case.runbook, link=link, steps=tuple(odd(rng, case)))
    return attrs.evolve(case, runbook=runbook, scenario=scenario)


def fault(rng, case):
    """A fault in time, or a slip."""
    step, site = rng.choice(case.runbook.steps), rng.choice(list(case.runbook.sites))
    base = rng.choice((step.at, rng.choice(case.scenario.steps).at))
    begins = attrs.evolve(base, offset=base.offset + rng.choice((-60_000, -1, 0, 1, 20, 1000)))
    length = rng.choice((1, 20, 1000, 60_000, 3_600_000))
    ends, lag = attrs.evolve(begins, offset=begins.offset + length), rng.choice((0, 1, 3000, 600_000))
    varies = rng.choice((lag, Uniform(low=0, high=lag), Lognormal(median=1000, p99=60_000)))
    back = rng.choice((1, 1000, 600_000, None))
    place = rng.choice(({"at": begins}, {"before": step.id}, {"after": step.id}))
    return rng.choice(
        (
            Outage(link="outage", from_=begins, until=rng.choice((ends, ends, None))),
            SlowLink(link="slow", lag=lag, to=rng.choice((None, 0, 5000)), from_=begins, until=ends),
            SlowLink(link="slow", lag=varies, from_=begins, until=ends),
            Crash(site="crash", of=site, back=back, **place),
            Skew(clock=rng.choice(("fast", "slow")), of=site, by=length),
            LateOperator(operator="late", step=rng.choice((None, step.id)), by=rng.choice((length, varies))),
            OperatorSlip(operator=rng.choice(("skip", "repeat", "delay", "swap")), step=step.id, by=length),
        )
    )


def odd(rng, case):
    """The operator's steps; one may be missing, and one too many that takes entries off the link."""
    steps = list(case.runbook.steps)
    if rng.random() < 0.5:
        del steps[rng.randrange(len(steps))]
    if rng.random() < 0.5:
        sites = rng.sample(list(case.runbook.sites), 2)
        more = rng.choice(
            (Copy(source=sites[0], target=sites[1], at=steps[0].at), FailOver(at=steps[0].at), Resend(at=steps[0].at))
        )
        where = rng.choice(case.scenario.steps).at
        more = attrs.evolve(
            more, id="more", at=attrs.evolve(where, offset=where.offset + rng.choice((0, 1, 1000, 30_000)))
        )
        # Steps are taken one after another: the next ones may be late.
        steps.insert(sum(instant(step.at, case.rulebook) <= instant(more.at, case.rulebook) for step in steps), more)
    return steps


def lived(rng, step):
    """Now and then, accounts take a step at instants of their own, or only some of them do."""
    if rng.random() < 0.2:
        step = attrs.evolve(step, if_="refused")
    if step.account.endswith("*") and rng.random() < 0.3:
        until = attrs.evolve(step.at, offset=step.at.offset + rng.choice((5, 500, 60_000)))
        step = attrs.evolve(step, chance=0.7, spread=ArrivalWindow(until=until, curve=rng.choice(list(CURVES))))
    return step


def sizes(most, monkeypatch):
    """Take so many at a time; a few, and all edges between them are met by few accounts."""
    for module, name in ((act_arrays, "MOST"), (waves, "MOST"), (lane_arrays, "PART"), (link_arrays, "SMALL")):
        monkeypatch.setattr(module, name, most)
    monkeypatch.setattr(waves, "FEW", min(most, 64))
    monkeypatch.setattr(random_arrays, "FEW", 0)


@pytest.mark.parametrize("most", [1 << 14, 5], ids=["large", "small"])
def test_waves_are_the_same_as_act_by_act(most, monkeypatch):
    """On weekends drawn at random, with few and with many acts taken at a time; with few and with many failures kept."""
    sizes(most, monkeypatch)
    for seed in range(most % 7, 70, 2):
        monkeypatch.setattr(expectations, "KEEP", (100, 3)[seed % 2])
        same(seed, drawn(seed), monkeypatch)


@pytest.mark.parametrize("most", [1 << 14, 5], ids=["large", "small"])
def test_kept_events_are_the_same(most, monkeypatch):
    """Those of watched accounts and of representatives, while all others are taken many at a time."""
    sizes(most, monkeypatch)
    watched = [same_events(seed, drawn(seed), monkeypatch) for seed in range(1000 + most % 7, 1020, 2)]
    assert any(watched)


def test_random_numbers_are_those_of_pythons_generator():
    """Drawn together or one by one, also across the generator's own batches; and so are those after them."""
    for seed in range(20):
        one, many = Random(seed), Random(seed)
        for count, high in ((700, 0), (65, 30_000), (3, 6), (1300, 255), (640, 2**32 - 2), (70, 2**32), (1, 5)):
            assert randints(many, high, count).tolist() == [one.randint(0, high) for _ in range(count)]
        assert one.getstate() == many.getstate()


SET_UP = "account: U*, every: 20ms, do: initiate-2fa, password: P1, channel: email, expect: any"
LOGON = "account: U*, every: 20ms, do: logon, with: otp, password: P1, expect: any"
BY_D1 = "account: D1, user: U*, every: 20ms, expect: any"
SELDOM = {
    "what is found twice on an account": (
        {"open-session-1": -3_600_000},
        [f"at: session-1 opens -{minutes}m, {SET_UP}" for minutes in (30, 20)],
    ),
    "what is found in the instant of a step": (
        {"close-session-1": None, "open-session-2": None},
        [f"at: session-2 opens, {SET_UP}"],
    ),
    "an administrator's own entry arrives while he acts": (
        {},
        [
            "at: session-1 +1m, account: D1, do: change-password, from: P0, to: P1",
            f"at: session-1 +1m, {SET_UP}",
            f"at: session-1 +1859900ms, do: suspend-user, {BY_D1}",
            f"at: session-1 +1870s, do: reinstate-user, {BY_D1}",
        ],
    ),
    "entries are taken off the link, and later ones have their numbers": (
        {"mark": None},
        [f"at: session-1 +{minute}m, {SET_UP}" for minute in (1, 3, 4)],
    ),
    "lags vary while many commit": ({}, [f"at: session-1 closes -5s, {SET_UP}"]),
    "the link is down during a drain": ({}, [f"at: session-1 closes -5s, {SET_UP}"]),
}
CLOSES = Moment("session-1", "closes", 0)
FAULTS = {
    "lags vary while many commit": (
        SlowLink(
            link="slow",
            lag=Uniform(low=0, high=60_000),
            from_=attrs.evolve(CLOSES, offset=-4950),
            until=attrs.evolve(CLOSES, offset=-4850),
        ),
        SlowLink(link="slow", lag=9000, to=5, from_=attrs.evolve(CLOSES, offset=-5000), until=CLOSES),
    ),
    "the link is down during a drain": (
        Outage(link="outage", from_=attrs.evolve(CLOSES, offset=-4900), until=attrs.evolve(CLOSES, offset=60_000)),
        Crash(site="crash", of="secondary", at=attrs.evolve(CLOSES, offset=10_000), back=20_000),
    ),
}
"""What weekends drawn at random seldom hold: steps of the operator that are missing or at another time (milliseconds
from that of their session), and what clients do. Entries are half an hour on the link, and a copy makes some void.
"""


@pytest.mark.parametrize("name", SELDOM)
def test_what_is_seldom_drawn_is_the_same(name, monkeypatch):
    """It comes to the same, too."""
    changed, steps = SELDOM[name]
    text = HEAD.replace("COUNT", "12").replace("LIMIT", "1").replace("FLIGHT", "refuse").replace("EDITS", "refuse")
    text += "".join(f"  - {{{step}}}\n" for step in steps)
    books = {"rulebook": "seoch-2fa-2023", "runbook": "snapshot-standby"}
    case = load_texts({**{kind: source_of(kind, name).text for kind, name in books.items()}, "scenario": text})
    taken = [step for step in case.runbook.steps if changed.get(step.id, 0) is not None]
    taken = [attrs.evolve(s, at=attrs.evolve(s.at, offset=changed.get(s.id, s.at.offset))) for s in taken]
    if "mark" in changed:
        at = attrs.evolve(taken[0].at, offset=120_000)
        taken.insert(1, Copy(id="copy", source="primary", target="secondary", at=at))
        taken = [step for step in taken if step.verb != "revert"]
    runbook = attrs.evolve(case.runbook, link=Link(lag=1_800_000), steps=tuple(taken))
    scenario = attrs.evolve(case.scenario, faults=FAULTS.get(name, ()))
    same(1, attrs.evolve(case, runbook=runbook, scenario=scenario), monkeypatch)
