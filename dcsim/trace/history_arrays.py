"""Histories of many accounts at once, as numpy arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.domain.actions import LaneAction
from dcsim.semantics.interning import NOBODY, Hop
from dcsim.trace.histories import Histories


@attrs.define(eq=False)
class HistoryArrays:
    """Goes on with the histories of many accounts that take the same action."""

    histories: Histories
    _after: dict[tuple[LaneAction, int], NDArray[np.int32]] = attrs.field(factory=dict)
    """Since the last control event, by action and by the administrator's history: which history each leads to."""
    _turns: int = 0

    def act_many(
        self, accounts: NDArray[np.int32], action: LaneAction, by: int, hops: Sequence[Hop], which: NDArray[np.int32]
    ) -> None:
        """Go on with the histories of some accounts, each once: which of some steps each took."""
        histories = self.histories
        if self._turns != histories.turns:
            self._turns = histories.turns
            self._after.clear()
        lived = np.frombuffer(histories.lived, np.int32)
        actor = NOBODY if by == NOBODY else histories.lived[by]
        before = lived[accounts]
        index = self._sized((action, actor))
        after = index[before]
        new = np.flatnonzero(after < 0)
        if len(new):
            # Given the history, the lane is known, and so is the step: any account of a history speaks for all.
            found, first = np.unique(before[new], return_index=True)
            for history, at in zip(found.tolist(), new[first].tolist(), strict=True):
                index[history] = histories.after((history, hops[which[at]], actor), action)
            after = index[before]
        lived[accounts] = after
        if by != NOBODY:
            histories.deeds.setdefault(by, set()).update(np.unique(after).tolist())

    def _sized(self, key: tuple[LaneAction, int]) -> NDArray[np.int32]:
        index = self._after.get(key, np.empty(0, np.int32))
        if self.histories.count > len(index):
            more = np.full(max(self.histories.count, 2 * len(index)) - len(index), NOBODY, np.int32)
            index = self._after[key] = np.concatenate([index, more])
        return index


def alike(histories: array[int], examples: int) -> Iterator[tuple[int, list[int]]]:
    """For each history, in the order of their first accounts: how many accounts have it, and the first of them."""
    lived = np.frombuffer(histories, np.int32)
    order = np.argsort(lived, kind="stable").astype(np.int32)
    starts = np.flatnonzero(np.diff(lived[order], prepend=NOBODY))
    counts = np.diff(starts, append=len(order))
    for at in np.argsort(order[starts], kind="stable").tolist():
        start, count = int(starts[at]), int(counts[at])
        yield count, order[start : start + min(count, examples)].tolist()
