"""The recorder: it hands every action of a run to the pure step, and writes the result into the trace.

It holds the state of the world, so that no process of the simulation has to.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence

import attrs

from dcsim.domain.action_outcome import Blocked, Notice, Refused, Turned, Violation
from dcsim.domain.actions import Action, ControlAction, LaneAction
from dcsim.domain.world import Control, Lane
from dcsim.semantics.interning import NOBODY, Hop, Table
from dcsim.semantics.model import Model, first_control, first_lane
from dcsim.semantics.step import ControlStep, passing
from dcsim.trace.event import Actor, Broken, Event, Found, Noticed, PlannedActs, SessionOpening, chain
from dcsim.trace.event_moves import EventDetail, EventMoves
from dcsim.trace.histories import Histories
from dcsim.trace.meter import Meter
from dcsim.trace.moves import Crowd, crowds
from dcsim.trace.roster import Roster


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
    broken: dict[tuple[object, ...], Broken] = attrs.field(factory=dict)
    noticed: dict[tuple[object, ...], Noticed] = attrs.field(factory=dict)
    digest: str = "0" * 16
    acts: Sequence[PlannedActs] = ()
    """The acts of the run, by which a watcher sees how far it is."""
    openings: list[SessionOpening] | None = None
    """What each session that opened found of all accounts; None: that is not kept."""
    _last_at: int | None = None
    """The instant of the last action."""
    _checked: Control | None = None
    """The control that was last checked against the promise when time passed."""
    _unwritten: tuple[Found, ...] = ()
    """What was found when time passed. The next event carries it into the trace."""
    _history: list[tuple[int, int, Mapping[int, int] | array[int], Control]] = attrs.field(factory=list)
    """If events are kept: the number of each event, its account (NOBODY: all), and the lanes and the control then."""
    _accounts: dict[tuple[object, ...], set[str]] = attrs.field(factory=dict)
    """The accounts on which each violation in ``broken`` and each notice in ``noticed`` was found."""
    _hops: dict[tuple[int, LaneAction, int, str | None], Hop] = attrs.field(init=False)
    _written: int = 0
    """How many commits the events have that are kept."""

    def __attrs_post_init__(self) -> None:
        """Give every account its first lane: the same record at both sites."""
        self.control = first_control(self.model)
        self._hops = self.table.hops(self.control)
        self.lanes = array("i")
        for account, count in self.roster.groups:
            number = self.table.number(first_lane(self.model, account))
            self.lanes.extend([number] * count)
        if self.tracing:
            self._history.append((0, NOBODY, self._kept_lanes(), self.control))
        if self.recounting:
            self.histories = Histories(self.lanes[:])

    # -- one account -----------------------------------------------------------------------------------------------

    def lane_action(
        self, actor: Actor, account: int, action: LaneAction, by: int = NOBODY, site: str | None = None
    ) -> Hop:
        """Take an action on one account. The cost does not depend on the number of accounts."""
        if self.now != self._last_at:
            self.check_time_passed()
        before = self.lanes[account]
        key = (before, action, NOBODY if by == NOBODY else self.lanes[by], site)
        hop = self._hops.get(key) or self.table.hop(self.control, key)
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
        outcome, name = hop.step.outcome, self.roster.name(account)
        found = tuple(Found(account=name, what=w) for w in hop.step.seen)
        self._remember(found)
        if not self._kept(account, by):
            return
        found = (*self._take_unwritten(), *found)
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
        for lane in set(self.lanes):
            stuck[lane] = [entry.number for entry in self.table.lanes[lane].redo if entry.held in ("lost", "late")]
        return tuple((account, number) for account, lane in enumerate(self.lanes) for number in stuck[lane])

    # -- the control -----------------------------------------------------------------------------------------------

    def control_action(self, actor: Actor, action: ControlAction) -> ControlStep:
        """Take a control action, and apply what it does to every account."""
        if self.now != self._last_at:
            self.check_time_passed()
        before = self.control
        turning = self.table.turn(before, action, waiting=self.waiting > 0)
        step, self._hops = turning.step, turning.hops
        self.actions += 1
        settled = self.table.settle(turning, set(self.lanes))
        lanes, self.control = self.lanes, step.control
        found = [Found(account="", what=v) for v in step.seen]
        found += self._settle(settled)
        self._remember(tuple(found))
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
        with_findings = {number: hop for number, hop in settled.items() if not hop.quiet}
        found: list[Found] = []
        for account, number in enumerate(self.lanes if with_findings else ()):
            if number in with_findings:
                name = self.roster.name(account)
                found += [Found(account=name, what=what) for what in with_findings[number].step.seen]
        # Most control actions change no lane; to rewrite a hundred thousand numbers for nothing would be slow.
        if any(hop.lane != number for number, hop in settled.items()):
            self.lanes = array("i", [settled[number].lane for number in self.lanes])
            self.waiting = sum(map(self.table.behind.__getitem__, self.lanes))
        return found

    def _crowds(self, lanes: array[int]) -> dict[int, Crowd]:
        accounts = enumerate(lanes) if self.weights is None else ((account, lanes[account]) for account in self.weights)
        return crowds(accounts, self.weights)

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
        lanes = tuple(self.table.lanes[number] for number in kept)
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
        if self._last_at is not None and self.control is not self._checked:
            self._checked, now = self.control, self.now
            found = tuple(Found(account="", what=v) for v in passing(self.model, self.control))
            # _remember dates what it keeps at self.now.
            self.now = self._last_at
            self._remember(found, len(self.events))
            self.now = now
            self._unwritten += found if self.tracing else ()
        self._last_at = self.now

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
        self._remember((Found(account=account, what=what),), len(self.events))

    def notices(self) -> tuple[Noticed, ...]:
        """Every notice of the run, with the accounts to which it was given."""
        # Not copies: there may be a hundred thousand names.
        return tuple(attrs.evolve(n, who=self._accounts[key]) for key, n in self.noticed.items())

    def _remember(self, found: tuple[Found, ...], event: int | None = None) -> None:
        """Keep the first violation or notice of each kind, and count the accounts on which that kind was found.

        Two are of different kinds if they are found in different intervals, or rest on different rules.
        """
        for item in found:
            key = (*_kind_key(item.what), self.control.interval)
            accounts = self._accounts.setdefault(key, set())
            if item.account not in accounts:
                accounts.add(item.account)
                self._keep(key, item, len(accounts), len(self.events) + 1 if event is None else event)

    def _keep(self, key: tuple[object, ...], item: Found, accounts: int, event: int) -> None:
        what, account = item.what, item.account
        if isinstance(what, Violation):
            everyone = self.watch is None or not account
            kept = everyone or self._kept(self.roster.numbers(account)[0])
            event = event if self.tracing and kept else 0
            broken = self.broken.get(key)
            # A folded trace shows what it can: the first account that is in it.
            if broken is None or (self.weights is not None and event and not broken.event):
                cause = self._cause(account, what.cell, event) if event and what.cell else 0
                broken = Broken(violation=what, account=account, at=self.now, event=event, cause=cause)
            self.broken[key] = attrs.evolve(broken, accounts=accounts)
        else:
            noticed = self.noticed.get(key) or Noticed(notice=what, account=account, at=self.now)
            self.noticed[key] = attrs.evolve(noticed, accounts=accounts)

    def _cause(self, account: str, cell: tuple[str, str], event: int) -> int:
        """The number of the event that wrote a wrong value; 0 if it was there from the beginning."""
        number, (site, field) = self.roster.numbers(account)[0], cell
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


def _kind_key(what: Violation | Notice) -> tuple[object, ...]:
    if isinstance(what, Violation):
        return what.invariant, what.where, what.rules
    # What is found in an open cell differs from account to account; the cell is the same.
    return what.kind, what.where, what.cell or what.says


def _waits(before: Control, step: ControlStep) -> bool:
    """Whether a step is a drain that goes on waiting, which is no event: it is tried again and again."""
    # Any other step that is blocked is dropped, and so changes the control. One that waits for a site is tried again.
    outcome = step.outcome
    waits = isinstance(outcome, Blocked) and outcome.code in ("not-caught-up", "site-down")
    return waits and step.control == before
