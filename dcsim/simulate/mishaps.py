"""The faults of a scenario, looked up by where they strike. What is drawn depends on the seed and the place alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any
from zlib import crc32

import attrs

from dcsim.domain.actions import LINK as LINK_ITSELF
from dcsim.domain.actions import Disturb, Down, Logon, Request, Up
from dcsim.domain.chance import chance
from dcsim.domain.distribution import draw
from dcsim.domain.faults import (
    ClientFault,
    Crash,
    Fault,
    LateOperator,
    LateOtp,
    LinkFault,
    OperatorSlip,
    Outage,
    Skew,
    SlowLink,
    SlowRequest,
    lag_in_words,
)
from dcsim.domain.moment import Moment, instant, spell
from dcsim.domain.scenario import Scenario
from dcsim.semantics.model import Model
from dcsim.trace.roster import Roster

Strike = tuple[int, Down | Up | Disturb, Fault]
"""An instant, and what a fault does then."""
_PLACE = ("link", "operator", "otp", "request", "step", "account", "nth")


def key_of(fault: Fault) -> int:
    """A number for where a fault strikes, which tells its draws from those of others.

    It depends on no other fault, so what is drawn stays the same if another one is added or left out; and on none of
    the fault's durations, so a longer one is longer at every draw.
    """
    return crc32(repr([getattr(fault, name, None) for name in _PLACE]).encode())


@attrs.frozen(eq=False)
class Slowness:
    """Between two instants redo takes another lag than the link's own."""

    start: int
    until: int
    fault: SlowLink

    def lag(self, account: int, at: Any, seed: int) -> Any:
        """How long an entry takes that is sent at an instant, in milliseconds.

        If the lag does not vary, ``at`` may be an array of instants.
        """
        given = self.fault.lag
        lag = given if isinstance(given, int) else draw(given, chance(seed, key_of(self.fault), account, at))
        if self.fault.to is None:
            return lag
        return lag + (self.fault.to - lag) * (at - self.start) // (self.until - self.start)

    @property
    def varies(self) -> bool:
        """Whether the lag is drawn for each entry."""
        return not isinstance(self.fault.lag, int)


