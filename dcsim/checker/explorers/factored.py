"""The factored engine: each distinct first lane is followed by itself, and the counts are multiplied.

It is for models whose accounts cannot act on each other. The counts are exact where each control has one history.
Otherwise they are upper bounds: a proof holds, and a break is reported only if an account alone, with the others idle,
can cause it (docs/explanation/engines.md).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

import attrs

from dcsim.checker.explorers.attribution import attributed
from dcsim.checker.explorers.big_counts import Count, Power, total
from dcsim.checker.explorers.budget import Budget, OverBudget, without_collector
from dcsim.checker.explorers.closure import Closure
from dcsim.checker.explorers.protocol import Break, Explored, Lanes, Occurrence
from dcsim.checker.explorers.tables import NO_EFFECT, Place, Settling, Tables

Term = tuple[int, tuple[Power, ...]]


def explore(model: Lanes, budget: Budget | None = None) -> Explored:
    """Every (control, lane) of every class of accounts."""
    budget = budget or Budget()
    with without_collector():
        try:
            return of(Closure(Tables(model), budget).run())
        except OverBudget as over:
            return _undecided(str(over))


def of(closure: Closure) -> Explored:
    """The result for a model whose closure is complete."""
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
    """Two sets of breaks, with the faults and slips before each: those that may be possible, and those that are.

    The first contains everything that the whole model can break. Where the model promises that idle accounts do not
    interfere (``Lanes``), whatever one account breaks alone is possible in the whole model. Where the two sets are
    equal, every break is decided.
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
        """Whether all combinations of lanes are reachable.

        This is so with one account; or if no account moves the control, no turn needs any one lane, and each control
        has one history.
        """
        if sum(self.sizes) == 1:
            return True
        first = self.closure.tables.place(self.closure.start[0])
        entered = [first.number]
        for place in self.closure.places():
            for turn in self._possible_turns(place):
                if turn.turn.needs == "any":
                    return False
                entered.append(turn.to.number)
        return not self.closure.shifts and len(entered) == len(set(entered))

    def states(self) -> Iterator[Term]:
        """For each control, the product of the numbers of lanes of all accounts."""
        for place in self.closure.places():
            yield 1, self._powers([len(lanes) for lanes in self._lanes(place)])

    def transitions(self) -> Iterator[Term]:
        """For each control, each account's steps times the others' lanes; and the states that can take each turn."""
        for place in self.closure.places():
            lanes = self._lanes(place)
            sizes = [len(each) for each in lanes]
            for kind, each in enumerate(lanes):
                yield self._one_of(kind, sizes, sum(place.own.total[lane] for lane in each))
            for turn in self._possible_turns(place):
                yield 1, self._powers([len(each) for each in self._settled(turn, lanes)])

    def fired(self) -> dict[Occurrence, Count]:
        """How often each occurrence happens."""
        terms: dict[Occurrence, list[Term]] = {}
        for effect, term in self._effect_terms():
            for name in self.closure.tables.effects[effect][1]:
                terms.setdefault(name, []).append(term)
        return {name: total(each) for name, each in terms.items()}

    def depth(self) -> int:
        """The largest distance: over all controls, the turns that lead there and the most moves that accounts need."""
        if sum(self.sizes) == 1:
            return self.closure.depth
        turns = self._turns()
        moves = [self._moves(kind) for kind in range(len(self.sizes))]
        return max(
            turns[place.number]
            + sum(size * max(moves[kind][place.number].values()) for kind, size in enumerate(self.sizes))
            for place in self.closure.places()
        )

    def _effect_terms(self) -> Iterator[tuple[int, Term]]:
        for place in self.closure.places():
            lanes = self._lanes(place)
            sizes = [len(each) for each in lanes]
            if any(place.own.effect):
                for kind, each in enumerate(lanes):
                    for lane in each:
                        for _to, _after, effect, times in place.own.of(lane):
                            if effect != NO_EFFECT:
                                yield effect, self._one_of(kind, sizes, times)
            for turn in self._possible_turns(place):
                through = self._settled(turn, lanes)
                sizes_through = [len(each) for each in through]
                yield turn.own, (1, self._powers(sizes_through))
                for kind, each in enumerate(through):
                    effects = Counter(turn.effect[lane] for lane in each)
                    yield from ((effect, self._one_of(kind, sizes_through, times)) for effect, times in effects.items())

    def _lanes(self, place: Place) -> list[list[int]]:
        return [list(self.closure.lanes(kind, place.number)) for kind in range(len(self.sizes))]

    def _possible_turns(self, place: Place) -> Iterator[Settling]:
        """The turns of a control that some state can take."""
        for turn in place.turns:
            if all(self._settled(turn, self._lanes(place))):
                yield turn

    def _settled(self, turn: Settling, lanes: list[list[int]]) -> list[list[int]]:
        """The lanes that a turn settled in the closure."""
        return [[lane for lane in each if turn.settled(lane) >= 0] for each in lanes]

    def _powers(self, sizes: list[int]) -> tuple[Power, ...]:
        return tuple(zip(sizes, self.sizes, strict=True))

    def _one_of(self, kind: int, sizes: list[int], times: int) -> Term:
        """One account of a class takes one of ``times`` steps, and the others have any lane."""
        powers = [(size, count - (other == kind)) for other, (size, count) in enumerate(self._powers(sizes))]
        return times * self.sizes[kind], tuple(powers)

    def _turns(self) -> dict[int, int]:
        """How many turns lead to each control."""
        turns = {self.closure.tables.place(self.closure.start[0]).number: 0}
        waiting = deque(turns)
        while waiting:
            number = waiting.popleft()
            for turn in self._possible_turns(self.closure.tables.places[number]):
                turns[turn.to.number] = turns[number] + 1
                waiting.append(turn.to.number)
        return turns

    def _moves(self, kind: int) -> list[dict[int, int]]:
        """By control and lane, the fewest moves of one account that lead there.

        Turns are common to all accounts and counted once for all of them (``_turns``), so here they cost nothing.
        """
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
                        # At the front, as it costs nothing: the queue stays in order of cost.
                        waiting.appendleft((turn.to.number, turn.after[lane], cost))
        return moves
