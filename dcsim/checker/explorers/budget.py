"""Budgets: how long and how large an exploration may get before it says that it could not decide."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

PAUSE = 0.01
"""Seconds between two looks at the memory of the process, while only the clock is asked."""
LEAST = 64 << 20
"""Bytes that the process takes before anything is explored, and a little more."""
_PAGES = "/proc/self/statm"


class OverBudget(Exception):
    """The budget ran out; the message says which."""


@attrs.define
class Budget:
    """Seconds that an exploration may take, and bytes that the whole process may have; memory is asked for before it
    is taken.
    """

    seconds: float | None = None
    memory: int | None = None
    _start: float = attrs.field(factory=time.monotonic)
    _looked: float = 0.0

    def clock(self) -> None:
        """OverBudget when the time is up, or the memory used."""
        now = time.monotonic()
        if self.seconds is not None and now - self._start > self.seconds:
            raise OverBudget(f"the time budget of {self.seconds:g} s ran out")
        if self.memory is not None and now - self._looked > PAUSE:
            self._looked = now
            self.take(0)

    def left(self) -> float | None:
        """The seconds left."""
        return None if self.seconds is None else max(0.0, self.seconds - (time.monotonic() - self._start))

    def room(self) -> int | None:
        """The bytes left."""
        return None if self.memory is None else max(0, self.memory - (resident() or 0))

    def take(self, size: int, held: int = 0) -> None:
        """OverBudget when so many bytes more would pass the limit. ``held``: about how many there are already, for
        systems that do not say.
        """
        if self.memory is None:
            return
        need = size + (resident() or held)
        if need > self.memory:
            raise OverBudget(f"{need / 2**20:,.0f} MiB would pass the memory budget of {self.memory / 2**20:,.0f} MiB")


def resident() -> int | None:
    """The bytes of memory that this process has now; None where the system does not say."""
    try:
        with open(_PAGES, "rb", buffering=0) as file:  # noqa: PTH123 - asked a hundred times a second
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the cyclic garbage collector out: explorers make millions of objects and no cycles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
