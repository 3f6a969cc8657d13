"""Random numbers as numpy arrays: the same as Python's generator draws one by one."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 64
"""So many numbers are drawn one by one: to hand the generator's state over takes longer."""
BITS = 32


def randints(random: Random, high: int, count: int) -> NDArray[np.int64]:
    """What ``random.randint(0, high)`` gives so many times in turn; the generator is then as if it had been asked."""
    bits = (high + 1).bit_length()
    if count <= FEW or bits > BITS:
        return np.array([random.randint(0, high) for _ in range(count)], np.int64)
    # Python takes the first bits of a word, and takes another word if that is too large (random.py, _randbelow).
    words: Any = np.random.MT19937()
    version, state, gauss = random.getstate()
    start = {"bit_generator": "MT19937", "state": {"key": np.array(state[:-1], np.uint32), "pos": state[-1]}}
    drawn, used = np.empty(0, np.int64), 0
    while len(drawn) < count:
        used = used * 2 or count + count // 8
        words.state = start
        drawn = (words.random_raw(used) >> np.uint64(BITS - bits)).astype(np.int64)
        taken = np.flatnonzero(drawn <= high)
        drawn = drawn[taken]
    words.state = start
    words.random_raw(int(taken[count - 1]) + 1)
    after = words.state["state"]
    random.setstate((version, (*map(int, after["key"]), int(after["pos"])), gauss))
    return drawn[:count]
