"""What a digest is made of, where an event concerns every account."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from dcsim.domain.world import Lane


@attrs.frozen(repr=False)
class LaneDigest:
    """The lanes of accounts, by their numbers: spelled as a tuple of them is, but each distinct one only once."""

    lanes: Sequence[Lane]
    numbers: Sequence[int]

    def __repr__(self) -> str:
        texts = {number: repr(self.lanes[number]) for number in set(self.numbers)}
        inner = ", ".join([texts[number] for number in self.numbers])
        return f"({inner},)" if len(self.numbers) == 1 else f"({inner})"
