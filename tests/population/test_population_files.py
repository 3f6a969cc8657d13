"""A population in a file: what it stands for, how it is written again, and what is wrong with one."""

import attrs
import pytest
from crowds import HEAD, case_of, crowd, deeds

from dcsim.files.findings import InputError
from dcsim.files.write import write_scenario


def findings(population):
    with pytest.raises(InputError) as caught:
        case_of(f"{HEAD}population: {population}\nexpect: {{monday: {{USER1: {{status: active}}}}}}\n")
    return [str(finding).replace("<scenario>:", "") for finding in caught.value.findings]


def test_a_population_is_accounts_and_steps_that_could_be_written_out():
    """Kinds with their numbers are populations, and each profile's steps are steps of its kind's accounts."""
    made = case_of(crowd(users="1_000", das=20)).scenario
    assert [(p.prefix, p.count, p.like.profile.kind) for p in made.populations] == [
        ("USER", 1000, "user"),
        ("D", 20, "da"),
    ]
    assert made.populations[0].behaviour == {"early": 3, "late": 2, "never": 1}
    assert [(s.account, s.profile) for s in made.steps[:3]] == [
        ("USER*", "early"),
        ("USER*", "early"),
        ("USER*", "late"),
    ]
    assert {s.account for s in made.steps} == {"USER*", "D*"}
    # What stands in the file is where its steps are: findings and failures name these lines.
    assert made.steps[0].line == crowd().splitlines().index(next(x for x in crowd().splitlines() if "{at:" in x)) + 1


def test_a_kind_may_have_its_own_keys_and_behaviour():
    """What stands under a kind holds in place of what stands for all."""
    text = f"{HEAD}population:\n  user: 5\n  da: {{count: 5, email: none, behaviour: {{b: 1}}}}\n  email: registered\n"
    text += "  behaviour: {a: {steps: [{at: session-1 +5m, do: logout}]}}\n"
    made = case_of(text).scenario
    assert [(p.like.start.email.value, list(p.behaviour)) for p in made.populations] == [(True, ["a"]), (False, ["b"])]
    assert [s.account for s in made.steps] == ["USER*"]


def test_an_administrator_acts_on_the_accounts_of_a_profile():
    """A step with an account of its own is that administrator's, on each account of the profile."""
    step = "{at: session-1 +5m, spread: {until: session-1 closes}, account: D1, do: reset-user}"
    text = f"{HEAD}accounts: [{{id: D1, kind: da}}]\npopulation: {{user: 5, behaviour: {{a: {{steps: [{step}]}}}}}}\n"
    (made,) = case_of(text).scenario.steps
    assert (made.account, made.action.user) == ("D1", "USER*")


def test_a_scenario_that_is_written_again_is_the_same_and_draws_the_same():
    """Weights, spreads, distributions, chances and retries are written as they are read."""
    case = case_of(crowd())
    again = case_of(write_scenario(case.scenario))
    plain = [[attrs.evolve(step, line=0) for step in one.scenario.steps] for one in (case, again)]
    assert plain[0] == plain[1]
    assert again.scenario.populations == case.scenario.populations
    assert deeds(again) == deeds(case)


@pytest.mark.parametrize(
    ("population", "found"),
    [
        ("5", "DC108 5:13 expected a mapping of kinds of account to how many there are"),
        ("{}", "DC107 5:13 no kind of account has a count; write one, such as 'user: 1000'"),
        ("{email: registered}", "DC107 5:13 no kind of account has a count; write one, such as 'user: 1000'"),
        ("{usres: 5}", "DC124 5:14 unknown account kind 'usres'; did you mean 'user'?"),
        ("{user: 0}", "DC109 5:20 a population has one account at least"),
        ("{user: 21_000_000}", "DC109 5:20 a scenario has 20,000,000 accounts at most"),
        ("{user: 1_0}", "DC108 5:20 expected a whole number, found the text '1_0'"),
        ("{user: {cuont: 5}}", "DC106 5:21 unknown key 'cuont'; did you mean 'count'?"),
        ("{user: {prefix: U}}", "DC107 5:20 missing key 'count'"),
        ("{user: 5, users: 6}", "DC129 5:23 duplicate prefix 'USER'"),
        ("{user: 5, behaviour: 3}", "DC108 5:34 expected a mapping of profiles"),
        (
            "{user: 5, behaviour: {a: {wieght: 1}}}",
            "DC106 5:39 unknown key 'wieght' of a profile; did you mean 'weight'?",
        ),
        ("{user: 5, behaviour: {a: -2}}", "DC230 5:38 the weight -2 is not above zero; leave the profile out"),
        ("{user: 5, behaviour: {a: often}}", "DC108 5:38 expected a number, found the text 'often'"),
        ("{user: 5, behaviour: {a: .nan}}", "DC108 5:38 expected a number, found the number '.nan'"),
        ("{user: 5, behaviour: {a: {steps: 3}}}", "DC108 5:46 expected a list"),
        ("{user: 5, behaviour: {a: {steps: [{after: 5m, do: logout}]}}}", "DC107 5:47 missing key 'at'"),
        (
            "{user: 5, behaviour: {a: {steps: [{at: session-1 +5m, if: accepted, do: logout}]}}}",
            "DC109 5:71 'accepted' may not stand here; expected one of refused",
        ),
        (
            "{user: 5, behaviour: {a: {steps: [{at: session-1 +5m, spread: {until: session-1 +3h}, do: logout}]}}}",
            "DC142 5:83 'session-1 +3h' is outside 'session-1'; did you mean 'session-1 closes +1h'?",
        ),
        (
            "{user: 5, behaviour: {a: {steps: [{at: session-1 +5m, if: refused, takes: 2s, do: logout}]}}}",
            "DC109 5:87 'takes' does not go with 'if'; leave one of them out",
        ),
    ],
)
def test_what_is_wrong_with_a_population_is_found_where_it_stands(population, found):
    """One fault, one finding, with its place and the likely mend."""
    assert found in findings(population)
