"""Per-account factorisation: each distinct first lane is followed alone, and counts are multiplied.

For models whose accounts cannot act on each other. Exact where each control has one history; otherwise more may be
counted than is reachable, never less: a proof holds, and a break is reported only when the whole model shows it
(docs/explanation/engines.md).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

import attrs

from dcsim.checker.explorers.attribution import attributed
from dcsim.checker.explorers.budget import Budget, OverBudget, without_collector
from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.count import Count, Power, total
from dcsim.checker.explorers.protocol import Break, Explored, Lanes, Occurrence
from dcsim.checker.explorers.tables import Place, Settling, Tables

Term = tuple[int, tuple[Power, ...]]


def explore(model: Lanes, budget: Budget | None = None) -> Explored:
    """Every (control, lane) of every kind of account."""
    budget = budget or Budget()
    with without_collector():
        try:
            return of(Closure(Tables(model), budget).run())
        except OverBudget as over:
            return _undecided(str(over))


def of(closure: Closure) -> Explored:
    """As ``explore``, of a model that has been closed."""
    if closure.acts and sum(closure.sizes) > 1:
        return _undecided("one account may act on another: they cannot be followed alone")
    factors = Factors(closure)
    possible, real = _breaks(closure, exact=factors.exact)
    suspects = tuple(sorted(possible - real))
    return Explored(
        engine="factored",
        states=total(factors.states()),
        transitions=total(factors.transitions()),
        depth=factors.depth() if factors.exact else closure.depth,
        exact=factors.exact,
        attributed=True,
        broken=tuple(sorted(real)),
        suspects=suspects,
        fired=factors.fired(),
        why=f"suspected and not shown: {', '.join(map(str, suspects))}" if suspects else "",
    )


def _breaks(closure: Closure, *, exact: bool) -> tuple[set[Break], set[Break]]:
    """What may break, and what really can, told apart by the faults and slips before.

    Where the others may be idle, what an account breaks alone the whole can break; and nothing breaks that is not
    possible. Where the two agree, all is decided.
    """
    if not closure.broken:
        return set(), set()
    possible = attributed(closure)
    if exact:
        return possible, possible
    idle = getattr(closure.tables.model, "idle", False)
    return possible, attributed(closure, alone=True) & possible if idle else set()


def _undecided(why: str) -> Explored:
    return Explored(engine="factored", states=0, transitions=0, depth=0, complete=False, exact=False, why=why)


@attrs.frozen(eq=False)
class Factors:
    """Sums over controls of products over accounts."""

    closure: Closure

    @property
    def sizes(self) -> list[int]:
        """How many accounts each class has."""
        return self.closure.sizes

    @property
    def exact(self) -> bool:
        """One account; or no account moves the control, no turn asks for any one lane, each control has one history."""
        if sum(self.sizes) == 1:
            return True
        first = self.closure.tables.place(self.closure.start[0])
        entered = [first.number]
        for place in self.closure.places():
            for turn in self._taken(place):
                if turn.turn.needs == "any":
                    return False
                entered.append(turn.to.number)
        return not self.closure.shifts and len(entered) == len(set(entered))

    def states(self) -> Iterator[Term]:
        """Of each control, the lanes of each account."""
        for place in self.closure.places():
            yield 1, self._powers([len(lanes) for lanes in self._lanes(place)])

    def transitions(self) -> Iterator[Term]:
        """Of each control, the steps of each account with any lanes of the others, and the turns."""
        for place in self.closure.places():
            lanes = self._lanes(place)
            sizes = [len(each) for each in lanes]
            for kind, each in enumerate(lanes):
                yield self._one(kind, sizes, sum(place.own.total[lane] for lane in each))
            for turn in self._taken(place):
                yield 1, self._powers([len(each) for each in self._through(turn, lanes)])

    def fired(self) -> dict[Occurrence, Count]:
        """How often each name was met."""
        terms: dict[Occurrence, list[Term]] = {}
        for note, term in self._said():
            for name in self.closure.tables.notes[note][1]:
                terms.setdefault(name, []).append(term)
        return {name: total(each) for name, each in terms.items()}

    def depth(self) -> int:
        """Of each control, the turns that lead there and the most moves that each account can need."""
        if sum(self.sizes) == 1:
            return self.closure.depth
        turns = self._turns()
        moves = [self._moves(kind) for kind in range(len(self.sizes))]
        return max(
            turns[place.number]
            + sum(size * max(moves[kind][place.number].values()) for kind, size in enumerate(self.sizes))
            for place in self.closure.places()
        )

    def _said(self) -> Iterator[tuple[int, Term]]:
        for place in self.closure.places():
            lanes = self._lanes(place)
            sizes = [len(each) for each in lanes]
            for kind, each in enumerate(lanes):
                for lane in each if any(place.own.note) else ():
                    for _to, _after, note, times in place.own.of(lane):
                        if note:
                            yield note, self._one(kind, sizes, times)
            for turn in self._taken(place):
                through = self._through(turn, lanes)
                sizes_through = [len(each) for each in through]
                yield turn.own, (1, self._powers(sizes_through))
                for kind, each in enumerate(through):
                    notes = Counter(turn.note[lane] for lane in each)
                    yield from ((note, self._one(kind, sizes_through, times)) for note, times in notes.items())

    def _lanes(self, place: Place) -> list[list[int]]:
        return [list(self.closure.lanes(kind, place.number)) for kind in range(len(self.sizes))]

    def _taken(self, place: Place) -> Iterator[Settling]:
        """The turns of a control that can be taken."""
        for turn in place.turns:
            if all(self._through(turn, self._lanes(place))):
                yield turn

    def _through(self, turn: Settling, lanes: list[list[int]]) -> list[list[int]]:
        """The lanes that may go through a turn."""
        return [[lane for lane in each if turn.settled(lane) >= 0] for each in lanes]

    def _powers(self, sizes: list[int]) -> tuple[Power, ...]:
        return tuple(zip(sizes, self.sizes, strict=True))

    def _one(self, kind: int, sizes: list[int], times: int) -> Term:
        """One account of a class does something in so many ways, the others may be anywhere."""
        powers = [(size, count - (other == kind)) for other, (size, count) in enumerate(self._powers(sizes))]
        return times * self.sizes[kind], tuple(powers)

    def _turns(self) -> dict[int, int]:
        """How many turns lead to each control."""
        turns = {self.closure.tables.place(self.closure.start[0]).number: 0}
        waiting = deque(turns)
        while waiting:
            number = waiting.popleft()
            for turn in self._taken(self.closure.tables.places[number]):
                turns[turn.to.number] = turns[number] + 1
                waiting.append(turn.to.number)
        return turns

    def _moves(self, kind: int) -> list[dict[int, int]]:
        """By control and lane, the fewest moves of the account that lead there; turns cost it nothing."""
        places = self.closure.tables.places
        _, number, lane = next(pair for pair in self.closure.pairs if pair[0] == kind)
        moves: list[dict[int, int]] = [{} for _ in places]
        waiting = deque([(number, lane, 0)])
        while waiting:
            number, lane, cost = waiting.popleft()
            here = moves[number]
            if lane not in here:
                here[lane] = cost
                own = places[number].own
                for after in own.after[own.first[lane] : own.first[lane] + own.count[lane]]:
                    if after not in here:
                        waiting.append((number, after, cost + 1))
                for turn in places[number].turns:
                    if turn.settled(lane) >= 0:
                        waiting.appendleft((turn.to.number, turn.after[lane], cost))
        return moves
