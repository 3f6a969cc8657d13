"""Shares of a sample have Wilson's interval."""

from math import sqrt

import pytest

from dcsim.report.confidence import sampled, wilson

Z = 1.959963984540054


@pytest.mark.parametrize(("held", "of"), [(1, 2), (3, 10), (997, 1000), (1, 1000), (5, 7)])
def test_the_ends_are_the_shares_that_a_test_would_just_not_reject(held, of):
    """By its definition: at each end, the distance to what was seen is 1.96 standard errors of that end."""
    share = held / of
    for end in wilson(held, of):
        assert abs(share - end) == pytest.approx(Z * sqrt(end * (1 - end) / of))


@pytest.mark.parametrize("of", [1, 30, 10_000])
def test_none_and_all_are_not_taken_for_certain(of):
    """Nothing seen does not mean never: the other end is inside."""
    assert wilson(0, of)[0] == 0 < wilson(0, of)[1] < 1
    assert 0 < wilson(of, of)[0] < wilson(of, of)[1] == 1


def test_a_share_is_never_a_bare_percentage():
    """It has its numbers, and is not rounded to certainty."""
    assert sampled(997, 1000) == "997 of 1,000 (99.12% to 99.9%)"
    assert sampled(10**9 - 1, 10**9).endswith("(99.99% to 99.99%)")
