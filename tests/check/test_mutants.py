"""Mutants of rules and runbooks: each differs from the original by one change, and can be checked."""

import re
from pathlib import Path

import attrs
import pytest
from mishap_words import mishaps
from planted import BUGS

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import ask
from dcsim.domain.moment import instant, moment
from dcsim.files.lint_rulebook import rulebook_flaws
from dcsim.files.lint_runbook import runbook_flaws, runbook_in_flaws
from dcsim.files.load import load_pair, load_rulebook, load_runbook
from dcsim.rules.mutants import rule_mutants, runbook_mutants
from dcsim.semantics.model import Model

ROOT = Path(__file__).parent.parent.parent
MADE_UP = [ROOT / "scenarios" / "rulebooks" / "made-up-drill.yaml"]
RULEBOOKS = ["seoch-2fa-2023", *MADE_UP]
WRONG = ["no-drain", "failback-copy", "restore-friday", "stale-restore-point"]
RUNBOOKS = ["snapshot-standby", *WRONG, *sorted((ROOT / "scenarios" / "runbooks").glob("*.yaml"))]
RIGHT = load_runbook("snapshot-standby").value


def codes(runbook, rulebook):
    return {flaw.code for flaw in (*runbook_flaws(runbook), *runbook_in_flaws(runbook, rulebook))}


def short(name):
    return Path(name).stem


def book(name="seoch-2fa-2023"):
    return load_rulebook(name).value


def named(mutants):
    return {mutant.name: mutant for mutant in mutants}


def rule(mutant):
    return next(rule for rule in mutant.rulebook.rules if rule.id == mutant.rule)


def whats(name, rule_id):
    return [mutant.how for mutant in rule_mutants(book(name)) if mutant.rule == rule_id]


def answer(rulebook, runbook, errors=0):
    of = Weekend(Model(rulebook, runbook), abstract_accounts(rulebook, 1, 0), ops=1, slips=errors)
    return ask(of, lambda part, left: check(part, "auto", left), Budget(seconds=120))


def step(runbook, name):
    return runbook.steps[runbook.by_id[name]]


# -- rules -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RULEBOOKS, ids=short)
def test_mutants_of_rules_are_well_formed(name):
    """The lints say of a mutant what they say of the original, and at most that its rule contradicts another, or that
    its reset cannot hold for the kind of change that it now speaks of.
    """
    found = {flaw.code for flaw in rulebook_flaws(book(name))}
    for mutant in rule_mutants(book(name)):
        assert {flaw.code for flaw in rulebook_flaws(mutant.rulebook)} - found <= {"DC144", "DC109"}, mutant.name


@pytest.mark.slow
@pytest.mark.parametrize("name", RULEBOOKS, ids=short)
def test_mutants_of_rules_can_be_checked(name):
    """Every one of them is proved or violated within small bounds."""
    for mutant in rule_mutants(book(name)):
        assert answer(mutant.rulebook, RIGHT).status in ("proved", "violated", "inconclusive"), mutant.name


@pytest.mark.parametrize("name", RULEBOOKS, ids=short)
def test_mutants_of_rules_come_once_and_in_order(name):
    """No two mutants share a name or all rules, none has the original's rules, and a second call gives the same."""
    original = book(name)
    once, twice = (list(rule_mutants(original)) for _ in range(2))
    rules = [original.rules, *(mutant.rulebook.rules for mutant in once)]
    assert [(m.name, m.rulebook.rules) for m in once] == [(m.name, m.rulebook.rules) for m in twice]
    assert len(set(rules)) == len(rules)
    assert len(named(once)) == len(once)


@pytest.mark.parametrize("name", RULEBOOKS, ids=short)
def test_one_rule_differs(name):
    """A mutant differs from the original in one rule and in nothing else."""
    original = book(name)
    for mutant in rule_mutants(original):
        assert [r for r in mutant.rulebook.rules if r.id != mutant.rule] == [
            r for r in original.rules if r.id != mutant.rule
        ]
        assert all(
            getattr(mutant.rulebook, field.name) is getattr(original, field.name)
            for field in attrs.fields(type(original))
            if field.name != "rules"
        )


@pytest.mark.parametrize("name", RULEBOOKS, ids=short)
def test_each_rule_is_deleted_and_negated(name):
    """For each rule there is a mutant without it, and one for each of the other fates that it can have."""
    mutants = named(rule_mutants(book(name)))
    for original in book(name).rules:
        assert original.id not in {r.id for r in mutants[f"{original.id} deleted"].rulebook.rules}
        negated = {rule(m).fate for n, m in mutants.items() if n.startswith(f"{original.id} negated")}
        assert negated == ({"carry", "discard", "reset"} if original.fate == "reset" else {"carry", "discard"}) - {
            original.fate
        }


def test_a_rule_gives_way_in_each_of_its_parts():
    """Origins change to their neighbours, targets and kinds to others, lists lose a member, a baseline changes."""
    assert whats("seoch-2fa-2023", "fn1") == [
        "deleted",
        "negated",
        "made in before-session-1",
        "made in after-session-1",
        "made in session-2",
        "not at session-2",
        "not at monday",
        "for da",
        "of repeat-2fa-set-up",
    ]
    fn3 = whats("seoch-2fa-2023", "fn3")
    assert fn3[:5] == ["deleted", "negated", "made in session-1", "made in after-session-1", "made in after-session-2"]
    assert {"for da", "not of initiate-2fa", "of change-smartcard-password, not initiate-2fa"} <= set(fn3)
    assert fn3[-2:] == ["without a baseline", "back to baseline"]
    assert "at monday" in whats(MADE_UP[0], "counters")
    assert {"not for da", "not for user"} <= set(whats(MADE_UP[0], "counters"))
    sequences = whats(MADE_UP[0], "sequences")
    assert {"negated to carry", "not made in session-1", "made in before-session-1, not session-1"} <= set(sequences)


