"""Faults of shape and of meaning in one go, each where it stands, and none that only follows from another."""

import random
from itertools import combinations

import pytest
import yaml

from dcsim.files.findings import InputError
from dcsim.files.load import load_rulebook, load_runbook, load_texts
from dcsim.files.yaml_nodes import parse
from dcsim.semantics.refusals import REFUSALS


def places(findings):
    return [" ".join(finding.split()[:2]) for finding in findings]


def test_a_scenario_is_mended_once(weekend):
    """Steps, accounts, faults and expectations: what stands after a faulty part is checked, at its own place."""
    weekend.change("scenario", "id: U002, kind: user", "id: U002, kind: guest")
    weekend.change("scenario", "failures: 1", "failures: x")
    weekend.change("scenario", "do: initiate-2fa", "do: initiate-2af").change(
        "scenario", "account: X17", "account: Y17"
    )
    weekend.change("scenario", "session-2 +5m", "session-9 +5m").change("scenario", "link: drop", "link: dorp")
    weekend.change("scenario", "step: again", "step: agan").change("scenario", "    X*: {", "    Z*: {")
    weekend.change("scenario", "title: A password", "titel: A password")
    assert places(weekend.findings()) == [
        "DC107 scenario.yaml:2:1",
        "DC106 scenario.yaml:3:1",
        "DC124 scenario.yaml:11:22",
        "DC108 scenario.yaml:11:105",
        "DC104 scenario.yaml:16:44",
        "DC120 scenario.yaml:18:35",
        "DC121 scenario.yaml:20:10",
        "DC109 scenario.yaml:26:12",
        "DC125 scenario.yaml:28:28",
        "DC120 scenario.yaml:33:5",
    ]


def test_a_rulebook_is_mended_once(weekend):
    """Rules after a faulty rule are checked, and so is the timezone beside a missing title."""
    weekend.change("rulebook", "title: A sample weekend\n", "").change("rulebook", "Europe/Berlin", "Europe/Berlinn")
    weekend.change("rulebook", "fate: carry", "fate: carri").change("rulebook", "changes: order", "changes: oder")
    with pytest.raises(InputError) as caught:
        load_rulebook(weekend.folder / "rulebook.yaml")
    found = [(f.code, f.line, f.col) for f in caught.value.findings]
    assert found == [("DC107", 2, 1), ("DC131", 4, 11), ("DC109", 54, 11), ("DC123", 66, 14)]


def test_a_runbook_is_mended_once(weekend):
    """By itself, and against the rulebook of the scenario that brings the two together."""
    weekend.change("runbook", "lag: 2s", "lag: 2").change("runbook", "do: reset", "do: rest")
    weekend.change("runbook", "source: primary, target: secondary", "source: primary, target: tertiary")
    with pytest.raises(InputError) as caught:
        load_runbook(weekend.folder / "runbook.yaml")
    found = [(f.code, f.line, f.col) for f in caught.value.findings]
    assert found == [("DC108", 6, 13), ("DC104", 10, 29), ("DC122", 20, 68)]
    weekend.change("runbook", "open, session: monday", "open, session: sunday")
    assert places(weekend.findings())[2:] == ["DC122 runbook.yaml:20:68", "DC121 runbook.yaml:24:43"]


def test_all_three_files_are_mended_once(weekend):
    """The scenario's own faults are told beside those of its rulebook and runbook, by file and line."""
    weekend.change("scenario", "do: logout", "do: log-out").change("scenario", "shows: [1, 2]", "shows: [1, x]")
    weekend.change("rulebook", "fate: carry", "fate: carri").change("runbook", "do: switch", "do: swich")
    wanted = ["DC109 rulebook", "DC104 runbook", "DC108 scenario", "DC104 scenario"]
    assert [line.split(".yaml")[0] for line in weekend.findings()] == wanted


def test_a_name_that_leads_nowhere_hides_no_fault_of_the_scenario(weekend):
    """Nor does a name that is missing."""
    weekend.change("scenario", "rulebook: rulebook.yaml", "rulebook: no-such").change("scenario", "[1, 2]", "[1, x]")
    assert places(weekend.findings()) == ["DC116 scenario.yaml:4:11", "DC108 scenario.yaml:6:12"]
    weekend.change("scenario", "rulebook: no-such\n", "")
    assert places(weekend.findings()) == ["DC107 scenario.yaml:2:1", "DC108 scenario.yaml:5:12"]


