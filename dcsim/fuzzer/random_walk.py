"""Random walks through a model of accounts under one control. This is the fastest way to try many schedules.

A model says where it begins, what each account may do, alone or to another account, and how the control turns. The
answers of the model are kept, so a step of an example is one look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from random import Random
from typing import Any

import attrs

MOST_STEPS = 300
MOST_KEPT = 200_000
"""The most states whose choices are kept. Above this number all are dropped, so that memory use stays constant."""

Label = tuple[Any, ...]
State = tuple[Any, tuple[Any, ...]]
"""The control, and the lane of each account."""
Choice = tuple[tuple[Label, ...], State, tuple[str, ...]]
"""The labels of what is done, the state after it, and the properties that it breaks."""


@attrs.define
class Walks:
    """The counts of many walks. ``examples`` counts walks, ``steps`` counts choices.

    For each broken property, ``found`` has the shortest path, and ``first`` the number of the first walk that broke it.
    ``seen`` are the states that these walks visited, or earlier walks over the same ways.
    """

    examples: int = 0
    steps: int = 0
    found: dict[str, tuple[Label, ...]] = attrs.field(factory=dict)
    first: dict[str, int] = attrs.field(factory=dict)
    seen: set[Hashable] = attrs.field(factory=set)


def walk(
    model: Any,
    seed: int,
    examples: int,
    stop: Callable[[], int],
    cost: Callable[[tuple[Label, ...]], int] = len,
    ways: Ways | None = None,
) -> Walks:
    """Walk ``examples`` times from the initial state to a final state or to the first violation.

    ``cost`` is the length of a path. ``ways`` has the choices that earlier walks of the same model computed. It saves
    time; the result is the same without it.
    """
    random, walks, ways = Random(seed).random, Walks(), ways or Ways(model)  # noqa: S311 - a seed, not a secret
    for number in range(examples):
        if number % 8 == 0 and stop():  # asking takes time, so it is not done for each walk
            break
        walks.examples += 1
        path, broken = _once(ways, random)
        walks.steps += len(path)
        if broken:
            labels = tuple(label for way in path for label in way)
            for name in broken:
                walks.first.setdefault(name, walks.examples)
                if name not in walks.found or cost(labels) < cost(walks.found[name]):
                    walks.found[name] = labels
        if len(ways.known) > MOST_KEPT:
            walks.seen.update(ways.known)
            ways.forget()
    walks.seen.update(ways.known)
    return walks


def _once(ways: Ways, random: Callable[[], float]) -> tuple[list[tuple[Label, ...]], tuple[str, ...]]:
    """Do one walk. Return its choices, and the properties that the last choice broke."""
    state, known = ways.begin, ways.known
    path: list[tuple[Label, ...]] = []
    while len(path) < MOST_STEPS:
        # Look up here first: a call for each step would make walks much slower.
        choices = known.get(state)
        if choices is None:
            choices = ways.choices(state)
        if not choices:
            break
        labels, state, broken = choices[int(random() * len(choices))]
        path.append(labels)
        if broken:
            return path, broken
    return path, ()


@attrs.define
class Ways:
    """The choices at each visited state.

    Choices that change nothing and break nothing are left out. A choice includes the steps after it that have no
    alternative.
    """

    model: Any
    begin: State = attrs.field(init=False)
    known: dict[State, tuple[Choice, ...]] = attrs.field(factory=dict)
    _own: dict[Hashable, tuple[Any, ...]] = attrs.field(factory=dict)
    _turns: dict[Hashable, tuple[Any, ...]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.begin = self.model.start()

    def forget(self) -> None:
        """Drop everything that was computed."""
        self.known.clear()
        self._own.clear()
        self._turns.clear()

    def choices(self, state: State) -> tuple[Choice, ...]:
        """Return the choices at a state."""
        if state not in self.known:
            self.known[state] = tuple(self._onward(choice) for choice in self._steps(state))
        return self.known[state]

    def _onward(self, choice: Choice) -> Choice:
        """Extend a choice by the steps after it, as long as there is only one possible step."""
        labels, state, broken = choice
        while not broken and len(labels) < MOST_STEPS:
            following = tuple(self._steps(state))
            if len(following) != 1:
                break
            labels, state, broken = (*labels, *following[0][0]), following[0][1], following[0][2]
        return labels, state, broken

    def _steps(self, state: State) -> Iterator[Choice]:
        """Yield every step of an account, every act of one account on another, and every turn of the control."""
        control, lanes = state
        for account, lane in enumerate(lanes):
            for move in self._effective_moves(control, lane, None):
                yield _moved(state, (account, move.action), account, move)
        for by, actor in enumerate(lanes) if len(lanes) > 1 else ():
            authority = self.model.authority(control, actor)
            for account, lane in enumerate(lanes) if authority is not None else ():
                for move in self._effective_moves(control, lane, authority) if account != by else ():
                    yield _moved(state, (account, move.action, by), account, move)
        for turn in self._turns_of(control):
            # A turn may need that all lanes, or that any lane, pass its test.
            if turn.needs == "nothing" or (all if turn.needs == "all" else any)(map(turn.test, lanes)):
                settled = [turn.settle(lane) for lane in lanes]
                broken = sum((names for _, names, _ in settled), turn.broken)
                yield ((None, turn.action),), (turn.control, tuple(to for to, _, _ in settled)), broken

    def _effective_moves(self, control: Any, lane: Any, authority: Any) -> tuple[Any, ...]:
        """Return the moves of a lane that change something or break something."""
        key = (control, lane, authority)
        found = self._own.get(key)
        if found is None:
            acts = authority is not None
            moves = self.model.acts(control, authority, lane) if acts else self.model.moves(control, lane)
            found = tuple(m for m in moves if m.broken or m.control is not None or m.lane != lane)
            self._own[key] = found
        return found

    def _turns_of(self, control: Any) -> tuple[Any, ...]:
        """Return the turns of the control."""
        found = self._turns.get(control)
        if found is None:
            found = self._turns[control] = tuple(self.model.turns(control))
        return found


def _moved(state: State, label: Label, account: int, move: Any) -> Choice:
    control, lanes = state
    after = (*lanes[:account], move.lane, *lanes[account + 1 :])
    return (label,), (control if move.control is None else move.control, after), move.broken
