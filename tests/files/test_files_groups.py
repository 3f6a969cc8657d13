"""Faults in groups, populations and names, each where it stands."""

import pytest

from dcsim.files.load import load_scenario

GROUPS = "groups:\n  traders: [U001, U002]\n"
FOUND = [
    ("traders: [U001, U02]", "DC120 scenario.yaml:16:19 unknown account 'U02'; did you mean 'U002'?"),
    ("traders: [U001, trader]", "DC120 scenario.yaml:16:19 unknown account 'trader'; did you mean 'traders'?"),
    ("traders: [Z*]", "DC120 scenario.yaml:16:13 no account has a name like 'Z*'"),
    ("traders: []", "DC109 scenario.yaml:16:12 nobody is in the group 'traders'; name its accounts, or leave it out"),
    ("U001: [U002]", "DC129 scenario.yaml:16:3 group 'U001' has the name of an account"),
    ("X17: [U002]", "DC129 scenario.yaml:16:3 group 'X17' has the name of an account"),
    ("T*: [U002]", "DC109 scenario.yaml:16:3 'T*' cannot name a group: it is a pattern of names"),
    ("a: [b]\n  b: [c, U001]\n  c: a", "DC164 scenario.yaml:16:7 group 'a' is inside itself; leave this member out"),
    ("a: [b]\n  b: [c, U001]\n  c: a", "DC164 scenario.yaml:18:6 group 'c' is inside itself; leave this member out"),
    ("a: [a, U001]", "DC164 scenario.yaml:16:7 group 'a' is inside itself; leave this member out"),
    ("a: [U001, U001]", "DC151 scenario.yaml:16:13 warning: 'U001' stands in this list already"),
    ("a: {U001: yes}", "DC108 scenario.yaml:16:6 expected a list, found a mapping"),
    ("a: [1]", "DC108 scenario.yaml:16:7 expected text, found the number '1'; put quotes around it"),
]
STEPS = [
    ("account: traders, do: logout", []),
    ("account: traders, every: 1s, do: logout", []),
    ("account: U00*, every: 1s, do: logout", []),
    ("account: D001, every: 1s, do: suspend-user, user: traders", []),
    ("account: trader, do: logout", ["DC120 scenario.yaml:18:34 unknown account 'trader'; did you mean 'traders'?"]),
    ("account: V*, do: logout", ["DC120 scenario.yaml:18:34 no account has a name like 'V*'"]),
    (
        "account: traders, do: suspend-user, user: U003",
        ["DC109 scenario.yaml:18:34 'traders' are many, and one administrator acts; name one, such as U001"],
    ),
    (
        "account: U001, every: 1s, do: logout",
        ["DC109 scenario.yaml:18:47 'every' is for a whole population or a group; name it as PREFIX*, or a group"],
    ),
]
X, PADDED = "{population: 1000, prefix: X, kind: user}", "{population: 1000, prefix: X, digits: 3, kind: user}"
NAMES = [
    (PADDED, "{id: X0002, kind: user}", ""),
    (PADDED, "{id: X2, kind: user}", ""),
    (PADDED, "{id: X002, kind: user}", "9:10 account 'X002' is one of a population already"),
    (PADDED, "{population: 9, prefix: X0, kind: user}", ""),
    (PADDED, "{population: 10, prefix: X0, kind: user}", "9:30 account 'X010' is one of 'X*' already"),
    (PADDED, "{population: 9, digits: 3, prefix: X0, kind: user}", ""),
    (PADDED, "{population: 9, digits: 2, prefix: X0, kind: user}", "9:40 account 'X001' is one of 'X*' already"),
    (X, "{population: 9, digits: 2, prefix: X0, kind: user}", ""),
    (X, "{population: 9, digits: 2, prefix: X9, kind: user}", "9:40 account 'X901' is one of 'X*' already"),
    (X, "{population: 9, digits: 0, prefix: Y, kind: user}", "9:29 expected a number from 1 to 12, found 0"),
    (
        X,
        "{population: 9, digits: 99999, prefix: Y, kind: user}",
        "9:29 expected a number from 1 to 12, found 99999",
    ),
    (X, "{id: x-2, kind: user}", "9:10 'x-2' cannot be a name: keys that begin with 'x-' are ignored"),
    (X, "{id: A, kind: user, group: X3}", "9:32 group 'X3' has the name of an account"),
    (X, "{id: A, kind: user, group: a*}", "9:32 'a*' cannot name a group: it is a pattern of names"),
]


