"""Slips and faults by name: what came before a property broke.

A model says with each step which slip or fault it is, as a name it meets (``slip ...``), and forgets it: its states are
those of the world. ``Told`` remembers them in the control, so that an explorer tells each combination apart.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

import attrs

from dcsim.check.explorers.protocol import Lanes, Move, Turn

SLIP = "slip "
"""What the name of a slip or fault begins with, among the names that a step meets."""

Slips = tuple[str, ...]
"""Slips and faults, sorted: in which order they came does not matter."""


def after(slips: Slips, met: Iterable[str]) -> Slips:
    """The slips after a step that meets these names."""
    new = [name.removeprefix(SLIP) for name in met if name.startswith(SLIP)]
    return tuple(sorted((*slips, *new))) if new else slips


_AFTER, _AND = "\x1e", "\x1f"
"""What parts a property from its slips, and slips from each other, in a name: nothing that a step could be called."""


def named(name: str, slips: Slips) -> str:
    """The name of a property after some slips."""
    return name + _AFTER + _AND.join(slips) if slips else name


def split(name: str) -> tuple[str, Slips]:
    """The property and the slips that a name tells of."""
    invariant, _, slips = name.partition(_AFTER)
    return invariant, tuple(slips.split(_AND)) if slips else ()


def spoken(name: str) -> str:
    """A name in words: ``sites-agree after skip revert``."""
    invariant, slips = split(name)
    return f"{invariant} after {' and '.join(slips)}" if slips else invariant


@attrs.frozen(eq=False)
class Told:
    """A model whose control remembers the slips, and whose properties are named by them."""

    model: Lanes
    _plain: dict[int, tuple[Move, ...]] = attrs.field(factory=dict)

    def start(self) -> tuple[Any, tuple[Any, ...]]:
        """No slip has happened."""
        control, lanes = self.model.start()
        return (control, ()), lanes

    def moves(self, told: tuple[Any, Slips], lane: Any) -> Iterable[Move]:
        """The account's own steps; the model's very tuple where there is nothing to tell."""
        return self._moves(told, self.model.moves(told[0], lane))

    def authority(self, told: tuple[Any, Slips], lane: Any) -> Hashable:
        """As in the model."""
        return self.model.authority(told[0], lane)

    def acts(self, told: tuple[Any, Slips], authority: Any, lane: Any) -> Iterable[Move]:
        """Steps of an account on another."""
        return self._moves(told, self.model.acts(told[0], authority, lane))

    def turns(self, told: tuple[Any, Slips]) -> Iterator[Turn]:
        """Steps of the control."""
        control, slips = told
        for turn in self.model.turns(control):
            then = after(slips, turn.met)
            broken = tuple(named(name, then) for name in turn.broken)
            yield attrs.evolve(
                turn, control=(turn.control, then), settle=_settle(turn, then), broken=broken, met=_kept(turn.met)
            )

    def _moves(self, told: tuple[Any, Slips], moves: Iterable[Move]) -> Iterable[Move]:
        if id(moves) in self._plain:
            return moves
        if isinstance(moves, tuple) and not any(map(_tells, moves)):
            self._plain[id(moves)] = moves
            return moves
        return [_told(told, move) for move in moves]


def _tells(move: Move) -> bool:
    return move.control is not None or bool(move.broken) or move.met != _kept(move.met)


def _told(told: tuple[Any, Slips], move: Move) -> Move:
    control, slips = told
    then = after(slips, move.met)
    to = None if move.control is None and then == slips else (control if move.control is None else move.control, then)
    return Move(move.action, to, move.lane, tuple(named(name, then) for name in move.broken), _kept(move.met))


def _settle(turn: Turn, slips: Slips) -> Callable[[Any], tuple[Any, Slips, tuple[str, ...]]]:
    def settle(lane: Any) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
        to, broken, met = turn.settle(lane)
        return to, tuple(named(name, slips) for name in broken), _kept(met)

    return settle


def _kept(met: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in met if not name.startswith(SLIP))
