"""The protocol between models and explorers.

A ``System`` is a labelled transition system with properties. A ``Lanes`` model has more structure: one control, and one
lane for each account. ``Product`` turns any ``Lanes`` model into a ``System``, so that the plain breadth-first search
is the reference for every other engine.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

import attrs

from dcsim.checker.explorers.big_counts import Count, added

State = Hashable
Label = Any
"""An action of the model. Explorers do not look into it."""

MISHAPS = ("fault", "slip")
"""The kinds of occurrence that are mishaps: a fault of the link, and a slip of the operator."""


class Occurrence(NamedTuple):
    """Something that happens in a step: what it is (``kind``), which one (``name``), and of what or where (``detail``).

    An operator who skips the step ``revert`` is ``Occurrence("slip", "skip", "revert")``.
    """

    kind: str
    name: str
    detail: str = ""

    @property
    def words(self) -> str:
        """The name and the detail, without the kind: ``skip revert``."""
        return f"{self.name} {self.detail}" if self.detail else self.name

    def __str__(self) -> str:
        """The kind and the words; of an action the words alone."""
        return self.words if self.kind == "action" else f"{self.kind} {self.words}"


Mishaps = tuple[Occurrence, ...]
"""Faults and slips, sorted by their words, as their order in time does not matter."""


class Break(NamedTuple):
    """A property that breaks, and the faults and slips that come before it."""

    invariant: str
    after: Mishaps = ()

    def __str__(self) -> str:
        """In words: ``sites-agree after skip revert``."""
        return f"{self.invariant} after {in_words(self.after)}" if self.after else self.invariant


def in_words(mishaps: Mishaps) -> str:
    """Faults and slips as text: ``skip revert and link drop``."""
    return " and ".join(mishap.words for mishap in mishaps)


class Edge(NamedTuple):
    """One step: its action, the state that it leads to, the properties that it breaks, and what happens in it.

    Occurrences serve coverage, the attribution of breaks to mishaps, and properties that must hold sometimes.
    """

    action: Label
    state: Any
    broken: tuple[str, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()


class System(Protocol):
    """A labelled transition system. ``edges`` yields the simplest action first, and always the same order."""

    def initial(self) -> Iterable[State]:
        """The first states."""
        ...

    def edges(self, state: Any) -> Iterable[Edge]:
        """Every step from a state."""
        ...


class Move(NamedTuple):
    """A step of one account: the control (None: it stays) and the lane that it leads to."""

    action: Label
    control: Any
    lane: Any
    broken: tuple[str, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()


@attrs.frozen(slots=True)
class Turn:
    """A step of the control, which settles every lane.

    ``needs``: the turn is possible only if every lane (``all``), or at least one (``any``), passes ``test``. ``settle``
    maps each lane to (lane, broken, occurrences).
    """

    action: Label
    control: Any
    settle: Callable[[Any], tuple[Any, tuple[str, ...], tuple[Occurrence, ...]]]
    broken: tuple[str, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    needs: Literal["nothing", "all", "any"] = "nothing"
    test: Callable[[Any], bool] = lambda _: True


class Lanes(Protocol):
    """A model of accounts under one control. Accounts of equal ``start`` lanes are alike.

    A model whose attribute ``idle`` is true promises that an account which does nothing never hinders the others: all
    that they can do without it, they can do with it. A step that is a fault or a slip has it among its occurrences
    (``MISHAPS``).
    """

    def start(self) -> tuple[Any, tuple[Any, ...]]:
        """The first control, and each account's first lane."""
        ...

    def moves(self, control: Any, lane: Any) -> Iterable[Move]:
        """Steps of one account. They depend on no other account."""
        ...

    def authority(self, control: Any, lane: Any) -> Hashable:
        """What of an account's lane decides its acts on others; None: it can do nothing to them.

        ``acts`` gets this value and not the actor's lane, so that actors with equal authority are explored once.
        """
        ...

    def acts(self, control: Any, authority: Any, lane: Any) -> Iterable[Move]:
        """Steps of an account with that authority on another account, which has this lane. Only this lane changes."""
        ...

    def turns(self, control: Any) -> Iterable[Turn]:
        """Steps of the control."""
        ...


