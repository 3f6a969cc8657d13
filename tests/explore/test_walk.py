"""A walk is a schedule: what a page says will happen happens, and its scenario file runs the same."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_paths import LINKS, PAIRS, begun, steps_of

from dcsim.domain.action_outcome import Violation
from dcsim.domain.faults import LinkFault, OperatorSlip
from dcsim.usecases.explore.choices import Try, read, write
from dcsim.usecases.explore.gather import view
from dcsim.usecases.explore.saved import save_at
from dcsim.usecases.run import load_all, run

NUMBERS = st.lists(st.integers(0, 10**6), max_size=14)
MADE = tuple(("seoch-2fa-2023", f"link {link}") for link in LINKS)
TWO = ("seoch-2fa-2023", "snapshot-standby", "failback-copy")
pairs = pytest.mark.parametrize("pair", [*PAIRS, *MADE], ids=lambda pair: "-".join(Path(name).stem for name in pair))
several = settings(max_examples=8)


@pairs
@several
@given(NUMBERS)
def test_a_saved_path_runs_as_its_page_says(pair, numbers):
    """`dcsim run` finds the invariants broken that the page names, and no step has another outcome."""
    walk = begun(pair).walk
    path, _ = steps_of(walk, numbers)
    shown, here = view(walk, path).worlds[0], walk.reach(path)
    with tempfile.TemporaryDirectory() as folder:
        file = save_at(here, Path(folder), "walked.yaml")
        (case,) = load_all([file])
        found = run(case)
    broken = {problem.kind for problem in found.problems}
    assert broken == {each.invariant for each in (*shown.broken, *shown.ahead)}
    assert found.digest == here.plays[0].trace.digest
    assert len(case.scenario.faults) == sum(isinstance(c, LinkFault | OperatorSlip) for c in here.choices)


@several
@given(NUMBERS)
def test_of_two_runbooks_each_runs_as_the_page_says(numbers):
    """Walked in step, each of the two has a scenario of its own, which breaks what its half of the page says."""
    walk = begun(TWO).walk
    path, _ = steps_of(walk, numbers)
    for number, world in enumerate(view(walk, path).worlds):
        with tempfile.TemporaryDirectory() as folder:
            (case,) = load_all([save_at(walk.reach(path), Path(folder), "walked.yaml", world=number)])
        assert case.runbook.runbook == world.runbook
        broken = {problem.kind for problem in run(case).problems}
        assert broken == {each.invariant for each in (*world.broken, *world.ahead)}


def test_a_slip_is_offered_only_where_neither_runbook_has_passed_its_step():
    """Once one of two runbooks has taken a step, no page offers a slip at it: it would be too late."""
    walk = begun(TWO).walk
    path = ("at.session-2.closes", "on")
    for world in view(walk, path).worlds:
        for slip in (slip for step in world.plan for slip in step.slips if slip.word):
            view(walk, (*path, slip.word))


@pairs
@several
@given(NUMBERS)
def test_what_a_page_offers_comes_out_as_it_says(pair, numbers):
    """Each choice that is offered fits; an act has the outcome that stood on the page, and breaks what it said."""
    walk = begun(pair).walk
    _, pages = steps_of(walk, numbers)
    path = ()
    for shown, offer in pages:
        path = (*path, offer.word)
        here = walk.reach(path)
        if offer.outcomes:
            event = here.plays[0].events[here.taken[0] - 1]
            (outcome,) = offer.outcomes
            assert event.outcome == (f"refused {outcome.code}" if outcome.code else "moved")
            found = {each.what.invariant for each in event.found if isinstance(each.what, Violation)}
            assert set(outcome.breaks) <= found
        elif offer in shown.time:
            happened = view(walk, path).choices[-1].happened
            assert offer.word != "on" or offer.says == f"on: {happened[0]}"


@pairs
@several
@given(NUMBERS)
def test_a_choice_changes_nothing_before_it(pair, numbers):
    """What has happened stays as it was, whatever is chosen next: undo is a shorter path, a fork a longer one."""
    walk = begun(pair).walk
    path, _ = steps_of(walk, numbers)
    for length in range(len(path)):
        short, long = walk.reach(path[:length]), walk.reach(path)
        assert long.digests(short.taken) == short.past
        assert long.steps[:length] == short.steps


@pairs
@several
@given(NUMBERS)
def test_a_word_reads_back(pair, numbers):
    """Each choice is spelled in the letters that an address may have, and reads back as the same choice."""
    walk = begun(pair).walk
    path, _ = steps_of(walk, numbers)
    for word, choice in zip(path, walk.reach(path).choices, strict=True):
        assert read(word, walk.book) == choice
        assert write(choice, walk.book) == word
        assert set(word) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~*+=")


def test_walks_by_chance_have_everything():
    """The random paths of these tests take acts that are accepted and refused, faults, slips and time."""
    walk = begun(PAIRS[0]).walk
    seen = set()
    for number in range(24):
        path, _ = steps_of(walk, [number * 7919 * (n + 3) + n for n in range(14)])
        here = walk.reach(path)
        seen |= {type(choice) for choice in here.choices}
        seen |= {event.outcome for event in here.plays[0].events if event.actor == "client"}
    assert {Try, LinkFault, OperatorSlip, "moved", "refused closed"} <= seen
