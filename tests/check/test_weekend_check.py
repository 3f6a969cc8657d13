"""Checks of whole weekends: the right runbook is proved, and wrong ones get counterexamples."""

import attrs
import pytest
from mishap_words import mishap, mishaps
from planted import BUGS

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Product
from dcsim.checker.model.abstract_accounts import abstract_accounts
from dcsim.checker.model.point import GONE
from dcsim.checker.model.scheduler import FOR_GOOD
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import WantedAnswer, ask
from dcsim.domain.moment import Moment
from dcsim.files.load import load_pair
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

WRONG = {
    "no-drain": {"opens-caught-up", "carried-arrives"},
    "failback-copy": {"discarded-absent"},
    "restore-friday": {"carried-survives"},
    "stale-restore-point": {"restores-baseline", "sites-agree"},
}


def weekend(runbook, users=1, administrators=0, ops=1, faults=0, errors=0, change=lambda book: book, **policies):
    book, steps = load_pair("seoch-2fa-2023", runbook)
    accounts = abstract_accounts(book, users, administrators)
    return Weekend(Model(change(book), steps, policies), accounts, ops, faults, errors)


def answer(of, engine="auto"):
    return ask(of, lambda part, budget: check(part, engine, budget), Budget(seconds=120))


def test_the_right_runbook_is_proved_without_faults_and_slips():
    """Within two operations a session nothing breaks, and the rules of both footnotes decided something."""
    found = answer(weekend("snapshot-standby", ops=2))
    assert found.status == "proved"
    assert found.broken == {}
    assert {"rule fn1", "rule fn3"} <= set(map(str, found.explored.fired))


@pytest.mark.parametrize("fault", ["delay", "drop", "duplicate"])
def test_the_right_runbook_survives_each_fault_of_the_link(fault):
    """After one delayed, dropped or duplicated delivery, draining and resending restore everything."""
    found = answer(weekend("snapshot-standby", ops=2, faults=1))
    assert found.status == "proved"
    assert mishap(f"link {fault}") in found.survived


@pytest.mark.parametrize("runbook", WRONG)
def test_each_wrong_runbook_breaks_what_it_was_made_to_break(runbook):
    """It breaks nothing else. Each counterexample has one step, and breaks the same invariant in the simulator."""
    of = weekend(runbook)
    found = answer(of)
    assert found.status == "violated"
    assert set(found.broken[()]) == WRONG[runbook]
    for example in found.counterexamples:
        assert example.length == 1
        assert example.invariant in simulate(of.model, example.scenario).invariants


def test_every_slip_of_the_operator_is_told_apart():
    """Each slip is reported with what it breaks, or as survived; the simulator reproduces each counterexample."""
    of = weekend("snapshot-standby", errors=1)
    found = answer(of)
    assert found.broken[mishaps("skip mark")] == ("standby-ready",)
    assert "one-writer" in found.broken[mishaps("skip close-session-1")]
    assert set(mishaps("skip drain", "repeat mark", "swap drain")) <= set(found.survived)
    for example in found.counterexamples:
        assert example.invariant in simulate(of.model, example.scenario).invariants


def test_what_never_happens_is_told_and_what_should_happen_is_missed():
    """A property that must sometimes hold and never does fails the check."""
    of = weekend("snapshot-standby")
    engine = lambda part, budget: check(part, "auto", budget)  # noqa: E731
    happened = ask(of, engine, Budget(), WantedAnswer(sometimes=["rule fn1", "refused not-initiated"]))
    assert happened.status == "proved"
    missed = ask(of, engine, Budget(), WantedAnswer(sometimes=["register-email"]))
    assert (missed.status, missed.missed) == ("violated", ("register-email",))
    assert "register-email" in missed.covered.never


def test_a_budget_that_runs_out_decides_nothing():
    """Inconclusive is neither proved nor violated."""
    of = weekend("snapshot-standby", ops=3)
    found = ask(of, lambda part, budget: check(part, "auto", budget), Budget(seconds=0.01))
    assert found.status == "inconclusive"
    assert found.why


