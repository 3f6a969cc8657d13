"""Budgets: memory is that of the process, and time is checked during long work."""

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
    """The limit covers the memory that the process uses already and the memory that it is about to allocate."""
    has = resident()
    assert has > 10 << 20
    Budget(memory=has + (64 << 20)).take(0)
    with pytest.raises(OverBudget, match="memory budget"):
        Budget(memory=has + (64 << 20)).take(128 << 20)
    with pytest.raises(OverBudget, match="memory budget"):
        Budget(memory=has // 2).clock()
    assert Budget(memory=has + (64 << 20)).room() <= 70 << 20


def test_where_the_system_says_nothing_an_estimate_counts(monkeypatch):
    """Where the system reports no memory, the engine's own estimate is compared with the budget."""
    monkeypatch.setattr(budgets, "resident", lambda: None)
    Budget(memory=1000).take(400, held=500)
    with pytest.raises(OverBudget):
        Budget(memory=1000).take(600, held=500)


def test_neighbours_are_made_when_they_are_asked_for():
    """There are a hundred thousand neighbours with two edits; to get the first three, fewer than 20 are made."""
    case, made = load_scenario(CASE), []
    near = neighbours(case.scenario, case.rulebook, 2, lambda: made.append(1))
    assert len(list(islice(near, 3))) == 3
    assert len(made) < 20


def test_a_budget_ends_the_making_of_neighbours():
    """A function that is called for each neighbour can end the generation."""
    case = load_scenario(CASE)
    with pytest.raises(OverBudget):
        list(neighbours(case.scenario, case.rulebook, 2, Budget(seconds=0).clock))
