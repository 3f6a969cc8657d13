"""What is on the link, as numpy arrays: redo entries of many accounts, in the order in which they were sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.semantics.interning import NOBODY
from dcsim.simulate.mishaps import ScenarioFaults

Ints = NDArray[np.int64]
SMALL = 1 << 12
"""Batches smaller than this are put together."""


@attrs.frozen(eq=False)
class Entries:
    """Redo entries in the order in which they were sent, which is that in which they arrive.

    Of each: the slot of time at which it arrives, its account, its number, and the place of the act that sent it.
    """

    slots: Ints
    accounts: NDArray[np.int32]
    numbers: NDArray[np.int32]
    places: Ints

    def only(self, chosen: NDArray[np.bool_] | Ints | slice) -> Entries:
        """Some of them, in their order."""
        return Entries(self.slots[chosen], self.accounts[chosen], self.numbers[chosen], self.places[chosen])

    def __len__(self) -> int:
        return len(self.slots)


def together(entries: Sequence[Entries]) -> Entries:
    """All of some entries, in the order in which they were sent."""
    if len(entries) == 1:
        return entries[0]
    columns = zip(*(attrs.astuple(each, recurse=False) for each in entries), strict=True)
    whole = Entries(*map(np.concatenate, columns))
    return whole.only(np.argsort(whole.places, kind="stable"))


@attrs.define(eq=False)
class LinkArrays:
    """The entries that are on the link, in batches."""

    batches: deque[Entries] = attrs.field(factory=deque)

    @property
    def first(self) -> int | None:
        """The slot at which the next entry arrives."""
        return int(self.batches[0].slots[0]) if self.batches else None

    @property
    def last(self) -> int | None:
        """The slot at which the last entry arrives."""
        return int(self.batches[-1].slots[-1]) if self.batches else None

    def put(self, entries: Entries) -> None:
        """Put entries on the link."""
        if not len(entries):
            return
        # Those of accounts that act more than once among the acts that are taken together are not sent in order.
        last = self.batches[-1] if self.batches else None
        if last and (len(last) < SMALL or last.places[-1] > entries.places[0]):
            self.batches[-1] = together([last, entries])
        else:
            self.batches.append(entries)

    def take(self, until: int, choose: Callable[[Entries], NDArray[np.bool_]] | None = None) -> Entries | None:
        """Take off the entries that arrive before a slot; of these, those that ``choose`` chooses."""
        taken: list[Entries] = []
        left: deque[Entries] = deque()
        while self.batches and self.batches[0].slots[0] < until:
            batch = self.batches.popleft()
            chosen = batch.slots < until
            if choose:
                chosen &= choose(batch)
            if chosen.all():
                taken.append(batch)
            else:
                taken.append(batch.only(chosen))
                left.append(batch.only(~chosen))
        self.batches.extendleft(reversed(left))
        taken = [entries for entries in taken if len(entries)]
        return together(taken) if taken else None

    def keep(self, kept: Callable[[Entries], NDArray[np.bool_]]) -> None:
        """Take all entries off but some."""
        batches = (batch.only(kept(batch)) for batch in self.batches)
        self.batches = deque(batch for batch in batches if len(batch))

    def arrivals(self, chosen: Callable[[Entries], NDArray[np.bool_]]) -> Iterator[int]:
        """The slots at which some entries arrive, in order."""
        for batch in self.batches:
            yield from batch.slots[chosen(batch)].tolist()


def lags(faults: ScenarioFaults, accounts: NDArray[np.int32], sent: Ints) -> Ints:
    """How long entries of some accounts take that are sent at some instants (``ScenarioFaults.lag``)."""
    link = faults.model.runbook.link
    found = np.full(len(sent), link.lag if link else 0, np.int64)
    left = np.ones(len(sent), np.bool_)
    for slowness in faults.slow:
        here = np.flatnonzero(left & (slowness.start <= sent) & (sent < slowness.until))
        if len(here):
            faults.happened.add(slowness.fault)
            if slowness.varies:
                each = zip(accounts[here].tolist(), sent[here].tolist(), strict=True)
                found[here] = [slowness.lag(account, at, faults.seed) for account, at in each]
            else:
                found[here] = slowness.lag(NOBODY, sent[here], faults.seed)
            left[here] = False
    return found