@pytest.mark.parametrize(("groups", "said"), FOUND)
def test_a_fault_in_a_group_is_found_where_it_stands(weekend, groups, said):
    """With what was probably meant."""
    assert said in weekend.change("scenario", "steps:", f"groups:\n  {groups}\nsteps:").findings()


@pytest.mark.parametrize(("step", "said"), STEPS)
def test_a_step_names_groups_rightly(weekend, step, said):
    """A step may name a group or a pattern; not a group that acts on others, nor one that is not there."""
    old = "account: U001, do: initiate-2fa, password: P1, channel: email"
    findings = weekend.change("scenario", old, step).change("scenario", "steps:", f"{GROUPS}steps:").findings()
    assert findings == said


@pytest.mark.parametrize(("one", "other", "said"), NAMES)
def test_each_name_stands_for_one_account(weekend, one, other, said):
    """Also where numbers have zeros before them."""
    head = "scenario: x\ntitle: X\nrulebook: rulebook.yaml\nrunbook: runbook.yaml\n\n\naccounts:\n"
    (weekend.folder / "scenario.yaml").write_text(f"{head}  - {one}\n  - {other}\nexpect: {{violations: y}}\n")
    assert [found.split(" ", 1)[1] for found in weekend.findings()] == ([f"scenario.yaml:{said}"] if said else [])


def test_an_account_cannot_be_expected_to_hold_two_values(weekend):
    """By its own name and by that of its group."""
    weekend.change("scenario", "steps:", f"{GROUPS}steps:")
    found = weekend.change("scenario", "  violations", "    traders: {status: suspended}\n  violations").findings()
    assert found == ["DC165 scenario.yaml:36:5 'U001' is expected to hold another status as one of 'U001'"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("X17", "did you mean 'X017'?"),
        ("X0017", "did you mean 'X017'?"),
        ("X1001", "'X*' are X001 to X1000"),
        ("X000", "'X*' are X001 to X1000"),
        ("U0001", "did you mean 'U001'?"),
    ],
)
def test_a_number_that_no_account_has_is_explained(weekend, name, hint):
    """By the account that was meant, or by those that there are."""
    weekend.change("scenario", "prefix: X,", "prefix: X, digits: 3,")
    found = weekend.change("scenario", "account: X17", f"account: {name}").findings()
    assert found == [f"DC120 scenario.yaml:18:35 unknown account '{name}'; {hint}"]


def test_a_misspelled_key_of_groups_is_one_finding(weekend):
    """What names its groups is not called unknown."""
    weekend.change("scenario", "steps:", "grups: {traders: [U001]}\nsteps:")
    found = weekend.change("scenario", "account: X17", "account: traders").findings()
    assert found == ["DC106 scenario.yaml:15:1 unknown key 'grups'; did you mean 'groups'?"]


def test_a_huge_population_in_a_pattern_is_refused_at_once(weekend):
    """It is a finding, and no name of it is made."""
    weekend.change("scenario", "population: 1000", "population: 1000000000000")
    found = weekend.change("scenario", "account: X17", "account: X9*").findings()
    assert "DC109 scenario.yaml:14:18 a scenario has 20,000,000 accounts at most" in found


def test_a_key_that_begins_with_x_may_stand_in_any_mapping(weekend, samples):
    """It is ignored in each mapping of the three files, and a session cannot have such a name."""
    for file in ("scenario", "rulebook", "runbook"):
        text = (samples / f"{file}.yaml").read_text()
        (weekend.folder / f"{file}.yaml").write_text(text.replace("{", "{x-any: [1, {a: b}], ") + "x-more:\n  y: 2\n")
    assert weekend.findings() == []
    here, there = load_scenario(samples / "scenario.yaml"), weekend.load()
    assert [repr(of) for of in (here.rulebook, here.runbook)] == [repr(of) for of in (there.rulebook, there.runbook)]
    assert here.scenario.steps == there.scenario.steps
    assert here.scenario.accounts == there.scenario.accounts
    weekend.change("rulebook", "name: monday", "name: x-day")
    assert any("'x-day' cannot be a name" in found for found in weekend.findings())
