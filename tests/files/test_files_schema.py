"""The JSON Schemas accept what the loader accepts, and refuse what has the wrong shape."""

import json
from pathlib import Path
from typing import get_args

import attrs
import jsonschema
import pytest

import dcsim
from dcsim.domain.account import FIELDS
from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.change_kinds import KINDS
from dcsim.domain.distribution import Duration
from dcsim.domain.figures import ExpectedFigure
from dcsim.domain.moment import Moment
from dcsim.domain.policies import POLICIES
from dcsim.domain.runbook import STEPS, Practice, Step
from dcsim.domain.scenario import ClientStep
from dcsim.files.forms import AnyAccount, Expect, FigureForm, LivingKindForm, StepForm, keys_of
from dcsim.files.key_meanings import ANYWHERE, OF_CLASS, key_meaning
from dcsim.files.resolver import builtin_names
from dcsim.files.schema import FILES, schema
from dcsim.files.yaml_nodes import parse
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES

HERE = Path(__file__).parent
BUILTIN = Path(dcsim.__file__).parent / "builtin"
SCENARIOS = HERE.parent.parent / "scenarios"
REAL = [
    *((name, HERE / "samples" / f"{name}.yaml") for name in FILES),
    *(("rulebook", path) for path in sorted(BUILTIN.glob("rulebooks/*.yaml"))),
    *(("runbook", path) for path in sorted(BUILTIN.glob("runbooks/*.yaml"))),
    *(("scenario", path) for path in sorted(SCENARIOS.rglob("*.yaml")) if "\nscenario:" in "\n" + path.read_text()),
]

BROKEN = [
    ("scenario", "do: logon", "do: log-on"),
    ("scenario", "account: U001, do", "acount: U001, do"),
    ("scenario", "do: logout", "do: logout, user: U001"),
    ("scenario", "with: otp", "with: opt"),
    ("scenario", "every: 10ms", "every: 10"),
    ("scenario", "lockout-after", "lock-after"),
    ("scenario", "set-up: stepwise", "set-up: step"),
    ("scenario", "version: 1\n", ""),
    ("scenario", "email: registered", "email: yes"),
    ("scenario", "locked: false", "locked: 0"),
    ("scenario", "link: drop", "link: cut"),
    ("rulebook", "version: 1", "version: 2"),
    ("rulebook", "fate: carry", "fate: keep"),
    ("rulebook", "2023-06-10 18:00", "10 June 2023"),
    ("rulebook", "{place: annex}", "annex"),
    ("rulebook", "made-in", "made_in"),
    ("rulebook", "value: 3", "value: many"),
    ("runbook", "do: drain", "do: dry"),
    ("runbook", "timeout: 30m", "timeout: soon"),
    ("runbook", "session: session-1, site: primary", "session: session-1"),
    ("runbook", "secondary: standby", "secondary: stand-by"),
]


def errors(name, text):
    return list(jsonschema.Draft202012Validator(schema(name)).iter_errors(parse(text).value))


@pytest.mark.parametrize("name", FILES)
def test_each_schema_is_one(name):
    """By the metaschema, as JSON, with nothing defined in vain."""
    made = schema(name)
    jsonschema.Draft202012Validator.check_schema(made)
    text = json.dumps(made)
    assert all(f'"#/$defs/{definition}"' in text for definition in made["$defs"])


@pytest.mark.parametrize(("name", "path"), REAL, ids=lambda value: getattr(value, "stem", value))
def test_files_that_load_fit_their_schema(name, path):
    """Samples, built-in files and scenarios."""
    assert errors(name, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("name", "old", "new"), BROKEN)
def test_files_of_the_wrong_shape_do_not_fit(name, old, new):
    """The faults that an editor should show while one writes."""
    text = (HERE / "samples" / f"{name}.yaml").read_text()
    if old not in text:
        text = text.replace("title: ", "titel: ", 1)
    assert errors(name, text.replace(old, new, 1))


def test_every_action_step_and_policy_is_in_a_schema():
    """What can be written can be completed, and has a description."""
    assert set(CLIENT_ACTIONS) <= set(schema("scenario")["$defs"])
    assert set(STEPS) <= set(schema("runbook")["$defs"])
    for name in ("scenario", "rulebook"):
        assert {f"policy-{policy}" for policy in POLICIES} <= set(schema(name)["$defs"])
    for name in FILES:
        for title, definition in schema(name)["$defs"].items():
            assert definition["description"], title


def properties(made):
    """Every property of a schema, with its name."""
    if isinstance(made, dict):
        yield from made.get("properties", {}).items()
    for part in made.values() if isinstance(made, dict) else made if isinstance(made, list) else ():
        yield from properties(part)


@pytest.mark.parametrize("name", FILES)
def test_every_property_has_a_description(name):
    """An editor shows something for each key, at whatever depth; sentences, without marks of the code."""
    found = list(properties(schema(name)))
    assert len(found) > 15
    assert [key for key, made in found if not made.get("description")] == []
    for _, made in found:
        text = made["description"]
        assert "``" not in text
        assert text[0].isupper() or text[0] == "`", text
        assert text.endswith("."), text


def classes(cls, seen):
    """Every class of a file's form."""
    if cls == Duration:
        return seen  # it has a schema of its own, whose properties are described there
    if attrs.has(cls) and cls not in seen:
        seen.add(cls)
        for key in keys_of(cls):
            classes(key.type, seen)
    for arm in (*get_args(cls), *({Step: STEPS, ClientStep: CLIENT_ACTIONS}.get(cls) or {}).values()):
        classes(arm, seen)
    return seen


OTHERWISE = {ClientStep, Moment, FigureForm, ExpectedFigure, *get_args(Duration)}
"""What is written in another form than its class has."""


