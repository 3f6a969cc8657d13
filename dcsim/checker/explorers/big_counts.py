"""Counts that may be too long to write out, such as those of a million accounts: sums of products of powers."""

from __future__ import annotations

from collections.abc import Iterable
from math import log2, prod

import attrs

LONG = 4096
"""A count with more bits than this stays a formula."""

Power = tuple[int, int]
"""A base and its exponent."""


@attrs.frozen
class Formula:
    """An exact sum of (coefficient, powers). ``int`` computes the number, which may take very long."""

    terms: tuple[tuple[int, tuple[Power, ...]], ...]

    def __int__(self) -> int:
        """The number."""
        return sum(times * prod(base**exponent for base, exponent in powers) for times, powers in self.terms)

    def __str__(self) -> str:
        """In the usual notation: ``2116^1000000 + 3*28^1000000``."""
        return " + ".join(map(_written, self.terms)) or "0"

    def __format__(self, spec: str) -> str:
        """The notation of ``str``. A format for numbers, such as ``,``, is ignored."""
        return str(self)

    @property
    def bits(self) -> float:
        """About how many bits the number has."""
        sizes = [log2(times) + sum(e * log2(base) for base, e in powers) for times, powers in self.terms]
        return max(sizes, default=0.0)


Count = int | Formula


def total(terms: Iterable[tuple[int, tuple[Power, ...]]]) -> Count:
    """The sum, as a number if it is not too long. Terms that are zero are left out; equal products are added up."""
    sums: dict[tuple[Power, ...], int] = {}
    for times, powers in terms:
        if times and all(base or not exponent for base, exponent in powers):
            key = tuple((base, exponent) for base, exponent in powers if base != 1 and exponent)
            sums[key] = sums.get(key, 0) + times
    formula = Formula(tuple((times, powers) for powers, times in sums.items()))
    return formula if formula.bits > LONG else int(formula)


def added(counts: Iterable[Count]) -> Count:
    """The sum of counts."""
    return total(term for count in counts for term in (count.terms if isinstance(count, Formula) else ((count, ()),)))


def _written(term: tuple[int, tuple[Power, ...]]) -> str:
    times, powers = term
    factors = [f"{base}^{exponent}" if exponent > 1 else f"{base}" for base, exponent in powers]
    return "*".join([str(times), *factors] if times > 1 or not factors else factors)
