"""The acts of a run: those of a scenario's steps, or those that a player gives instead; and observers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from dcsim.domain.actions import Administer, Commit, LaneAction, Request
from dcsim.domain.moment import instant
from dcsim.domain.scenario import ClientStep, Scenario
from dcsim.semantics.interning import NOBODY, Hop
from dcsim.semantics.model import Model
from dcsim.trace.recorder import Recorder
from dcsim.trace.roster import Roster

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    from dcsim.simulate.living import Arrivals

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


SLICE = 4096
"""So many acts of an array are made into Python's numbers at a time."""


@attrs.frozen(eq=False)
class Stream:
    """The acts of one step of the scenario: one act, or one for each account of a population or group in turn.

    ``instants``: those of the accounts in ``numbers``, in order of time, where they are drawn; then ``numbers`` is an
    array too, and ``first`` is no later than the first of them. None: one ``every`` so many milliseconds.
    """

    step: ClientStep
    first: int
    numbers: Sequence[int]
    by: int
    action: LaneAction
    instants: NDArray[int64] | None = None

    @property
    def last(self) -> int:
        """The instant of its last act."""
        if self.instants is not None:
            return int(self.instants[-1]) if len(self.instants) else self.first
        return self.first + (len(self.numbers) - 1) * self.step.every

    @property
    def count(self) -> int:
        """How many acts there are."""
        return len(self.numbers)

    def until(self, now: int) -> int:
        """How many of its acts are at an instant or before."""
        if self.instants is not None:
            return int(self.instants.searchsorted(now, side="right"))
        if now < self.first:
            return 0
        return min(self.count, (now - self.first) // self.step.every + 1) if self.step.every else self.count

    def acts(self) -> Iterator[Act]:
        """Its acts, in order of time."""
        step, first, by, action, every = self.step, self.first, self.by, self.action, self.step.every
        if self.instants is not None:
            return self._drawn(self.instants)
        return ((first + i * every, step, number, by, action) for i, number in enumerate(self.numbers))

    def _drawn(self, instants: NDArray[int64]) -> Iterator[Act]:
        numbers: Any = self.numbers
        for start in range(0, len(instants), SLICE):
            some = slice(start, start + SLICE)
            pairs = zip(instants[some].tolist(), numbers[some].tolist(), strict=True)
            yield from ((at, self.step, number, self.by, self.action) for at, number in pairs)


def merged(streams: list[Stream]) -> Iterator[Act]:
    """The acts of some streams, in order of time."""
    if len(streams) == 1:
        return streams[0].acts()
    return merge(*(stream.acts() for stream in streams), key=itemgetter(0))


def lives(scenario: Scenario) -> bool:
    """Whether anything that accounts do is drawn."""
    return any(step.drawn for step in scenario.steps)


def streams(model: Model, scenario: Scenario, roster: Roster, seed: int) -> list[Stream]:
    """The acts of all steps of a scenario, in order of their first instants. The ``seed`` decides what is drawn."""
    arrivals = None
    if lives(scenario):
        from dcsim.simulate.living import Arrivals  # noqa: PLC0415 - it needs numpy, which most runs do without

        arrivals = Arrivals(roster, model.rulebook, seed)
    every = (s for ticket, step in enumerate(scenario.steps) for s in _of_step(model, roster, ticket, step, arrivals))
    return sorted(every, key=attrgetter("first"))


def _of_step(
    model: Model, roster: Roster, ticket: int, step: ClientStep, arrivals: Arrivals | None
) -> Iterator[Stream]:
    first, by = instant(step.at, model.rulebook), NOBODY
    numbers: Any = roster.numbers(step.account)
    if isinstance(step.action, Administer):
        by, numbers = numbers[0], roster.numbers(step.action.user)
    instants = None
    if step.drawn and arrivals:
        instants, numbers = arrivals.of(step)
    if step.takes:
        later = None if instants is None else instants + step.takes
        yield Stream(step, first, numbers, by, Request(step.action, step.account, ticket), instants)
        yield Stream(step, first + step.takes, numbers, by, Commit(step.action, step.account, ticket), later)
    else:
        yield Stream(step, first, numbers, by, step.action, instants)
