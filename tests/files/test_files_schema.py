"""The JSON Schemas accept what the loader accepts, and refuse what has the wrong shape."""

import json
from pathlib import Path

import jsonschema
import pytest

import dcsim
from dcsim.domain.actions import CLIENT_ACTIONS
from dcsim.domain.policies import POLICIES
from dcsim.domain.runbook import STEPS
from dcsim.files.schema import FILES, schema
from dcsim.files.yaml_nodes import parse

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
