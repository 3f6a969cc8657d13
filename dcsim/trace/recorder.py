"""The recorder: it hands every action of a run to the pure step, and writes the result into the trace.

It holds the state of the world, so that no process of the simulation has to.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from dcsim.domain.action_outcome import Blocked, Notice, Refused, Turned, Violation
from dcsim.domain.actions import Action, ControlAction, LaneAction
from dcsim.domain.world import Control, Lane
from dcsim.semantics.interning import NOBODY, Hop, Key, Table
from dcsim.semantics.model import Model, first_control, first_lane
from dcsim.semantics.step import ControlStep, passing
from dcsim.trace.event import Actor, Broken, Event, Found, Noticed, PlannedActs, SessionOpening, chain
from dcsim.trace.event_moves import EventDetail, EventMoves
from dcsim.trace.histories import Histories
from dcsim.trace.lane_digest import LaneDigest
from dcsim.trace.meter import Meter
from dcsim.trace.moves import Crowd, crowds
from dcsim.trace.roster import Roster
from dcsim.trace.tally import Kind, Tallies

if TYPE_CHECKING:
    from dcsim.trace.lane_arrays import LaneArrays


@attrs.define(eq=False)
class Recorder:
    """The world of one run: the control, the number of each account's lane, and what has been found so far.

    ``tracing``: events are kept. ``watch`` are the numbers of the accounts whose events are kept (None: all), beside
    those of the control. ``weights``: the trace is folded. Then each watched account stands for so many in what an
    event moved, and nothing of others is in the events. ``recounting``: it is found which accounts lived through the
    same. ``meter`` keeps what figures are computed from.
    """

    model: Model
    roster: Roster
    tracing: bool = True
    watch: frozenset[int] | None = None
    weights: Mapping[int, int] | None = None
    recounting: bool = False
    meter: Meter | None = None
    table: Table = attrs.field(default=attrs.Factory(lambda self: Table(self.model), takes_self=True))
    moves: EventMoves = attrs.field(
        default=attrs.Factory(lambda self: EventMoves(self.model, self.table), takes_self=True)
    )
    control: Control = attrs.field(init=False)
    lanes: array[int] = attrs.field(init=False)
    histories: Histories | None = attrs.field(init=False, default=None)
    waiting: int = 0
    """How many accounts have redo that is not applied."""
    now: int = 0
    actions: int = 0
    commits: int = 0
    events: list[Event] = attrs.field(factory=list)
    broken: dict[Kind, Broken] = attrs.field(factory=dict)
    noticed: dict[Kind, Noticed] = attrs.field(factory=dict)
    digest: str = "0" * 16
    acts: Sequence[PlannedActs] = ()
    """The acts of the run, by which a watcher sees how far it is."""
    openings: list[SessionOpening] | None = None
    """What each session that opened found of all accounts; None: that is not kept."""
    last_at: int | None = None
    """The instant of the last action."""
    checked: Control | None = None
    """The control that was last checked against the promise when time passed."""
    _unwritten: tuple[Found, ...] = ()
    """What was found when time passed. The next event carries it into the trace."""
    _history: list[tuple[int, int, Mapping[int, int] | array[int], Control]] = attrs.field(factory=list)
    """If events are kept: the number of each event, its account (NOBODY: all), and the lanes and the control then."""
    tallies: Tallies = attrs.field(init=False)
    """The accounts on which each violation in ``broken`` and each notice in ``noticed`` was found."""
    many: LaneArrays | None = None
    """Takes a step on many accounts at once, if there are many and no events are kept."""
    hops: dict[Key, Hop] = attrs.field(init=False)
    """The steps that accounts took so far under this control, or one with the same view."""
    _written: int = 0
    """How many commits the events have that are kept."""

    def __attrs_post_init__(self) -> None:
        """Give every account its first lane: the same record at both sites."""
        self.control = first_control(self.model)
        self.hops, self.tallies = self.table.hops(self.control), Tallies(self.roster.size)
        self.lanes = array("i")
        for account, count in self.roster.groups:
            number = self.table.number(first_lane(self.model, account))
            self.lanes += array("i", [number]) * count
        if self.tracing:
            self._history.append((0, NOBODY, self._kept_lanes(), self.control))
        if self.recounting:
            self.histories = Histories(self.lanes[:])

    # -- one account -----------------------------------------------------------------------------------------------

    def lane_action(
        self, actor: Actor, account: int, action: LaneAction, by: int = NOBODY, site: str | None = None
    ) -> Hop:
        """Take an action on one account. The cost does not depend on the number of accounts."""
        if self.now != self.last_at:
            self.check_time_passed()
        before = self.lanes[account]
        key = (before, action, NOBODY if by == NOBODY else self.lanes[by], site)
        hop = self.hops.get(key) or self.table.hop(self.control, key)
        self.actions += 1
        self.lanes[account] = hop.lane
        self.waiting += hop.waits
        self.commits += hop.commits
        if hop.commits and self.meter:
            self.meter.committed(self.now, account, hop)
        # Most steps of a large run find nothing and keep no event: they are done here.
        if not hop.quiet or (self.tracing and self._kept(account, by)):
            self._record(actor, account, action, by, before, hop)
        if self.histories:
            self.histories.act(account, action, by, hop)
        return hop

    def _record(self, actor: Actor, account: int, action: LaneAction, by: int, before: int, hop: Hop) -> None:
        self._remember(hop.step.seen, account)
        if not self._kept(account, by):
            return
        outcome, name = hop.step.outcome, self.roster.name(account)
        found = (*self._take_unwritten(), *(Found(account=name, what=what) for what in hop.step.seen))
        changed = outcome.changes
        self._written += len(changed)
        # A folded trace has no other commits to count.
        position = self.commits if self.weights is None else self._written
        self._history.append((len(self.events) + 1, account, array("i", [hop.lane]), self.control))
        self._append(
            actor,
            name,
            action,
            (outcome.lane,),
            self.moves.of_account(self.control, action, before, hop),
            by=self.roster.name(by) if by != NOBODY else "",
            site=outcome.site,
            outcome=f"refused {outcome.code}" if isinstance(outcome, Refused) else "moved",
            says=outcome.why if isinstance(outcome, Refused) else outcome.shows,
            position=position - len(changed) + 1 if changed else 0,
            changes=changed,
            found=found,
        )

    def lane(self, account: int) -> Lane:
        """An account's lane as it is now."""
        return self.table.lanes[self.lanes[account]]

    def stuck(self) -> tuple[tuple[int, int], ...]:
        """Each redo entry that is lost or held up: the number of its account, and its own number."""
        # Each distinct lane is looked at once, however many accounts are in it.
        stuck: dict[int, list[int]] = {}
        for lane in self.distinct():
            stuck[lane] = [entry.number for entry in self.table.lanes[lane].redo if entry.held in ("lost", "late")]
        accounts = enumerate(self.lanes if any(stuck.values()) else ())
        return tuple((account, number) for account, lane in accounts for number in stuck[lane])

    def distinct(self) -> set[int]:
        """The numbers of the lanes in which any account is."""
        return self.many.distinct() if self.many else set(self.lanes)

    # -- the control -----------------------------------------------------------------------------------------------

    def control_action(self, actor: Actor, action: ControlAction) -> ControlStep:
        """Take a control action, and apply what it does to every account."""
        if self.now != self.last_at:
            self.check_time_passed()
        before = self.control
        turning = self.table.turn(before, action, waiting=self.waiting > 0)
        step, self.hops = turning.step, turning.hops
        self.actions += 1
        settled = self.table.settle(turning, self.distinct())
        lanes, self.control = self.lanes, step.control
        found = [Found(account="", what=what) for what in step.seen]
        self._remember(step.seen)
        found += self.many.settle(settled) if self.many else self._settle(settled)
        if self.meter:
            self.meter.turned(self.now, before, self.control, action, lanes)
        if self.openings is not None and step.control.opened != before.opened:
            # Lanes that were not replaced will be changed.
            after = self.lanes[:]
            self.openings.append(SessionOpening(step.control, self.now, after if lanes is self.lanes else lanes, after))
        if _waits(before, step):
            return step
        if self.histories:
            self.histories.turn()
        if self.tracing:
            self._history.append((len(self.events) + 1, NOBODY, self._kept_lanes(), self.control))
            moved = self.moves.of_control(before, action, step, settled, lambda: self._crowds(lanes), self.roster.name)
            self._append_control(actor, action, step, moved, (*self._take_unwritten(), *found))
        return step

    def _settle(self, settled: dict[int, Hop]) -> list[Found]:
        """Move every account to its lane after a control action, and return what was found on each."""
        before = self.lanes
        # Most control actions change no lane; to rewrite a hundred thousand numbers for nothing would be slow.
        if any(hop.lane != number for number, hop in settled.items()):
            self.lanes = array("i", [settled[number].lane for number in before])
            self.waiting = sum(map(self.table.behind.__getitem__, self.lanes))
        with_findings = {number: hop.step.seen for number, hop in settled.items() if not hop.quiet}
        found: list[Found] = []
        for account, number in enumerate(before if with_findings else ()):
            if number in with_findings:
                name, seen = self.roster.name(account), with_findings[number]
                self._remember(seen, account)
                found += [Found(account=name, what=what) for what in seen]
        return found

    def _crowds(self, lanes: array[int]) -> dict[int, Crowd]:
        if self.weights is not None:
            return crowds(((account, lanes[account]) for account in self.weights), self.weights)
        return self.many.crowds(lanes) if self.many else crowds(enumerate(lanes))

    def _kept_lanes(self) -> Mapping[int, int] | array[int]:
        """The lanes of the accounts whose events are kept, by account."""
        return self.lanes[:] if self.watch is None else {account: self.lanes[account] for account in self.watch}

    def _append_control(
        self, actor: Actor, action: ControlAction, step: ControlStep, moved: EventDetail, found: tuple[Found, ...]
    ) -> None:
        outcome = step.outcome
        if self.weights is not None:
            names = {"", *map(self.roster.name, self.weights)}
            found = tuple(item for item in found if item.account in names)
        # With a watch, the digest is of the watched accounts only: that of 100,000 lanes takes a second an event.
        kept = self.lanes if self.watch is None else [self.lanes[account] for account in sorted(self.watch)]
        lanes = LaneDigest(self.table.lanes, kept)
        self._append(
            actor,
            "",
            action,
            (step.control, lanes),
            moved,
            outcome=f"refused {outcome.code}" if isinstance(outcome, Blocked) else "moved",
            says=outcome.did if isinstance(outcome, Turned) else outcome.why,
            found=found,
        )

    # -- time ------------------------------------------------------------------------------------------------------

    def check_time_passed(self) -> None:
        """Check the control against the promise, now that time has passed since the last action.

        A breach is dated at the last action, whose event brought it about. It is written into the next event.
        """
        if self.last_at is not None and self.control is not self.checked:
            self.checked, now = self.control, self.now
            broken = passing(self.model, self.control)
            # _remember dates what it keeps at self.now.
            self.now = self.last_at
            self._remember(broken, event=len(self.events))
            self.now = now
            self._unwritten += tuple(Found(account="", what=what) for what in broken) if self.tracing else ()
        self.last_at = self.now

    def _take_unwritten(self) -> tuple[Found, ...]:
        found, self._unwritten = self._unwritten, ()
        return found

    # -- what was found --------------------------------------------------------------------------------------------

    def _append(
        self, actor: Actor, account: str, action: Action, after: Sequence[object], moved: EventDetail, **facts: object
    ) -> None:
        self.digest = chain(self.digest, self.now, actor, account, action, facts, *after)
        facts |= attrs.asdict(moved, recurse=False)
        n = len(self.events) + 1
        event = Event(n=n, at=self.now, actor=actor, account=account, action=action, digest=self.digest, **facts)  # type: ignore[arg-type]
        self.events.append(event)

    def tell(self, what: Violation | Notice, account: str = "") -> None:
        """Add a violation or a notice that was found at the end of the run: of an account, or of the whole."""
        self._remember((what,), self.roster.numbers(account)[0] if account else NOBODY, len(self.events))

    def notices(self) -> tuple[Noticed, ...]:
        """Every notice of the run, with the accounts to which it was given."""
        return tuple(attrs.evolve(n, who=self.tallies.of(key)) for key, n in self.noticed.items())

    def _remember(self, seen: Iterable[Violation | Notice], account: int = NOBODY, event: int | None = None) -> None:
        """Keep the first violation or notice of each kind, and count the accounts on which that kind was found."""
        for what in seen:
            kind = self.tallies.kind(what, self.control.interval)
            if self.tallies.of(kind).add(account):
                self.keep(kind, what, account, len(self.events) + 1 if event is None else event)

    def keep(self, kind: Kind, what: Violation | Notice, number: int, event: int) -> None:
        """Keep what is the first of its kind; of any other, only how many accounts there are now."""
        account, accounts = "" if number == NOBODY else self.roster.name(number), self.tallies.of(kind).count
        if isinstance(what, Violation):
            event = event if self.tracing and (self.watch is None or number == NOBODY or self._kept(number)) else 0
            broken = self.broken.get(kind)
            # A folded trace shows what it can: the first account that is in it.
            if broken is None or (self.weights is not None and event and not broken.event):
                cause = self._cause(number, what.cell, event) if event and what.cell else 0
                broken = Broken(violation=what, account=account, at=self.now, event=event, cause=cause)
            self.broken[kind] = attrs.evolve(broken, accounts=accounts)
        else:
            noticed = self.noticed.get(kind) or Noticed(notice=what, account=account, at=self.now)
            self.noticed[kind] = attrs.evolve(noticed, accounts=accounts)

    def _cause(self, number: int, cell: tuple[str, str], event: int) -> int:
        """The number of the event that wrote a wrong value; 0 if it was there from the beginning."""
        site, field = cell
        found, cause = self.lane(number).store(site)[field], event
        # Backwards, to the last time at which another value was there: the event after that one wrote the wrong value.
        for moved, lane, _ in reversed(tuple(self.history(number))):
            if lane.store(site)[field] != found:
                return cause
            cause = moved
        return 0

    def _kept(self, account: int, by: int = NOBODY) -> bool:
        """Whether an event of an account is kept. What a watched administrator does is kept as well.

        Not in a folded trace: one administrator may do the same to a million accounts.
        """
        if not self.tracing or self.watch is None:
            return self.tracing
        return account in self.watch or (by in self.watch and self.weights is None)

    def history(self, account: int) -> Iterator[tuple[int, Lane, Control]]:
        """What an account went through, if its events are kept: the number of each event that concerns it (0: the
        beginning), with its lane and the control after the event.
        """
        for event, who, lanes, control in self._history:
            if who in (NOBODY, account):
                yield event, self.table.lanes[lanes[account if who == NOBODY else 0]], control

    def controls(self) -> Iterator[Control]:
        """The control at the beginning and after each event, if events are kept."""
        return (control for _, _, _, control in self._history)


def _waits(before: Control, step: ControlStep) -> bool:
    """Whether a step is a drain that goes on waiting, which is no event: it is tried again and again."""
    # Any other step that is blocked is dropped, and so changes the control. One that waits for a site is tried again.
    outcome = step.outcome
    waits = isinstance(outcome, Blocked) and outcome.code in ("not-caught-up", "site-down")
    return waits and step.control == before
