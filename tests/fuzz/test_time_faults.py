"""Faults in time: drawn, made short and plain, counted; and what they find in runbooks and in dcsim itself."""

import random

import attrs
import pytest

from dcsim.cli.parameters import KINDS_IN_TIME
from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.actions import ChangePassword, InitiateTwoFactor
from dcsim.domain.distribution import Empirical, Lognormal, Uniform
from dcsim.domain.faults import (
    Crash,
    LateOperator,
    LateOtp,
    Outage,
    Skew,
    SlowLink,
    SlowRequest,
    described,
)
from dcsim.domain.moment import moment
from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.files.load import load_pair, load_texts
from dcsim.files.resolver import source_of
from dcsim.files.write import write_scenario
from dcsim.fuzzer.decode import LEAST_BYTES, MOST_BYTES, Space, decode
from dcsim.fuzzer.draw_faults import DRAWN, HEAL, kind_of
from dcsim.fuzzer.minimise import minimise
from dcsim.report.campaign import lines
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate import faults_process, link
from dcsim.simulate.weekend import simulate
from dcsim.usecases import fuzz_batch
from dcsim.usecases.fuzz import fuzz
from dcsim.usecases.fuzz_campaign import Campaign
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.request import RequestError
from dcsim.usecases.run import load, run

MINUTE, HOUR = 60_000, 3_600_000
NAMES = ("seoch-2fa-2023", "snapshot-standby")
BOOKS = BOOK, RUNBOOK = load_pair(*NAMES)
SPACE = Space(BOOK, RUNBOOK, accounts=2, faults=0, slips=0, time_faults=3)
SOURCES = {kind: source_of(kind, name).text for kind, name in zip(("rulebook", "runbook"), NAMES, strict=True)}


def drawn(number, space=SPACE):
    random_bytes = random.Random(5).randbytes
    return [decode(random_bytes(LEAST_BYTES * 3), space) for _ in range(number)]


def campaign(**more):
    asked = {"rulebook": BOOK, "runbook": RUNBOOK, "time_faults": 2, "examples": 300, **more}
    return Campaign(**asked)


@pytest.fixture(autouse=True)
def _cold():
    fuzz_batch.forget()
    yield
    fuzz_batch.forget()


# -- drawing -------------------------------------------------------------------------------------------------------


def test_every_form_of_every_fault_is_drawn():
    """Constants, ramps, distributions; one act, and every one; crashes at moments and at steps; an end, or none."""
    assert KINDS_IN_TIME.known == tuple(DRAWN)
    faults = [fault for scenario in drawn(1500) for fault in scenario.faults]
    assert {kind_of(fault) for fault in faults} == set(DRAWN)
    slow = [fault for fault in faults if isinstance(fault, SlowLink)]
    assert {type(fault.lag) for fault in slow} == {int, Uniform, Lognormal, Empirical}
    assert any(fault.to is not None for fault in slow)
    crashes = [fault for fault in faults if isinstance(fault, Crash)]
    places = {next(n for n in ("at", "before", "after") if getattr(fault, n) is not None) for fault in crashes}
    assert places == {"at", "before", "after"}
    assert {fault.back is None for fault in crashes} == {True, False}
    # The exact cut-over: the very moment at which a step of the runbook is due.
    assert {step.at for step in RUNBOOK.steps} <= {fault.at for fault in crashes}
    assert {fault.until is None for fault in faults if isinstance(fault, Outage)} == {True, False}
    assert {fault.clock for fault in faults if isinstance(fault, Skew)} == {"fast", "slow"}
    for sort in (LateOtp, SlowRequest):
        assert {fault.account is None for fault in faults if isinstance(fault, sort)} == {True, False}
    late = {fault.step for fault in faults if isinstance(fault, LateOperator)}
    assert late == {None, *RUNBOOK.by_id}


