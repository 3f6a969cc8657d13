"""The environment of the accounts: clock, operator and link, which move the control.

Ticks and runbook steps come in the order of their printed times, and the link delivers within its lag. Between two of
these events there are stages:

- ``arrive``: enough time passes for the lag, so everything that was on the link is delivered.
- ``clients``: clients act, and the link delivers what they commit or does not.
- ``now``: no time passes before the next event.
- ``drain``: a drain waits for the link.
- ``over``: the schedule has broken the promise, and ends.

In each of them the link or a site may go down or come back (``faults_in_time``). A step that needs a site which is down
waits, and ticks pass it; it is taken as soon as the site is back.

Deliveries commute with what clients do at the serving site, so no other order leads to other states
(docs/explanation/bounds.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Literal

import attrs

from dcsim.checker.explorers.protocol import Occurrence, Turn
from dcsim.checker.model.canonical_table import CanonicalTable
from dcsim.checker.model.faults_in_time import FaultTurns
from dcsim.checker.model.point import ERRORS, GONE, OPEN, REFUSED, RULE, TAKEN, Labelled, Node, Point, ends, made_in
from dcsim.domain.action_outcome import Blocked, Violation
from dcsim.domain.actions import ControlAction, Down, Operate, Slip, Tick, Up
from dcsim.domain.faults import FaultKind
from dcsim.domain.runbook import Drain, Resend, Switch
from dcsim.domain.world import Control, Redo
from dcsim.semantics.down import missing
from dcsim.semantics.interning import Table
from dcsim.semantics.mechanism import behind
from dcsim.semantics.model import Model
from dcsim.semantics.step import ControlStep, control_step, passing

ARRIVED = "arrived"
"""The label of the turn that is possible once all redo has arrived."""
Settled = tuple[int, tuple[str, ...], tuple[Occurrence, ...]]
"""What a step of the control does to an account: the lane after it, what breaks, and what happens."""


def _keep(node: Node) -> tuple[Node, tuple[str, ...], tuple[Occurrence, ...]]:
    return node, (), ()


@attrs.frozen(eq=False)
class Environment:
    """Everything that moves the control.

    ``slips`` bounds the operator's slips, ``most_faults`` the faults; those in time are of these ``kinds``.
    """

    model: Model
    table: Table
    slips: int
    most_faults: int = 0
    kinds: tuple[FaultKind, ...] = ()

    @cached_property
    def faults(self) -> FaultTurns:
        """What goes down and comes back."""
        return FaultTurns(self, self.most_faults, self.kinds)

    @cached_property
    def _settled(self) -> dict[Any, Settled]:
        return {}

    def turns(self, point: Point) -> Iterator[Turn]:
        """On to the next stage; or the next event of clock or operator, or an operator's slip before it; or a fault."""
        if point.stage == "arrive":
            after = attrs.evolve(point, stage="clients", in_transit=bool(point.faults))
            yield Turn(ARRIVED, after, _keep, needs="all", test=self._arrived)
        elif point.stage != "over":
            yield from self._events(point)
        if point.stage != "over" and self.faults.kinds:
            yield from self.faults.turns(point)

    def _events(self, point: Point) -> Iterator[Turn]:
        control = point.control
        head, tick = self.head(point), self.tick(control)
        # A tick comes before a runbook step of the same instant. A step that was put off may come before or after the
        # next tick, so both are tried.
        waits = self.drains(control)
        if head is not None and (point.put_off or tick is None or head < tick[0]):
            yield from self._operator(point, head)
            if waits and point.stage == "now" and self.deadline(point) > point.at:
                after = attrs.evolve(point, stage="drain", since=self.began(point))
                yield self._waiting("waits", after, self._anyone if self._lacking(control) else self._behind)
            elif point.stage == "drain" and self.deadline(point) > point.at:
                after = attrs.evolve(point, stage="clients")
                yield self._waiting("goes on waiting", after, self._slow(control))
        if tick is not None and (head is None or point.put_off or head >= tick[0] or self.blocked(control)):
            yield self._event(point, tick[1], tick[0])
        elif tick is not None and waits and tick[0] < self.deadline(point):
            yield self._event(point, tick[1], tick[0], needs="any", test=self._awaited(point, tick[0]))

    def _operator(self, point: Point, at: int) -> Iterator[Turn]:
        control = point.control
        step, lacking = self.model.step(control.todo[0]), self._lacking(control)
        if isinstance(step, Drain | Switch) and not (lacking and isinstance(step, Switch)):
            if not lacking:
                yield self._event(point, Operate(), at, needs="all", test=self._caught_up)
            if isinstance(step, Drain):
                over = self.deadline(point)
                test = self._awaited(attrs.evolve(point, resent=None) if point.resumed else point, over)
                yield self._event(point, Operate(timed_out=True), over, needs="any", test=test)
            else:
                yield self._event(point, Operate(), at, needs="any", test=self._behind)
        elif not lacking:
            yield self._event(point, Operate(), at)
        began = point.since is not None or point.stage == "clients"
        waits = point.stage == "drain" or (began and self.model.due[control.todo[0].step] <= point.at)
        without_slip = control.todo[0].step not in point.slipped
        if point.slips < self.slips and not point.put_off and not waits and without_slip:
            for error in ERRORS:
                if error != "swap" or len(control.todo) > 1:
                    yield self._slip(point, Slip(error), step.id, at)

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
        in_transit = self.in_transit(point) or (isinstance(action, Operate) and self._resends(point.control))
        since = self.since(point, at) if isinstance(action, Tick) else None
        after = attrs.evolve(
            point,
            control=step.control,
            at=max(at, point.at),
            put_off=put_off,
            since=since,
            in_transit=in_transit,
            resumed=point.resumed or (point.resent is not None and isinstance(action, Operate)),
        )
        after = self.staged(self.settled_link(after))
        broken = tuple(dict.fromkeys(v.invariant for v in (*step.violations, *self.passing(after))))
        after = attrs.evolve(after, stage="over") if ends(broken) else after
        label = action if isinstance(action, Tick) else Labelled(action, self.model.step(point.control.todo[0]).id)

        settle = self.settling(point.control, step, action)
        return Turn(label, after, settle, broken, self._step_outcome(point.control, step, label), needs, test)

    def settling(
        self, before: Control, step: ControlStep, action: Tick | Operate | Down | Up
    ) -> Callable[[Node], tuple[Node, tuple[str, ...], tuple[Occurrence, ...]]]:
        """What a step of the control does to each account."""

        def settle(node: Node) -> tuple[Node, tuple[str, ...], tuple[Occurrence, ...]]:
            if node == GONE:
                return GONE, (), ()
            number, names, occurrences = self._settle(before, step, action, node[0])
            ops = 0 if isinstance(action, Tick) else node[1]
            return GONE if ends(names) else (number, ops), names, occurrences

        return settle

    def _step_outcome(self, before: Control, step: ControlStep, label: Tick | Labelled) -> tuple[Occurrence, ...]:
        """Whether an operator's step was taken or refused, for the list of steps that are always refused."""
        if isinstance(label, Tick) or step.control == before:
            return ()
        if isinstance(step.outcome, Blocked):
            return (Occurrence(REFUSED, label.step, step.outcome.code),)
        return (Occurrence(TAKEN, label.step),)

    def passing(self, point: Point) -> tuple[Violation, ...]:
        """What breaks when time passes, if it passes at this point."""
        if point.stage == "now":
            return ()
        found = self._passing_known.get(point.control.view)
        if found is None:
            found = self._passing_known[point.control.view] = passing(self.model, point.control)
        return found

    @cached_property
    def _passing_known(self) -> dict[Any, tuple[Violation, ...]]:
        return {}

    def _waiting(self, label: str, after: Point, test: Callable[[Node], bool]) -> Turn:
        """A turn to another stage of a drain, possible as long as some account passes ``test``."""
        passes = after.stage == "clients" or bool(self.model.lag)
        broken = tuple(v.invariant for v in self.passing(after)) if passes else ()
        after = attrs.evolve(after, stage="over") if ends(broken) else after
        return Turn(label, after, _keep, broken, needs="any", test=test)

    def _settle(self, before: Control, step: ControlStep, action: ControlAction, number: int) -> Settled:
        taken = before.todo[0].step if isinstance(action, Operate) else None
        after = step.control
        key = (action, taken, before.view, after.view, before.opened, after.opened, number)
        found = self._settled.get(key)
        if found is None:
            hop = self.table.settle(self.table.turning(before, action, step), {number})[number]
            names = tuple(dict.fromkeys(v.invariant for v in hop.step.violations))
            occurrences = self._decided(before, step, number) if after.opened != before.opened else ()
            if isinstance(self.table, CanonicalTable) and not isinstance(step.outcome, Blocked):
                self.table.note_readings(before, after, action, number)
            found = self._settled[key] = (hop.lane, names, occurrences)
        return found

    def _decided(self, before: Control, step: ControlStep, number: int) -> tuple[Occurrence, ...]:
        """The rules that decide something at the session that opens, and its cells that the source leaves open."""
        session = next(name for name in step.control.opened if name not in before.opened)
        rows = self.table.lanes[number].ledger.of(session).values()
        rules = {Occurrence(RULE, rule) for expected in rows for rule in expected.rules}
        asked = {Occurrence(OPEN, made_in(kind, made), session) for e in rows for kind, made in e.questions}
        return (*sorted(rules), *sorted(asked))

    def _slip(self, point: Point, slip: Slip, step_id: str, at: int) -> Turn:
        control = control_step(self.model, point.control, slip, lambda: False).control
        count, put_off, in_transit = point.slips + 1, slip.error == "delay", self.in_transit(point)
        # Remembered only while another slip is possible: otherwise states would differ without any effect.
        left = {todo.step for todo in control.todo} if count < self.slips else set()
        slipped = tuple(sorted(left & {*point.slipped, point.control.todo[0].step}))
        after = attrs.evolve(
            point, control=control, at=at, slips=count, put_off=put_off, in_transit=in_transit, slipped=slipped
        )
        after = self.staged(after)
        broken = tuple(v.invariant for v in self.passing(after))
        after = attrs.evolve(after, stage="over") if ends(broken) else after
        return Turn(
            Labelled(slip, step_id), after, _keep, broken, occurrences=(Occurrence("slip", slip.error, step_id),)
        )

    def in_transit(self, point: Point) -> bool:
        """Whether redo may be on the link after this point: it was before, or clients could commit at the primary."""
        control = point.control
        serves = any(control.role(site) == "primary" for _, site in control.open)
        gap = not control.open and bool(self.model.policies["changes-in-gaps"])
        return point.in_transit or (point.stage == "clients" and (serves or gap))

    def _resends(self, control: Control) -> bool:
        return isinstance(self.model.step(control.todo[0]), Resend)

    # -- faults in time --------------------------------------------------------------------------------------------

    def _lacking(self, control: Control) -> bool:
        """Whether a site is down that the next step needs."""
        return bool(control.down and control.todo and missing(control, self.model.step(control.todo[0])))

    def drains(self, control: Control) -> bool:
        """Whether the next step is a drain."""
        return bool(control.todo) and isinstance(self.model.step(control.todo[0]), Drain)

    def blocked(self, control: Control) -> bool:
        """Whether the next step waits for a site. A drain that waits goes on, as its time-out does."""
        return self._lacking(control) and not self.drains(control)

    def since(self, point: Point, until: int) -> int | None:
        """Since when the next step waits that was due before an instant; None: it does not wait."""
        waits = self.drains(point.control) or self.blocked(point.control)
        if point.since is None and (point.put_off or not waits or self.model.due[point.control.todo[0].step] >= until):
            return None
        return self.began(point)

    def settled_link(self, point: Point) -> Point:
        """The point without what no longer matters of ``resent``: a drain that waits may still ask for it."""
        over = point.resent is not None and point.resent <= point.at and point.since is None
        return attrs.evolve(point, resent=None, resumed=False) if over else point

    # -- time ------------------------------------------------------------------------------------------------------

    def head(self, point: Point) -> int | None:
        """The earliest instant of the operator's next step; None: no step is left."""
        todo = point.control.todo
        return max(self.model.due[todo[0].step], point.at) if todo else None

    def tick(self, control: Control) -> tuple[int, Tick] | None:
        """The clock's next tick. Each session has two: its window's opening and its close."""
        passed = sum(
            self.model.rulebook.order[t.session] + (t.edge == "closes") <= control.interval for _, t in self.model.ticks
        )
        return self.model.ticks[passed] if passed < len(self.model.ticks) else None

    def began(self, point: Point) -> int:
        """The instant since when the operator waits: when the step came, which may be later than printed."""
        return point.since if point.since is not None else max(self.model.due[point.control.todo[0].step], point.at)

    def deadline(self, point: Point) -> int:
        """The instant at which the drain that is the next step gives up."""
        step = self.model.step(point.control.todo[0])
        assert isinstance(step, Drain)
        return self.began(point) + step.timeout

    def staged(self, point: Point) -> Point:
        """The point with its stage. Clients act only if time passes; all redo arrives if enough time does."""
        tick, head = self.tick(point.control), None if self.blocked(point.control) else self.head(point)
        following = min((t for t in (head, tick[0] if tick else None) if t is not None), default=None)
        if following is not None and following <= point.at and not point.put_off:
            return attrs.evolve(point, stage="now")
        resent = point.at if point.resent is None else point.resent
        binds = following is None or following - max(point.at, resent) > self.model.lag
        binds |= point.put_off and resent <= point.at
        binds &= point.control.ships
        return attrs.evolve(point, stage="arrive" if binds and point.in_transit else "clients")

    # -- what turns ask of lanes -----------------------------------------------------------------------------------

    def _redo(self, node: Node) -> tuple[Redo, ...]:
        return () if node == GONE else self.table.lanes[node[0]].redo

    def _arrived(self, node: Node) -> bool:
        return all(entry.held not in ("sent", "again") for entry in self._redo(node))

    def _caught_up(self, node: Node) -> bool:
        return not self._behind(node)

    def _behind(self, node: Node) -> bool:
        return node != GONE and behind(self.table.lanes[node[0]])

    def _awaited(self, point: Point, until: int) -> Callable[[Node], bool]:
        """The test for a drain that still waits then: within the lag any redo, later only redo that is stuck."""
        if self._lacking(point.control):
            return self._anyone
        since = max(self.began(point), point.resent or 0)
        return self._stuck if until - since > self.model.lag and point.control.ships else self._behind

    def _slow(self, control: Control) -> Callable[[Node], bool]:
        """The test whether an account is behind, and time passes before it has caught up."""
        if self._lacking(control):
            return self._anyone
        return self._behind if self.model.lag or not control.ships else self._stuck

    def _anyone(self, _: Node) -> bool:
        return True

    def _stuck(self, node: Node) -> bool:
        """Whether an account is behind, and waiting does not help."""
        return self._behind(node) and all(entry.held != "sent" for entry in self._redo(node))
