"""Histories: accounts that lived through the same are one history, with a count and examples.

They began alike, and between the same control events they took the same acts in the same order, with the same outcomes
and lanes. Instants within such a stretch do not count. Each account has the number of its history so far, and no event
of it is kept, so a million accounts cost little more than one.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable

import attrs

from dcsim.domain.actions import Administer, Commit, LaneAction, Request
from dcsim.semantics.interning import NOBODY, Hop
from dcsim.trace.event import Event, SharedHistory
from dcsim.trace.moves import EXAMPLES

BY_ARRAYS = 2000
"""The histories of more accounts than this are put together by numpy."""


@attrs.define(eq=False)
class Histories:
    """The history of each account so far, as a number. It begins as the number of the account's first lane.

    Given the history, the lane is known. So a control event, which does the same to all accounts that are in one lane,
    changes no number.
    """

    lived: array[int]
    count: int = 0
    """How many numbers have been given."""
    _next: dict[tuple[int, Hop, int], int] = attrs.field(factory=dict)
    """Since the last control event: the history that a step leads to, from a history; and that of the administrator."""
    _alike: dict[object, int] = attrs.field(factory=dict)
    """The same, for steps that differ only in a name."""
    deeds: dict[int, set[int]] = attrs.field(factory=dict)
    """For each account that acted on others: the histories that its acts gave them."""
    turns: int = 0
    """How many control events there were."""

    def __attrs_post_init__(self) -> None:
        """Count the histories that there are."""
        self.count = max(self.lived, default=-1) + 1

    def act(self, account: int, action: LaneAction, by: int, hop: Hop) -> None:
        """Go on with the history of an account, which took a step, or on which an administrator acted."""
        key = (self.lived[account], hop, NOBODY if by == NOBODY else self.lived[by])
        self.lived[account] = after = self.after(key, action)
        if by != NOBODY:
            self.deeds.setdefault(by, set()).add(after)

    def turn(self) -> None:
        """Begin a new stretch: what is done after a control event is another history than what was done before."""
        self.turns += 1
        self._next.clear()
        self._alike.clear()

    def after(self, key: tuple[int, Hop, int], action: LaneAction) -> int:
        """Return the history after an action: from a history, by a step, and of the administrator (or NOBODY)."""
        after = self._next.get(key)
        if after is None:
            after = self._next[key] = self._new(key, action)
        return after

    def _new(self, key: tuple[int, Hop, int], action: LaneAction) -> int:
        before, hop, by = key
        outcome = hop.step.outcome
        shown = getattr(outcome, "code", None), getattr(outcome, "shows", None), outcome.site
        alike = before, without_name(action), by, hop.lane, shown
        found = self._alike.get(alike)
        if found is None:
            found = self._alike[alike] = self.count
            self.count += 1
        return found

    def shared(self, name: Callable[[int], str]) -> tuple[SharedHistory, ...]:
        """Return the histories, in the order of their first accounts."""
        return tuple(SharedHistory(accounts=n, examples=tuple(map(name, first))) for n, first in self._shared())

    def _shared(self) -> Iterable[tuple[int, list[int]]]:
        deeds = {account: frozenset(done) for account, done in self.deeds.items()}
        lived, apart = self.lived[:], dict[object, int]()
        for account, done in deeds.items():
            # Almost every account acts on no other: its history is the number alone.
            lived[account] = apart.setdefault((lived[account], done), self.count + len(apart))
        if len(lived) > BY_ARRAYS:
            from dcsim.trace.history_arrays import alike  # noqa: PLC0415 - numpy is slow to import

            return alike(lived, EXAMPLES)
        first: dict[int, list[int]] = {}
        for account, history in enumerate(lived):
            first.setdefault(history, []).append(account)
        return ((len(accounts), accounts[:EXAMPLES]) for accounts in first.values())

    def administrators(self) -> Iterable[int]:
        """Return the accounts that acted on others."""
        return self.deeds


def with_events(histories: Iterable[SharedHistory], events: Iterable[Event]) -> tuple[SharedHistory, ...]:
    """Return the histories with the numbers of the events in which their representatives acted, or were acted on."""
    numbers: dict[str, list[int]] = {}
    for event in events:
        for account in {event.account, event.by} - {""}:
            numbers.setdefault(account, []).append(event.n)
    return tuple(attrs.evolve(each, events=tuple(numbers.get(each.representative, ()))) for each in histories)


def without_name(action: LaneAction) -> LaneAction:
    """An action without the name of the account on which it is done, which says nothing of what is done."""
    if isinstance(action, Request | Commit) and isinstance(action.action, Administer):
        return attrs.evolve(action, action=attrs.evolve(action.action, user=""))
    return attrs.evolve(action, user="") if isinstance(action, Administer) else action
