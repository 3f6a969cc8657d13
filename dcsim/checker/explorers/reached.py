"""The reached set as one array a control, one axis an account, each cell the distance of a state from the beginning.

A step of an account is a minimum of rows along its axis, for all states of the others at once. Rows are swept in the
order of their level, and controls in the order in which they follow, until nothing changes. So counts and depth come
out of the same cells (docs/explanation/engines.md).
"""

from __future__ import annotations

from math import prod
from typing import Any

import attrs
import numpy as np

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.columns import Ints
from dcsim.checker.explorers.relations import AxisStep, Leap, Relations
from dcsim.checker.explorers.scatter_min import Cells
from dcsim.checker.explorers.tables import Place

BLOCK = 1 << 18
"""Cells gathered at once: what a cache holds."""


class TooFarError(Exception):
    """A distance does not fit a cell."""


@attrs.define(eq=False)
class Reached:
    """The distances of all states, control by control; ``far`` marks what is not reached."""

    relations: Relations
    budget: Budget
    kind: type[np.unsignedinteger[Any]] = np.uint8
    cells: dict[int, Cells] = attrs.field(factory=dict)

    @property
    def far(self) -> int:
        """The distance of what is not reached."""
        return int(np.iinfo(self.kind).max)

    def fill(self) -> None:
        """Sweep until nothing changes; OverBudget before anything is allocated that would not fit."""
        self.budget.take(self.size())
        for place in self.relations.places:
            self.cells[place.number] = np.full(self.relations.shape(place), self.far, dtype=self.kind)
        first, lanes = self.relations.begin()
        self.cells[first.number][lanes] = 0
        order = self.relations.order()
        waiting = {first.number}
        while waiting:
            number = min(waiting, key=order.__getitem__)
            waiting.discard(number)
            self.budget.clock()
            waiting |= self._sweep(self.relations.tables.places[number])
        if any((cells == self.far - 1).any() for cells in self.cells.values()):
            raise TooFarError

    def size(self) -> int:
        """Bytes: the arrays, and the largest twice more while its axes are turned or its states counted."""
        sizes = [prod(self.relations.shape(place)) for place in self.relations.places]
        return (sum(sizes) + 2 * max(sizes)) * np.dtype(self.kind).itemsize + 8 * BLOCK

    def states(self) -> int:
        """How many states were reached so far."""
        return sum(int(np.count_nonzero(cells < self.far)) for cells in self.cells.values())

    # -- sweeps ----------------------------------------------------------------------------------------------------

    def _sweep(self, place: Place) -> set[int]:
        """What follows within a control, then what follows from it; the controls where something came nearer.

        Steps of different accounts commute unless one acts on another, so then only one round is not enough.
        """
        inner, outer = self.relations.steps(place)
        cells = self.cells[place.number]
        again = True
        while again:
            changes = [self._within(cells, step) for step in inner]
            again = any(changes) and any(step.by for step in inner)
        nearer = {step.to.number for step in outer if self._across(cells, step)}
        return nearer | {leap.to.number for leap in self.relations.leaps(place) if self._leap(cells, leap)}

    def _within(self, cells: Cells, step: AxisStep) -> bool:
        """One account's steps within a control, to the end; whether anything came nearer."""
        self.budget.clock()
        if not step.waves:
            return False
        view = _facing(cells, step)
        rows = np.ascontiguousarray(view).reshape(len(view), -1)
        changed = False
        width = max(64, BLOCK // max(wave.size for wave in step.waves))
        for left in range(0, rows.shape[1], width):
            block = rows[:, left : left + width]
            while self._waves(block, step):
                changed = True
                if step.forward:
                    break
        if changed:
            view[...] = rows.reshape(view.shape)
        if changed and step.by:
            np.moveaxis(cells, (step.account, step.by[0]), (0, 1))[:, step.by[1]] = view
        return changed

    def _waves(self, rows: Cells, step: AxisStep) -> bool:
        changed = False
        for wave in step.waves:
            near, before = self._farther(wave.of(rows)), rows[wave.after]
            if (near < before).any():
                rows[wave.after] = np.minimum(near, before)
                changed = True
        return changed

    def _farther(self, near: Cells) -> Cells:
        """One step farther, but for what is not reached."""
        near += near < self.far
        return near

    def _across(self, cells: Cells, step: AxisStep) -> bool:
        """One account's steps that move the control for all."""
        if not step.waves:
            return False
        (wave,) = step.waves
        near = self._farther(wave.of(_facing(cells, step)))
        order = [step.account, *([step.by[0]] if step.by else [])]
        axes = list(step.carry)
        axes[step.account] = wave.after
        if step.by:
            axes[step.by[0]] = axes[step.by[0]][step.by[1]]
        return self._meet(self.cells[step.to.number], axes, np.moveaxis(near, range(len(order)), order))

    def _leap(self, cells: Cells, leap: Leap) -> bool:
        """A turn: each axis scattered to where its lanes are settled."""
        if not all(scatter.size for scatter in leap.scatters):
            return False
        near = self.ready(cells, leap)
        for account, scatter in enumerate(leap.scatters):
            near = np.moveaxis(scatter.of(np.moveaxis(near, account, 0)), 0, account)
        return self._meet(self.cells[leap.to.number], [scatter.after for scatter in leap.scatters], self._farther(near))

    def ready(self, cells: Cells, leap: Leap) -> Cells:
        """The states in which a turn may be taken; the others are far."""
        if leap.needs == "nothing":
            return cells
        passes = [np.isin(np.arange(size), at) for size, at in zip(cells.shape, leap.passes, strict=True)]
        if leap.needs == "any":
            out = cells.copy()
            out[np.ix_(*(~axis for axis in passes))] = self.far
        else:
            out = np.full_like(cells, self.far)
            box = np.ix_(*passes)
            out[box] = cells[box]
        return out

    def _meet(self, cells: Cells, axes: list[Ints], near: Cells) -> bool:
        where = np.ix_(*axes)
        before = cells[where]
        nearer = bool((near < before).any())
        if nearer:
            cells[where] = np.minimum(near, before)
        return nearer


def _facing(cells: Cells, step: AxisStep) -> Cells:
    """The cells with the account's axis first; of its actor's axis, second, only where it may act."""
    if step.by is None:
        return np.moveaxis(cells, step.account, 0)
    return np.moveaxis(cells, (step.account, step.by[0]), (0, 1))[:, step.by[1]]
