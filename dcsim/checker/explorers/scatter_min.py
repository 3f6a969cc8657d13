"""Scatter-minimum: the least of the rows that lead to each place, many cells at once."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.checker.explorers.columns import Ints

Cells = NDArray[Any]

FEW = 16
"""Rows that lead to one place and are taken in layers with those of other places; more are taken by themselves."""


@attrs.frozen(eq=False)
class ScatterMin:
    """Rows by where they lead. ``layers``: the first row of each place, the second of those that have one, and so on;
    ``crowds``: all rows of each place that has many. ``after`` lists the places, those with crowds last.
    """

    after: Ints
    layers: tuple[Ints, ...]
    crowds: tuple[Ints, ...]
    size: int

    def of(self, rows: Cells) -> Cells:
        """The least row for each place of ``after``."""
        least = rows[self.layers[0]] if self.layers else rows[:0]
        for layer in self.layers[1:]:
            top = least[: len(layer)]
            np.minimum(top, rows[layer], out=top)
        if not self.crowds:
            return least
        return np.concatenate([least, np.stack([rows[crowd].min(axis=0) for crowd in self.crowds])])


def scatter_min(source: Ints, after: Ints) -> ScatterMin:
    """Rows ``source`` that lead to places ``after``, pair by pair."""
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
