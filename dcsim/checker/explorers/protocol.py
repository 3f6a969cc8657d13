"""The protocol between models and explorers.

A ``System`` is a labelled transition system with properties. A ``Lanes`` model has more structure: one control and one
lane an account. ``Product`` makes any ``Lanes`` model a ``System``, so that the plain breadth-first search is the
reference for every other engine.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

import attrs

from dcsim.checker.explorers.count import Count, added

State = Hashable
Label = Any
"""An action as the model knows it; explorers only hand it on."""

MISHAPS = ("fault", "slip")
"""Kinds of occurrence that went wrong: a fault of the link, an operator's slip."""


class Occurrence(NamedTuple):
    """Something that happens in a step: what it is (``kind``), which one (``name``), and of what or where (``detail``).

    An operator who skips the step ``revert`` is ``Occurrence("slip", "skip", "revert")``.
    """

    kind: str
    name: str
    detail: str = ""

    @property
    def words(self) -> str:
        """What happened, without saying of which kind it is: ``skip revert``."""
        return f"{self.name} {self.detail}" if self.detail else self.name

    def __str__(self) -> str:
        """With its kind, but for an action, whose name says enough."""
        return self.words if self.kind == "action" else f"{self.kind} {self.words}"


Mishaps = tuple[Occurrence, ...]
"""Faults and slips, sorted by their words: in which order they came does not matter."""


class Break(NamedTuple):
    """A property that breaks, and the faults and slips that came before."""

    invariant: str
    after: Mishaps = ()

    def __str__(self) -> str:
        """In words: ``sites-agree after skip revert``."""
        return f"{self.invariant} after {in_words(self.after)}" if self.after else self.invariant


def in_words(mishaps: Mishaps) -> str:
    """Faults and slips for a person to read."""
    return " and ".join(mishap.words for mishap in mishaps)


class Edge(NamedTuple):
    """One step: its action, where it leads, the always-properties it breaks, and what it makes happen for
    sometimes-properties and coverage.
    """

    action: Label
    state: Any
    broken: tuple[str, ...] = ()
    met: tuple[Occurrence, ...] = ()


class System(Protocol):
    """A labelled transition system. ``edges`` yields the simplest action first, always in the same order."""

    def initial(self) -> Iterable[State]:
        """The states to begin with."""
        ...

    def edges(self, state: Any) -> Iterable[Edge]:
        """Every step from a state."""
        ...


class Move(NamedTuple):
    """A step of one account: the control and the lane that it leads to."""

    action: Label
    control: Any
    lane: Any
    broken: tuple[str, ...] = ()
    met: tuple[Occurrence, ...] = ()


@attrs.frozen(slots=True)
class Turn:
    """A step of the control, which settles every lane.

    ``needs``: it may be taken only when every lane, or at least one, passes ``test``. ``settle`` maps each lane to
    (lane, broken, met).
    """

    action: Label
    control: Any
    settle: Callable[[Any], tuple[Any, tuple[str, ...], tuple[Occurrence, ...]]]
    broken: tuple[str, ...] = ()
    met: tuple[Occurrence, ...] = ()
    needs: Literal["nothing", "all", "any"] = "nothing"
    test: Callable[[Any], bool] = lambda _: True


class Lanes(Protocol):
    """A model of accounts under one control. Accounts of equal ``start`` lanes are alike.

    A model with a true ``idle`` promises that an account which does nothing stands in nobody's way: what the others
    can do without it, they can do with it. A step that is a fault or slip says so by what it meets (``MISHAPS``).
    """

    def start(self) -> tuple[Any, tuple[Any, ...]]:
        """The first control, and each account's first lane."""
        ...

    def moves(self, control: Any, lane: Any) -> Iterable[Move]:
        """Steps that touch one account and look at no other."""
        ...

    def authority(self, control: Any, lane: Any) -> Hashable:
        """What an account may do to others, as far as its own lane decides; None: nothing. It is all of the actor's
        lane that ``acts`` may read.
        """
        ...

    def acts(self, control: Any, authority: Any, lane: Any) -> Iterable[Move]:
        """Steps of an account of that authority on another, whose lane is written."""
        ...

    def turns(self, control: Any) -> Iterable[Turn]:
        """Steps of the control."""
        ...


@attrs.frozen(eq=False)
class Product:
    """A ``Lanes`` model as a ``System``: states are (control, lanes)."""

    model: Lanes

    def initial(self) -> Iterable[State]:
        """The one state to begin with."""
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
            if _may(turn, lanes):
                settled = [turn.settle(lane) for lane in lanes]
                broken = sum((s[1] for s in settled), turn.broken)
                met = sum((s[2] for s in settled), turn.met)
                yield Edge((None, turn.action), (turn.control, tuple(s[0] for s in settled)), broken, met)


def _edge(label: Label, control: Any, move: Move, lanes: tuple[Any, ...], account: int) -> Edge:
    after = (*lanes[:account], move.lane, *lanes[account + 1 :])
    return Edge(label, (control if move.control is None else move.control, after), move.broken, move.met)


def _may(turn: Turn, lanes: tuple[Any, ...]) -> bool:
    if turn.needs == "nothing":
        return True
    return (all if turn.needs == "all" else any)(turn.test(lane) for lane in lanes)


def breaks(found: Iterable[str | Break]) -> tuple[Break, ...]:
    """What breaks, each once, in order; a bare name is a property that breaks after nothing that is told apart."""
    return tuple(sorted({each if isinstance(each, Break) else Break(each) for each in found}))


@attrs.frozen(kw_only=True)
class Explored:
    """The result of an exploration.

    ``states``, ``transitions`` and ``depth`` (the longest of the shortest paths) are exact where ``exact``; else states
    and transitions are no less than the truth, and the depth is that of an account alone. ``complete`` is False when a
    budget ran out before all was visited. ``broken`` is what can break; ``suspects`` were neither proved nor shown;
    what is in neither, when complete, is proved. ``attributed``: what breaks is told apart by the faults and slips
    before it. ``fired`` counts what happened. ``why`` says what kept it from a decision, ``chosen`` why this engine
    was taken.
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
    """Explorations of groups of accounts that nothing joins, as one."""
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
