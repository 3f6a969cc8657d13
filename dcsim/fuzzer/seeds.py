"""Seeds: one number decides a campaign, and each of its batches."""

from __future__ import annotations

from random import Random


def number_of(campaign: int, batch: int) -> int:
    """The seed of one batch of a campaign."""
    return Random(f"{campaign}:{batch}").getrandbits(64)  # noqa: S311 - a seed, not a secret
