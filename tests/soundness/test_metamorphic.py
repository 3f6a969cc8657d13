"""The same in other words has the same verdict; and a wider bound never loses a violation."""

from functools import cache

import campaign
import generate
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from transform import TRANSFORMS, transformed

SEEDS = st.integers(0, 60)
FEW = settings(max_examples=8, deadline=None, derandomize=True, database=None)


@cache
def pair(number):
    """A pair with its verdict; None where there is none."""
    drawn = generate.pair(f"meta:{number}")
    return drawn and (drawn, campaign.verdict(drawn, 1))


def drawn(number):
    """A pair with its verdict."""
    found = pair(number)
    assume(found and found[1][0] != "over budget")
    return found


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_in_other_words(name):
    """The verdict, and which promises are broken, do not depend on how a pair is told."""

    @FEW
    @given(SEEDS)
    def alike(number):
        one, verdict = drawn(number)
        texts = transformed(one.texts, name, str(number))
        again = campaign.verdict(generate.read(one, texts), 1)
        assume(again[0] != "over budget")
        assert again == verdict, f"meta:{number}"

    alike()


@FEW
@given(SEEDS)
def test_a_wider_bound_loses_nothing(number):
    """What one change an account breaks, two do not mend."""
    one, (status, broken) = drawn(number)
    assume(status == "violated")
    wider = campaign.verdict(one, 2)
    assume(wider[0] != "over budget")
    assert wider[0] == "violated"
    assert set(broken) <= set(wider[1]), f"meta:{number}"