def test_what_no_longer_fits_is_left_off():
    """A target that is not after the new origin is removed, and so is a baseline that is not before it."""
    mutants = named(rule_mutants(book()))
    assert rule(mutants["fn1 made in session-2"]).at == ("monday",)
    assert rule(mutants["fn3 made in session-1"]).baseline is None
    assert rule(mutants["fn3 made in after-session-2"]).baseline == "session-1"


@pytest.mark.parametrize("name", RULEBOOKS, ids=short)
def test_no_list_of_a_mutant_says_a_thing_twice(name):
    """Where a member would be replaced by another member of its list, the list has each only once."""
    for mutant in rule_mutants(book(name)):
        for r in mutant.rulebook.rules:
            assert all(len(set(of)) == len(of) for of in (r.accounts, r.changes, r.made_in, r.at)), mutant.name


# -- steps -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RUNBOOKS, ids=short)
def test_mutants_of_runbooks_are_well_formed(name):
    """The lints find at most a missing restore point; ids, time-outs and the order of steps are right."""
    rulebook = book(MADE_UP[0])
    original = load_runbook(name).value
    for mutant in runbook_mutants(original):
        assert codes(mutant.runbook, rulebook) - codes(original, rulebook) <= {"DC126"}, mutant.name


@pytest.mark.parametrize("name", RUNBOOKS, ids=short)
def test_mutants_of_runbooks_come_once_and_in_order(name):
    """Each step has four mutants, the last one three. No two are equal, and none is the original."""
    original = load_runbook(name).value
    once, twice = (list(runbook_mutants(original)) for _ in range(2))
    steps = [original.steps, *(mutant.runbook.steps for mutant in once)]
    assert [(m.name, m.runbook.steps) for m in once] == [(m.name, m.runbook.steps) for m in twice]
    assert len(set(steps)) == len(steps) == 4 * len(original.steps)
    slips = {f"{slip} {step.id}" for slip in ("skip", "repeat", "delay", "swap") for step in original.steps}
    assert set(named(once)) == slips - {f"swap {original.steps[-1].id}"}


@pytest.mark.slow
def test_a_slip_in_the_plan_breaks_what_the_operators_slip_breaks():
    """A mutant with a step skipped, repeated or swapped breaks what that slip breaks; with a delay, nothing else."""
    slips = answer(book(), RIGHT, errors=1).broken
    for mutant in runbook_mutants(RIGHT):
        broken = set(answer(book(), mutant.runbook).broken.get((), ()))
        slip = set(slips.get(mishaps(mutant.name), ()))
        assert broken <= slip if mutant.slip == "delay" else broken == slip, mutant.name


def test_a_step_that_is_put_off_takes_those_due_with_it_along():
    """A delayed step comes when the next later step is due, and before it."""
    late = named(runbook_mutants(RIGHT))["delay close-session-1"].runbook
    assert [s.id for s in late.steps] == [s.id for s in RIGHT.steps]
    assert step(late, "close-session-1").at == step(late, "drain").at == step(RIGHT, "resend").at


@pytest.mark.parametrize("at", ["monday closes", "monday +23h30m", "2023-06-12 23:30"])
def test_the_last_step_is_put_off_by_an_hour(at):
    """This holds however its moment is written, and also at the end of its session's window."""
    last = attrs.evolve(RIGHT.steps[-1], at=moment(at))
    runbook = attrs.evolve(RIGHT, steps=(*RIGHT.steps[:-1], last))
    late = named(runbook_mutants(runbook))["delay close-monday"].runbook
    assert instant(late.steps[-1].at, book()) - instant(last.at, book()) == 3_600_000
    assert list(runbook_in_flaws(late, book())) == []


def test_a_time_out_goes_on_to_what_is_still_ahead():
    """A drain whose next step was skipped or swapped before it goes on to the step after that; with none, it aborts."""
    mutants = named(runbook_mutants(RIGHT))
    assert step(mutants["skip open-monday"].runbook, "drain-again").on_timeout == "close-monday"
    assert step(mutants["skip mark"].runbook, "drain-again").on_timeout == "open-monday"
    short = attrs.evolve(RIGHT, steps=tuple(s for s in RIGHT.steps if s.id in ("drain-again", "open-monday")))
    few = named(runbook_mutants(short))
    assert step(few["skip open-monday"].runbook, "drain-again").on_timeout == "abort"
    assert step(few["swap drain-again"].runbook, "drain-again").on_timeout == "abort"


# -- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_tells_of_every_mutant():
    """docs/explanation/mutants.md has a row for each wrong runbook, each mutant of the rules and each planted bug."""
    page = (ROOT / "docs" / "explanation" / "mutants.md").read_text(encoding="utf-8")
    rulebook, _ = load_pair("seoch-2fa-2023", "snapshot-standby")
    names = [*WRONG, *(mutant.name for mutant in rule_mutants(rulebook)), *(bug.name for bug in BUGS)]
    rows = re.findall(r"^\| (?:runbook|rules|core) \| ([^|]+) \|", page, re.MULTILINE)
    assert rows == names, "run: python tests/benchmarks/mutants.py --write"
