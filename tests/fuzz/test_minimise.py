"""Minimising: what comes out fails alike, nothing of it can be left out, and it is as short as the check's shortest."""

import random
from itertools import combinations

import attrs
import pytest

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import ask
from dcsim.domain.account import Account, Cell, Profile, Record
from dcsim.domain.actions import ChangePassword, InitiateTwoFactor, Logon, RegisterEmail
from dcsim.domain.faults import LinkFault, OperatorSlip
from dcsim.domain.moment import Moment, instant
from dcsim.domain.scenario import ClientStep, Population, Scenario, Seen
from dcsim.files.load import load_pair
from dcsim.fuzzer.minimise import Enough, fingerprint, minimise, size
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.usecases.shorten_by_check import shorten

RULEBOOK = "seoch-2fa-2023"
WRONG = ("failback-copy", "no-drain", "restore-friday", "stale-restore-point")
START = Record(email=Cell(True), smartcard=Cell("C1"))
MINUTE = 60_000


def model_of(runbook):
    return Model(*load_pair(RULEBOOK, runbook))


def predicate(model, invariant):
    table = Table(model)
    return lambda s: invariant in simulate(model, s, tracing=False, table=table).invariants


def counterexamples(runbook):
    model = model_of(runbook)
    weekend = Weekend(model, abstract_accounts(model.rulebook, 1, 0), 1)
    answer = ask(weekend, lambda part, left: check(part, "auto", left), Budget(seconds=60))
    return [(runbook, example.invariant, example.length, example.scenario) for example in answer.counterexamples]


PLANTED = [
    pytest.param(*example, seed, id=f"{example[0]}-{example[1]}-{seed}")
    for runbook in WRONG
    for example in counterexamples(runbook)
    for seed in range(3)
]


def planted(scenario, model, seed, fails):
    """A counterexample among what has nothing to do with it; a lost entry that stops the operator would hide it."""
    return next(long for n in range(50) if fails(long := padded(scenario, model, f"{seed}-{n}")))


def padded(scenario, model, seed):
    """A scenario with 30 more steps, 3 faults and 4 accounts."""
    draw = random.Random(seed)
    others = [Account(f"EXTRA{n}", Profile("user", "P1"), START) for n in range(1, 5)]
    names = ("friday", "S3cret!", "zebra")
    acts = (
        lambda: InitiateTwoFactor(draw.choice(names), draw.choice(("sms", "app"))),
        lambda: ChangePassword(draw.choice(names), draw.choice(names)),
        lambda: Logon(with_="otp", password=draw.choice(names)),
        lambda: Logon(with_="smartcard", password="C1", otp="wrong"),
        RegisterEmail,
    )
    extra = []
    for _ in range(30):
        at = Moment(draw.choice(("session-1", "session-2", "monday")), None, draw.randrange(50 * MINUTE))
        step = ClientStep(at=at, account=draw.choice(others).id, action=draw.choice(acts)(), expect="any")
        extra.append(attrs.evolve(step, takes=draw.choice((0, 0, 90_000))))
    steps = sorted((*scenario.steps, *extra), key=lambda step: instant(step.at, model.rulebook))
    faults = tuple(LinkFault(link=link, account=draw.choice(others).id, nth=n) for n, link in enumerate(LINKS, 1))
    return attrs.evolve(scenario, accounts=(*others, *scenario.accounts), steps=tuple(steps), faults=faults)


LINKS = ("drop", "delay", "duplicate")


@pytest.mark.parametrize(("runbook", "invariant", "length", "scenario", "seed"), PLANTED)
def test_a_planted_counterexample_comes_out_as_short_as_the_check_has_it(runbook, invariant, length, scenario, seed):
    """Among 30 steps, 3 faults and 4 accounts too many; and the check confirms that it is the shortest."""
    model = model_of(runbook)
    fails = predicate(model, invariant)
    long = planted(scenario, model, seed, fails)
    assert size(long) == length + 33
    small = minimise(long, fails)
    assert fails(small)
    assert size(small) == length
    assert len(small.accounts) == 1
    done = shorten(model, small, invariant, Budget(seconds=30))
    assert (size(done), done.label) == (length, "shortest")


def drawn(seed, runbook="failback-copy"):
    """A long scenario with a fault and a slip, drawn at random."""
    model, draw = model_of(runbook), random.Random(seed)
    long = padded(Scenario(scenario="x", title="X", rulebook=RULEBOOK, runbook=runbook), model, seed)
    slip = OperatorSlip(operator=draw.choice(("skip", "swap")), step=draw.choice(model.runbook.steps).id, by=7777)
    return model, attrs.evolve(long, faults=(*long.faults, slip))


