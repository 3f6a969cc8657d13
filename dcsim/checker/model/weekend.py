"""The weekend as a model: every order of client actions, deliveries, ticks, runbook steps, slips and faults.

Each step is computed by the same functions as in the simulator. ``environment`` decides the order of events in time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import combinations, islice
from math import inf
from typing import Any, ClassVar

import attrs

from dcsim.checker.explorers.protocol import Move, Occurrence, Turn
from dcsim.checker.model.abstract_accounts import Groups
from dcsim.checker.model.alphabet import administrators_actions, client_actions, in_flight
from dcsim.checker.model.canonical_table import CanonicalTable
from dcsim.checker.model.clock_and_operator import Environment
from dcsim.checker.model.last_acts import LastActs, Limits
from dcsim.checker.model.point import FAULTS, GONE, Labelled, Node, Point, ends
from dcsim.checker.model.redo_pieces import Pieces
from dcsim.checker.model.slice_acts import Offer, SliceActs
from dcsim.checker.model.slices import FieldSlice
from dcsim.domain.account import Account, Record
from dcsim.domain.action_outcome import Moved
from dcsim.domain.actions import Commit, Deliver, Verdict
from dcsim.domain.faults import FaultKind
from dcsim.domain.world import Control, Lane
from dcsim.semantics.interning import NOBODY, Table
from dcsim.semantics.model import Model, first_control, first_lane
from dcsim.semantics.practices import judges_last_acts
from dcsim.semantics.promise import promised_control

__all__ = ["GONE", "Labelled", "Node", "Point", "Weekend"]


@attrs.frozen
class Taken:
    """A step of one lane, computed once for all points with the same view of the control.

    ``after`` is the number of the lane after the step. ``broken`` are invariants. ``kinds`` are those of its changes.
    """

    action: Any
    after: int
    broken: tuple[str, ...]
    occurrences: tuple[Occurrence, ...]
    kinds: frozenset[str] = frozenset()


@attrs.frozen(eq=False)
class Weekend:
    """A model for any engine: accounts under a rulebook and a runbook, within bounds.

    ``ops`` bounds each account's accepted changes between two ticks of the clock (None: any number), ``faults`` the
    faults of these ``kinds``, ``slips`` the operator's slips. Where the accounts are in several ``groups``, each group
    is explored by itself (``question.ask``). ``many``: there is any number of accounts of each sort. ``slice``: lanes
    are canonical, and looked at in this slice; redo that arrives together is one entry if it ``composes``.
    """

    model: Model
    accounts: tuple[Account, ...]
    ops: int | None
    faults: int = 0
    slips: int = 0
    groups: Groups = ()
    kinds: tuple[FaultKind, ...] = ("entry",)
    many: bool = False
    slice: FieldSlice | None = None
    composes: bool = True
    idle: ClassVar = True

    @cached_property
    def plain(self) -> Weekend:
        """The same weekend with lanes as they are."""
        return attrs.evolve(self, slice=None) if self.slice else self

    def image(self, state: tuple[Point, tuple[Node, ...]]) -> tuple[Point, tuple[Node, ...]]:
        """The state of this weekend that stands for a state of the plain one."""
        lanes = self.plain.table.lanes
        nodes = ((self.table.number(lanes[number]), ops) if (number, ops) != GONE else GONE for number, ops in state[1])
        return state[0], tuple(nodes)

    @property
    def parts(self) -> tuple[Weekend, ...]:
        """A weekend for each group of accounts."""
        return tuple(map(self._of, self.groups)) or (self,)

    def _of(self, accounts: tuple[Account, ...]) -> Weekend:
        """The same weekend with these accounts. It shares the tables of lanes and steps that were computed before."""
        part = attrs.evolve(self, accounts=accounts, groups=())
        # Cached properties of a frozen class: ``attrs.evolve`` does not copy them.
        for name in ("table", "environment", "_most_pieces", "_steps", "_moves", "_slice_acts"):
            object.__setattr__(part, name, getattr(self, name))
        return part

    def few(self, size: int) -> tuple[Weekend, ...]:
        """Weekends with ``size`` accounts of a group: one for each choice that differs in more than ids."""
        out: list[Weekend] = []
        for part in self.parts:
            chosen: dict[object, tuple[Account, ...]] = {}
            for group in combinations(part.accounts, size):
                chosen.setdefault(tuple((a.profile, a.start) for a in group), group)
            out += [self._of(group) for group in chosen.values()]
        return tuple(out)

    @cached_property
    def table(self) -> Table:
        """Lanes by number, shared by every exploration of this model."""
        return CanonicalTable(self.model, slice=self.slice) if self.slice else Table(self.model)

    @cached_property
    def _steps(self) -> dict[Any, list[Taken]]:
        return {}

    @cached_property
    def environment(self) -> Environment:
        """What moves the control."""
        in_time = tuple(kind for kind in self.kinds if kind != "entry")
        return Environment(self.model, self.table, self.slips, self.faults, in_time)

    def start(self) -> tuple[Point, tuple[Node, ...]]:
        """The state before the weekend."""
        control = first_control(self.model)
        # An hour before the first event, so that clients can act before it.
        first = min((self.model.ticks[0][0], *self.model.due)) - 3_600_000
        nodes = self._nodes()
        started = tuple(nodes[_start_key(account)] for account in self.accounts)
        return self.environment.staged(Point(control, first)), started

    def _nodes(self) -> dict[Any, Node]:
        """The first node of each sort of account: a hundred thousand accounts share a few profiles and records."""
        some = {_start_key(account): account for account in self.accounts}
        return {key: (self.table.number(first_lane(self.model, account)), 0) for key, account in some.items()}

    # -- one account -----------------------------------------------------------------------------------------------

    def moves(self, point: Point, node: Node) -> tuple[Move, ...]:
        """Client actions while clients act, and the link's verdicts on redo that is on its way."""
        if node == GONE or point.stage not in ("arrive", "clients", "drain"):
            return ()
        acts = self.clients(point, node) if point.stage == "clients" else ()
        return acts + self.deliveries(point, node) if self.table.lanes[node[0]].redo else acts

    def clients(self, point: Point, node: Node) -> tuple[Move, ...]:
        """What the account's holder may do: the same tuple for points with the same view of the control."""
        limits, foresight = self._last_acts.limits(point), self._foresight(point)
        key = (point.control.view, node, limits, foresight)
        found = self._moves.get(key)
        if found is None:
            steps = self._clients(point.control, node[0])
            found = tuple(self._within(node, steps, limits, foresight))
            if not any(taken.broken for taken in steps):
                self._moves[key] = found
        return found

    @cached_property
    def _moves(self) -> dict[Any, tuple[Move, ...]]:
        return {}

    def _within(self, node: Node, steps: list[Taken], limits: Limits, foresight: tuple[int, int]) -> Iterator[Move]:
        """The steps that the bound allows. A step that changes nothing is no operation, nor is a commit."""
        for taken in steps:
            limit = limits[bool(taken.kinds) and taken.kinds <= self._last_acts.in_gaps]
            if ends(taken.broken) or taken.after == node[0]:
                yield Move(taken.action, None, node, taken.broken, taken.occurrences)
            elif isinstance(taken.action, Commit):
                yield Move(taken.action, None, (taken.after, node[1]), taken.broken, taken.occurrences)
            elif limit == inf:
                for after in self._shipped(node[0], taken.after, *foresight):
                    yield Move(taken.action, None, (after, 0), taken.broken, taken.occurrences)
            elif node[1] < limit:
                yield Move(taken.action, None, (taken.after, node[1] + 1), taken.broken, taken.occurrences)

    def _shipped(self, before: int, after: int, pieces: int, faults: int) -> Iterator[int]:
        """The lanes after a step. New redo is foreseen where it is composed (``CanonicalTable.foresee``)."""
        table, shipped = self.table, len(self.table.lanes[after].redo) > len(self.table.lanes[before].redo)
        if not (shipped and pieces and isinstance(table, CanonicalTable)):
            return iter((after,))
        return table.foresee(after, pieces, faults, named=self._names_entries)

    @property
    def _names_entries(self) -> bool:
        """Whether faults befall entries of redo."""
        return bool(self.faults) and "entry" in self.kinds

    def _foresight(self, point: Point) -> tuple[int, int]:
        """The most pieces of redo on the link, and the faults left that may befall one; 0 pieces: none is composed."""
        if self.ops is not None or not self.composes:
            return 0, 0
        return self._most_pieces.most(point), (self.faults - point.faults) * self._names_entries

    @cached_property
    def _most_pieces(self) -> Pieces:
        return Pieces(self.environment)

    @cached_property
    def _last_acts(self) -> LastActs:
        judged = judges_last_acts(self.model, faults=self._names_entries, requests=self.tries_requests)
        return LastActs(self.model, self.ops, judged)

    def _clients(self, control: Control, number: int) -> list[Taken]:
        key = (control.view, number)
        found = self._steps.get(key)
        if found is None:
            found = self._steps[key] = self._answers(control, number, client_actions)
            found += self._in_flight(control, number, found)
        return found

    def _in_flight(self, control: Control, number: int, acts: list[Taken], by: int = NOBODY) -> list[Taken]:
        """The requests for acts that are accepted, and the commits of those that wait, of the same actor."""
        if not self.tries_requests:
            return []
        accepted = [t.action for t in acts if t.after != number and t.occurrences[0].kind == "action"]
        tried = in_flight(accepted, self.table.lanes[number], by_other=by != NOBODY)
        return [self._step(control, number, action, by) for action in tried]

    def _serving(self, control: Control) -> str:
        return control.open[-1][1] if control.open else control.production or self.model.sites[0]

    @cached_property
    def tries_requests(self) -> bool:
        """Whether requests are tried: only under these policies can a request do what an act at its commit cannot."""
        policies = self.model.policies
        return (policies["in-flight-at-close"], policies["origin-fixed-at"], policies["concurrent-edits"]) != (
            "refuse",
            "commit",
            "refuse",
        )

    def _answers(self, control: Control, number: int, offer: Offer, by: int = NOBODY) -> list[Taken]:
        """The steps of the acts that an alphabet offers: one for each act, or one for each answer that it may get where
        a slice forgets fields.
        """
        lane, site, most = self.table.lanes[number], self._serving(control), None
        if {site, self._serving(promised_control(self.model, control))} <= {*control.down}:
            most = 1  # it refuses them all alike, as the promised world would, and nothing changes
        if self._slice_acts is None:
            return [self._step(control, number, act, by) for act in islice(offer(self.model, lane, site), most)]
        actor = self.table.lanes[by] if by != NOBODY else None
        found: dict[Any, Taken] = {}
        for action in islice(self._slice_acts.offered(offer, lane, site), most):
            for case in self._slice_acts.lanes(control, lane, site, action, actor):
                taken = self._step(control, number, action, by, case)
                found.setdefault((taken.after, taken.broken, taken.occurrences, taken.kinds), taken)
        return list(found.values())

    @cached_property
    def _slice_acts(self) -> SliceActs | None:
        return SliceActs(self.slice) if self.slice and self.slice.forgotten else None

    def _step(self, control: Control, number: int, action: Any, by: int = NOBODY, lane: Lane | None = None) -> Taken:
        table = self.table
        if lane is not None and isinstance(table, CanonicalTable):
            hop = table.hop_of(control, number, lane, action, by)
        else:
            hop = table.hop(control, (number, action, by, None))
        outcome, lane = hop.step.outcome, hop.step.lane
        # Logons are forgotten, so that lanes which differ only in an open logon are one.
        after = hop.lane if lane.logon is None else self.table.number(attrs.evolve(lane, logon=None))
        verb = getattr(getattr(action, "action", action), "verb", "link")
        occurrences = (
            Occurrence("action", verb) if isinstance(outcome, Moved) else Occurrence("refused", outcome.code),
        )
        kinds = frozenset(change.kind for change in outcome.changes)
        return Taken(action, after, tuple(dict.fromkeys(v.invariant for v in hop.step.violations)), occurrences, kinds)

    def deliveries(self, point: Point, node: Node) -> tuple[Move, ...]:
        """What the link may do with the account's next entry. A delayed entry may be released at any time, or never."""
        if not point.control.ships:
            return ()  # what a delay ends while the link is down comes when it is back, as it does if it ends then
        redo = self.table.lanes[node[0]].redo
        held = [entry.held for entry in redo]
        foreseen = next((entry.foreseen for entry in redo if entry.held == "sent"), None)
        verdicts: list[Verdict] = ["pass"] if foreseen in ("", "passes") else []
        verdicts += ["again"] if "again" in held else []
        if foreseen in ("", "befallen") and point.faults < self.faults and "entry" in self.kinds:
            verdicts += FAULTS
        if "late" in held:
            verdicts.append("release")
        return tuple(self._judged(point, node, verdict) for verdict in verdicts)

    def _judged(self, point: Point, node: Node, verdict: Verdict) -> Move:
        taken = self._delivery(point.control, node[0], verdict)
        faulty = verdict in FAULTS
        to = attrs.evolve(point, faults=point.faults + 1) if faulty else None
        after = node if ends(taken.broken) else (taken.after, node[1])
        occurrences = (*taken.occurrences, Occurrence("fault", "link", verdict)) if faulty else taken.occurrences
        return Move(taken.action, to, after, taken.broken, occurrences)

    def _delivery(self, control: Control, number: int, verdict: Verdict) -> Taken:
        key = (control.view, number, verdict)
        if key not in self._steps:
            taken = self._step(control, number, Deliver(verdict))
            late = next((entry.number for entry in self.table.lanes[number].redo if entry.held == "late"), 0)
            self._steps[key] = [self._released(control, taken, late) if verdict == "release" else taken]
        return self._steps[key][0]

    def _released(self, control: Control, released: Taken, number: int) -> Taken:
        """The step in which a delayed entry is released and then delivered at once."""
        passed = self._step(control, released.after, Deliver("pass", number))
        return attrs.evolve(passed, action=released.action, broken=released.broken + passed.broken)

    # -- one account on another ------------------------------------------------------------------------------------

    def authority(self, point: Point, node: Node) -> int | None:
        """What decides an administrator's acts, as the number of a lane: its profile, and its status and lock at the
        serving site and where the promised world would serve it.
        """
        if point.stage != "clients" or node == GONE:
            return None
        lane, control = self.table.lanes[node[0]], point.control
        if not self.model.rulebook.accounts[lane.profile.kind].administers:
            return None
        like = first_lane(self.model, Account("", lane.profile, Record()))
        served = (self._serving(control), self._serving(promised_control(self.model, control)))
        for site in self.model.sites if self.tries_requests else served:
            record = lane.store(site)
            like = like.with_store(site, Record(status=record.status, locked=record.locked))
        return self.table.number(like)

    def acts(self, point: Point, authority: int, node: Node) -> Iterator[Move]:
        """An administrator's acts on a user. They count as the user's operations."""
        if node == GONE:
            return
        kind, by = (self.table.lanes[number].profile.kind for number in (node[0], authority))
        if kind in self.model.rulebook.accounts[by].administers:
            steps = self._administered(point.control, authority, node[0])
            yield from self._within(node, steps, self._last_acts.limits(point), self._foresight(point))

    def _administered(self, control: Control, by: int, number: int) -> list[Taken]:
        key = (control.view, number, "by", by)
        if key not in self._steps:
            found = self._steps[key] = self._answers(control, number, administrators_actions, by)
            found += self._in_flight(control, number, found, by)
        return self._steps[key]

    def turns(self, point: Point) -> Iterator[Turn]:
        """The control's steps: to the next stage, the next event of clock or operator, or a slip before it."""
        return self.environment.turns(point)


def _start_key(account: Account) -> tuple[int, int]:
    """A key that is equal for accounts which share their profile and record, so that no record has to be hashed."""
    return id(account.profile), id(account.start)
