"""What clients do, as numpy arrays: the acts of all streams in order of time, some thousands at a time."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.simulate.acts import Stream
from dcsim.trace.lane_arrays import as_array

MOST = 1 << 14
"""So many acts are made at a time, so that a run's memory does not grow with them."""
Ints = NDArray[np.int64]


@attrs.frozen(eq=False)
class Acts:
    """Some acts in order of time; at one instant, in the order of the streams.

    Of each: its instant, its account, and the index of its stream.
    """

    instants: Ints
    accounts: NDArray[np.int32]
    streams: NDArray[np.int32]

    def only(self, chosen: Any) -> Acts:
        """Some of them, in their order."""
        return Acts(self.instants[chosen], self.accounts[chosen], self.streams[chosen])


@attrs.define(eq=False)
class _Reader:
    """One stream, and how many of its acts were read."""

    index: int
    stream: Stream
    done: int = 0

    @property
    def next(self) -> int:
        """The instant of the first act that was not read."""
        return int(self.instants(self.done, self.done + 1)[0])

    def until(self, end: int) -> int:
        """How many acts that were not read are before an instant."""
        stream, every = self.stream, self.stream.step.every
        if stream.instants is not None:
            return int(np.searchsorted(stream.instants, end)) - self.done
        if every:
            return max(0, min(len(stream.numbers), -(-(end - stream.first) // every)) - self.done)
        return len(stream.numbers) - self.done if stream.first < end else 0

    def read(self, count: int) -> Acts:
        """The next acts."""
        some = slice(self.done, self.done + count)
        self.done += count
        numbers = as_array(self.stream.numbers[some])
        return Acts(self.instants(some.start, some.stop), numbers, np.full(count, self.index, np.int32))

    def instants(self, start: int, stop: int) -> Ints:
        """The instants of some of its acts."""
        stream = self.stream
        if stream.instants is not None:
            return stream.instants[start:stop]
        return stream.first + stream.step.every * np.arange(start, stop, dtype=np.int64)


@attrs.define(eq=False)
class ActArrays:
    """Reads the acts of some streams, which are in order of their first instants."""

    streams: list[Stream]
    _readers: list[_Reader] = attrs.field(factory=list)
    """The streams that were begun and are not at their end."""
    _begun: int = 0

    def begin(self, end: int) -> None:
        """Begin the streams whose first acts are before an instant."""
        while self._begun < len(self.streams) and self.streams[self._begun].first < end:
            self._readers.append(_Reader(self._begun, self.streams[self._begun]))
            self._begun += 1
        self._readers = [reader for reader in self._readers if reader.done < len(reader.stream.numbers)]

    def next(self, end: int) -> int | None:
        """The instant of the next act that is before ``end``, if there is one."""
        self.begin(end)
        first = min((reader.next for reader in self._readers), default=end)
        return first if first < end else None

    def read(self, end: int, most: int = MOST) -> Acts | None:
        """The next acts before an instant, ``most`` of them or fewer; None if there are none."""
        start = self.next(end)
        if start is None:
            return None
        each = max(1, most // len(self._readers))
        for reader in self._readers:
            if reader.until(end) > each:
                end = min(end, int(reader.instants(reader.done + each, reader.done + each + 1)[0]))
        if end == start:
            # So many share one instant: those of the first stream come first.
            reader = next(r for r in self._readers if r.next == start)
            return reader.read(min(each, reader.until(start + 1)))
        parts = [reader.read(count) for reader in self._readers if (count := reader.until(end))]
        if len(parts) == 1:
            return parts[0]
        whole = Acts(*(np.concatenate(columns) for columns in zip(*map(attrs.astuple, parts), strict=True)))
        return whole.only(np.argsort(whole.instants, kind="stable"))