@attrs.define(eq=False)
class ScenarioFaults:
    """The faults of one run. ``happened`` are those that took effect."""

    model: Model
    scenario: Scenario
    seed: int
    happened: set[Fault] = attrs.field(factory=set)
    slips: dict[str, OperatorSlip] = attrs.field(init=False)
    slow: tuple[Slowness, ...] = attrs.field(init=False)
    crashes: dict[tuple[str, str], tuple[Crash, ...]] = attrs.field(init=False)
    """The crashes at steps, by ``before`` or ``after`` and the step's id."""
    skews: dict[str, Skew] = attrs.field(init=False)
    hits_clients: bool = attrs.field(init=False)
    hits_single: bool = attrs.field(init=False)
    """Whether any fault is of single acts or entries."""
    breaks: bool = attrs.field(init=False)
    """Whether anything goes down."""
    _late: tuple[LateOperator, ...] = attrs.field(init=False)
    _met: dict[tuple[int, int], int] = attrs.field(factory=dict)
    """How many acts of each account a fault might have met, by the fault's number and the account's."""

    def __attrs_post_init__(self) -> None:
        """Sort the faults by where they strike."""
        faults = self.scenario.faults
        self.slips = {f.step: f for f in faults if isinstance(f, OperatorSlip)}
        slow = (f for f in faults if isinstance(f, SlowLink))
        self.slow = tuple(Slowness(self._at(f.from_), self._at(f.until), f) for f in slow)
        self.crashes = {}
        for fault in (f for f in faults if isinstance(f, Crash) and f.at is None):
            place = ("before", fault.before) if fault.before else ("after", fault.after or "")
            self.crashes[place] = (*self.crashes.get(place, ()), fault)
        self.skews = {f.of: f for f in faults if isinstance(f, Skew)}
        # What is said of one step goes before what is said of every step.
        late = (f for f in faults if isinstance(f, LateOperator))
        self._late = tuple(sorted(late, key=lambda f: f.step is None))
        self.breaks = any(isinstance(f, Outage | Crash) for f in faults)
        self.hits_clients = any(isinstance(f, LateOtp | SlowRequest) for f in faults)
        self.hits_single = self.hits_clients or any(isinstance(f, LinkFault) for f in faults)

    def _at(self, moment: Moment) -> int:
        return instant(moment, self.model.rulebook)

    def strikes(self, begins: int | None = None) -> Iterator[Strike]:
        """What the faults do at fixed instants. Skewed clocks are told when the weekend ``begins``, if that is known.

        A crash's return is not among them: it follows from the crash. Ends come before beginnings, for what ends at an
        instant is told before what begins then.
        """
        for fault in self.scenario.faults:
            match fault:
                case Outage() if fault.until is not None:
                    yield self._at(fault.until), Up(LINK_ITSELF), fault
                case SlowLink():
                    yield self._at(fault.until), Disturb("the link's lag is its own again"), fault
        for fault in self.scenario.faults:
            match fault:
                case Outage():
                    yield self._at(fault.from_), Down(LINK_ITSELF), fault
                case SlowLink():
                    yield self._at(fault.from_), Disturb(f"the link's lag is {lag_in_words(fault)}"), fault
                case Crash() if fault.at is not None:
                    yield self._at(fault.at), Down(fault.of), fault
                case Skew() if begins is not None:
                    yield begins, Disturb(f"the clock of {fault.of} is {spell(fault.by)} {fault.clock}"), fault

    def lag(self, account: int, at: int) -> int:
        """How long a redo entry of an account takes that is sent at an instant, without jitter."""
        for slowness in self.slow:
            if slowness.start <= at < slowness.until:
                self.happened.add(slowness.fault)
                return int(slowness.lag(account, at, self.seed))
        return self.model.runbook.link.lag if self.model.runbook.link else 0

    def late(self, index: int) -> tuple[int, Fault | None]:
        """How late the operator is at a step of the runbook, and by which fault."""
        step = self.model.runbook.steps[index]
        for fault in self._late:
            if fault.step in (None, step.id):
                return draw(fault.by, chance(self.seed, key_of(fault), index)), fault
        return 0, None

    def delay(self, kind: type[ClientFault], account: int) -> int:
        """By how much faults of a kind delay the account's act, which counts as one more that they might meet."""
        delay = 0
        for number, fault, befalls in self._delays[kind]:
            if befalls is not None and account not in befalls:
                continue
            nth = self._met[number, account] = self._met.get((number, account), 0) + 1
            if fault.nth in (None, nth):
                self.happened.add(fault)
                delay += draw(fault.by, chance(self.seed, key_of(fault), account, nth))
        return delay

    @cached_property
    def _delays(self) -> dict[type, list[tuple[int, ClientFault, Collection[int] | None]]]:
        """The faults that delay acts, by kind: the number of each, and of the accounts that it befalls (None: all)."""
        numbers = Roster(self.scenario).numbers
        delays: dict[type, list[tuple[int, ClientFault, Collection[int] | None]]] = {LateOtp: [], SlowRequest: []}
        for number, fault in enumerate(self.scenario.faults):
            if isinstance(fault, LateOtp | SlowRequest):
                befalls = numbers(fault.account) if fault.account is not None else None
                # Whether an account is among a hundred thousand is asked at each act.
                quick = befalls if befalls is None or isinstance(befalls, range) else frozenset(befalls)
                delays[type(fault)].append((number, fault, quick))
        return delays


def by_otp(action: object) -> bool:
    """Whether an act, or a request for one, is a logon by OTP."""
    act = action.action if isinstance(action, Request) else action
    return isinstance(act, Logon) and act.with_ == "otp"