def test_what_is_drawn_is_a_file_that_loads():
    """No two faults collide, every moment and step is known: each scenario reads back as it was drawn."""
    for scenario in drawn(150):
        again = load_texts({"scenario": write_scenario(scenario), **SOURCES}, INVARIANT_NAMES, REFUSAL_CODES).scenario
        assert (again.faults, again.heal) == (scenario.faults, HEAL)


def test_without_faults_in_time_nothing_else_is_drawn_than_before():
    """The records that would be faults in time are acts, and nothing is to converge."""
    space = attrs.evolve(SPACE, time_faults=0)
    plain, timed = drawn(100, space), drawn(100)
    assert {(scenario.faults, scenario.heal) for scenario in plain} == {((), None)}
    assert sum(len(s.steps) for s in plain) > sum(len(s.steps) for s in timed)
    assert decode(bytes(MOST_BYTES), SPACE).faults == ()
    kept = drawn(100, attrs.evolve(SPACE, time_kinds=("skew",)))
    assert {kind_of(fault) for scenario in kept for fault in scenario.faults} == {"skew"}


# -- minimising ----------------------------------------------------------------------------------------------------

FRESH = Record(email=Cell(True), smartcard=Cell("C0"))
SET_UP = ClientStep(at=moment("session-1 +1h55m"), account="U1", action=InitiateTwoFactor("P1", "email"), expect="any")
CHANGE = attrs.evolve(SET_UP, at=moment("session-1 +1h59m"), action=ChangePassword(from_="P1", to="P2"))
NOISE = (
    Outage(link="outage", from_=moment("monday +1h"), until=moment("monday +2h")),
    LateOtp(otp="late", by=MINUTE),
)

