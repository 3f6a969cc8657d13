"""History variables: a model that remembers the faults and slips so far, so that each combination is told apart.

A model says with each step which fault or slip it is, and forgets it: its states are those of the world.
``WithHistory`` keeps them in the control, as an auxiliary variable that only the properties read (Abadi and Lamport,
*The existence of refinement mappings*, 1991).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

import attrs

from dcsim.checker.explorers.protocol import MISHAPS, Break, Lanes, Mishaps, Move, Occurrence, Turn

Recalled = tuple[Any, Mishaps]
"""A control of the model, and the faults and slips that came before."""


def after(mishaps: Mishaps, met: Iterable[Occurrence]) -> Mishaps:
    """The faults and slips after a step that meets all this."""
    new = [occurrence for occurrence in met if occurrence.kind in MISHAPS]
    return tuple(sorted((*mishaps, *new), key=_by_words)) if new else mishaps


def _by_words(occurrence: Occurrence) -> str:
    return occurrence.words


@attrs.frozen(eq=False)
class WithHistory:
    """A model whose control remembers the faults and slips, and which breaks a property after them (``Break``)."""

    model: Lanes
    _unchanged: dict[int, tuple[Move, ...]] = attrs.field(factory=dict)

    def start(self) -> tuple[Any, tuple[Any, ...]]:
        """No fault or slip has happened."""
        control, lanes = self.model.start()
        return (control, ()), lanes

    def moves(self, recalled: Recalled, lane: Any) -> Iterable[Move]:
        """The account's own steps; the model's very tuple where there is nothing to remember."""
        return self._moves(recalled, self.model.moves(recalled[0], lane))

    def authority(self, recalled: Recalled, lane: Any) -> Hashable:
        """As in the model."""
        return self.model.authority(recalled[0], lane)

    def acts(self, recalled: Recalled, authority: Any, lane: Any) -> Iterable[Move]:
        """Steps of an account on another."""
        return self._moves(recalled, self.model.acts(recalled[0], authority, lane))

    def turns(self, recalled: Recalled) -> Iterator[Turn]:
        """Steps of the control."""
        control, mishaps = recalled
        for turn in self.model.turns(control):
            then = after(mishaps, turn.met)
            settle, broken = _settle(turn, then), _broken(turn.broken, then)
            yield attrs.evolve(turn, control=(turn.control, then), settle=settle, broken=broken)

    def _moves(self, recalled: Recalled, moves: Iterable[Move]) -> Iterable[Move]:
        if id(moves) in self._unchanged:
            return moves
        if isinstance(moves, tuple) and not any(map(_adds, moves)):
            self._unchanged[id(moves)] = moves
            return moves
        return [_move(recalled, move) for move in moves]


def _adds(move: Move) -> bool:
    return move.control is not None or bool(move.broken) or any(each.kind in MISHAPS for each in move.met)


def _move(recalled: Recalled, move: Move) -> Move:
    control, mishaps = recalled
    then = after(mishaps, move.met)
    to = None if move.control is None and then == mishaps else (control if move.control is None else move.control, then)
    return move._replace(control=to, broken=_broken(move.broken, then))


def _settle(turn: Turn, mishaps: Mishaps) -> Callable[[Any], tuple[Any, Any, tuple[Occurrence, ...]]]:
    def settle(lane: Any) -> tuple[Any, Any, tuple[Occurrence, ...]]:
        to, broken, met = turn.settle(lane)
        return to, _broken(broken, mishaps), met

    return settle


def _broken(names: tuple[str, ...], mishaps: Mishaps) -> Any:
    return tuple(Break(name, mishaps) for name in names)