@pytest.mark.parametrize("seed", range(8))
def test_nothing_of_what_comes_out_can_be_left_out(seed):
    """No step, fault or account, no two of a sort, and no step with a fault."""
    model, long = drawn(seed)
    for invariant in sorted(set(simulate(model, long, tracing=False).invariants)):
        fails = predicate(model, invariant)
        small = minimise(long, fails)
        assert fails(small)
        for name in ("steps", "faults"):
            items = getattr(small, name)
            for number in (1, 2):
                for gone in combinations(range(len(items)), number):
                    kept = tuple(item for n, item in enumerate(items) if n not in gone)
                    assert not fails(attrs.evolve(small, **{name: kept})), (invariant, name, gone)
        for step in small.steps:
            for fault in small.faults:
                steps = tuple(s for s in small.steps if s is not step)
                assert not fails(attrs.evolve(small, steps=steps, faults=tuple(f for f in small.faults if f != fault)))
        assert small.accounts
        assert len(small.accounts) <= max(1, len({s.account for s in small.steps}))


@pytest.mark.parametrize("seed", range(3))
def test_the_same_scenario_gives_the_same(seed):
    """And what came out, put in again, comes out as it is."""
    model, long = drawn(seed)
    for invariant in sorted(set(simulate(model, long, tracing=False).invariants)):
        first, again = (minimise(long, predicate(model, invariant)) for _ in range(2))
        assert fingerprint(first) == fingerprint(again) == fingerprint(minimise(first, predicate(model, invariant)))


def test_it_ends_whatever_the_predicate_says():
    """Even one that changes its mind all the time, or finds that everything fails."""
    _, long = drawn(1)
    assert size(minimise(long, lambda _: True)) == 0
    assert fingerprint(minimise(long, lambda _: False)) == fingerprint(long)
    for seed in range(5):
        draw = random.Random(seed)
        assert size(minimise(long, lambda _, draw=draw: draw.random() < 0.5)) <= size(long)


@pytest.mark.parametrize("runs", [0, 1, 5, 20, 60])
def test_when_it_has_had_enough_what_was_reached_comes_out(runs):
    """It fails as well, and is no longer than what was put in."""
    model, long = drawn(1)
    invariant = min(set(simulate(model, long, tracing=False).invariants))
    fails, left = predicate(model, invariant), [runs]

    def impatient(scenario):
        if not left[0]:
            raise Enough
        left[0] -= 1
        return fails(scenario)

    small = minimise(long, impatient)
    assert fails(small)
    assert size(small) <= size(long) - (runs > 5)


def scenario_with(**more):
    base = {"scenario": "x", "title": "X", "rulebook": RULEBOOK, "runbook": "failback-copy"}
    return Scenario(**{**base, "accounts": (Account("U1", Profile("user", "P1"), START),), **more})


def test_values_and_times_come_out_plain():
    """Passwords and channels get the first labels, an odd time a round one early in the session."""
    at = Moment("session-2", None, 1_234_567)
    step = ClientStep(at=at, account="U1", action=InitiateTwoFactor("Tr0ub4dor", "pigeon"), takes=777, expect="any")
    fails = predicate(model_of("failback-copy"), "discarded-absent")
    (plain,) = minimise(scenario_with(steps=(step,)), fails).steps
    assert plain.action == InitiateTwoFactor("P1", "email")
    assert (plain.at, plain.takes) == (Moment("session-2", None, MINUTE), 0)


@pytest.mark.parametrize("who", ["U*", "U7"])
def test_a_population_comes_down_to_a_single_account(who):
    """To the one that is named, if one is."""
    like = Account("U*", Profile("user", "P1"), START)
    population = Population(prefix="U", count=500, like=like)
    at = Moment("session-2", None, MINUTE)
    every = 1000 if who == "U*" else 0
    step = ClientStep(at=at, account=who, action=InitiateTwoFactor("P1", "email"), every=every, expect="any")
    fails = predicate(model_of("failback-copy"), "discarded-absent")
    small = minimise(scenario_with(accounts=(), populations=(population,), steps=(step,)), fails)
    assert small.populations == ()
    assert [a.id for a in small.accounts] == ["U1" if who == "U*" else who]
    assert [(s.account, s.every) for s in small.steps] == [(small.accounts[0].id, 0)]


def test_an_expectation_that_is_about_the_failure_stays():
    """Of what is expected of records, only the field that is found wrong, and the step that makes it so."""
    steps = (
        ClientStep(at=Moment("session-1", None, MINUTE), account="U1", action=InitiateTwoFactor("P1", "email")),
        ClientStep(at=Moment("session-2", None, MINUTE), account="U1", action=ChangePassword("P1", "P2")),
        ClientStep(at=Moment("session-2", None, 2 * MINUTE), account="U1", action=RegisterEmail(), expect="any"),
    )
    seen = Seen(target="monday", account="U1", fields={"channel": "email", "password": "P1", "email": True}, line=9)
    model = model_of("failback-copy")

    def fails(scenario):
        failures = simulate(model, scenario, tracing=False).failures
        return any((f.line, f.expected, f.actual) == (9, "P1", "P2") for f in failures)

    small = minimise(scenario_with(steps=steps, seen=(seen,)), fails)
    assert fails(small)
    assert [dict(s.fields) for s in small.seen] == [{"password": "P1"}]
    assert [type(step.action) for step in small.steps] == [InitiateTwoFactor, ChangePassword]