def test_every_key_has_a_meaning_and_no_meaning_is_in_vain():
    """Each key that a file may have is described, and no key is described that there is not."""
    every = set().union(*(classes(cls, set()) for cls in (*FILES.values(), StepForm, AnyAccount, LivingKindForm)))
    keys = {(cls, key.name) for cls in every - OTHERWISE for key in keys_of(cls)}
    keys -= {(Expect, "seen"), (Expect, "figures")}
    assert [(cls.__name__, key) for cls, key in keys if not key_meaning(cls, key)] == []
    names = {base.__name__: {k.name for k in keys_of(base)} for cls in every for base in cls.__mro__ if attrs.has(base)}
    for cls, meanings in OF_CLASS.items():
        assert set(meanings) <= names[cls], cls
    assert set(ANYWHERE) <= {key for _, key in keys} | {"do"}


INVARIANTS, REFUSALS = ("discarded-absent",), ("wrong-password",)


def offered(made):
    """All words that a part of a schema offers."""
    if isinstance(made, dict):
        yield from (*made.get("enum", ()), *([made["const"]] if "const" in made else ()))
    for part in made.values() if isinstance(made, dict) else made if isinstance(made, list) else ():
        yield from offered(part)


OFFERS = [
    ("scenario", ("properties", "rulebook"), builtin_names("rulebook"), "./mine.yaml"),
    ("scenario", ("properties", "runbook"), builtin_names("runbook"), "mine/run.yml"),
    ("scenario", ("$defs", "logon", "properties", "expect"), ["accepted", "any", "refused wrong-password"], "Welcome"),
    ("scenario", ("$defs", "expect", "properties", "violations"), INVARIANTS, "my-own-invariant"),
    ("scenario", ("$defs", "expect", "properties", "sometimes"), ["logon", "refused wrong-password"], "rule fn1"),
    ("rulebook", ("$defs", "rule", "properties", "changes"), KINDS, "my-set"),
    ("rulebook", ("$defs", "session", "properties", "changes"), KINDS, ["my-set", "logon"]),
    ("rulebook", ("$defs", "rule", "properties", "made-in"), ["baseline"], ["session-1", "after-session-1"]),
    ("rulebook", ("$defs", "policy-changes-in-gaps", "properties", "value"), KINDS, ["my-set"]),
    ("runbook", ("$defs", "copy", "properties", "fields"), FIELDS, ["my-record"]),
    ("runbook", ("$defs", "drain", "properties", "on-timeout"), ["abort", "proceed"], "open-monday"),
    ("runbook", ("$defs", "waiver", "properties", "practice"), get_args(Practice), None),
]


@pytest.mark.parametrize(("name", "place", "words", "own"), OFFERS)
def test_names_are_offered_and_others_still_fit(name, place, words, own):
    """Built-in files, invariants, refusals, verbs, fields, kinds of change; and a user's own names beside them."""
    whole = made = schema(name, INVARIANTS, REFUSALS)
    for key in place:
        made = made[key]
    assert set(words) <= set(offered(made))
    if own is not None:
        assert list(jsonschema.Draft202012Validator({**made, "$defs": whole["$defs"]}).iter_errors(own)) == []


def test_the_command_offers_every_invariant_and_refusal():
    """`dcsim schema` knows the names that the files alone do not."""
    words = set(offered(schema("scenario", INVARIANT_NAMES, REFUSAL_CODES)))
    assert set(INVARIANT_NAMES) <= words
    assert {f"refused {code}" for code in REFUSAL_CODES} <= words


ACCOUNTS = [
    ({"csv": "a.csv"}, True),
    ([{"csv": "a.csv", "kind": "user", "group": "all"}], True),
    ([{"names": ["a", "b"], "prefix": "U", "kind": "user"}], True),
    ([{"population": 3, "prefix": "U", "digits": 3, "kind": "user"}], True),
    ([{"id": "A", "kind": "${kind}", "failures": "${n}", "locked": "${locked}", "email": "${email}"}], True),
    ([{"id": "A", "kind": "user", "failures": "n"}], False),
    ([{"names": ["a"], "prefix": "U"}], False),
    ([{"csv": "a.csv", "names": ["a"]}], False),
]


@pytest.mark.parametrize(("accounts", "fit"), ACCOUNTS)
def test_many_accounts_and_placeholders_fit(accounts, fit):
    """Tables, names and padded numbers; and a placeholder wherever a single value stands."""
    one = parse((HERE / "samples" / "scenario.yaml").read_text()).value
    more = {"groups": {"g": ["A", "U*"], "h": "g"}, "include": "i.yaml", "foreach": [{"kind": "user", "n": 1}]}
    checker = jsonschema.Draft202012Validator(schema("scenario"))
    assert (list(checker.iter_errors(one | more | {"accounts": accounts, "x-any": 1})) == []) is fit
    assert (
        list(checker.iter_errors(one | {"foreach": {"csv": "r.csv"}, "tags": "smoke", "opens": ["Q1"], "note": ""}))
        == []
    )
    assert list(checker.iter_errors(one | {"foreach": {"cvs": "r.csv"}}))
    assert (
        list(
            checker.iter_errors(one | {"steps": [{"at": "${at}", "account": "${who}", "do": "${do}", "every": "${e}"}]})
        )
        == []
    )


def test_a_list_of_mappings_is_no_mapping():
    """Only a list of words may be written as the word alone."""
    text = (HERE / "samples" / "scenario.yaml").read_text()
    one = parse(text).value
    one["accounts"] = one["accounts"][0]
    assert list(jsonschema.Draft202012Validator(schema("scenario")).iter_errors(one))
