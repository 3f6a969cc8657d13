"""How sure a share is that was seen in a sample: Wilson's interval of 95%. Pure."""

from __future__ import annotations

from math import sqrt

LEVEL = 95
METHOD = f"Wilson {LEVEL}%"
_Z = 1.959963984540054
"""The normal quantile of 97.5%: an interval of 95% leaves 2.5% on each side."""


def wilson(held: int, of: int) -> tuple[float, float]:
    """Return the ends of the interval in which the share lies of which ``held`` of ``of`` were seen.

    Unlike the usual interval, it is right for few runs, and for a share of none or all. ValueError without a run.
    """
    if not 0 <= held <= of or not of:
        raise ValueError(f"{held} of {of}")
    share, square = held / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    # At its ends the interval is exact; in floats it would be a little beside them.
    return (0.0 if held == 0 else middle - half, 1.0 if held == of else middle + half)


def sampled(held: int, of: int) -> str:
    """Return a share in words: so many of so many, and the interval. Never a bare percentage."""
    low, high = wilson(held, of)
    return f"{held:,} of {of:,} ({_percent(low)}% to {_percent(high)}%)"


def _percent(share: float) -> str:
    text = f"{100 * share:.2f}".rstrip("0").rstrip(".")
    # A share that is not all or none is never rounded to it.
    return {"100": "99.99" if share < 1 else "100", "0": "0.01" if share > 0 else "0"}.get(text, text)