@attrs.frozen(eq=False)
class Product:
    """A ``Lanes`` model as a ``System``: states are (control, lanes)."""

    model: Lanes

    def initial(self) -> Iterable[State]:
        """The one first state."""
        return [self.model.start()]

    def edges(self, state: Any) -> Iterator[Edge]:
        """Moves of each account, acts of each on each other, then turns."""
        control, lanes = state
        for account, lane in enumerate(lanes):
            for move in self.model.moves(control, lane):
                yield _edge((account, move.action), control, move, lanes, account)
        for by, actor in enumerate(lanes):
            authority = self.model.authority(control, actor)
            for account, lane in enumerate(lanes):
                if by != account and authority is not None:
                    for move in self.model.acts(control, authority, lane):
                        yield _edge((account, move.action, by), control, move, lanes, account)
        for turn in self.model.turns(control):
            if _possible(turn, lanes):
                settled = [turn.settle(lane) for lane in lanes]
                broken = sum((s[1] for s in settled), turn.broken)
                occurrences = sum((s[2] for s in settled), turn.occurrences)
                yield Edge((None, turn.action), (turn.control, tuple(s[0] for s in settled)), broken, occurrences)


def _edge(label: Label, control: Any, move: Move, lanes: tuple[Any, ...], account: int) -> Edge:
    after = (*lanes[:account], move.lane, *lanes[account + 1 :])
    return Edge(label, (control if move.control is None else move.control, after), move.broken, move.occurrences)


def _possible(turn: Turn, lanes: tuple[Any, ...]) -> bool:
    if turn.needs == "nothing":
        return True
    return (all if turn.needs == "all" else any)(turn.test(lane) for lane in lanes)


def breaks(found: Iterable[str | Break]) -> tuple[Break, ...]:
    """What breaks, each once, sorted. A bare name becomes a break without faults and slips."""
    return tuple(sorted({each if isinstance(each, Break) else Break(each) for each in found}))


@attrs.frozen(kw_only=True)
class Explored:
    """The result of an exploration.

    ``exact``: ``states``, ``transitions`` and ``depth`` (the length of the longest of the shortest paths) are exact;
    otherwise states and transitions are upper bounds, and the depth is that of one account. ``complete``: everything
    was visited before a budget ran out. ``broken``: what can break. ``suspects``: what may break, but is neither shown
    nor excluded. If ``complete``, everything in neither of them is proved. ``attributed``: ``broken`` names the faults
    and slips before each break. ``fired``: how often each occurrence happened. ``why``: what prevented a decision.
    ``chosen``: why this engine was taken.
    """

    engine: str
    states: Count
    transitions: Count
    depth: int
    complete: bool = True
    exact: bool = True
    attributed: bool = False
    broken: tuple[Break, ...] = ()
    suspects: tuple[Break, ...] = ()
    fired: Mapping[Occurrence, Count] = attrs.field(factory=dict)
    why: str = ""
    chosen: str = ""

    @property
    def invariants(self) -> tuple[str, ...]:
        """The properties that can break, each once."""
        return tuple(dict.fromkeys(each.invariant for each in self.broken))


def joined(parts: Sequence[Explored]) -> Explored:
    """The explorations of independent groups of accounts as one: counts are added up, breaks united."""
    first = parts[0]
    if len(parts) == 1:
        return first
    names = dict.fromkeys(name for part in parts for name in part.fired)
    return Explored(
        engine=" and ".join(dict.fromkeys(part.engine for part in parts)),
        states=added(part.states for part in parts),
        transitions=added(part.transitions for part in parts),
        depth=max(part.depth for part in parts),
        complete=all(part.complete for part in parts),
        exact=all(part.exact for part in parts),
        attributed=all(part.attributed for part in parts),
        broken=tuple(sorted({name for part in parts for name in part.broken})),
        suspects=tuple(sorted({name for part in parts for name in part.suspects})),
        fired={name: added(part.fired.get(name, 0) for part in parts) for name in names},
        why=next((part.why for part in parts if part.why), ""),
        chosen=first.chosen,
    )
