"""The acts of a run: those of a scenario's steps, or those that a player gives instead; and observers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import Any, Protocol

import attrs

from dcsim.domain.actions import LaneAction
from dcsim.domain.scenario import ClientStep
from dcsim.semantics.interning import Hop
from dcsim.trace.recorder import Recorder

Act = tuple[int, ClientStep, int, int, LaneAction]
Look = tuple[int, Callable[[Recorder], None]]
"""An instant, and an observer who looks at the world at its end, after everything else that happens then."""
Played = tuple[Any, ...]
"""An act that a player gives: its instant, its account, the administrator or NOBODY, and what the player knows of it.
"""


class Player(Protocol):
    """Gives the acts in place of the scenario's steps, and receives what became of each.

    ``acts`` are in order of time. An act's action is asked for at its instant, because it may depend on the world then.
    """

    @property
    def acts(self) -> Sequence[Played]:
        """Every act."""

    def action(self, recorder: Recorder, act: Any) -> LaneAction:
        """Return the action of an act."""

    def receive(self, recorder: Recorder, act: Any, hop: Hop) -> None:
        """Receive what became of an act."""


@attrs.frozen(eq=False)
class Stream:
    """The acts of one step of the scenario: one act, or one for each account of a population or group in turn."""

    step: ClientStep
    first: int
    numbers: Sequence[int]
    by: int
    action: LaneAction

    @property
    def last(self) -> int:
        """The instant of its last act."""
        return self.first + (len(self.numbers) - 1) * self.step.every

    def acts(self) -> Iterator[Act]:
        """Its acts, in order of time."""
        step, first, by, action, every = self.step, self.first, self.by, self.action, self.step.every
        return ((first + i * every, step, number, by, action) for i, number in enumerate(self.numbers))


def merged(streams: list[Stream]) -> Iterator[Act]:
    """The acts of some streams, in order of time."""
    if len(streams) == 1:
        return streams[0].acts()
    return merge(*(stream.acts() for stream in streams), key=itemgetter(0))