@pytest.mark.parametrize("runbook", ["snapshot-standby", *WRONG])
def test_all_engines_agree_on_every_runbook(runbook):
    """Every engine finds the same breaks, and the same states where its counts are exact."""
    of = weekend(runbook, users=2, faults=1)
    reference = check(of, "bfs")
    for engine in ("interned", "array", "factored"):
        found = check(of, engine, Budget())
        assert set(found.broken) | set(found.suspects) >= set(reference.broken) >= set(found.broken)
        if found.exact:
            assert (found.states, found.broken) == (reference.states, reference.broken)


def test_an_administrator_and_a_user_are_checked_together():
    """A DA's acts read one lane and write another: all schedules of both are explored, and the right runbook holds."""
    found = answer(weekend("snapshot-standby", administrators=1))
    assert found.status == "proved"
    assert {"suspend-user", "reinstate-user", "reset-user"} <= set(map(str, found.explored.fired))


def test_an_idle_account_changes_no_verdict():
    """One account breaks what two break; the second account only multiplies the states."""
    one, two = answer(weekend("failback-copy", faults=1)), answer(weekend("failback-copy", users=2, faults=1))
    assert one.broken == two.broken


# -- mutants -------------------------------------------------------------------------------------------------------


def negated(rule_id):
    """A rulebook in which one rule says the opposite."""
    other = {"carry": "discard", "discard": "carry"}

    def change(book):
        rules = (attrs.evolve(r, fate=other[r.fate], baseline=None) if r.id == rule_id else r for r in book.rules)
        return attrs.evolve(book, rules=tuple(rules))

    return change


@pytest.mark.parametrize("rule", ["fn1", "fn3"])
def test_a_rule_that_says_the_opposite_is_found(rule):
    """The right runbook breaks a rulebook that carries what it should discard, or the other way round."""
    assert answer(weekend("snapshot-standby", change=negated(rule))).status == "violated"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_planted_in_the_core_is_found(bug, monkeypatch):
    """Each planted bug breaks the invariant that was made for it, which holds without the bug."""
    asked = {"ops": bug.ops, "faults": bug.faults, "errors": bug.errors, **bug.policies}
    assert bug.invariant not in answer(weekend("snapshot-standby", **asked)).broken.get(mishaps(*bug.after), ())
    bug.plant(monkeypatch.setattr)
    assert bug.invariant in answer(weekend("snapshot-standby", **asked)).broken[mishaps(*bug.after)]


def test_no_schedule_ends_in_the_middle():
    """Every schedule goes on to the last tick or ends with a violation, so no schedule gets stuck."""
    of = weekend("snapshot-standby", faults=1, errors=1)
    product = Product(of)
    seen = set(product.initial())
    waiting = list(seen)
    while waiting:
        state = waiting.pop()
        after = {edge.state for edge in product.edges(state)} - {state}
        point, nodes = state
        over = point.stage == "over" or nodes == (GONE,)
        assert after or over or point.control.interval == len(of.model.rulebook.timeline) - 1, state
        waiting += after - seen
        seen |= after


def test_what_was_held_up_may_still_come():
    """Without drains, an entry that is delayed until after an early mark may arrive by itself; `run` shows the same."""
    of = weekend("snapshot-standby", ops=2, faults=1)
    early = Moment("session-2", "opens", -20 * 60_000)
    steps = (s for s in of.model.runbook.steps if not s.id.startswith(("drain", "resend")))
    steps = tuple(attrs.evolve(step, at=early) if step.id == "mark" else step for step in steps)
    of = attrs.evolve(of, model=Model(of.model.rulebook, attrs.evolve(of.model.runbook, steps=steps)))
    found = answer(of)
    late = [e for e in found.counterexamples if e.scenario.faults and e.scenario.faults[0].link == "delay"]
    shown = {e.invariant: e for e in late if e.scenario.faults[0].by < FOR_GOOD}
    assert "restores-baseline" in shown
    for example in found.counterexamples:
        assert example.invariant in simulate(of.model, example.scenario).invariants
