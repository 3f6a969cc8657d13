"""What accounts draw: each for itself, in its window, by its weight."""

from random import Random
from statistics import mean

import numpy as np
import pytest
from crowds import PROFILES, case_of, crowd, deeds, run_of

from dcsim.domain.arrival import CURVES
from dcsim.domain.chance import chance
from dcsim.domain.moment import instant, moment
from dcsim.simulate.living import Arrivals, chances
from dcsim.trace.roster import Roster

WHOLE = deeds(case_of(crowd()))


def at(text, case):
    return instant(moment(text), case.rulebook)


def test_many_draws_at_once_are_those_that_are_drawn_one_by_one():
    """The arrays of numpy hold what the plain function gives, whatever the keys are."""
    random = Random(7)
    first = [random.getrandbits(64) for _ in range(3)]
    one, other = ([random.getrandbits(64) for _ in range(50)] for _ in range(2))
    drawn = chances(first, np.array(one, np.uint64), np.array(other, np.uint64)).tolist()
    assert drawn == [chance(*first, a, b) for a, b in zip(one, other, strict=True)]


@pytest.mark.parametrize(
    "other",
    [
        crowd(users=95),
        crowd(das=30),
        crowd(das=0),
        crowd(das=0).replace("  users: 60\n", "  das: {count: 10, prefix: D}\n  users: 60\n"),
        crowd(more="\naccounts: [{id: A1, kind: user}, {population: 7, prefix: Z, kind: da}]\n"),
        crowd(
            profiles=PROFILES.replace(
                "\n    never: 1", "\n        - {at: monday +9h, do: logout, expect: any}\n    never: 1"
            )
        ),
        crowd(profiles=PROFILES.replace("never: 1", "never: {steps: [{at: session-1 +1m, do: logout, expect: any}]}")),
    ],
    ids=[
        "more users",
        "more administrators",
        "no administrators",
        "administrators first",
        "others",
        "a step more",
        "another profile's step",
    ],
)
def test_what_others_do_changes_nothing_for_an_account(other):
    """More accounts, more kinds, and more steps of other profiles leave what an account did as it was."""
    found = deeds(case_of(other))
    common = found.keys() & WHOLE.keys()
    assert len(common) > 40
    for account in common:
        kept = [deed for deed in found[account] if deed[1] != "logout"]
        assert kept == WHOLE[account], account
    # Who did nothing before does nothing now, except the steps that are new.
    silent = {f"USER{n}" for n in range(1, 61)} - WHOLE.keys()
    assert all(deed[1] == "logout" for account in silent & found.keys() for deed in found[account])


def test_another_seed_draws_otherwise_and_the_same_seed_the_same():
    """The seed decides all of it."""
    case = case_of(crowd())
    assert deeds(case, 0) == WHOLE
    assert deeds(case, 1) != WHOLE


def test_an_account_that_is_written_out_draws_by_its_name():
    """U7 alone comes when U7 of a population comes."""
    step = "\nsteps: [{at: session-1 +1m, account: U7, spread: {until: session-1 +50m}, do: logout, expect: any}]\n"
    head = "scenario: x\ntitle: t\nrulebook: seoch-2fa-2023\nrunbook: snapshot-standby\n"
    one = head + "accounts: [{id: U7, kind: user}]" + step
    many = head + "accounts: [{id: A, kind: da}, {population: 50, prefix: U, kind: user}]" + step
    assert deeds(case_of(one)) == deeds(case_of(many))


def test_profiles_have_the_sizes_of_their_weights_and_chances_of_theirs():
    """Of 60,000 accounts, parts are within one in a hundred of what the weights and the chance say."""
    case = case_of(crowd(users=60_000, das=0))
    arrivals = Arrivals(Roster(case.scenario), case.rulebook, 3)
    parts = np.bincount(arrivals.profiles) / 60_000
    assert parts == pytest.approx([3 / 6, 2 / 6, 1 / 6], abs=0.01)
    first, changed = (len(arrivals.of(step)[1]) for step in case.scenario.steps[:2])
    assert changed / first == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_stays_in_its_window(curve):
    """Each account comes at one instant of the window, whose end is outside, and instants are in order."""
    line = f"{{at: session-1 +5m, account: U*, spread: {{until: session-1 +5m10ms, curve: {curve}}}, do: logout}}"
    head = "scenario: x\ntitle: t\nrulebook: seoch-2fa-2023\nrunbook: snapshot-standby\n"
    case = case_of(f"{head}accounts: [{{population: 5000, prefix: U, kind: user}}]\nsteps: [{line}]\n")
    instants, numbers = Arrivals(Roster(case.scenario), case.rulebook, 0).of(case.scenario.steps[0])
    begin = at("session-1 +5m", case)
    assert set(instants.tolist()) == set(range(begin, begin + 10))
    assert (np.diff(instants) >= 0).all()
    assert sorted(numbers.tolist()) == list(range(5000))


def test_curves_say_whether_accounts_come_early_or_late():
    """The means of where they come are in the order of their names, and the middle is in the middle."""
    parts = [n / 1000 for n in range(1000)]
    means = {name: mean(map(curve, parts)) for name, curve in CURVES.items()}
    assert means["rush"] < means["early"] < means["uniform"] < means["late"] < means["last-minute"]
    assert means["middle"] == pytest.approx(0.5, abs=0.01)
    middle = [CURVES["middle"](part) for part in parts]
    assert sum(0.25 < part < 0.75 for part in middle) > 700


def test_only_those_come_again_who_were_refused_and_after_the_given_time():
    """A retry follows a refusal, five minutes later to the millisecond; who was accepted does not come again."""
    refused = accepted = 0
    case = case_of(crowd())
    late = range(at("session-1 opens -5m", case), at("session-1 +5m", case))
    for acts in WHOLE.values():
        tries = [(when, outcome) for when, verb, outcome in acts if verb == "initiate-2fa"]
        if tries[0][0] not in late or (len(tries) == 1 and tries[0][1] == "moved"):
            accepted += len(tries) == 1
            continue
        (first, outcome), (second, _) = tries
        assert outcome.startswith("refused")
        assert second == first + 300_000
        refused += 1
    assert refused > 3
    assert accepted > 10


def test_a_step_after_another_counts_from_the_own_act():
    """The logon is 1 s to 20 s after the account's own retry would have been."""
    for acts in WHOLE.values():
        first = acts[0][0]
        for when, verb, _ in acts:
            if verb == "logon":
                assert 301_000 <= when - first <= 320_000


def test_the_run_of_a_population_is_that_of_its_representatives():
    """A folded trace counts every account once, and replays: accounts with one history are told by one of them."""
    trace = run_of(case_of(crowd(users=3000, das=50)), histories=True)
    assert sum(each.accounts for each in trace.histories) == 3050
    assert 4 < len(trace.histories) < 40
