"""The parts of the engines: closure, scatter-minimum, formulas, long distances, lanes that do not fit."""

import attrs
import numpy as np
import pytest
from models import M

from dcsim.checker.explorers import interned
from dcsim.checker.explorers.big_counts import Formula, total
from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.engines import check
from dcsim.checker.explorers.protocol import Move, Product, Turn
from dcsim.checker.explorers.scatter_min import FEW, scatter_min
from dcsim.checker.explorers.shortest_paths import shortest
from dcsim.checker.explorers.tables import Tables


@attrs.frozen(eq=False)
class Clock:
    """Accounts that each count up to a number. ``shared``: the control counts every step as well, so that the closure
    of one account never ends.
    """

    starts: tuple
    most: int
    shared: bool = False

    def start(self):
        return 0, self.starts

    def moves(self, control, lane):
        if lane < self.most:
            to = control + 1 if self.shared else control
            yield Move("count", to, lane + 1, ("late",) if lane == self.most - 1 else ())

    def authority(self, control, lane):
        return None

    def acts(self, control, authority, lane):
        return ()

    def turns(self, control):
        return ()


@attrs.frozen(eq=False)
class Together(Clock):
    """A ``Clock`` with a turn that breaks ``over``. It needs all lanes, or any lane, to have counted to the end."""

    needs: str = "all"

    def turns(self, control):
        if control == 0:
            yield Turn(
                "over", 1, lambda lane: (lane, (), ()), ("over",), (), self.needs, lambda lane: lane == self.most
            )


def test_equal_first_lanes_are_explored_once():
    """A thousand accounts that begin alike are followed as one class, and those with two first lanes as two."""
    one = Closure(Tables(M(1000, 2)), Budget()).run()
    assert (one.sizes, len(one.pairs)) == ([1000], len(Closure(Tables(M(1, 2)), Budget()).run().pairs))
    two = Closure(Tables(Clock((0, 3, 0), 5)), Budget()).run()
    assert (two.first, two.sizes, len(two.pairs)) == ([0, 1], [2, 1], 6 + 3)


def test_distances_beyond_a_byte_are_kept():
    """The array engine finds paths of 300 and of 598 steps, though its cells are bytes at first."""
    assert check(Clock((0,), 300), "array").depth == 300
    explored = check(Clock((0, 0), 299), "array")
    assert (explored.states, explored.depth) == (300 * 300, 598)


@pytest.mark.parametrize("engine", ["bfs", "interned", "auto"])
def test_a_step_that_moves_the_control_moves_it_for_all(engine):
    """Where the control counts each step of an account, states and breaks are the plain search's."""
    model = Clock((0, 0, 1), 3, shared=True)
    explored, plain = check(model, engine), check(model, "bfs")
    assert (explored.states, explored.broken) == (plain.states, plain.broken)
    path = shortest(Product(model), {"late"}, lambda _: 1, Budget())["late"]
    assert [account for account, _ in path] == [2, 2]


def test_a_closure_without_end_runs_into_the_budget():
    """Where the closure never ends though the whole model does, the array engine says that memory ran out."""
    explored = check(Clock((0, 0), 3, shared=True), "array", Budget(memory=1 << 20))
    assert not explored.complete
    assert "memory budget" in explored.why
    assert check(Clock((0, 0), 3, shared=True)).states == 16


@pytest.mark.parametrize(("needs", "length"), [("all", 9), ("any", 5)])
@pytest.mark.parametrize("engine", ["bfs", "interned", "array", "factored", "auto"])
def test_a_turn_waits_for_all_or_for_one(engine, needs, length):
    """The path to a turn that needs all of two lanes has the steps of both; to one that needs any, those of one."""
    model = Together((0, 0), 4, needs=needs)
    explored = check(model, engine)
    assert "over" in (*explored.invariants, *(each.invariant for each in explored.suspects))
    assert len(shortest(Product(model), {"over"}, lambda _: 1, Budget())["over"]) == length


def test_lanes_that_do_not_fit_a_word_are_refused():
    """Thirty accounts have 2 bits each in a packed state: a fifth lane is one too many, and the engine says so."""
    explored = interned.explore(Clock((0,) * 30, 4))
    assert not explored.complete
    assert "do not fit one packed integer" in explored.why


@pytest.mark.parametrize("crowd", [1, 3, FEW, FEW + 1, 100])
def test_a_scatter_takes_the_least_row_of_each_place(crowd):
    """However many rows lead to one place, its result is their minimum, cell by cell."""
    rng = np.random.default_rng(crowd)
    rows = rng.integers(0, 255, (120, 7), dtype=np.uint8)
    after = np.concatenate([np.zeros(crowd, dtype=np.int64), rng.integers(1, 9, 120 - crowd)])
    folded = scatter_min(np.arange(120), after)
    least = dict(zip(folded.after.tolist(), folded.of(rows), strict=True))
    assert set(least) == set(after.tolist())
    for place, row in least.items():
        assert (row == rows[after == place].min(axis=0)).all()


def test_formulas_are_numbers_until_they_are_long():
    """Small sums are integers. Long ones stay formulas, which still give the number."""
    assert total([(3, ((10, 2),)), (1, ((0, 5),)), (2, ((1, 9),))]) == 302
    long = total([(2, ((7, 3000),)), (5, ((7, 3000), (1, 4)))])
    assert isinstance(long, Formula)
    assert (str(long), f"{long:,}") == ("7*7^3000", "7*7^3000")
    assert int(long) == 7**3001