LATER = moment("session-1 +1h58m")
PLANTED = {
    # The second drain gives up at 21:30, an hour and a half after Session 1 closes; the set-up comes at 19:55.
    "outage": (
        "window-served",
        Outage(link="outage", from_=moment("session-1 +1h7m"), until=moment("session-1 opens +9h7m")),
        "outage, from session-1 opens +1h55m until session-1 opens +3h30m",
    ),
    # Whenever it crashes, the operator waits for it when he marks it; the first step is the plainest place.
    "crash": (
        "runbook-finishes",
        Crash(site="crash", of="secondary", at=moment("session-1 closes +7m")),
        "crash of secondary, before open-session-1, for good",
    ),
    "skew": ("window-served", Skew(clock="slow", of="secondary", by=2 * HOUR), "clock of secondary, 1s slow"),
    "late operator": (
        "window-served",
        LateOperator(operator="late", by=Uniform(low=10 * MINUTE, high=HOUR)),
        "operator late by 1s, open-session-1",
    ),
    # At 19:59 the change was asked for; a minute later the window is over, and a change in flight is refused.
    "slow request": (
        "refused",
        SlowRequest(request="slow", nth=2, by=Lognormal(median=2 * HOUR, p99=5 * HOUR)),
        "request slow by 1m, U1, number 2",
    ),
    # Redo of 19:55 has to arrive by 21:30: 95 minutes are in time, and 96 are not.
    "slow link": (
        "window-served",
        SlowLink(
            link="slow", lag=10 * HOUR, to=12 * HOUR, from_=moment("session-1 +1h"), until=moment("session-1 +1h58m")
        ),
        "lag 1h36m, from session-1 opens +1h55m until ",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_the_true_minimum_of_a_planted_failure_is_reached(name):
    """A long and odd fault becomes the shortest one, to the minute, that still fails; what is not needed is gone."""
    wanted, fault, least = PLANTED[name]
    scenario = Scenario(
        scenario="x", title="x", rulebook=NAMES[0], runbook=NAMES[1], steps=(SET_UP, CHANGE), heal=None,
        accounts=(Account("U1", Profile("user", "P"), FRESH),), faults=(*NOISE, fault) if name != "skew" else (fault,),
    )  # fmt: skip
    table = Table(Model(BOOK, RUNBOOK))

    def fails(candidate):
        if wanted == "refused":
            steps = tuple(attrs.evolve(s, expect="accepted") for s in candidate.steps if s.action == CHANGE.action)
            kept = tuple(s if s.action != CHANGE.action else steps[0] for s in candidate.steps)
            trace = simulate(table.model, attrs.evolve(candidate, steps=kept), tracing=False, table=table)
            return any(failure.actual == "refused closed" and "change" in failure.where for failure in trace.failures)
        return wanted in simulate(table.model, candidate, tracing=False, table=table).invariants

    assert fails(scenario)
    short = minimise(scenario, fails, BOOKS)
    assert fails(short)
    (left,) = short.faults
    assert described(left).startswith(least)
    # It is a minimum: with any plainer candidate the scenario passes, so minimising again changes nothing.
    assert minimise(short, fails, BOOKS) == short


# -- campaigns -----------------------------------------------------------------------------------------------------


def test_findings_are_files_that_fail_in_the_same_way(tmp_path):
    """Each finding of a campaign is run from its file, and breaks what its name says; twice the same bytes."""
    texts = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        result = fuzz(campaign(examples=200), folder=folder)
        assert result.findings
        for case in load([folder]).cases:
            shown = run(case)
            assert shown.status == "failed", case.path
            assert case.scenario.scenario in simulate(Model(*BOOKS), case.scenario).invariants, case.path
        texts.append({path.name: path.read_text() for path in sorted(folder.glob("*.yaml"))})
        fuzz_batch.forget()
    assert texts[0] == texts[1]


def test_a_campaign_says_how_often_each_kind_struck():
    """All kinds strike; a campaign in which one never did proves nothing of it, and one that cannot is refused."""
    result = fuzz(campaign())
    assert {each.kind for each in result.struck} == set(DRAWN)
    assert result.never_struck == ()
    assert all(0 < each.struck <= each.drawn for each in result.struck)
    kinds = ("late-otp", "slow-request")
    green = fuzz(campaign(examples=100, fault_kinds=kinds))
    assert (green.status, green.never_struck) == ("passed", ())
    vacuous = fuzz(campaign(examples=1, fault_kinds=kinds))
    assert (vacuous.status, vacuous.never_struck) == ("inconclusive", kinds)
    assert any("never struck, so nothing is known" in line for line in lines(vacuous))
    with pytest.raises(RequestError, match="cannot strike"):
        fuzz(campaign(runbook=attrs.evolve(RUNBOOK, link=None), fault_kinds=("outage",)))
    with pytest.raises(RequestError, match="random engine"):
        fuzz(campaign(engine="random"))


def never(self):
    """A bug: what is on the link when it heals is not sent again."""
    self.queue.clear()
    self.begun += 1
    self.time.env.process(self.process())


def deaf(self, what):
    """A bug: the operator is not told that a site is back."""
    self.causes[what] -= 1
    if self.causes[what] == 0:
        self.time.recorder.control_action("fault", faults_process.Up(what))
        self._ended(what)


def gone(self, what, back):
    """A bug: a site never returns from a crash."""
    yield self.time.env.timeout(0)


BUGS = {
    "nothing is sent again": (link.LinkProcess, "resume", never, "stores-converge"),
    "nobody is told of the return": (faults_process.FaultsProcess, "up", deaf, "runbook-finishes"),
    "nobody comes back": (faults_process.FaultsProcess, "_return", gone, "runbook-finishes"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_bugs_planted_in_the_simulator_are_found(bug, monkeypatch):
    """A core that heals wrongly fails to converge: the campaign names it, with one fault and at most one act."""
    owner, name, wrong, invariant = BUGS[bug]
    kinds = ("outage",) if owner is link.LinkProcess else ("crash",)
    sound = fuzz(campaign(fault_kinds=kinds))
    assert invariant not in {finding.invariant for finding in sound.findings}
    fuzz_batch.forget()
    monkeypatch.setattr(owner, name, wrong)
    found = {finding.invariant: finding.scenario for finding in fuzz(campaign(fault_kinds=kinds)).findings}
    assert invariant in found
    assert len(found[invariant].faults) == 1
    assert len(found[invariant].steps) <= 1