def test_a_fault_of_a_later_entry_moves_forward_with_the_steps_left_out():
    """The link's third entry becomes the first, once the two before it are gone."""
    acts = [
        InitiateTwoFactor("P1", "email"),
        ChangePassword("P1", "P2"),
        ChangePassword("C1", "C2", with_="smartcard"),
    ]
    steps = tuple(
        ClientStep(at=Moment("session-1", None, n * MINUTE), account="U1", action=act, expect="any")
        for n, act in enumerate(acts, start=1)
    )
    fault = LinkFault(link="drop", account="U1", nth=3)
    model = model_of("no-drain")
    long = scenario_with(runbook="no-drain", steps=steps, faults=(fault,))
    fails = predicate(model, "sites-agree")
    assert fails(long)
    small = minimise(long, fails)
    assert (size(small), small.faults[0].nth) == (2, 1)


@pytest.mark.parametrize("act", ["takes", "blanket", "population"])
def test_what_the_check_does_not_cover_is_not_called_the_shortest(act):
    """An act that takes time, a fault of every entry, a population: the check's model has none of them."""
    at = Moment("session-2", None, MINUTE)
    steps = [ClientStep(at=at, account="U1", action=InitiateTwoFactor("P1", "email"), expect="any")] * 2
    like = Account("U*", Profile("user", "P1"), START)
    more = {"steps": tuple(steps)}
    if act == "takes":
        more["steps"] = (attrs.evolve(steps[0], takes=1000), steps[1])
    if act == "blanket":
        more["faults"] = (LinkFault(link="duplicate"),)
    if act == "population":
        more["populations"] = (Population(prefix="X", count=3, like=like),)
    scenario = scenario_with(**more)
    done = shorten(model_of("snapshot-standby"), scenario, "discarded-absent", Budget(seconds=20))
    assert done.label == "minimised"


def test_the_check_replaces_what_delta_debugging_cannot_shorten():
    """Two steps that need each other, where one other step does the same: the check's is shorter, and breaks it too."""
    model = model_of("failback-copy")
    steps = (
        ClientStep(at=Moment("session-1", None, MINUTE), account="U1", action=InitiateTwoFactor("P1", "email")),
        ClientStep(at=Moment("session-2", None, MINUTE), account="U1", action=ChangePassword("P1", "P2")),
    )
    long = scenario_with(steps=steps, policies={}, label="")
    fails = predicate(model, "discarded-absent")
    assert fails(long)
    # Neither step can be left out: the change needs the set-up before it, and the set-up alone breaks nothing.
    assert not any(fails(attrs.evolve(long, steps=(step,))) for step in steps)
    assert size(minimise(long, fails)) == 2
    done = shorten(model, long, "discarded-absent", Budget(seconds=20))
    assert (size(done), done.label, fails(done)) == (1, "shortest", True)
    assert (done.scenario, done.title, done.accounts) == (long.scenario, long.title, long.accounts)


def test_no_time_is_no_proof():
    """With no time left the scenario stays as it is, and is not called the shortest."""
    model = model_of("failback-copy")
    steps = tuple(
        ClientStep(at=Moment("session-2", None, n * MINUTE), account="U1", action=InitiateTwoFactor("P1", "email"))
        for n in (1, 2)
    )
    long = scenario_with(steps=steps)
    done = shorten(model, long, "discarded-absent", Budget(seconds=0))
    assert (size(done), done.label) == (2, "minimised")


def step_at(minutes):
    at = Moment("session-1", None, minutes * MINUTE)
    return ClientStep(at=at, account="U1", action=RegisterEmail(), expect="any", line=minutes)


def lines(scenario):
    return {step.line for step in scenario.steps}


def test_two_steps_that_only_go_together_are_left_out():
    """Neither can go alone: a change and the change back."""
    long = scenario_with(steps=tuple(map(step_at, range(1, 8))))
    small = minimise(long, lambda s: 5 in lines(s) and len({2, 6} & lines(s)) != 1)
    assert lines(small) == {5}


def test_a_step_and_a_fault_that_only_go_together_are_left_out():
    """Neither can go alone: the fault makes up for the step."""
    fault = LinkFault(link="drop", account="U1", nth=1)
    long = scenario_with(steps=(step_at(1), step_at(2)), faults=(fault,))
    assert size(minimise(long, lambda s: 1 in lines(s) and (2 in lines(s)) == bool(s.faults))) == 1


def test_an_entry_is_counted_anew_when_a_step_before_it_goes():
    """The fault of the third entry is of the second without the first step, and only so."""
    fault = LinkFault(link="drop", account="U1", nth=3)
    long = scenario_with(steps=tuple(map(step_at, range(1, 4))), faults=(fault,))
    small = minimise(long, lambda s: bool(s.faults) and s.faults[0].nth == len(s.steps) and 3 in lines(s))
    assert (lines(small), small.faults[0].nth) == ({3}, 1)
