"""The reached states: one array for each control, with one axis for each account.

A cell holds the distance of a state from the first state. A step of an account takes a minimum of rows along its axis,
for all states of the other accounts at once. Rows are swept in the order of their level, and controls in their order of
time, until nothing changes. States and depth are then read from the cells (docs/explanation/engines.md).
"""

from __future__ import annotations

from math import prod
from typing import Any

import attrs
import numpy as np

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.explorers.relations import AxisStep, Leap, Relations
from dcsim.checker.explorers.scatter_min import Cells
from dcsim.checker.explorers.table_columns import Ints
from dcsim.checker.explorers.tables import Place

BLOCK = 1 << 18
"""Cells that one sweep handles at once, so that they stay in the processor's cache."""


class TooFarError(Exception):
    """A distance is too large for a cell of this type."""


@attrs.define(eq=False)
class Reached:
    """The distances of all states, control by control. ``far`` marks a state that is not reached."""

    relations: Relations
    budget: Budget
    kind: type[np.unsignedinteger[Any]] = np.uint8
    cells: dict[int, Cells] = attrs.field(factory=dict)

    @property
    def far(self) -> int:
        """The value of a cell whose state is not reached: the largest of its type."""
        return int(np.iinfo(self.kind).max)

    def fill(self) -> None:
        """Sweep until nothing changes. Raises OverBudget, before it allocates anything, if the arrays would not fit."""
        self.budget.take(self.size())
        for place in self.relations.places:
            self.cells[place.number] = np.full(self.relations.shape(place), self.far, dtype=self.kind)
        first, lanes = self.relations.begin()
        self.cells[first.number][lanes] = 0
        order = self.relations.order()
        waiting = {first.number}
        while waiting:
            # The earliest control first: its distances are mostly final before later controls are swept.
            number = min(waiting, key=order.__getitem__)
            waiting.discard(number)
            self.budget.clock()
            waiting |= self._sweep(self.relations.tables.places[number])
        # A cell never holds more than this (``_one_farther`` of it would be ``far``), so it may be too small a value.
        if any((cells == self.far - 1).any() for cells in self.cells.values()):
            raise TooFarError

    def size(self) -> int:
        """The bytes of all arrays, and of two copies of the largest, which are made when its axes are moved."""
        sizes = [prod(self.relations.shape(place)) for place in self.relations.places]
        return (sum(sizes) + 2 * max(sizes)) * np.dtype(self.kind).itemsize + 8 * BLOCK

    def states(self) -> int:
        """How many states were reached so far."""
        return sum(int(np.count_nonzero(cells < self.far)) for cells in self.cells.values())

    # -- sweeps ----------------------------------------------------------------------------------------------------

    def _sweep(self, place: Place) -> set[int]:
        """Sweep a control's own steps to the end, then those that leave it. Returns the controls whose cells changed.

        Steps of different accounts commute, so that one round is enough; only acts on another account need more.
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
        """Sweep one account's steps within a control to the end. Returns whether a distance became smaller."""
        self.budget.clock()
        if not step.waves:
            return False
        view = _axis_first(cells, step)
        rows = np.ascontiguousarray(view).reshape(len(view), -1)
        changed = False
        # Columns are independent of each other: swept in blocks, their rows stay in the cache over all waves.
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
            # Indexing with an array made ``view`` a copy, so it has to be written back.
            np.moveaxis(cells, (step.account, step.by[0]), (0, 1))[:, step.by[1]] = view
        return changed

    def _waves(self, rows: Cells, step: AxisStep) -> bool:
        changed = False
        for wave in step.waves:
            near, before = self._one_farther(wave.of(rows)), rows[wave.after]
            if (near < before).any():
                rows[wave.after] = np.minimum(near, before)
                changed = True
        return changed

    def _one_farther(self, near: Cells) -> Cells:
        """Add one step to each distance. What is not reached stays so."""
        near += near < self.far
        return near

    def _across(self, cells: Cells, step: AxisStep) -> bool:
        """Apply one account's steps that move the control for all accounts."""
        if not step.waves:
            return False
        (wave,) = step.waves
        near = self._one_farther(wave.of(_axis_first(cells, step)))
        order = [step.account, *([step.by[0]] if step.by else [])]
        axes = list(step.carry)
        axes[step.account] = wave.after
        if step.by:
            axes[step.by[0]] = axes[step.by[0]][step.by[1]]
        return self._lower(self.cells[step.to.number], axes, np.moveaxis(near, range(len(order)), order))

    def _leap(self, cells: Cells, leap: Leap) -> bool:
        """Apply a turn: along each axis, the rows go to the lanes that theirs are settled to."""
        if not all(scatter.size for scatter in leap.scatters):
            return False
        near = self.ready(cells, leap)
        for account, scatter in enumerate(leap.scatters):
            near = np.moveaxis(scatter.of(np.moveaxis(near, account, 0)), 0, account)
        return self._lower(
            self.cells[leap.to.number], [scatter.after for scatter in leap.scatters], self._one_farther(near)
        )

    def ready(self, cells: Cells, leap: Leap) -> Cells:
        """The states in which a turn is possible; the others are ``far``."""
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

    def _lower(self, cells: Cells, axes: list[Ints], near: Cells) -> bool:
        where = np.ix_(*axes)
        before = cells[where]
        nearer = bool((near < before).any())
        if nearer:
            cells[where] = np.minimum(near, before)
        return nearer


def _axis_first(cells: Cells, step: AxisStep) -> Cells:
    """The cells with the account's axis first. For an act, the actor's is second, with only the lanes that may act."""
    if step.by is None:
        return np.moveaxis(cells, step.account, 0)
    return np.moveaxis(cells, (step.account, step.by[0]), (0, 1))[:, step.by[1]]
