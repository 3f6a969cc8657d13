"""What proofs for any number of operations take for granted of the step: held on lanes that random walks come to."""

from functools import partial
from itertools import count
from random import Random

import attrs
import pytest
from any_and_bounded import exactly, families, image, pairs, sliced, walk, weekend

from dcsim.checker.explorers.protocol import Break, Product
from dcsim.checker.model.canonical import composed, is_label, renamed
from dcsim.checker.model.point import GONE, ends
from dcsim.domain.account import Cell
from dcsim.domain.action_signature import valued
from dcsim.domain.actions import Deliver
from dcsim.semantics.step import lane_step

NOTICE = "seoch-2fa-2023"
WEEKENDS = {
    "right": (NOTICE, "snapshot-standby", {}),
    "wrong": (NOTICE, "failback-copy", {}),
    "fault": (NOTICE, "snapshot-standby", {"faults": 1}),
    "records": ("records-and-gaps", "failback-copy", {}),
}
WALKS = 2


def named(name):
    book, runbook, bounds = WEEKENDS[name]
    return weekend(*pairs(book)[book, runbook], **bounds)


def visited(of, walks=WALKS):
    """The states of some walks, each with its edges."""
    for seed in range(walks):
        yield from walk(of, Random(seed))


def lanes_of(of, walks=WALKS):
    """Each control and lane of some walks, with the actions of the account that the check would try there."""
    for (point, nodes), _ in visited(of, walks):
        for node in nodes:
            if node != GONE:
                yield point.control, of.table.lanes[node[0]], [move.action for move in of.moves(point, node)]


class Renames:
    """New names for labels, drawn once for each: no two labels of a field get the same."""

    def __init__(self, of, rng):
        self.reserved, self.rng, self.given = exactly(of).slice.reserved, rng, {}
        self.unused = count()

    def value(self, field, value):
        if field == "credential" or not is_label(field, value, self.reserved) or value == "wrong":
            return value
        if (field, value) not in self.given:
            self.given[field, value] = f"{self.rng.choice('kxz')}-{next(self.unused)}"
        return self.given[field, value]

    def cell(self, field, cell):
        return Cell(self.value(field, cell.value), cell.origin)

    def lane(self, lane):
        return renamed(lane, self.cell, self.cell)

    def action(self, action):
        if isinstance(action, Deliver):
            return action
        given = {name: self.value(field, getattr(action, name)) for name, field, _ in valued(action)}
        return attrs.evolve(action, **{("from_" if name == "from" else name): value for name, value in given.items()})


def tidy(lane):
    """A lane with the cells of redo in order, and without who is logged on: that bars nothing."""
    return renamed(lane, lambda _, cell: cell, lambda _, cell: cell)


def told(step, rename=lambda _, cell: cell):
    """What a step says besides its lane: how it ended, what it changed, and what it broke."""
    outcome = step.outcome
    changes = [(c.kind, c.field, rename(c.field, c.after)) for c in outcome.changes]
    return getattr(outcome, "code", ""), changes, [v.invariant for v in step.violations], len(step.notices)


@pytest.mark.parametrize("name", WEEKENDS)
def test_a_step_only_compares_labels_and_copies_them(name):
    """If the labels of a lane and of an action get other names, the result of the step has those names too, and nothing
    else of it changes.
    """
    of, changed = named(name), 0
    for number, (control, lane, actions) in enumerate(lanes_of(of)):
        new = Renames(of, Random(number))
        for action in actions:
            plain = lane_step(of.model, control, lane, action)
            other = lane_step(of.model, control, new.lane(lane), new.action(action))
            assert told(other) == told(plain, new.cell), action
            assert tidy(other.lane) == tidy(new.lane(plain.lane)), action
            changed += plain.lane != lane
    assert changed > 20


