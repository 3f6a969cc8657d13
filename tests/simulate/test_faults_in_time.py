"""Faults in time strike a run when they should, and as they should: each event of drawn weekends is held against
arithmetic that shares nothing with dcsim (``weekend_arithmetic``).
"""

from datetime import datetime, timedelta
from random import Random

import pytest
from weekend_arithmetic import STEPS, Weekend, outcome

from dcsim.domain.actions import Deliver, Down, Operate, Up
from dcsim.files.load import load_texts
from dcsim.files.resolver import source_of
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

BOOK = source_of("rulebook", "seoch-2fa-2023").text
RUNBOOK = source_of("runbook", "snapshot-standby").text
BEGIN = datetime(2023, 6, 10, 18)  # noqa: DTZ001 - the zone of the rulebook
HEAD = "scenario: x\ntitle: X\nrulebook: x\nrunbook: x\n"
WHAT = ("link", "primary", "secondary")


def stamp(second):
    return f"{BEGIN + timedelta(seconds=second):%Y-%m-%d %H:%M:%S}"


def run(body, runbook=RUNBOOK, seed=0):
    """The trace of a scenario, its faults and steps as YAML."""
    case = load_texts({"rulebook": BOOK, "runbook": runbook, "scenario": HEAD + body})
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    return simulate(model, case.scenario, tracing=True, seed=seed)


def second(event, trace):
    """Seconds since 18:00 on the Saturday: the printed opening of Session 1, which is in every trace."""
    opened = next(e.at for e in trace.events if e.actor == "clock")
    return (event.at - opened) / 1000


# -- drawn weekends ----------------------------------------------------------------------------------------------------

ROUND = (0, 7200, 9000, 13500, 14400, 18000, 19800, 108000)
"""Instants at which something is due: faults at exactly these are the ones that are got wrong."""


def draw_weekend(random):
    """A weekend of outages, crashes, slow links and acts: its YAML, and the same for the judge."""
    down, slow, faults = {what: [] for what in WHAT}, [], []
    for _ in range(random.randint(1, 4)):
        start = random.choice([*ROUND, *(random.randrange(20000) for _ in range(8))])
        length = random.choice([0, 1, 2, 30, 900, 3600, random.randrange(1, 9000), None])
        what = random.choice(WHAT)
        if what == "link" and length != 0:
            until = "" if length is None else f", until: '{stamp(start + length)}'"
            faults.append(f"{{link: outage, from: '{stamp(start)}'{until}}}")
        elif what != "link":
            back = "" if length is None else f", back: {length}s"
            faults.append(f"{{site: crash, of: {what}, at: '{stamp(start)}'{back}}}")
        if what != "link" or length != 0:
            down[what].append((start, float("inf") if length is None else start + length))
    if random.random() < 0.6:
        start, length = random.randrange(7000), random.choice([600, 6000])
        lags = random.choice([(1, None), (300, None), (0, 600), (600, 0), (1200, 30)])
        to = f", to: {lags[1]}s" if lags[1] is not None else ""
        window = f"from: '{stamp(start)}', until: '{stamp(start + length)}'"
        faults.append(f"{{link: slow, lag: {lags[0]}s{to}, {window}}}")
        slow.append((start, start + length, lags[0], lags[0] if lags[1] is None else lags[1]))
    sets_up = sorted(random.sample(range(1, 7199), random.randint(1, 6)))
    logons = sorted({*random.sample(range(20000), 6), *random.sample(ROUND, 4)})
    body = "accounts:\n"
    body += "".join(f"  - {{id: A{n}, kind: user, email: registered}}\n" for n in range(len(sets_up)))
    body += "".join(f"  - {{id: L{n}, kind: user, smartcard: C}}\n" for n in range(len(logons))) + "steps:\n"
    for n, at in enumerate(sets_up):
        act = f"do: initiate-2fa, password: P{n}, channel: email, expect: any"
        body += f"  - {{at: '{stamp(at)}', account: A{n}, {act}}}\n"
    for n, at in enumerate(logons):
        body += f"  - {{at: '{stamp(at)}', account: L{n}, do: logon, with: smartcard, password: C, expect: any}}\n"
    text = body + f"faults: [{', '.join(faults)}]\n"
    return text, Weekend(down, slow), sets_up, logons


def hold_against_arithmetic(text, weekend, sets_up, logons):
    """Every fault, act, delivery and step of a run is where arithmetic has it."""
    trace = run(text)
    told = [(second(event, trace), event) for event in trace.events]

    strikes = [(at, e.action) for at, e in told if isinstance(e.action, Down | Up)]
    for what in WHAT:
        edges = [(at, isinstance(action, Down)) for at, action in strikes if action.what == what]
        want = [edge for start, end in weekend.down[what] for edge in ((start, True), (end, False))]
        # Something may be down for no time at all: it goes and comes at one instant.
        assert edges == [edge for edge in want if edge[0] != float("inf")]

    acts = {e.account: (at, e) for at, e in told if e.actor == "client"}
    sent = []
    for n, at in enumerate(sets_up):
        when, event = acts[f"A{n}"]
        assert when == at
        assert event.outcome == ("refused site-down" if weekend.is_down("primary", at) else "moved")
        sent += [at] if event.outcome == "moved" else []
    arrivals = weekend.arrivals(sent)
    delivered = [at for at, e in told if isinstance(e.action, Deliver) and e.outcome == "moved"]
    assert delivered == pytest.approx([at for at in arrivals if at < float("inf")], abs=0.0011)
    assert all(e.outcome == "moved" for _, e in told if e.actor == "link"), "nothing is delivered that is not there"

    steps = weekend.steps(arrivals)
    taken = [(e.step, at, e.action.timed_out) for at, e in told if isinstance(e.action, Operate)]
    assert [name for name, _, _ in taken] == [name for name, _, _ in steps]
    assert [at for _, at, _ in taken] == pytest.approx([at for _, at, _ in steps], abs=0.0011)
    assert [late for _, _, late in taken] == [late for _, _, late in steps]
    last = steps[-1][0] if steps else ""
    assert ("runbook-finishes" in trace.invariants) == (last != STEPS[-1][0])

    for n, at in enumerate(logons):
        when, event = acts[f"L{n}"]
        assert (when, event.outcome) == (at, outcome(weekend, steps, at)), text


@pytest.mark.parametrize("seed", range(60))
def test_every_event_of_a_drawn_weekend_is_where_arithmetic_has_it(seed):
    """Outages, crashes, returns, slow links and ramps: acts, deliveries and steps come exactly as computed apart."""
    hold_against_arithmetic(*draw_weekend(Random(seed)))


@pytest.mark.parametrize("clock", ["slow", "fast"])
def test_a_clock_that_is_wrong_is_told_when_the_weekend_begins(clock):
    """Not when an observer looks, a year before: no trace, page or timeline is stretched by that."""
    body = f"accounts: [{{id: U1, kind: user}}]\nsteps: []\nfaults: [{{clock: {clock}, of: primary, by: 10m}}]\n"
    case = load_texts({"rulebook": BOOK, "runbook": RUNBOOK, "scenario": HEAD + body})
    year = 366 * 24 * 3_600_000
    trace = run(body)
    told, first = trace.events[:2]
    assert told.says == f"the clock of primary is 10m {clock}"
    assert 0 <= first.at - told.at <= 600_000
    looked = simulate(Model(case.rulebook, case.runbook), case.scenario, tracing=True, looks=[(told.at - year, id)])
    assert looked.events == trace.events
