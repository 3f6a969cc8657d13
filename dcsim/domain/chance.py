"""Chance without a sequence: a number from 0 to 1 for each tuple of integers.

A draw depends on its keys alone (a seed, an account's number, a step), and not on how many draws came before. So
another account, or another order of work, changes no draw. The mixing function is that of SplitMix64 (Steele, Lea and
Flood, "Fast splittable pseudorandom number generators", 2014).
"""

from __future__ import annotations

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mixed(x: int) -> int:
    """A 64-bit integer with its bits mixed: a bijection whose results look random."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def chance(*keys: int) -> float:
    """A number from 0 to 1 (1 excluded) that the keys determine."""
    state = 0
    for key in keys:
        state = mixed((state + GOLDEN + key) & MASK)
    return (state >> 11) / (1 << 53)
