"""The judge, on paper: what a rulebook permits, what a client may expect, and the suite of scenarios."""

import ast
from pathlib import Path

import judge
import observe
import pytest
from judge import Change, permitted

from dcsim.domain.account import FIELDS, Record
from dcsim.files.findings import InputError
from dcsim.files.load import load_rulebook, load_scenario
from dcsim.semantics.model import Model

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.yaml"))
PRACTICES = {
    "opens-caught-up",
    "sites-agree",
    "standby-ready",
    "restores-baseline",
    "applied-in-order",
    "no-lost-update",
    "set-up-whole",
    "one-origin",
    "no-dangling-account",
    "no-orphan-lock",
}
AT_THE_END = {"runbook-finishes", "stores-converge"}
BOOK = """
rulebook: paper
version: 1
title: Three sessions
timezone: UTC
source: {title: made up}
accounts: {u: {}}
records: [order, plan]
sessions:
  - {name: s1, site: a, opens: 2026-01-10 10:00, closes: 2026-01-10 11:00, citation: {place: x}}
  - {name: s2, site: a, opens: 2026-01-10 12:00, closes: 2026-01-10 13:00, citation: {place: x}}
  - {name: s3, site: a, opens: 2026-01-10 14:00, closes: 2026-01-10 15:00, citation: {place: x}}
rules:
"""
RULE = "  - {id: r%d, accounts: u, changes: %s, made-in: %s, at: s3, %s, citation: {place: x}}\n"


@pytest.fixture
def book(tmp_path):
    """A rulebook with these rules, each (changes, made-in, the rest)."""

    def make(*rules):
        path = tmp_path / "rulebook.yaml"
        said = "".join(RULE % (number, *rule) for number, rule in enumerate(rules))
        path.write_text(BOOK + (said or "  []\n"))
        return load_rulebook(path).value

    return make


def orders(book, *changes, start=None, field="order"):
    """What the field may hold when s3 opens, after changes (origin, value) of it."""
    history = tuple(Change(field, origin, ((field, value),)) for origin, value in changes)
    held = {name: Record()[name].value for name in FIELDS} | {"order": start, "plan": None}
    return {dict(record)[field] for record in records(book, held, history)}


def records(book, held, history):
    return permitted(book, "u", held, history, "s3")


CARRY = ("order", "s1", "fate: carry")
GONE = ("order", "s2", "fate: discard")


def test_what_is_carried_is_there(book):
    """Carried is carried; a discard without baseline is as if the change had not been made."""
    both = book(CARRY, GONE)
    assert orders(both, ("s1", "A"), ("s2", "B"), start="O") == {"A"}
    assert orders(both, ("s2", "B"), start="O") == {"O"}
    assert orders(both, ("s1", "A"), ("s1", "B")) == {"B"}


def test_a_reset_leaves_its_constant(book):
    """A reset of what was made leaves the constant, whatever stood before."""
    assert orders(book(("order", "s1", "fate: reset, to: K")), ("s1", "A"), start="O") == {"K"}
    assert orders(book(("order", "s1", "fate: reset, to: K")), start="O") == {"O"}


def test_what_is_open_has_two_readings(book):
    """Where no rule speaks, both are permitted; all changes of one kind in one session fare alike."""
    assert orders(book(), ("s1", "A"), ("s1", "B"), start="O") == {"O", "B"}
    assert orders(book(), ("s1", "A"), ("s2", "B"), start="O") == {"O", "A", "B"}


def test_fields_of_one_question_fare_alike(book):
    """A set-up that no rule speaks of is there whole, or not at all."""
    held = {name: Record()[name].value for name in FIELDS} | {"order": None, "plan": None}
    wrote = (("password", "P"), ("channel", "app"), ("credential", 1))
    found = [dict(r) for r in records(book(), held, (Change("initiate-2fa", "s1", wrote),))]
    assert {(r["password"], r["channel"], r["credential"]) for r in found} == {(None, None, 0), ("P", "app", 1)}


def test_a_discard_falls_back_to_its_baseline(book):
    """A discard with a baseline leaves what there was at its end; before the weekend, what there was on Friday."""
    back = book(CARRY, ("order", "[s2]", "fate: discard, baseline: s1"))
    assert orders(back, ("s1", "A"), ("s2", "B"), start="O") == {"A"}
    friday = book(("order", "[s1, s2]", "fate: discard, baseline: baseline"))
    assert orders(friday, ("s1", "A"), ("s2", "B"), start="O") == {"O"}


def test_what_is_open_stays_above_a_baseline(book):
    """A change that no rule speaks of, made since the baseline and kept, is not undone by another's discard."""
    back = book(("order", "s2", "fate: discard, baseline: baseline"))
    assert orders(back, ("s1", "A"), ("s2", "B"), start="O") == {"O", "A"}


def test_rules_that_cannot_be_kept_together(book):
    """What is carried cannot stand and fall: nothing is permitted, unless the two agree."""
    both = book(CARRY, ("order", "s2", "fate: discard, baseline: baseline"))
    assert orders(both, ("s1", "A"), ("s2", "B"), start="O") == set()
    assert orders(both, ("s1", "O"), ("s2", "B"), start="O") == {"O"}
    assert orders(both, ("s2", "B"), start="O") == {"O"}


def test_the_judge_shares_nothing_but_the_values():
    """Of dcsim the judge imports the domain, and nothing that computes."""
    tree = ast.parse(Path(judge.__file__).read_text())
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    ours = [name for name in modules if name.startswith("dcsim")]
    assert ours
    assert all(name.startswith("dcsim.domain.") for name in ours)


def expected(path):
    """A scenario that a run of seconds can judge, or None; the diagnoses of the promise that it says will be broken."""
    try:
        case = load_scenario(path)
    except InputError:
        return None
    # Populations are many alike.
    if case.scenario.populations:
        return None
    return case


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_judge_agrees_with_the_suite(path):
    """Scenario by scenario, the judge finds the promise broken where the scenario says so, and nowhere else."""
    case = expected(path)
    if case is None:
        pytest.skip("no scenario for the judge")
    model = Model(case.rulebook, case.runbook, case.scenario.policies)
    try:
        broken = observe.verdict(observe.watcher(model), case.scenario)
    except judge.Unclear as unclear:
        pytest.skip(str(unclear))
    # What a weekend has come to at its end is judged elsewhere: tests/simulate/test_convergence.py.
    assert bool(broken) == bool(set(case.scenario.violations) - PRACTICES - AT_THE_END), broken
