"""Random pairs of rulebook and runbook: what breaks within a bound is suspected for any number of operations.

The variable DCSIM_PAIRS says how many pairs are drawn (10 in CI); a campaign draws hundreds.
"""

import os
from itertools import count, islice

import generate
import pytest
from any_and_bounded import missed

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question import unbounded
from dcsim.semantics.model import Model

PAIRS = int(os.environ.get("DCSIM_PAIRS", "10"))
BOUNDS = {"fault": {"faults": 1}, "slip": {"slips": 1}}


def drawn(seed, **bounds):
    """Pairs without end, with their accounts, of which something can be said for any number of operations."""
    for number in count():
        pair = generate.pair(f"unbounded-{seed}-{number}")
        if pair is None:
            continue
        case = pair.case
        of = Weekend(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario.accounts, None, **bounds)
        if not unbounded.no_answer(of):
            yield pair.number, of


def judged(seed, size, ops, seconds, **bounds):
    """By pair, what is missed, of the first so many pairs; without those whose exploration takes too long."""
    found = {number: missed(of, ops, seconds) for number, of in islice(drawn(seed, **bounds), size)}
    return {number: breaks for number, breaks in found.items() if breaks is not None}


def test_values_under_different_readings_are_suspected_beside_a_practice():
    """A pair that breaks a practice, and with two operations the promise as well: each value of the record is
    permitted, but under different readings of the notice.
    """
    pair = generate.pair("unbounded-d-45").case
    of = Weekend(Model(pair.rulebook, pair.runbook, pair.scenario.policies), pair.scenario.accounts, None)
    assert {suspect.invariant for suspect in unbounded.explore(of, Budget()).suspects} > {"sites-agree"}


def test_what_breaks_in_a_few_pairs_is_suspected():
    """A few pairs without faults and slips, with one operation."""
    found = judged("few", 4, 1, 5)
    assert found
    assert not any(found.values()), found


@pytest.mark.slow
def test_what_breaks_in_many_pairs_is_suspected():
    """Many pairs without faults and slips, with two operations."""
    found = judged("many", PAIRS, 2, 5)
    assert found
    assert not any(found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize("bounds", BOUNDS)
def test_what_breaks_after_a_mishap_is_suspected_after_it(bounds):
    """Some pairs with a fault, and some with a slip, with one operation: what breaks is suspected after the same."""
    found = judged(bounds, PAIRS // 5, 1, 3, **BOUNDS[bounds])
    assert found
    assert not any(found.values()), found
