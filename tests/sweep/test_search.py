"""The edge is found to the step, and an answer that changes back is noticed."""

import pytest

from dcsim.report.sweep import SweepRow
from dcsim.usecases.sweep.ranges import value_on
from dcsim.usecases.sweep.search import Halted, Line, search
from dcsim.usecases.sweep.settings import Setting

LAG = Setting("runbook.link.lag", "runbook", ("link", "lag"), "duration", now="2s")


def rows_where(holds, tried=None):
    def rows(points):
        made = []
        for (value,) in points:
            answer = holds(value.number)
            made.append(
                SweepRow(values=(value.shown,), numbers=(value.number,), held=int(answer), failed=int(not answer))
            )
        if tried is not None:
            tried.extend(row.numbers[0] for row in made)
        return made

    return rows


def line(low, high, step=1000):
    return Line(setting=LAG, place=0, low=low, high=high, step=step)


@pytest.mark.parametrize("edge", [0, 999, 1000, 6_299_000, 3_600_500, 10_799_999])
def test_the_edge_is_exact(edge):
    """Wherever it is: the two sides are one step apart."""
    found = search(line(0, 10_800_000), (value_on(LAG, 0),), [], rows_where(lambda n: n <= edge))
    [one] = found.edges
    assert one.exact
    assert found.monotone
    assert one.below.row.numbers[0] <= edge < one.above.row.numbers[0] <= one.below.row.numbers[0] + 1000


def test_an_island_that_the_grid_meets_is_not_hidden():
    """Where a point of the grid has another answer than all that the search tried, both of its edges are found."""
    island = range(5_000_000, 5_003_000)
    rows = rows_where(lambda n: n in island)
    assert search(line(0, 10_800_000), (value_on(LAG, 0),), [], rows).edges == ()
    known = rows([(value_on(LAG, 5_001_000),)])
    found = search(line(0, 10_800_000), (value_on(LAG, 0),), known, rows)
    assert [edge.exact for edge in found.edges] == [True, True]
    assert not found.monotone


def test_nothing_is_computed_twice():
    """What the grid knows is not asked for again."""
    tried = []
    rows = rows_where(lambda n: n < 4_000_000, tried)
    known = rows([(value_on(LAG, number),) for number in (0, 10_800_000)])
    search(line(0, 10_800_000), (value_on(LAG, 0),), known, rows)
    assert len(tried) == len(set(tried))


def test_what_was_found_before_a_stop_is_kept():
    """And an edge that is not narrowed down is not called exact."""

    def rows(points):
        raise Halted(rows_where(lambda n: n < 4_000_000)(points[:9]))

    found = search(line(0, 10_800_000), (value_on(LAG, 0),), [], rows)
    assert len(found.rows) == 9
    assert not any(edge.exact for edge in found.edges)
