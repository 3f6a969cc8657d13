"""Composed redo with what is foreseen of it: each step of a random walk, with faults, has one between the images.

On these walks redo arrives in one go: all that is on the link, or some of it right before a step that is a cut. What
becomes of each entry is known when the walk is over. Entries that arrive in one go are one in the image.
"""

from itertools import groupby, pairwise
from random import Random

import attrs
import pytest
from any_and_bounded import exactly, pairs, weekend

from dcsim.checker.explorers.protocol import Product
from dcsim.checker.model.canonical import copies_first, newest_as_one, received_as_one, without_overwritten
from dcsim.checker.model.point import FAULTS, GONE, Labelled, ends
from dcsim.checker.model.redo_pieces import cuts
from dcsim.domain.actions import Deliver, Operate

NOTICE = "seoch-2fa-2023"
WEEKENDS = {
    "calm": (NOTICE, "snapshot-standby", {}),
    "fault": (NOTICE, "snapshot-standby", {"faults": 1}),
    "faults": (NOTICE, "failback-copy", {"faults": 2}),
    "blind": (NOTICE, "blind-apply", {"faults": 1}),
    "records": ("records-and-gaps", "failback-copy", {"faults": 1}),
}


WALKS = 60


def redo(of, state):
    """The numbers of the account's entries, each with how it is held."""
    node = state[1][0]
    return {} if node == GONE else {e.number: e.held for e in of.table.lanes[node[0]].redo if e.held != "again"}


def sent(of, state):
    """The numbers of the account's entries that are on the link."""
    return [number for number, held in redo(of, state).items() if held == "sent"]


def verdict(edge):
    """What the link does in an edge, if it is the link that does something."""
    act = edge.action[1]
    return act.verdict if isinstance(act, Deliver) else ""


def fine(of, state):
    """The edges after which a walk can go on."""
    return [edge for edge in Product(of).edges(state) if not ends(edge.broken)]


def arrivals(of, rng, state, edge, *, quiet):
    """How many entries arrive or are befallen before the control moves. ``quiet``: nothing was done since it moved."""
    waiting, label, control = len(sent(of, state)), edge.action[1], state[0].control
    operates = isinstance(label, Labelled) and isinstance(label.action, Operate)
    some = quiet and operates and cuts(control, of.model.step(control.todo[0]))
    return rng.randint(0, waiting) if some else rng.choice((0, waiting))


def delivered(of, rng, state, most):
    """The steps in which the link delivers so many entries, or a fault befalls them, with the states before them."""
    for _ in range(most):
        edges = [edge for edge in fine(of, state) if verdict(edge) in ("pass", *FAULTS)]
        passes = [edge for edge in edges if verdict(edge) == "pass"]
        edge = rng.choice(passes if passes and rng.random() < 0.6 else edges or [None])
        if edge is None:
            return
        yield state, edge
        state = edge.state


def walked(of, rng, most=120):
    """The steps of a random walk, each with the state before it."""
    (state,) = Product(of).initial()
    steps, quiet = [], True

    def go(taken):
        nonlocal state
        steps.extend(taken)
        state = steps[-1][1].state if steps else state

    for _ in range(most):
        edges = fine(of, state)
        turns = [edge for edge in edges if edge.action[0] is None]
        moves = [edge for edge in edges if edge not in turns and edge.state != state and verdict(edge) != "pass"]
        if not turns and not sent(of, state):
            return steps
        if moves and rng.random() < 0.5:
            go([(state, rng.choice(moves))])
            quiet = False
            continue
        turn = rng.choice(turns or [None])
        go(delivered(of, rng, state, arrivals(of, rng, state, turn, quiet=quiet) if turn else len(sent(of, state))))
        here = [edge for edge in fine(of, state) if turn and edge.action == turn.action]
        if not here and not sent(of, state):
            return steps
        go([(state, edge) for edge in here[:1]])
        quiet = quiet or bool(here)
    return steps


