"""Budgets: the time and memory after which an exploration gives up, and its result is inconclusive."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

PAUSE = 0.01
"""Seconds between two readings of the process's memory in ``clock``: reading it costs more than reading the time."""
LEAST = 64 << 20
"""The smallest sensible memory budget: the process takes nearly that much before anything is explored."""
_PAGES = "/proc/self/statm"


class OverBudget(Exception):
    """A budget ran out. The message says which one."""


@attrs.define
class Budget:
    """Seconds that an exploration may take, and bytes that the whole process may use.

    An engine calls ``take`` before it allocates, so that the limit is not passed.
    """

    seconds: float | None = None
    memory: int | None = None
    _start: float = attrs.field(factory=time.monotonic)
    _looked: float = 0.0

    def clock(self) -> None:
        """Raise OverBudget when the time or the memory is used up. Engines call this in their inner loops."""
        now = time.monotonic()
        if self.seconds is not None and now - self._start > self.seconds:
            raise OverBudget(f"the time budget of {self.seconds:g} s ran out")
        if self.memory is not None and now - self._looked > PAUSE:
            self._looked = now
            self.take(0)

    def left(self) -> float | None:
        """The seconds left."""
        return None if self.seconds is None else max(0.0, self.seconds - (time.monotonic() - self._start))

    def anew(self, seconds: float) -> Budget:
        """A budget for one more attempt, which begins now and may take so many seconds."""
        return Budget(seconds=seconds, memory=self.memory)

    def uncounted(self) -> Budget:
        """The same budget, of which nothing is counted yet. The time runs on."""
        return self

    def counted(self, looks: int, says: str) -> CountedBudget:
        """The same budget, which may also be looked at so often. ``says``: why it ran out, if that was too often."""
        return CountedBudget(self.seconds, self.memory, self._start, looks=looks, says=says)

    def room(self) -> int | None:
        """The bytes left."""
        return None if self.memory is None else max(0, self.memory - (resident() or 0))

    def take(self, size: int, held: int = 0) -> None:
        """Raise OverBudget when ``size`` more bytes would pass the limit.

        ``held`` is the caller's estimate of what it uses already, for systems that do not report a process's memory.
        """
        if self.memory is None:
            return
        need = size + (resident() or held)
        if need > self.memory:
            raise OverBudget(f"{need / 2**20:,.0f} MiB would pass the memory budget of {self.memory / 2**20:,.0f} MiB")


@attrs.define
class CountedBudget(Budget):
    """A budget that counts how often it is looked at, so that it runs out at the same state on every machine.

    The user's time and memory end it as well. ``says``: why it ran out.
    """

    looks: int = attrs.field(kw_only=True)
    says: str = attrs.field(default="it was looked at too often", kw_only=True)
    _taken: int = attrs.field(default=0, init=False)

    def clock(self) -> None:
        """Raise OverBudget after so many looks."""
        self._taken += 1
        if self._taken > self.looks:
            raise OverBudget(self.says)
        Budget.clock(self)

    def anew(self, seconds: float) -> Budget:  # noqa: ARG002 - what it counts is no time
        """A budget for one more attempt, which may look as often. The time runs on."""
        return self.uncounted()

    def uncounted(self) -> Budget:
        """The same budget, of which nothing is counted yet. The time runs on."""
        return self.counted(self.looks, self.says)


def resident() -> int | None:
    """The bytes of memory that this process uses now; None where the system does not report it."""
    try:
        with open(_PAGES, "rb", buffering=0) as file:  # noqa: PTH123 - asked a hundred times a second
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


@contextmanager
def without_collector() -> Iterator[None]:
    """Switch the cyclic garbage collector off: explorers make millions of objects and no cycles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