# file, what the sample says, what it says instead, the codes that must come, and none beside them
ALONE = [
    ("scenario", "id: U001, kind: user", "id: U001, kind: 5", "DC108"),
    ("scenario", "- {id: U001, kind: user", "- {kind: user", "DC107"),
    ("scenario", "prefix: X, kind: user", "prefix: X, kind: 5", "DC108"),
    ("scenario", "population: 1000", "population: many", "DC108"),
    ("scenario", "accounts:\n", "acounts:\n", "DC106"),
    ("scenario", "status: absent", "stauts: absent", "DC106"),
    ("scenario", "accounts:\n", "accounts: 5\nlabels:\n", "DC106 DC108"),
    ("scenario", "X*: {smartcard: none}", "X*: {password: none}", "DC106"),
    ("scenario", "X*: {smartcard: none}", "X*: {two-factor: {pasword: P1}}", "DC106"),
    ("scenario", "X*: {smartcard: none}", "X*: {locked: 5}", "DC108"),
    ("rulebook", "opens: 2023-06-10 18:00", "opens: soon", "DC109"),
    ("rulebook", "name: monday", "nme: monday", "DC106 DC107"),
    ("rulebook", "sessions:\n", "session:\n", "DC106 DC107"),
    ("rulebook", "assumption: No hours", "asumption: No hours", "DC106"),
    ("rulebook", "moved-from: [2023-06-05 00:00]", "moved-from: [soon]", "DC109"),
    ("rulebook", "citation: {place: annex}", "citation: annex", "DC108"),
    ("rulebook", "to: O0", "to: [O0]", "DC108"),
    ("rulebook", "records: [order]", "record: [order]", "DC106"),
    ("rulebook", "records: [order]", "records: {order: 1}", "DC108"),
    ("rulebook", "such-as: [change", "such: [change", "DC106"),
    ("rulebook", "  account-changes:\n", "  account-changes: 5\n  others:\n", "DC108"),
    ("rulebook", "    system: S", "    system: 5", "DC108"),
    ("rulebook", "accounts:\n  user", "acounts:\n  user", "DC106 DC107"),
    ("rulebook", "source:\n", "sauce:\n", "DC106 DC107"),
    ("rulebook", "timezone: Europe/Berlin\n", "", "DC107"),
    ("runbook", "{id: again", "{idd: again", "DC106"),
    ("runbook", "do: restore-point, site: secondary", "do: restore, site: secondary", "DC104"),
    ("runbook", "name: friday", "nme: friday", "DC106 DC107"),
    ("runbook", "{primary: primary,", "{primary: first,", "DC109"),
    ("runbook", "sites:", "site:", "DC106 DC107"),
    ("runbook", "steps:", "step:", "DC106 DC107"),
    ("runbook", "at: session-1 closes, do: drain", "at: never!, do: drain", "DC109"),
]


@pytest.mark.parametrize(("file", "old", "new", "codes"), ALONE)
def test_nothing_is_told_that_only_follows(weekend, file, old, new, codes):
    """What a faulty part declares is not told as unknown, and what it lacks not as missing."""
    findings = weekend.change(file, old, new).findings()
    assert sorted(line.split()[0] for line in findings) == codes.split(), "\n".join(findings)


def test_what_is_left_out_moves_nothing():
    """The rest keeps its line and column, though its index in the list is another."""
    gone = dict.fromkeys([("a", 0, "x"), ("a", 1), ("a", 2, "x", 7)])
    rest = parse("a:\n  - {x: 1, y: 2}\n  - 5\n  - {x: 3}\n").changed(gone)
    assert rest.value == {"a": [{"y": 2}, {}]}
    assert (rest.where(("a", 0, "y")), rest.where(("a", 1))) == ((2, 15), (4, 5))


def parts(value, keys=()):
    yield keys
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from parts(item, (*keys, key))


def spoil(value, keys, how):
    for key in keys[:-1]:
        value = value[key]
    if how == "gone":
        del value[keys[-1]]
    else:
        value[keys[-1]] = how


def all_of(texts):
    try:
        return load_texts(texts).warnings
    except InputError as error:
        return error.findings


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_spoiled_the_loader_ends(samples, seed):
    """Parts of the wrong type, or gone, anywhere: the loader ends, and never with anything but findings."""
    choose = random.Random(seed)
    texts = {}
    for name in ("scenario", "rulebook", "runbook"):
        value = parse((samples / f"{name}.yaml").read_text()).value
        for _ in range(choose.randint(0, 4)):
            spoil(
                value,
                choose.choice([keys for keys in parts(value) if keys]),
                choose.choice(["gone", 5, [], {}, "?", [[1]]]),
            )
        texts[name] = yaml.safe_dump(value)
    findings = all_of(texts)
    assert list(findings) == sorted(findings, key=lambda f: (f.path, f.line, f.col))


