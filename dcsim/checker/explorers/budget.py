"""Budgets: how long and how large an exploration may get before it says that it could not decide."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

import attrs


class OverBudget(Exception):
    """The budget ran out; the message says which."""


@attrs.define
class Budget:
    """Seconds and bytes that an exploration may use; memory is asked for before it is taken."""

    seconds: float | None = None
    memory: int | None = None
    _start: float = attrs.field(factory=time.monotonic)

    def clock(self) -> None:
        """OverBudget when the time is up."""
        if self.seconds is not None and time.monotonic() - self._start > self.seconds:
            raise OverBudget(f"the time budget of {self.seconds:g} s ran out")

    def left(self) -> float | None:
        """The seconds left."""
        return None if self.seconds is None else max(0.0, self.seconds - (time.monotonic() - self._start))

    def take(self, size: int) -> None:
        """OverBudget when an allocation of so many bytes would pass the limit."""
        if self.memory is not None and size > self.memory:
            raise OverBudget(f"{size / 2**20:,.0f} MiB would pass the memory budget of {self.memory / 2**20:,.0f} MiB")


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
