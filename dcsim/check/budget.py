"""Budgets: how long and how large an exploration may get before it says that it could not decide."""

from __future__ import annotations

import time

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

    def take(self, size: int) -> None:
        """OverBudget when an allocation of so many bytes would pass the limit."""
        if self.memory is not None and size > self.memory:
            raise OverBudget(f"{size / 2**20:,.0f} MiB would pass the memory budget of {self.memory / 2**20:,.0f} MiB")
