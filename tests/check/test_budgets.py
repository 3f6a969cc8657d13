"""Budgets: memory is that of the process, and the clock is asked while things are made."""

from itertools import islice
from pathlib import Path

import pytest

from dcsim.checker.explorers import budget as budgets
from dcsim.checker.explorers.budget import Budget, OverBudget, resident
from dcsim.files.load import load_scenario
from dcsim.fuzzer.neighbours import neighbours

CASE = Path(__file__).parents[2] / "scenarios" / "circular" / "footnote-3.yaml"


@pytest.mark.skipif(resident() is None, reason="the system does not say how much memory a process has")
def test_memory_is_that_of_the_process():
    """What it has already counts, and what it is about to take."""
    has = resident()
    assert has > 10 << 20
    Budget(memory=has + (64 << 20)).take(0)
    with pytest.raises(OverBudget, match="memory budget"):
        Budget(memory=has + (64 << 20)).take(128 << 20)
    with pytest.raises(OverBudget, match="memory budget"):
        Budget(memory=has // 2).clock()
    assert Budget(memory=has + (64 << 20)).room() <= 70 << 20


def test_where_the_system_says_nothing_an_estimate_counts(monkeypatch):
    """Then what an engine thinks that it holds is held against the budget."""
    monkeypatch.setattr(budgets, "resident", lambda: None)
    Budget(memory=1000).take(400, held=500)
    with pytest.raises(OverBudget):
        Budget(memory=1000).take(600, held=500)


def test_neighbours_are_made_when_they_are_asked_for():
    """Of two edits there are a hundred thousand; the first three are there after a few were made."""
    case, made = load_scenario(CASE), []
    near = neighbours(case.scenario, case.rulebook, 2, lambda: made.append(1))
    assert len(list(islice(near, 3))) == 3
    assert len(made) < 20


def test_a_budget_ends_the_making_of_neighbours():
    """What is asked for each may say that it is enough."""
    case = load_scenario(CASE)
    with pytest.raises(OverBudget):
        list(neighbours(case.scenario, case.rulebook, 2, Budget(seconds=0).clock))
