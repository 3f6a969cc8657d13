"""Discard as non-interference: two runs of one schedule, with and without what is done where it will be discarded.

The invariant ``discarded-absent`` looks at the origins of values in one run. Non-interference compares what can be
observed in two runs: whoever logs on when the target opens cannot tell whether anything was done in the discarded
session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Any, NamedTuple

import attrs

from dcsim.checker.explorers.protocol import Move, Occurrence, Turn
from dcsim.checker.model.point import ends
from dcsim.checker.model.weekend import GONE, Labelled, Node, Point, Weekend
from dcsim.domain.actions import LaneAction
from dcsim.domain.runbook import Drain
from dcsim.domain.world import Lane, Ledger
from dcsim.semantics.interning import NOBODY
from dcsim.semantics.model import Model

NON_INTERFERENCE = "non-interference"
COMPARED = "compared at"
"""The kind of occurrence of a comparison. Its name is the session that opens."""
GIVEN_UP = Occurrence("given up", "before the comparison")
"""The occurrence of two runs that are not compared, as one breaks an ordinary invariant before."""


class Pair(NamedTuple):
    """One account in both runs: its node in the first run, and the number of its lane in the second.

    The second run is *spared* the acts that will be discarded.
    """

    ran: Node
    spared: int


OVER = Pair(GONE, GONE[0])
"""An account whose schedule ended, as one of the runs has a violation."""


@attrs.frozen(eq=False)
class Twin:
    """Two runs of a weekend in step.

    Client acts made in an interval from which a rule discards, for that kind of account, are taken in the first run
    only. Every other act, delivery, fault, slip, tick and runbook step is taken in both. A redo entry that both runs
    have gets one verdict; an entry that only one run has gets its own. The operator sees the first run. If an account
    lets the operator go on in one run and not in the other, that is interference too.

    When a target of those discards opens, each run has a record at the serving site. A field of it is a **permitted
    observation** if the rules permit the same for it in both runs at that target. Its value and its origin must then be
    equal, also of a counter, a lock or the OTP credential. Where the rules permit different things (what the first run
    did is carried, or the source leaves it open), the field is no observation. The number of the primary's commits is
    none either: a discarded session at the primary has commits of its own, and no notice promises anything about them.
    Replies to a client after the opening depend on that record alone, so they are not compared separately. Runs are
    followed to their first violation of an ordinary invariant; it is the check of the ``Weekend`` that finds those.
    """

    weekend: Weekend

    @cached_property
    def discards(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """For each kind of account, the intervals from which rules discard, each with the later targets where."""
        return discards(self.weekend.model)

    @cached_property
    def _last(self) -> int:
        """The position of the last target at which the runs are compared. Clients' acts from then on are left out."""
        order = self.weekend.model.rulebook.order
        return max((order[t] for of in self.discards.values() for targets in of.values() for t in targets), default=0)

    def start(self) -> tuple[Point, tuple[Pair, ...]]:
        """Before the weekend both runs are equal."""
        point, nodes = self.weekend.start()
        return point, tuple(Pair(node, node[0]) for node in nodes)

    # -- one account -----------------------------------------------------------------------------------------------

    def moves(self, point: Point, pair: Pair) -> Iterator[Move]:
        """Client acts, in the first run or in both, and the link's verdicts, entry by entry."""
        if pair == OVER:
            return
        if point.stage == "clients" and point.control.interval < self._last:
            for move in self.weekend.clients(point, pair.ran):
                yield from self._acted(point, pair, move, NOBODY)
        if point.stage in ("arrive", "clients", "drain"):
            yield from self._deliveries(point, pair)

    def _acted(self, point: Point, pair: Pair, move: Move, by: int) -> Iterator[Move]:
        """A client's act in both runs. The runs are given up if it breaks an invariant in one of them.

        An act that changes only the spared run is an operation too; otherwise runs that differ could go on for ever.
        """
        kind = self.weekend.table.lanes[pair.spared].profile.kind
        undone = self.weekend.model.interval(point.control) in self.discards.get(kind, {})
        spared = pair.spared if undone else self._follow(point, pair.spared, move.action, by)
        if spared is None or ends(move.broken):
            yield Move(move.action, None, OVER, (), (GIVEN_UP,))
            return
        number, ops = move.lane
        ops += move.lane == pair.ran and spared != pair.spared
        if ops <= self.weekend.ops:
            yield Move(move.action, move.control, Pair((number, ops), spared), (), move.occurrences)

    def _follow(self, point: Point, number: int, action: LaneAction, by: int = NOBODY) -> int | None:
        """The number of the lane after an action of the spared run; None if it breaks an invariant."""
        table, key = self.weekend.table, (number, action, by, None)
        hop = table.hops(point.control).get(key) or table.hop(point.control, key)
        if ends(tuple(v.invariant for v in hop.step.violations)):
            return None
        lane = hop.step.lane
        return hop.lane if lane.logon is None else table.number(attrs.evolve(lane, logon=None))

    def _deliveries(self, point: Point, pair: Pair) -> Iterator[Move]:
        """The verdicts on the next entry: of both runs if it is the same in both, else of the one run that has it."""
        ran_entries, spared_entries = self._on_link(pair.ran[0]), self._on_link(pair.spared)
        together = bool(ran_entries and spared_entries) and ran_entries[0] == spared_entries[0]
        if not together and spared_entries and (not ran_entries or ran_entries[0] in spared_entries):
            for move in self.weekend.deliveries(point, (pair.spared, 0)):
                if not ends(move.broken):
                    yield move._replace(lane=pair._replace(spared=move.lane[0]), broken=())
            return
        for move in self.weekend.deliveries(point, pair.ran):
            if move.action.verdict == "release":
                continue
            spared = self._follow(point, pair.spared, move.action) if together else pair.spared
            if spared is not None and not ends(move.broken):
                yield move._replace(lane=pair._replace(ran=move.lane, spared=spared), broken=())
            else:
                yield move._replace(lane=OVER, broken=(), occurrences=(*move.occurrences, GIVEN_UP))

    def _on_link(self, number: int) -> list[Any]:
        """What is on the link, in the order of delivery: entries, then duplicates."""
        redo = self.weekend.table.lanes[number].redo if number != OVER.spared else ()
        return [(held, entry.cells) for held in ("sent", "again") for entry in redo if entry.held == held]

    # -- one account on another ------------------------------------------------------------------------------------

    def authority(self, point: Point, pair: Pair) -> tuple[int, int] | None:
        """An administrator's authority in each run. The discarded session may have changed it."""
        if pair == OVER or point.control.interval >= self._last:
            return None
        ran = self.weekend.authority(point, pair.ran)
        spared = self.weekend.authority(point, (pair.spared, 0))
        return (ran, spared) if ran is not None and spared is not None else None

    def acts(self, point: Point, authority: tuple[int, int], pair: Pair) -> Iterator[Move]:
        """An administrator's acts on a user. Those that the user's rules discard are taken in the first run only."""
        if pair == OVER:
            return
        ran, by = authority
        for move in self.weekend.acts(point, ran, pair.ran):
            yield from self._acted(point, pair, move, by)

    # -- the control -----------------------------------------------------------------------------------------------

    def turns(self, point: Point) -> Iterator[Turn]:
        """The steps of the control: those of the first run, taken in both."""
        todo = point.control.todo
        drains = bool(todo) and isinstance(self.weekend.model.step(todo[0]), Drain)
        for turn in self.weekend.turns(point):
            waits = drains and isinstance(turn.action, Labelled)
            test, settle = partial(self._test, turn, waits), partial(self._settle, point, turn)
            occurrences = (*turn.occurrences, GIVEN_UP) if ends(turn.broken) else turn.occurrences
            yield attrs.evolve(turn, settle=settle, broken=(), occurrences=occurrences, test=test)

    def _test(self, turn: Turn, waits: bool, pair: Pair) -> bool:
        """Whether a pair passes a turn's test: the first run decides, but what must arrive must arrive in both."""
        ours, spared = turn.test(pair.ran), (pair.spared, 0)
        if turn.action == "waits":
            return ours or turn.test(spared)
        if turn.action == "arrived":
            return ours and turn.test(spared)
        return ours and not (waits and any(held == "sent" for held, _ in self._on_link(pair.spared)))

    def _settle(self, point: Point, turn: Turn, pair: Pair) -> tuple[Pair, tuple[str, ...], tuple[Occurrence, ...]]:
        if pair == OVER:
            return OVER, (), ()
        occurrences, distinguished = self._compared(point, turn, pair)
        if distinguished:
            return OVER, (NON_INTERFERENCE,), occurrences
        ran, broken, _ = turn.settle(pair.ran)
        spared, broken_spared, _ = turn.settle((pair.spared, 0))
        if ends(broken) or ends(broken_spared):
            return OVER, (), (*occurrences, GIVEN_UP)
        return Pair(ran, spared[0]), (), occurrences

    def _compared(self, point: Point, turn: Turn, pair: Pair) -> tuple[tuple[Occurrence, ...], bool]:
        """The comparisons at targets that this turn opens, if the runs differ; and whether they can be told apart."""
        if pair.ran[0] == pair.spared:
            return (), False
        behind = self.weekend.table.behind
        asked = turn.needs != "nothing" and isinstance(turn.action, Labelled)
        waits_differ = asked and behind[pair.ran[0]] != behind[pair.spared]
        opened = [o for o in turn.control.control.open if o not in point.control.open and self._target(o[0], pair)]
        occurrences = tuple(Occurrence(COMPARED, session) for session, _ in opened)
        return occurrences, waits_differ or any(self.differences(pair, session, site) for session, site in opened)

    def _target(self, session: str, pair: Pair) -> bool:
        kind = self.weekend.table.lanes[pair.spared].profile.kind
        return any(session in targets for targets in self.discards.get(kind, {}).values())

    def differences(self, pair: Pair, target: str, site: str) -> tuple[str, ...]:
        """The permitted observations that tell the two runs apart when a target opens at a site."""
        lanes = self.weekend.table.lanes
        return apart(lanes[pair.ran[0]], lanes[pair.spared], target, site)


def apart(ran: Lane, spared: Lane, target: str, site: str) -> tuple[str, ...]:
    """The permitted observations of one account by which two runs differ when a target opens at a site."""
    one, other = ran.store(site), spared.store(site)
    seen = [field for field in one.fields if _same(ran.ledger, spared.ledger, target, field)]
    return tuple(field for field in seen if one[field] != other[field])


def _same(ran: Ledger, spared: Ledger, target: str, field: str) -> bool:
    return set(ran.at(target, field).cells) == set(spared.at(target, field).cells)


def discards(model: Model) -> dict[str, dict[str, frozenset[str]]]:
    """For each kind of account, the intervals from which some rule discards, each with the later targets where."""
    order = model.rulebook.order
    out: dict[str, dict[str, frozenset[str]]] = {}
    for rule in model.rulebook.rules:
        for kind in rule.accounts if rule.fate == "discard" else ():
            for origin in rule.made_in:
                later = frozenset(target for target in rule.at if order[target] > order.get(origin, -1))
                if later:
                    of = out.setdefault(kind, {})
                    of[origin] = of.get(origin, frozenset()) | later
    return out
