"""Durations that vary: constant, or drawn from a distribution by a number from 0 to 1 that the caller gives."""

from __future__ import annotations

from math import exp, log
from statistics import NormalDist

import attrs

from dcsim.domain.moment import spell

_NORMAL = NormalDist()


@attrs.frozen(kw_only=True, cache_hash=True)
class Uniform:
    """Every duration from ``low`` to ``high`` is as likely as any other. Milliseconds."""

    low: int
    high: int

    def at(self, u: float) -> int:
        """The duration below which a part ``u`` of all durations lies."""
        return self.low + int(u * (self.high - self.low + 1))


@attrs.frozen(kw_only=True, cache_hash=True)
class Lognormal:
    """Half of the durations are below the ``median``, and 99 of 100 are below ``p99``. Milliseconds."""

    median: int
    p99: int

    def at(self, u: float) -> int:
        """The duration below which a part ``u`` of all durations lies."""
        spread = log(self.p99 / self.median) / _NORMAL.inv_cdf(0.99)
        # The ends of the open interval, at which the normal distribution has no value, are left out.
        return round(self.median * exp(spread * _NORMAL.inv_cdf(min(max(u, 1e-12), 1 - 1e-12))))


@attrs.frozen(kw_only=True, cache_hash=True)
class Empirical:
    """Durations that were measured, in ascending order, each as likely as any other. Milliseconds."""

    values: tuple[int, ...]

    def at(self, u: float) -> int:
        """The duration below which a part ``u`` of all durations lies."""
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]


Duration = int | Uniform | Lognormal | Empirical
"""A constant in milliseconds, or a distribution."""


def draw(duration: Duration, u: float) -> int:
    """The duration, in milliseconds, that belongs to a number ``u`` from 0 to 1 (1 excluded)."""
    return duration if isinstance(duration, int) else duration.at(u)


def longest(duration: Duration) -> int | None:
    """The longest duration that may be drawn; None: there is no bound."""
    match duration:
        case int():
            return duration
        case Uniform():
            return duration.high
        case Empirical():
            return duration.values[-1]
    return None


def in_words(duration: Duration) -> str:
    """A duration, or the distribution of one, in words."""
    match duration:
        case Uniform():
            return f"between {spell(duration.low)} and {spell(duration.high)}"
        case Lognormal():
            return f"{spell(duration.median)} in the median, below {spell(duration.p99)} in 99 of 100"
        case Empirical():
            return f"one of {len(duration.values):,} measured ones"
    return spell(duration)