@pytest.mark.parametrize("name", WEEKENDS)
def test_a_turn_only_copies_labels(name):
    """What clock and operator do to an account is the same under other names."""
    of, changed = named(name), 0
    for (point, nodes), _ in visited(of):
        new = Renames(of, Random(len(point.control.todo)))
        for node in nodes:
            if node == GONE:
                continue
            other = of.table.number(new.lane(of.table.lanes[node[0]]))
            for turn in of.turns(point):
                settled, broken, _ = turn.settle(node)
                there, as_well, _ = turn.settle((other, node[1]))
                assert broken == as_well
                assert (settled == GONE) == (there == GONE)
                if settled != GONE:
                    changed += of.table.lanes[settled[0]] != of.table.lanes[node[0]]
                    assert of.table.lanes[there[0]] == new.lane(of.table.lanes[settled[0]]), turn.action
    assert changed


def versions(lane):
    """Every version of the credential that a lane holds."""
    found = set()
    renamed(lane, lambda field, cell: found.add((field, cell.value)) or cell, lambda _, cell: cell)
    return {value for field, value in found if field == "credential"}


@pytest.mark.parametrize("name", WEEKENDS)
def test_a_version_counts_only_by_equality(name):
    """If the versions of the credential get other numbers, in any order, a step does the same, as long as the version
    after each is a new one.
    """
    of, tried = named(name), 0
    form = exactly(of).slice.form
    for number, (control, lane, actions) in enumerate(lanes_of(of)):
        held = versions(lane) - {0, None}
        if not held or any(version + 1 in versions(lane) for version in versions(lane) if version):
            continue
        numbers = dict(zip(sorted(held), Random(number).sample(range(100, 900, 2), len(held)), strict=True))
        moved = renamed(lane, *[partial(_moved, numbers)] * 2)
        for action in actions:
            plain, other = (lane_step(of.model, control, each, action) for each in (lane, moved))
            assert told(plain)[0] == told(other)[0]
            assert [v.invariant for v in plain.violations] == [v.invariant for v in other.violations]
            assert len({form(each.lane) for each in (plain, other)}) == 1, action
            tried += plain.lane != lane
    assert tried or name == "records"


def _moved(numbers, field, cell):
    if field != "credential" or not cell.value:
        return cell
    return Cell(numbers.get(cell.value, 1000 + 2 * cell.value), cell.origin)


@pytest.mark.parametrize("name", WEEKENDS)
def test_two_entries_of_redo_do_what_the_composed_one_does(name):
    """Delivering two entries, one right after the other, leaves the lane that delivering both as one leaves. What a
    client does before that is the same for both.
    """
    of, tried = named(name), 0
    form = exactly(of).slice.form
    for control, lane, actions in lanes_of(of, 30):
        if [entry.held for entry in lane.redo[:2]] != ["sent", "sent"]:
            continue
        one, other, *rest = lane.redo
        together = attrs.evolve(lane, redo=(composed(one, other), *rest))
        apart = lane_step(of.model, control, lane, Deliver("pass")).lane
        apart = lane_step(of.model, control, apart, Deliver("pass")).lane
        at_once = lane_step(of.model, control, together, Deliver("pass")).lane
        assert len({form(each) for each in (apart, at_once)}) == 1
        for action in (each for each in actions if not isinstance(each, Deliver)):
            apart, at_once = (lane_step(of.model, control, each, action).lane for each in (lane, together))
            apart = attrs.evolve(apart, redo=(composed(*apart.redo[:2]), *apart.redo[2:]))
            assert len({form(each) for each in (apart, at_once)}) == 1
        tried += 1
    assert tried


@pytest.mark.parametrize("name", WEEKENDS)
def test_every_slice_can_do_what_the_whole_can(name):
    """Each plain step has a step in each slice to the image of where it leads, and what it breaks is broken in one."""
    of = named(name)
    parts = [attrs.evolve(part, composes=False, accounts=of.accounts) for part in sliced(of)]
    for state, edges in visited(of):
        after, broken = set(), set()
        for part in parts:
            found = list(Product(part).edges(image(part, of, state)))
            after |= {(id(part), edge.state) for edge in found if not ends(edge.broken)}
            broken |= families(Break(name) for edge in found for name in edge.broken)
        for edge in edges:
            assert families(map(Break, edge.broken)) <= broken, edge
            if not ends(edge.broken):
                assert all((id(part), image(part, of, edge.state)) in after for part in parts), edge.action
