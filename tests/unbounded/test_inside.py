"""Bounded runs lie inside what is explored for any number of operations: edge by edge, lane by lane, break by break."""

from operator import attrgetter
from random import Random

import pytest
from any_and_bounded import exactly, image, missed, pairs, sliced, walk, weekend

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.protocol import Product
from dcsim.checker.explorers.tables import Tables
from dcsim.checker.model.point import GONE
from dcsim.semantics.scene import practice

NOTICE = "seoch-2fa-2023"
WEEKENDS = {
    "right": (NOTICE, "snapshot-standby", {}),
    "wrong": (NOTICE, "failback-copy", {}),
    "records": ("records-and-gaps", "failback-copy", {}),
    "branch": ("branch", "friday-each-time", {}),
    "blind": (NOTICE, "blind-apply", {"faults": 1}),
    "fault": (NOTICE, "snapshot-standby", {"faults": 1}),
    "slip": (NOTICE, "snapshot-standby", {"slips": 1}),
    "crash": (NOTICE, "snapshot-standby", {"faults": 1, "kinds": ("crash",)}),
    "administrator": (NOTICE, "snapshot-standby", {"administrators": 1}),
}


def named(name):
    book, runbook, bounds = WEEKENDS[name]
    return weekend(*pairs(book)[book, runbook], **bounds)


def families(edge):
    """What an edge breaks. The name of a break of the promise says what else was permitted, which is forgotten where no
    site can hold it any more.
    """
    return frozenset(name if practice(name) else "the promise" for name in edge.broken)


@pytest.mark.parametrize("name", WEEKENDS)
def test_a_canonical_lane_can_do_what_the_plain_lane_can(name):
    """At each state of random walks to the end of the weekend, the edges of the canonical state are the images of the
    plain edges: none is missing, none is more, and each breaks the same. Where names are kept, it has the same name.
    """
    plain, ends = named(name), set()
    forms = (exactly(plain), families), (exactly(plain, named=True), attrgetter("broken"))
    for seed, (canonical, breaks) in enumerate(forms * 2):
        product = Product(canonical)
        for state, edges in walk(plain, Random(seed)):
            here = {(edge.state, breaks(edge)) for edge in product.edges(image(canonical, plain, state))}
            assert here == {(image(canonical, plain, edge.state), breaks(edge)) for edge in edges}, state[0]
            ends.add(state[0].control.interval)
    assert len(ends) > len(plain.model.rulebook.sessions)


@pytest.mark.parametrize("name", ["right", "wrong", "records", "fault"])
def test_fewer_readings_permit_less_and_change_nothing_else(name):
    """Under a few readings alone, each plain edge has its image, which breaks the same or more."""
    plain = named(name)
    few = exactly(plain, alike=True)
    product, seen = Product(few), 0
    for seed in range(2):
        for state, edges in walk(plain, Random(seed)):
            here = [(edge.state, families(edge)) for edge in product.edges(image(few, plain, state))]
            for edge in edges:
                after, broken = image(few, plain, edge.state), families(edge)
                assert any((to == after and broken == breaks) or breaks > broken for to, breaks in here), state[0]
                seen += any(
                    row.questions for of in after[1] if of != GONE for _, row in few.table.lanes[of[0]].ledger.rows
                )
    assert seen


def pairs_of(closure):
    """The pairs of a closure: the control, and the lane's number."""
    places = closure.tables.places
    return {(places[place].control, places[place].lanes[lane]) for _, place, lane in closure.pairs}


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("right", "records", "slip")]


@pytest.mark.parametrize("name", ["branch", *SLOW])
def test_what_random_walks_reach_lies_inside_every_slice(name):
    """Wherever nothing is on the link, the image of each lane that a walk comes to is among the lanes of each slice."""
    plain = named(name)
    visited = [state for seed in range(30) for state, _ in walk(plain, Random(seed))]
    for part in sliced(plain):
        inside = pairs_of(Closure(Tables(part), Budget()).run())
        seen = 0
        for state in visited:
            lanes = [plain.table.lanes[number] for number, _ in state[1] if number != GONE[0]]
            if not any(entry.held == "sent" for lane in lanes for entry in lane.redo):
                seen += 1
                nodes = image(part, plain, state)[1]
                assert all((state[0], node) in inside for node in nodes if node != GONE), (part.slice.closely, state[0])
        assert seen > len(visited) / 4


def breaking(chosen, ops):
    """By pair, what breaks within a bound and is not suspected for any number of operations."""
    found = {name: missed(weekend(*pair), ops) for name, pair in chosen.items()}
    return {name: breaks for name, breaks in found.items() if breaks is None or breaks}


def test_what_breaks_with_one_operation_is_suspected_for_any_number():
    """No pair of a small rulebook is proved for any number of operations that one operation breaks."""
    assert breaking(pairs("one-session", "moved-target", "secondary-twice"), 1) == {}


@pytest.mark.slow
def test_what_breaks_with_two_operations_is_suspected_for_any_number():
    """The same for some of all pairs of a rulebook and a runbook in the repository, with two operations."""
    assert breaking(dict(list(pairs().items())[::47]), 2) == {}
