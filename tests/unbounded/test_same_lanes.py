"""Where nothing is forgotten, what is explored for any number of operations is what bounded runs reach, and no more.

The variable DCSIM_EVERY says of how many of the repository's pairs one is tried (64 in CI); 1 tries them all.
"""

import os
from itertools import takewhile

import attrs
import pytest
from any_and_bounded import exactly, pairs, weekend

from dcsim.checker.explorers.budget import Budget, OverBudget
from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.tables import Tables
from dcsim.checker.model.point import GONE
from dcsim.checker.model.slices import FieldSlice
from dcsim.checker.model.values_reached import values_reached
from dcsim.checker.question import unbounded
from dcsim.domain.account import FIELDS

EVERY = int(os.environ.get("DCSIM_EVERY", "64"))

SLOW = pytest.mark.slow


def reached(of, table, seconds=None):
    """Every control with each lane that has nothing on the link, in a table's canonical form. None: out of time."""
    try:
        closure = Closure(Tables(of), Budget(seconds=seconds)).run()
    except OverBudget:
        return None
    found, places = set(), closure.tables.places
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


def proof_of(of):
    """The weekend as a proof explores it if it looks at all fields in one go: closely, but for the versions of the
    credential, which may be equal in the world and are not there (docs/explanation/unbounded.md).
    """
    many = unbounded._many(of)
    fields = frozenset({*FIELDS, *of.model.rulebook.records}) - {"credential"}
    reached = values_reached(of.model, many.accounts, Budget())
    return attrs.evolve(many, slice=FieldSlice(of.model, fields, frozenset({"credential"}), reached))


@pytest.mark.slow
@pytest.mark.parametrize(("administrators", "most"), [(0, 4), (1, 2)])
def test_what_bounded_runs_reach_lies_inside(administrators, most):
    """Of each pair of the repository that is tried: the lanes that up to four operations reach (two, with an
    administrator) are among those of the proof.
    """
    outside, tried = {}, 0
    for name, pair in list(pairs().items())[::EVERY]:
        of = weekend(*pair, administrators=administrators)
        proof = proof_of(of)
        every = None if unbounded.no_answer(of) else reached(proof, proof.table, 15)
        bounds = (attrs.evolve(of, ops=ops) for ops in range(1, most + 1) if every is not None)
        for bounded in takewhile(lambda lanes: lanes is not None, (reached(b, proof.table, 6) for b in bounds)):
            tried += 1
            outside |= {name: len(bounded - every)} if bounded - every else {}
    print(f"{tried} bounds")
    assert tried
    assert outside == {}
