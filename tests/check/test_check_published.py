"""Every engine gives the published counts of published models."""

import pytest
from models import M, TwoPhaseCommit

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.engines import ENGINES, check
from dcsim.checker.explorers.protocol import Product
from dcsim.checker.explorers.shortest_paths import shortest

LEAK = ("discarded-absent",)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", *ENGINES])
def test_m_2_2_has_its_states(engine):
    """M(2,2) has 101,740 states, 575,111 transitions and depth 10, whichever engine counts."""
    explored = check(M(2, 2), engine)
    assert (explored.states, explored.transitions, explored.depth) == (101_740, 575_111, 10)
    assert explored.complete
    assert explored.exact
    assert not explored.broken


@pytest.mark.parametrize("engine", ["interned", "array", "factored"])
def test_m_2_3_has_its_states(engine):
    """M(2,3) has 831,668 states."""
    assert check(M(2, 3), engine).states == 831_668


@pytest.mark.parametrize("engine", ["array", "factored"])
def test_m_2_5_has_its_states_and_transitions(engine):
    """M(2,5) has 4,490,212 states and 47,507,172 transitions."""
    explored = check(M(2, 5), engine)
    assert (explored.states, explored.transitions) == (4_490_212, 47_507_172)


def test_two_phase_commit_has_its_states():
    """Two-phase commit with 5 resource managers has 8,832 states, 58,146 generated with the first; it is consistent."""
    explored = check(TwoPhaseCommit(5))
    assert (explored.engine, explored.states, explored.transitions + 1) == ("bfs", 8_832, 58_146)
    assert not explored.broken


@pytest.mark.parametrize("engine", ["auto", "array", "factored"])
def test_the_leak_is_found(engine):
    """Every engine finds that M(2,5) with a leak from the secondary to Monday is broken."""
    assert check(M(2, 5, leak=True), engine).invariants == LEAK


def test_the_leak_takes_five_actions():
    """The shortest way to the leak has 5 actions, found long before all 5,113,606 states are visited."""
    path = shortest(Product(M(2, 5, leak=True)), LEAK, lambda _: 1, Budget(seconds=60))[LEAK[0]]
    assert [action for _, action in path] == ["close S1", "open S2", "initiate 0 email", "close S2", "open MON"]


def test_a_million_accounts_are_counted_by_a_formula():
    """M(1000000,5) is decided, with its count as a formula that is M(2,5)'s for two accounts."""
    explored = check(M(1_000_000, 5))
    assert str(explored.states) == "102^1000000 + 3*28^1000000 + 2116^1000000"
    assert 102**2 + 3 * 28**2 + 2116**2 == 4_490_212
    assert explored.exact


def test_the_engine_is_chosen_and_said():
    """Independent accounts are factored, and the result says why this engine was chosen."""
    explored = check(M(2, 2))
    assert explored.engine == "factored"
    assert "no account acts on another" in explored.chosen


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("budget", [{"memory": 10_000}, {"seconds": 0}])
def test_a_spent_budget_decides_nothing(engine, budget):
    """Whichever budget runs out, the engine says so and reports nothing as broken or proved."""
    explored = check(M(3, 4), engine, Budget(**budget))
    assert not explored.complete
    assert not explored.broken
    assert "budget" in explored.why


def test_memory_is_counted_before_it_is_taken():
    """Arrays that would not fit are not made: M(3,5) would take 9.5 GB, and is refused within a small process."""
    explored = check(M(3, 5), "array", Budget(memory=1 << 30))
    assert not explored.complete
    assert "MiB would pass the memory budget of 1,024 MiB" in explored.why


def test_an_unknown_engine_is_refused():
    """An unknown engine is an error, and so is one that needs lanes on a model without lanes; no other is taken."""
    with pytest.raises(ValueError, match="warp"):
        check(M(1, 1), "warp")
    with pytest.raises(ValueError, match="lanes"):
        check(TwoPhaseCommit(2), "array")
