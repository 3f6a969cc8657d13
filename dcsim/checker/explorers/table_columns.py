"""Tables as numpy columns, for the engines that take many states at once."""

from __future__ import annotations

from array import array

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.checker.explorers.tables import NO_EFFECT, UNKNOWN, Place, Settling, Steps

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def ints(column: array[int]) -> Ints:
    """A copy as 64-bit numbers."""
    return np.array(column, dtype=np.int64)


def flags(lanes: Ints, size: int) -> Flags:
    """For each number below ``size``, whether it occurs. Unlike ``np.unique`` this needs no sort."""
    out = np.zeros(size, dtype=np.bool_)
    out[lanes] = True
    return out


@attrs.define(eq=False)
class StepColumns:
    """A copy of ``Steps`` as numpy columns. It is made again when more steps were tabulated.

    ``single``: all steps stay at their control. ``without_effects``: none has an effect.
    """

    steps: Steps
    first: Ints = attrs.field(init=False)
    count: Ints = attrs.field(init=False)
    total: Ints = attrs.field(init=False)
    to: Ints = attrs.field(init=False)
    after: Ints = attrs.field(init=False)
    effect: Ints = attrs.field(init=False)
    times: Ints = attrs.field(init=False)
    single: bool = True
    without_effects: bool = True
    _known: Flags = attrs.field(factory=lambda: np.zeros(0, dtype=np.bool_))

    def need(self, lanes: Ints) -> None:
        """Tabulate the steps of those lanes that were not tabulated before."""
        size = len(self.steps.here.lanes)
        if size > len(self._known):
            self._known = np.concatenate([self._known, np.zeros(size - len(self._known), dtype=np.bool_)])
        new = np.flatnonzero(flags(lanes, len(self._known)) & ~self._known)
        if len(new):
            for lane in new.tolist():
                self.steps.need(lane)
            self._known[new] = True
            self._copy()

    def _copy(self) -> None:
        steps = self.steps
        self.first, self.count, self.total = ints(steps.first), ints(steps.count), ints(steps.total)
        self.to, self.after = ints(steps.to), ints(steps.after)
        self.effect, self.times = ints(steps.effect), ints(steps.times)
        self.single = bool((self.to == steps.here.number).all())
        self.without_effects = bool((self.effect == NO_EFFECT).all())


@attrs.define(eq=False)
class SettlingColumns:
    """A copy of a ``Settling`` as numpy columns, extended when more lanes were settled."""

    turn: Settling
    after: Ints = attrs.field(factory=lambda: np.zeros(0, dtype=np.int64))
    effect: Ints = attrs.field(factory=lambda: np.zeros(0, dtype=np.int64))
    passes: Ints = attrs.field(factory=lambda: np.zeros(0, dtype=np.int64))

    def test(self, lanes: Ints) -> Flags:
        """Which of these lanes pass the turn's test. The model is asked once for each lane."""
        self.passes = _longer(self.passes, len(self.turn.here.lanes))
        for lane in np.flatnonzero(flags(lanes, len(self.passes)) & (self.passes < 0)).tolist():
            self.passes[lane] = self.turn.passing(lane)
        return np.asarray(self.passes[lanes] > 0)

    def need(self, lanes: Ints) -> None:
        """Settle those lanes that were not settled before."""
        size = len(self.turn.here.lanes)
        self.after, self.effect = _longer(self.after, size), _longer(self.effect, size)
        for lane in np.flatnonzero(flags(lanes, size) & (self.after < 0)).tolist():
            self.turn.need(lane)
            self.after[lane], self.effect[lane] = self.turn.after[lane], self.turn.effect[lane]


def _longer(column: Ints, size: int) -> Ints:
    more = np.full(max(0, size - len(column)), UNKNOWN, dtype=np.int64)
    return np.concatenate([column, more]) if len(more) else column


def carried(place: Place, to: Place, lanes: Ints) -> Ints:
    """The numbers of these lanes at another control."""
    out = np.zeros(len(place.lanes), dtype=np.int64)
    for lane in np.flatnonzero(flags(lanes, len(place.lanes))).tolist():
        out[lane] = place.carry(lane, to)
    return out[lanes]