SCENARIO_STEP = "{at: session-2 +5m, account: U001, do: change-password, with: smartcard, from: friday, to: P2}"
# the fault, what the step says, what it says instead
STEP_FAULTS = {
    "DC109 moment": ("at: session-2 +5m", "at: 22:05"),
    "DC120": ("account: U001", "account: U009"),
    "DC104": ("do: change-password", "do: change-pasword"),
    "DC106": ("to: P2", "to: P2, tpo: P3"),
    "DC109 method": ("with: smartcard", "with: smart-card"),
    "DC108": ("from: friday", "from: 5"),
    "DC132": ("}", ", expect: refused wrong-pasword}"),
    "DC109 duration": ("}", ", takes: 5 min}"),
    "DC109 every": ("}", ", every: 5m}"),
    "DC105": ("to: P2", "to: P2, to: P3"),
}
OPERATION = "{at: session-2 closes +20m, do: copy, source: primary, target: secondary, fields: email}"
OPERATION_FAULTS = {
    "DC109 moment": ("at: session-2 closes +20m", "at: 23:20"),
    "DC104": ("do: copy", "do: copie"),
    "DC106": ("}", ", hurry: true}"),
    "DC122": ("source: primary", "source: tertiary"),
    "DC128": ("fields: email", "fields: mail"),
    "DC108": ("do: ", "id: 5, do: "),
    "DC105": ("}", ", source: secondary}"),
}
ACCOUNT = "{id: U002, kind: user, two-factor: {password: P0, channel: email}, records: {order: O0}, failures: 1}"
ACCOUNT_FAULTS = {
    "DC124": ("kind: user", "kind: guest"),
    "DC108": ("password: P0", "password: 5"),
    "DC106": ("}, records", "}, smart: friday, records"),
    "DC109": ("failures: 1", "failures: -1"),
    "DC128": ("order: O0", "oder: O0"),
    "DC109 status": ("kind: ", "status: gone, kind: "),
}
RULE = """  - id: drop
    accounts: user
    changes: account-changes
    made-in: session-2
    at: monday
    fate: discard
    baseline: session-1
    citation: {place: footnote 2, quote: will not be carried}
"""
RULE_FAULTS = {
    "DC124": ("accounts: user", "accounts: usher"),
    "DC123": ("changes: account-changes", "changes: account-change"),
    "DC121": ("made-in: session-2", "made-in: session-9"),
    "DC109": ("fate: discard", "fate: discarded"),
    "DC106": ("    baseline: session-1\n", "    baseline: session-1\n    becauce: of it\n"),
    "DC108": ("quote: will not be carried", "quote: 5"),
}
PLACES = [
    ("scenario", SCENARIO_STEP, STEP_FAULTS),
    ("scenario", ACCOUNT, ACCOUNT_FAULTS),
    ("runbook", OPERATION, OPERATION_FAULTS),
    ("rulebook", RULE, RULE_FAULTS),
]
PAIRS = [
    (file, part, {name: faults[name] for name in chosen})
    for file, part, faults in PLACES
    for chosen in [*combinations(faults, 1), *combinations(faults, 2), tuple(faults)]
]


@pytest.mark.parametrize(
    ("file", "part", "faults"), PAIRS, ids=lambda value: "+".join(value) if isinstance(value, dict) else value[:8]
)
def test_all_faults_of_one_item_are_told_at_once(weekend, file, part, faults):
    """Whatever two of them come together, or all: each is told, and nothing beside them."""
    weekend.change(
        "scenario", "  - {at: session-2 +5m, account: U001, do: ", "  - {at: session-2 +4m, account: U001, do: "
    )
    weekend.change("scenario", "steps:\n", f"steps:\n  - {SCENARIO_STEP}\n")
    spoilt = part
    for old, new in faults.values():
        assert old in spoilt, f"{faults}: {old!r} was changed by another"
        spoilt = spoilt.replace(old, new, 1)
    weekend.change(file, part, spoilt)
    found = [line for line in weekend.findings(refusals=REFUSALS) if " warning: " not in line]
    assert sorted(line.split()[0] for line in found) == sorted(name.split()[0] for name in faults), "\n".join(found)


def test_a_misspelled_rulebook_hides_no_fault(weekend):
    """The scenario is checked with the one that the finding proposes: a step's faults are told beside the name's."""
    text = """scenario: x
title: t
rulebook: seoch_2fa_2023
runbook: snapshot-standy
accounts: [{id: U1, kind: usr}]
steps: [{at: monday 09:00, account: U2, do: logon, with: otp, password: P1}]
"""
    (weekend.folder / "scenario.yaml").write_text(text)
    found = [line for line in weekend.findings() if " warning: " not in line]
    assert places(found) == [
        "DC116 scenario.yaml:3:11",
        "DC116 scenario.yaml:4:10",
        "DC124 scenario.yaml:5:27",
        "DC109 scenario.yaml:6:14",
        "DC120 scenario.yaml:6:37",
    ]
    assert "write 'monday +9h'" in found[3]


KEYS_OF_OTHERS = [
    ("logon, with: otp, password: P1, channel: email", ["DC106"]),
    ("logon, with: otpp, channel: email", ["DC107", "DC106", "DC109"]),
    ("initiate-2fa, password: P1, to: P2", ["DC106"]),
    ("change-password, user: U001, from: P1", ["DC107", "DC106"]),
    ("suspend-user, record: order", ["DC107", "DC106"]),
]


@pytest.mark.parametrize(("step", "codes"), KEYS_OF_OTHERS)
def test_a_key_of_another_action_hides_no_other_fault_of_the_step(weekend, step, codes):
    """The session, the account and the refusal are told beside the key that this action does not take."""
    faulty = f"{{at: sesion-2 +5m, account: U009, do: {step}, expect: refused wrong-pasword}}"
    weekend.change("scenario", "steps:\n", f"steps:\n  - {faulty}\n")
    found = [line.split()[0] for line in weekend.findings(refusals=REFUSALS) if " warning: " not in line]
    assert sorted(found) == sorted([*codes, "DC121", "DC120", "DC132"])
