"""Where an answer changes: the edges of a question that is asked of whole numbers, found by few answers.

Such as: up to which lag is every account right? The question is answered for many numbers at a time, so that answers
can be computed beside each other. That an answer changes only once is not taken for granted: numbers all over the range
are tried as well, so that an answer which changes back is noticed, if one of them meets it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random

import attrs

Judge = Callable[[Sequence[int]], Sequence[Hashable]]
"""Answers the question for each of some numbers. Any values may be answers: edges are where they differ."""
PROBES = 15
"""So many numbers are tried in any case, beside the ends: a third of them at even distances, so that a stretch of more
than a sixth of the range is always met; a third in steps that grow from the low end; a third at random.
"""
MOST = 500
"""So many numbers are tried at most."""


@attrs.frozen(kw_only=True)
class FoundEdge:
    """Two numbers between which the answer changes, and the answer at each. ``exact``: no number lies between them."""

    below: int
    above: int
    before: Hashable
    after: Hashable
    exact: bool


@attrs.frozen(kw_only=True)
class Edges:
    """The edges that were found in a range of numbers, in order, and every number that was ``tried``, with its answer.

    Between neighbouring numbers that have the same answer, nothing was tried: an answer may change and change back
    there.
    """

    lo: int
    hi: int
    step: int
    tried: tuple[tuple[int, Hashable], ...]

    @property
    def edges(self) -> tuple[FoundEdge, ...]:
        """The edges."""
        return tuple(
            FoundEdge(below=below, above=above, before=before, after=after, exact=above - below <= self.step)
            for (below, before), (above, after) in pairwise(self.tried)
            if before != after
        )

    @property
    def monotone(self) -> bool:
        """Whether the answer changes once at most, as far as it was tried."""
        return len(self.edges) <= 1

    @property
    def first(self) -> Hashable:
        """The answer for the lowest number."""
        return self.tried[0][1]

    @property
    def last(self) -> Hashable:
        """The answer for the highest number."""
        return self.tried[-1][1]

    def answer(self, number: int) -> Hashable:
        """The answer for a number that was tried. KeyError for another one."""
        return dict(self.tried)[number]


def edges(
    lo: int, hi: int, step: int, judge_many: Judge, *, at_once: int = 1, seed: int = 0, probes: int = PROBES
) -> Edges:
    """Find the edges in ``lo``, ``lo + step``, ... up to ``hi``, each of them exactly, unless ``MOST`` are tried.

    ``hi`` is the last number even if it is not in step. ``at_once``: so many numbers are tried inside each edge in a
    round; more of them take fewer rounds and more answers. ``seed`` decides which numbers are tried at random.
    """
    if step < 1 or hi < lo:
        raise ValueError(f"edges from {lo} to {hi} in steps of {step}")
    known: dict[int, Hashable] = {}
    asked = sorted({lo, hi, *_probes(lo, hi, step, probes, seed)})
    while asked and len(known) < MOST:
        asked = asked[: MOST - len(known)]
        known |= zip(asked, judge_many(asked), strict=True)
        asked = sorted(set(_inside(known, step, at_once)))
    return Edges(lo=lo, hi=hi, step=step, tried=tuple(sorted(known.items(), key=lambda pair: pair[0])))


def _probes(lo: int, hi: int, step: int, count: int, seed: int) -> Iterator[int]:
    """Yield numbers from all over the range: at even distances, in steps that grow, and at random."""
    last, parts, random = (hi - lo) // step, count // 3 + 1, Random(seed)  # noqa: S311 - a seed, not a secret
    for part in range(1, parts):
        yield lo + step * (last * part // parts)
        yield lo + step * round((last + 1) ** (part / parts) - 1)
        yield lo + step * random.randint(0, last)


def _inside(known: Mapping[int, Hashable], step: int, at_once: int) -> Iterator[int]:
    """Yield the numbers to try between two neighbours whose answers differ."""
    for below, above in pairwise(sorted(known)):
        if known[below] != known[above]:
            # In steps from the low end: the lower neighbour is in step, and the upper one is, too, or is the last.
            between = -(-(above - below) // step)
            for part in range(1, at_once + 1):
                inside = below + step * (between * part // (at_once + 1))
                if below < inside < above:
                    yield inside
