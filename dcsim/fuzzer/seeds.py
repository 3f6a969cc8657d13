"""Seeds: one number determines a campaign and each of its batches."""

from __future__ import annotations

from random import Random


def number_of(campaign: int, batch: int) -> int:
    """Return the seed of one batch. It is derived from the campaign's seed and the number of the batch."""
    return Random(f"{campaign}:{batch}").getrandbits(64)  # noqa: S311 - a seed, not a secret
