"""History variables: a model that remembers the faults and slips so far.

The states of an ordinary model do not contain the faults and slips that led to them; only its steps name them.
``WithHistory`` adds them to the control, as an auxiliary variable that only the properties read (Abadi and Lamport,
*The existence of refinement mappings*, 1991). It is the reference for the question which of them come before a break,
and the search for counterexamples uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

import attrs

from dcsim.checker.explorers.protocol import MISHAPS, Break, Lanes, Mishaps, Move, Occurrence, Turn

Remembered = tuple[Any, Mishaps]
"""A control of the model, and the faults and slips that came before it."""


def after(mishaps: Mishaps, occurrences: Iterable[Occurrence]) -> Mishaps:
    """The faults and slips so far, after a step in which these occurrences happen."""
    new = [occurrence for occurrence in occurrences if occurrence.kind in MISHAPS]
    return tuple(sorted((*mishaps, *new), key=_by_words)) if new else mishaps


def _by_words(occurrence: Occurrence) -> str:
    return occurrence.words


@attrs.frozen(eq=False)
class WithHistory:
    """A model whose control contains the faults and slips so far. Its steps break a ``Break``, not a bare name."""

    model: Lanes
    _unchanged: dict[int, tuple[Move, ...]] = attrs.field(factory=dict)

    def start(self) -> tuple[Any, tuple[Any, ...]]:
        """The model's first state; no fault or slip has happened."""
        control, lanes = self.model.start()
        return (control, ()), lanes

    def moves(self, remembered: Remembered, lane: Any) -> Iterable[Move]:
        """The account's own steps."""
        return self._moves(remembered, self.model.moves(remembered[0], lane))

    def authority(self, remembered: Remembered, lane: Any) -> Hashable:
        """As in the model."""
        return self.model.authority(remembered[0], lane)

    def acts(self, remembered: Remembered, authority: Any, lane: Any) -> Iterable[Move]:
        """Steps of an account on another."""
        return self._moves(remembered, self.model.acts(remembered[0], authority, lane))

    def turns(self, remembered: Remembered) -> Iterator[Turn]:
        """Steps of the control."""
        control, mishaps = remembered
        for turn in self.model.turns(control):
            then = after(mishaps, turn.occurrences)
            settle, broken = _settle(turn, then), _broken(turn.broken, then)
            yield attrs.evolve(turn, control=(turn.control, then), settle=settle, broken=broken)

    def _moves(self, remembered: Remembered, moves: Iterable[Move]) -> Iterable[Move]:
        # Most tuples of moves neither break nor change anything here. The model returns the same tuple for states that
        # look alike, and so must this: the tables recognise it by its identity. Holding it keeps the identity unique.
        if id(moves) in self._unchanged:
            return moves
        if isinstance(moves, tuple) and not any(map(_changes_history, moves)):
            self._unchanged[id(moves)] = moves
            return moves
        return [_move(remembered, move) for move in moves]


def _changes_history(move: Move) -> bool:
    return move.control is not None or bool(move.broken) or any(each.kind in MISHAPS for each in move.occurrences)


def _move(remembered: Remembered, move: Move) -> Move:
    control, mishaps = remembered
    then = after(mishaps, move.occurrences)
    to = None if move.control is None and then == mishaps else (control if move.control is None else move.control, then)
    return move._replace(control=to, broken=_broken(move.broken, then))


def _settle(turn: Turn, mishaps: Mishaps) -> Callable[[Any], tuple[Any, Any, tuple[Occurrence, ...]]]:
    def settle(lane: Any) -> tuple[Any, Any, tuple[Occurrence, ...]]:
        to, broken, occurrences = turn.settle(lane)
        return to, _broken(broken, mishaps), occurrences

    return settle


def _broken(names: tuple[str, ...], mishaps: Mishaps) -> Any:
    return tuple(Break(name, mishaps) for name in names)