def foreseen(of, steps):
    """For the state before each step, and the last one: by number, with which others an entry arrives in one go, and
    what is foreseen of it.
    """
    passes = "passes" if of.faults else ""
    last = steps[-1][1].state
    groups = [dict.fromkeys(sent(of, last), (len(steps), passes))]
    go = len(steps)
    for at, (state, edge) in reversed(list(enumerate(steps))):
        if verdict(edge) != "pass" or at + 1 == len(steps) or verdict(steps[at + 1][1]) != "pass":
            go = at
        after = set(sent(of, edge.state))
        here = (go, "befallen") if verdict(edge) in FAULTS else (go, passes)
        groups.append({number: groups[-1][number] if number in after else here for number in sent(of, state)})
    groups.reverse()
    resent = set()
    for at, here in enumerate(groups):
        # What was lost and sent again was foreseen when it was lost, and no more.
        here |= {number: (number, "") for number in resent & set(here)}
        if at < len(steps):
            before, after = (redo(of, state) for state in (steps[at][0], steps[at][1].state))
            lost = {number for number, held in before.items() if held in ("lost", "late")}
            resent = {number for number, held in after.items() if held == "sent" and number in lost | resent}
    return groups


def sent_again(model, redo):
    """Redo in which an entry that was sent again holds no more than it did while it was missing: not what the received
    entry after it overwrites.
    """
    if model.applies == "blind" or not redo:
        return copies_first(redo, "blind")
    sessions = model.rulebook.by_name
    redo = received_as_one(copies_first(redo, "checked"), sessions)
    early = [pair[0].held == "sent" and pair[1].held == "received" for pair in pairwise(redo)] + [False] * len(redo[:1])
    as_lost = tuple(attrs.evolve(e, held="lost") if is_early else e for e, is_early in zip(redo, early, strict=True))
    less = without_overwritten(as_lost, sessions)
    return tuple(attrs.evolve(e, held="sent") if is_early else e for e, is_early in zip(less, early, strict=True))


def image(of, plain, state, groups):
    """The state of the weekend with composed redo that stands for a plain one."""
    point, ((number, _),) = state
    if number == GONE[0]:
        return state
    lane, entries, last = plain.table.lanes[number], (), None
    for entry in sent_again(of.model, lane.redo):
        group, what = groups[entry.number] if entry.held == "sent" else (None, "")
        entries = (*entries, attrs.evolve(entry, foreseen=what))
        entries = newest_as_one(entries, of.model.rulebook.by_name) if group == last is not None else entries
        last = group
    return point, ((of.table.number(attrs.evolve(lane, redo=entries)), 0),)


def runs(steps):
    """The indices of the steps, those together in which the link delivers one entry after the other."""
    for passes, group in groupby(range(len(steps)), lambda at: verdict(steps[at][1]) == "pass"):
        run = list(group)
        yield from [run] if passes else ([at] for at in run)


def matched(product, before, taken):
    """Where one step of the image leads like that of the walk; or up to as many arrivals as the walk has in a row."""
    if verdict(taken[0]) != "pass":
        return {edge.state for edge in product.edges(before) if edge.broken == taken[0].broken}
    reached = {before}
    for _ in taken:
        reached |= {edge.state for state in reached for edge in product.edges(state) if verdict(edge) == "pass"}
    return reached


@pytest.mark.parametrize("name", WEEKENDS)
def test_what_is_foreseen_of_composed_redo_comes_true(name):
    """Each step of a walk has one from image to image that breaks the same. Where several entries arrive in one go, the
    composed one arrives.
    """
    book, runbook, bounds = WEEKENDS[name]
    plain = weekend(*pairs(book)[book, runbook], **bounds)
    of, together, faults = attrs.evolve(exactly(plain), composes=True), 0, 0
    for seed in range(WALKS):
        steps = walked(plain, Random(seed))
        states = [*(state for state, _ in steps), steps[-1][1].state]
        images = [image(of, plain, *each) for each in zip(states, foreseen(plain, steps), strict=True)]
        for run in runs(steps):
            taken = [steps[at][1] for at in run]
            assert images[run[-1] + 1] in matched(Product(of), images[run[0]], taken), taken
            together += len(run) > 1
            faults += verdict(taken[0]) in FAULTS
    assert together
    assert faults or not plain.faults
