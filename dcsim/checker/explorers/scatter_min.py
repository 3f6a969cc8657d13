"""Scatter-minimum: for each place, the minimum of the rows that lead to it, computed for whole rows at once."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.checker.explorers.table_columns import Ints

Cells = NDArray[Any]

FEW = 16
"""A place with more rows than this is a crowd, and its minimum is taken by itself; the others are taken in layers."""


@attrs.frozen(eq=False)
class ScatterMin:
    """Rows grouped by the place that they lead to. ``after`` lists the places, those with crowds last.

    ``layers``: the first row of each place, then the second row of each place that has one, and so on. ``crowds``: all
    rows of each place that has more than ``FEW``.
    """

    after: Ints
    layers: tuple[Ints, ...]
    crowds: tuple[Ints, ...]
    size: int

    def of(self, rows: Cells) -> Cells:
        """The minimum, cell by cell, of the rows of each place in ``after``."""
        least = rows[self.layers[0]] if self.layers else rows[:0]
        for layer in self.layers[1:]:
            # Places are sorted by their number of rows, so those with one more row come first.
            top = least[: len(layer)]
            np.minimum(top, rows[layer], out=top)
        if not self.crowds:
            return least
        return np.concatenate([least, np.stack([rows[crowd].min(axis=0) for crowd in self.crowds])])


def scatter_min(source: Ints, after: Ints) -> ScatterMin:
    """Group pairs: row ``source[i]`` leads to place ``after[i]``."""
    order = np.argsort(after, kind="stable")
    source = source[order]
    places, first, counts = np.unique(after[order], return_index=True, return_counts=True)
    by_count = np.argsort(-counts, kind="stable")
    places, first, counts = places[by_count], first[by_count], counts[by_count]
    heavy = int(np.count_nonzero(counts > FEW))
    crowds = tuple(source[f : f + c] for f, c in zip(first[:heavy], counts[:heavy], strict=True))
    few, some = first[heavy:], counts[heavy:]
    layers = tuple(source[few[: np.count_nonzero(some > depth)] + depth] for depth in range(max(some, default=0)))
    return ScatterMin(np.concatenate([places[heavy:], places[:heavy]]), layers, crowds, len(source))
