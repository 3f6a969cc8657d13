"""The weekend as a model: every order of client actions, deliveries, ticks, runbook steps, slips and faults.

The step is the one that the simulator takes. Time is kept where it binds: the clock and the runbook go by their printed
times, and the link delivers within its lag. A schedule is followed to its first violation. Between two events of that spine a point passes three stages: what was on
the link *arrives*, *clients* act, then the *link* may deliver what they committed or not; where no time passes, it is *now*. Deliveries commute with what
clients do at the serving site, so no other order can come to anything else (docs/explanation/bounds.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Literal

import attrs

from dcsim.check.alphabet import administrators_actions, client_actions
from dcsim.check.protocol import Move, Turn
from dcsim.domain.account import Account, Record
from dcsim.domain.actions import Administer, ControlAction, Deliver, Operate, OperatorError, Tick, Verdict
from dcsim.domain.outcome import Moved, Refused
from dcsim.domain.runbook import Drain, Switch
from dcsim.domain.world import Control, Lane, Redo
from dcsim.semantics.intent import fate
from dcsim.semantics.mechanism import behind
from dcsim.semantics.model import Model, first_control, first_lane
from dcsim.semantics.step import control_step
from dcsim.semantics.table import NOBODY, Table
from dcsim.semantics.visit import Party

Stage = Literal["arrive", "clients", "link", "now", "over"]
Node = tuple[int, int]
"""An account: the number of its lane, and its operations since the last tick."""
GONE: Node = (-1, 0)
"""An account whose schedule ended with a violation."""

FAULTS: tuple[Verdict, ...] = ("delay", "drop", "duplicate")
ERRORS: tuple[Literal["skip", "repeat", "delay", "swap"], ...] = ("skip", "repeat", "delay", "swap")
LINK = "link "


@attrs.frozen(cache_hash=True)
class Point:
    """The control of the model: the world's control, the instant of the last event of the spine, the stage, the slips
    and faults so far by name, and whether the next step has been put off.
    """

    control: Control
    at: int
    stage: Stage = "clients"
    slips: tuple[str, ...] = ()
    put_off: bool = False

    @property
    def faults(self) -> int:
        """Faults of the link so far."""
        return sum(slip.startswith(LINK) for slip in self.slips)


@attrs.frozen
class Taken:
    """A step of one lane, taken once for all points that look alike: the number of the lane after it, the invariants
    that it breaks, and what it makes happen.
    """

    action: Any
    after: int
    broken: tuple[str, ...]
    met: tuple[str, ...]


@attrs.frozen(eq=False)
class Weekend:
    """A model for any engine: accounts under a rulebook and a runbook, within bounds.

    ``ops`` bounds each account's accepted changes between two ticks of the clock, ``faults`` the link's, ``errors``
    the operator's.
    """

    model: Model
    accounts: tuple[Account, ...]
    ops: int
    faults: int = 0
    errors: int = 0

    @cached_property
    def table(self) -> Table:
        """Lanes by number, shared by every exploration of this model."""
        return Table(self.model)

    @cached_property
    def _steps(self) -> dict[Any, list[Taken]]:
        return {}

    @cached_property
    def _settled(self) -> dict[Any, tuple[int, tuple[str, ...]]]:
        return {}

    def start(self) -> tuple[Point, tuple[Node, ...]]:
        """Before the weekend."""
        control = first_control(self.model)
        first = min(self.model.ticks[0][0], *self.model.due) - 3_600_000
        nodes = tuple((self.table.number(first_lane(self.model, account)), 0) for account in self.accounts)
        return self._staged(Point(control, first)), nodes

    # -- one account -----------------------------------------------------------------------------------------------

    def moves(self, point: Point, node: Node) -> Iterator[Move]:
        """Client actions while clients act, verdicts of the link while it delivers."""
        if node == GONE:
            return
        if point.stage in ("arrive", "link"):
            yield from self._deliveries(point, node)
        elif point.stage == "clients":
            yield from self._within(point, node, self._clients(point.control, node[0]))

    def _within(self, point: Point, node: Node, steps: list[Taken]) -> Iterator[Move]:
        """The steps that the bound on operations leaves; one that changes nothing costs nothing."""
        limit = self._limit(point)
        for taken in steps:
            if taken.broken:
                yield Move(taken.action, point, node, self._named(point, taken.broken), taken.met)
            elif taken.after == node[0]:
                yield Move(taken.action, point, node, (), taken.met)
            elif node[1] < limit:
                yield Move(taken.action, point, (taken.after, node[1] + 1), (), taken.met)

    def _limit(self, point: Point) -> int:
        """Operations per tick: none once the last target has opened, for nothing can come of them any more."""
        return self.ops if point.control.interval < self._last else 0

    @cached_property
    def _last(self) -> int:
        return max(self.model.rulebook.order[name] for name in self.model.rulebook.by_name)

    def _clients(self, control: Control, number: int) -> list[Taken]:
        key = (control.view, number)
        found = self._steps.get(key)
        if found is None:
            lane = self.table.lanes[number]
            site = control.open[-1][1] if control.open else control.production or self.model.sites[0]
            actions = client_actions(self.model, lane, site)
            found = self._steps[key] = [self._step(control, number, action) for action in actions]
        return found

    def _step(self, control: Control, number: int, action: Any, by: int = NOBODY) -> Taken:
        hop = self.table.hop(control, (number, action, by, None))
        outcome, lane = hop.step.outcome, hop.step.lane
        after = hop.lane if lane.logon is None else self.table.number(attrs.evolve(lane, logon=None))
        name = getattr(action, "verb", "link")
        met = [name] if isinstance(outcome, Moved) else [f"refused {outcome.code}"]
        if outcome.changes:
            met += self._rules(lane, outcome)
        return Taken(action, after, tuple(v.invariant for v in hop.step.violations), tuple(met))

    def _rules(self, lane: Lane, outcome: Moved | Refused) -> list[str]:
        book, kind = self.model.rulebook, lane.profile.kind
        cells = {(change.kind, change.after.origin) for change in outcome.changes}
        rulings = (fate(book, kind, *cell, target) for cell in sorted(cells) for target in book.by_name)
        return [f"rule {rule.id}" for ruling in rulings for rule in ruling.rules]

    def _deliveries(self, point: Point, node: Node) -> Iterator[Move]:
        held = [entry.held for entry in self.table.lanes[node[0]].redo]
        if "sent" not in held and "again" not in held:
            return
        verdicts: tuple[Verdict, ...] = ("pass",)
        if "sent" in held and point.faults < self.faults:
            verdicts += FAULTS
        for verdict in verdicts:
            taken = self._delivery(point.control, node[0], verdict)
            slips = point.slips if verdict == "pass" else (*point.slips, LINK + verdict)
            to = attrs.evolve(point, slips=slips)
            after = node if taken.broken else (taken.after, node[1])
            yield Move(taken.action, to, after, self._named(to, taken.broken), taken.met)

    def _delivery(self, control: Control, number: int, verdict: Verdict) -> Taken:
        key = (control.view, number, verdict)
        if key not in self._steps:
            self._steps[key] = [self._step(control, number, Deliver(verdict))]
        return self._steps[key][0]

    def _named(self, point: Point, broken: tuple[str, ...]) -> tuple[str, ...]:
        """A broken invariant by its name and the slips that came before it, so that each combination is told apart."""
        return tuple(named(name, point.slips) for name in broken)

    # -- one account on another ------------------------------------------------------------------------------------

    def authority(self, point: Point, node: Node) -> Party | None:
        """What of an administrator decides its acts: who it is, and whether it is well at the serving site."""
        if point.stage != "clients" or node == GONE:
            return None
        lane = self.table.lanes[node[0]]
        if not self.model.rulebook.accounts[lane.profile.kind].administers:
            return None
        control = point.control
        site = control.open[-1][1] if control.open else control.production or self.model.sites[0]
        record = lane.store(site)
        return Party(lane.profile, Record(status=record.status, locked=record.locked))

    def acts(self, point: Point, authority: Party, node: Node) -> Iterator[Move]:
        """An administrator's acts on a user, charged to the user's operations."""
        if node == GONE:
            return
        kind = self.table.lanes[node[0]].profile.kind
        if kind in self.model.rulebook.accounts[authority.profile.kind].administers:
            yield from self._within(point, node, self._administered(point.control, authority, node[0]))

    def _administered(self, control: Control, authority: Party, number: int) -> list[Taken]:
        key = (control.view, number, authority)
        if key not in self._steps:
            like = first_lane(self.model, Account("", authority.profile, authority.record))
            by = self.table.number(like)
            self._steps[key] = [self._step(control, number, action, by) for action in administrators_actions()]
        return self._steps[key]

    # -- the control -----------------------------------------------------------------------------------------------

    def turns(self, point: Point) -> Iterator[Turn]:
        """On to the next stage; or the next event of the spine, or an operator's slip before it."""
        if point.stage == "arrive":
            yield Turn("arrived", attrs.evolve(point, stage="clients"), _keep, needs="all", test=self._arrived)
        elif point.stage == "clients":
            yield Turn("later", attrs.evolve(point, stage="link"), _keep)
        elif point.stage != "over":
            yield from self._spine(point)

    def _spine(self, point: Point) -> Iterator[Turn]:
        control = point.control
        head, tick = self._head(point), self._tick(control)
        waits = head is not None and isinstance(self.model.step(control.todo[0]), Drain)
        if head is not None and (point.put_off or tick is None or head < tick[0]):
            yield from self._operator(point, head)
        if tick is not None and (head is None or point.put_off or head >= tick[0]):
            yield self._event(point, tick[1], tick[0])
        elif tick is not None and waits and tick[0] < self._deadline(control):
            yield self._event(point, tick[1], tick[0], needs="any", test=self._stuck)

    def _operator(self, point: Point, at: int) -> Iterator[Turn]:
        control = point.control
        step = self.model.step(control.todo[0])
        if isinstance(step, Drain | Switch):
            yield self._event(point, Operate(), at, needs="all", test=self._caught_up)
            if isinstance(step, Drain):
                yield self._event(
                    point, Operate(timed_out=True), self._deadline(control), needs="any", test=self._stuck
                )
            else:
                yield self._event(point, Operate(), at, needs="any", test=self._behind)
        else:
            yield self._event(point, Operate(), at)
        errors = len(point.slips) - point.faults
        if errors < self.errors and not point.put_off:
            for error in ERRORS:
                if error != "swap" or len(control.todo) > 1:
                    yield self._slip(point, OperatorError(error), step.id)

    def _event(
        self,
        point: Point,
        action: Tick | Operate,
        at: int,
        needs: Literal["nothing", "all", "any"] = "nothing",
        test: Callable[[Node], bool] = lambda _: True,
    ) -> Turn:
        step = control_step(self.model, point.control, action, lambda: needs == "any")
        put_off = point.put_off and isinstance(action, Tick)
        after = self._staged(attrs.evolve(point, control=step.control, at=max(at, point.at), put_off=put_off))
        broken = self._named(point, tuple(v.invariant for v in step.violations))
        after = attrs.evolve(after, stage="over") if broken else after
        label = action if isinstance(action, Tick) else Labelled(action, self.model.step(point.control.todo[0]).id)

        def settle(node: Node) -> tuple[Node, tuple[str, ...], tuple[str, ...]]:
            if node == GONE:
                return GONE, (), ()
            number, names = self._settle(point.control, step, action, node[0])
            ops = 0 if isinstance(action, Tick) else node[1]
            return GONE if names else (number, ops), self._named(point, names), ()

        return Turn(label, after, settle, broken, (), needs, test)

    def _settle(self, before: Control, step: Any, action: ControlAction, number: int) -> tuple[int, tuple[str, ...]]:
        taken = before.todo[0].step if isinstance(action, Operate) else None
        key = (action, taken, before.view, step.control.view, number)
        found = self._settled.get(key)
        if found is None:
            hop = self.table.settle(before, step, action, {number})[number]
            names = tuple(dict.fromkeys(v.invariant for v in hop.step.violations))
            found = self._settled[key] = (hop.lane, names)
        return found

    def _slip(self, point: Point, slip: OperatorError, step_id: str) -> Turn:
        control = control_step(self.model, point.control, slip, lambda: False).control
        slips = (*point.slips, f"{slip.error} {step_id}")
        after = attrs.evolve(point, control=control, slips=slips, put_off=slip.error == "delay")
        after = attrs.evolve(after, stage="arrive") if slip.error == "delay" else after
        return Turn(Labelled(slip, step_id), after, _keep)

    # -- time ------------------------------------------------------------------------------------------------------

    def _head(self, point: Point) -> int | None:
        """When the operator's next step comes."""
        todo = point.control.todo
        return max(self.model.due[todo[0].step], point.at) if todo else None

    def _tick(self, control: Control) -> tuple[int, Tick] | None:
        """The clock's next tick: two edges of a window for each session, in order."""
        passed = sum(
            self.model.rulebook.order[t.session] + (t.edge == "closes") <= control.interval for _, t in self.model.ticks
        )
        return self.model.ticks[passed] if passed < len(self.model.ticks) else None

    def _deadline(self, control: Control) -> int:
        step = self.model.step(control.todo[0])
        assert isinstance(step, Drain)
        return self.model.due[control.todo[0].step] + step.timeout

    def _staged(self, point: Point) -> Point:
        """The stage after an event: clients can act only if time passes, and the lag binds if enough passes."""
        tick, head = self._tick(point.control), self._head(point)
        following = min((t for t in (head, tick[0] if tick else None) if t is not None), default=None)
        if following is not None and following <= point.at and not point.put_off:
            return attrs.evolve(point, stage="now")
        long = following is None or following - point.at > self.model.runbook.link.lag + self.model.runbook.link.jitter
        return attrs.evolve(point, stage="arrive" if long or point.put_off else "clients")

    # -- what turns ask of lanes -----------------------------------------------------------------------------------

    def _redo(self, node: Node) -> tuple[Redo, ...]:
        return () if node == GONE else self.table.lanes[node[0]].redo

    def _arrived(self, node: Node) -> bool:
        return all(entry.held not in ("sent", "again") for entry in self._redo(node))

    def _caught_up(self, node: Node) -> bool:
        return not self._behind(node)

    def _behind(self, node: Node) -> bool:
        return node != GONE and behind(self.table.lanes[node[0]])

    def _stuck(self, node: Node) -> bool:
        """Behind, and waiting will not help."""
        return self._behind(node) and all(entry.held != "sent" for entry in self._redo(node))


@attrs.frozen(cache_hash=True)
class Labelled:
    """An operator's action with the id of the step it concerns."""

    action: Operate | OperatorError
    step: str


def _keep(node: Node) -> tuple[Node, tuple[str, ...], tuple[str, ...]]:
    return node, (), ()


def named(invariant: str, slips: tuple[str, ...]) -> str:
    """The property of one invariant after some slips: ``sites-agree`` or ``sites-agree after skip revert``."""
    return f"{invariant} after {' and '.join(slips)}" if slips else invariant


def invariant_of(name: str) -> str:
    """The invariant that a property's name begins with."""
    return name.split(" after ", maxsplit=1)[0]


__all__ = ["Administer", "Labelled", "Node", "Point", "Weekend", "invariant_of", "named"]
