"""Edges: they are found exactly, with few answers, and an answer that changes back is noticed."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcsim.domain import edges as module
from dcsim.domain.edges import edges


def counted(predicate):
    asked = []

    def judge_many(numbers):
        asked.append(tuple(numbers))
        return [predicate(number) for number in numbers]

    return judge_many, asked


@settings(max_examples=150, deadline=None, database=None)
@given(st.integers(-50, 50), st.integers(0, 400), st.integers(1, 7), st.integers(1, 5), st.data())
def test_one_edge_is_found_exactly(lo, length, step, at_once, data):
    """Whatever the range, the step and the number of answers at once, the two neighbours of one edge are found."""
    hi = lo + length
    numbers = [*range(lo, hi, step), hi] if length else [lo]
    good = data.draw(st.integers(0, len(numbers)))
    judge_many, asked = counted(lambda number: number in set(numbers[:good]))
    found = edges(lo, hi, step, judge_many, at_once=at_once)
    assert {number for batch in asked for number in batch} <= set(numbers)
    expected = [(numbers[good - 1], numbers[good])] if 0 < good < len(numbers) else []
    assert [(edge.below, edge.above) for edge in found.edges] == expected
    assert found.monotone
    assert all(edge.exact for edge in found.edges)
    assert dict(found.tried) == {number: number in set(numbers[:good]) for batch in asked for number in batch}


def test_an_edge_among_many_numbers_takes_few_answers():
    """Of a hundred million numbers, fewer than fifty are tried; with more at once, there are fewer rounds."""
    one, rounds = counted(lambda number: number < 12_345_678)
    assert [(e.below, e.above) for e in edges(0, 100_000_000, 1, one).edges] == [(12_345_677, 12_345_678)]
    assert sum(map(len, rounds)) < 50
    many, fewer = counted(lambda number: number < 12_345_678)
    assert edges(0, 100_000_000, 1, many, at_once=7).edges[0].above == 12_345_678
    assert len(fewer) < len(rounds) / 2


def test_an_answer_that_changes_back_is_noticed():
    """Numbers all over the range are tried: a bad stretch of a fifth of it is found, with both its edges."""
    for start in range(0, 800, 50):
        judge_many, _ = counted(lambda number, start=start: not start < number < start + 200)
        found = edges(0, 1000, 1, judge_many)
        assert not found.monotone
        assert [(e.below, e.above) for e in found.edges] == [(start, start + 1), (start + 199, start + 200)]


def test_answers_may_be_more_than_yes_and_no():
    """Answers are compared as they are: proved, inconclusive and violated make two edges."""
    words = ["proved"] * 40 + ["inconclusive"] * 20 + ["violated"] * 41
    found = edges(0, 100, 1, lambda numbers: [words[number] for number in numbers])
    assert [(e.below, e.before, e.after) for e in found.edges] == [
        (39, "proved", "inconclusive"),
        (59, "inconclusive", "violated"),
    ]
    assert (found.first, found.last, found.answer(40)) == ("proved", "violated", "inconclusive")


def test_a_search_that_is_cut_off_says_so(monkeypatch):
    """Where no more numbers may be tried, an edge that was not narrowed down to neighbours is not called exact."""
    monkeypatch.setattr(module, "MOST", 20)
    found = edges(0, 10**9, 1, lambda numbers: [number < 5_000_000 for number in numbers])
    assert len(found.tried) == 20
    assert [edge.exact for edge in found.edges] == [False]


def test_the_same_question_gives_the_same_answer():
    """What is tried depends on the seed alone, and neighbours in what was tried are in order."""
    one, two = (edges(0, 10_000, 3, lambda numbers: [number % 7 < 3 for number in numbers]) for _ in range(2))
    assert one == two
    assert all(below < above for (below, _), (above, _) in pairwise(one.tried))


@pytest.mark.parametrize(("lo", "hi", "step"), [(1, 0, 1), (0, 1, 0)])
def test_a_range_that_is_none_is_refused(lo, hi, step):
    """No number to try is an error of the caller."""
    with pytest.raises(ValueError, match="edges from"):
        edges(lo, hi, step, lambda numbers: numbers)
