"""Bugs planted in the core that show only after several operations of one account in a row."""

import sys

import attrs
import pytest
import test_premises as premises
from planted import newest_first

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import check
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question import unbounded
from dcsim.checker.question.any_operations import ask_any
from dcsim.checker.question.safety import WantedAnswer, ask
from dcsim.domain.account import Cell
from dcsim.files.load import load_texts
from dcsim.semantics import client_step, mechanism
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

RULEBOOK = """
rulebook: counted
version: 1
title: Failed logons are carried to the other site
timezone: UTC
source: {title: made up}
accounts: {u: {}}
sessions:
- {name: s1, site: a, opens: 2026-01-10 08:00, closes: 2026-01-10 09:00, logon: [smartcard], changes: [],
   citation: {place: x}}
- {name: s2, site: b, opens: 2026-01-10 10:00, closes: 2026-01-10 11:00, logon: [smartcard], changes: [],
   citation: {place: x}}
rules:
- {id: r1, accounts: [u], changes: [failed-logon, lockout], made-in: [s1], at: [s2], fate: carry, citation: {place: x}}
policies:
  lockout-after: {value: 9, citation: {place: x}}
"""
RUNBOOK = """
runbook: switched
version: 1
title: The service moves to the other site
sites: {a: primary, b: standby}
link: {lag: 2s, apply: checked}
steps:
- {id: open-1, do: open, session: s1, site: a, at: 2026-01-10 08:00}
- {id: close-1, do: close, session: s1, at: 2026-01-10 09:00}
- {id: drain, do: drain, timeout: 20m, on-timeout: abort, at: 2026-01-10 09:10}
- {id: switch, do: switch, at: 2026-01-10 09:40}
- {id: open-2, do: open, session: s2, site: b, at: 2026-01-10 10:00}
- {id: close-2, do: close, session: s2, at: 2026-01-10 11:00}
"""
SCENARIO = """
scenario: counted
title: One user
rulebook: ./rulebook.yaml
runbook: ./runbook.yaml
accounts:
- {id: U1, kind: u, participant: p, smartcard: C1}
"""


def weekend(ops):
    case = load_texts({"rulebook": RULEBOOK, "runbook": RUNBOOK, "scenario": SCENARIO})
    return Weekend(Model(case.rulebook, case.runbook), case.scenario.accounts, ops)


def answer(ops):
    """What a check says, for a number of operations or for any (None)."""
    of = weekend(ops)
    confirms = lambda scenario, name: name in simulate(of.model, scenario, tracing=False).invariants  # noqa: E731
    question = ask_any if ops is None else ask
    return question(
        of, lambda part, left: check(part, "auto", left), Budget(seconds=60), WantedAnswer(confirms=confirms)
    )


def wraps(monkeypatch, at):
    """The standby keeps failed logons in too few bits: from ``at`` on it begins again."""
    real = mechanism._apply

    def apply(control, lane, entry):
        after = real(control, lane, entry)
        failures = after.store(control.other).failures
        if failures.value < at:
            return after
        less = Cell(failures.value % at, failures.origin)
        return after.with_store(control.other, after.store(control.other).put({"failures": less}))

    monkeypatch.setattr(mechanism, "_apply", apply)


BUDGETS = {
    "the time budget of 0.3 s ran out": lambda: Budget(seconds=0.3),
    "that is too often": lambda: Budget().counted(5_000, "that is too often"),
}


@pytest.mark.parametrize("why", BUDGETS)
def test_a_lockout_that_takes_a_million_failures_ends_with_the_budget(why, monkeypatch):
    """Not even all values of the counter are listed then, and nothing is said to be proved."""
    monkeypatch.setattr(sys.modules[__name__], "RULEBOOK", RULEBOOK.replace("value: 9", "value: 1000000"))
    for explore in (unbounded.explore, unbounded.explore_exactly):
        explored = explore(weekend(None), BUDGETS[why]())
        assert not explored.complete
        assert explored.why.startswith(f"{why}, while the values were listed")


def test_without_a_bug_it_is_proved():
    """Failed logons are carried, however many there are."""
    assert answer(None).status == "proved"


@pytest.mark.parametrize("at", [3, 4, 6])
def test_a_counter_that_wraps_is_found_however_far(at, monkeypatch):
    """With fewer operations it is missed. The counterexample has as many as it takes, and `run` shows the same."""
    wraps(monkeypatch, at)
    assert answer(at - 1).status == "proved"
    found = answer(None)
    assert found.status == "violated"
    example = found.counterexamples[0]
    assert example.length == at
    assert example.invariant in simulate(weekend(None).model, example.scenario).invariants
    assert answer(at).status == "violated"


# -- what a proof without a bound cannot see: it takes for granted that there is no such bug -----------------------


def forgets_the_fourth(patch):
    """The link has room for three entries: a fourth one is lost, and nobody notes it."""
    real = client_step.write

    def write(control, lane, changes):
        after = real(control, lane, changes)
        full = len(after.redo) > len(lane.redo) > 2
        return attrs.evolve(after, redo=lane.redo) if full else after

    patch(client_step, "write", write)


def versions_in_one_bit(patch):
    """The credential's version is 0 or 1."""
    real = client_step._next
    patch(client_step, "_next", lambda record: real(record) % 2)


PREMISES = {
    forgets_the_fourth: premises.test_two_entries_of_redo_do_what_the_composed_one_does,
    newest_first: premises.test_two_entries_of_redo_do_what_the_composed_one_does,
    versions_in_one_bit: premises.test_a_version_counts_only_by_equality,
}


@pytest.mark.parametrize("bug", PREMISES, ids=lambda bug: bug.__name__)
def test_a_bug_that_a_proof_cannot_see_breaks_a_premise_that_is_tested(bug, monkeypatch):
    """A bug in how many entries are on the link, in their order, or in the numbers of versions is no other lane to a
    proof. The tests of what a proof takes for granted fail for it.
    """
    bug(monkeypatch.setattr)
    with pytest.raises(AssertionError):
        PREMISES[bug]("right")
