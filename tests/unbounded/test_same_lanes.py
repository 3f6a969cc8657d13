"""Where nothing is forgotten, what is explored for any number of operations is what bounded runs reach, and no more."""

import attrs
import pytest
from any_and_bounded import exactly, pairs, weekend

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.tables import Tables
from dcsim.checker.model.point import GONE

SLOW = pytest.mark.slow


def reached(of, table):
    """Every control with each lane that has nothing on the link, in its canonical form by a table."""
    found, places = set(), (closure := Closure(Tables(of), Budget()).run()).tables.places
    for _, number, lane in closure.pairs:
        node = places[number].lanes[lane]
        whole = of.table.lanes[node[0]] if node != GONE else None
        if whole and not any(entry.held == "sent" for entry in whole.redo):
            found.add((places[number].control, table.number(whole)))
    return found


@pytest.mark.parametrize(
    ("book", "runbook", "enough"),
    [
        ("branch", "friday-each-time", 1),
        ("one-session", "cut-over", 1),
        pytest.param("seoch-2fa-2023", "snapshot-standby", 4, marks=SLOW),
    ],
)
def test_the_lanes_that_more_operations_reach_come_to_be_all_there_are(book, runbook, enough):
    """With each operation more, bounded runs reach more lanes, until they reach just those of the proof."""
    of = weekend(*pairs(book)[book, runbook])
    proof = attrs.evolve(exactly(of), composes=True)
    every, before = reached(proof, proof.table), set()
    for ops in range(1, enough + 1):
        bounded = reached(attrs.evolve(of, ops=ops), proof.table)
        assert before < bounded <= every, (ops, len(bounded - every))
        assert (bounded == every) == (ops == enough), (ops, len(every - bounded))
        before = bounded
