"""The faults of a scenario, looked up by where they strike. What is drawn depends on the seed and the place alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from dcsim.domain.actions import LINK as LINK_ITSELF
from dcsim.domain.actions import Disturb, Down, Logon, Request, Up
from dcsim.domain.chance import chance
from dcsim.domain.distribution import draw
from dcsim.domain.faults import (
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

Strike = tuple[int, Down | Up | Disturb, Fault]
"""An instant, and what a fault does then."""


@attrs.frozen(eq=False)
class Slowness:
    """Between two instants redo takes another lag than the link's own. ``key`` tells its draws from those of others."""

    start: int
    until: int
    fault: SlowLink
    key: int

    def lag(self, account: int, at: Any, seed: int) -> Any:
        """How long an entry takes that is sent at an instant, in milliseconds.

        If the lag does not vary, ``at`` may be an array of instants.
        """
        lag = draw(self.fault.lag, chance(seed, self.key, account, at)) if self.varies else int(self.fault.lag)  # type: ignore[arg-type]
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
    _late: tuple[tuple[int, LateOperator], ...] = attrs.field(init=False)
    _met: dict[tuple[int, int], int] = attrs.field(factory=dict)
    """How many acts of each account a fault might have met, by the fault's number and the account's."""

    def __attrs_post_init__(self) -> None:
        """Sort the faults by where they strike."""
        faults = self.scenario.faults
        self.slips = {f.step: f for f in faults if isinstance(f, OperatorSlip)}
        self.slow = tuple(
            Slowness(self._at(f.from_), self._at(f.until), f, key)
            for key, f in enumerate(faults)
            if isinstance(f, SlowLink)
        )
        self.crashes = {}
        for fault in (f for f in faults if isinstance(f, Crash) and f.at is None):
            place = ("before", fault.before) if fault.before else ("after", fault.after or "")
            self.crashes[place] = (*self.crashes.get(place, ()), fault)
        self.skews = {f.of: f for f in faults if isinstance(f, Skew)}
        self._late = tuple((key, f) for key, f in enumerate(faults) if isinstance(f, LateOperator))
        self.breaks = any(isinstance(f, Outage | Crash) for f in faults)
        self.hits_clients = any(isinstance(f, LateOtp | SlowRequest) for f in faults)
        self.hits_single = self.hits_clients or any(isinstance(f, LinkFault) for f in faults)

    def _at(self, moment: Moment) -> int:
        return instant(moment, self.model.rulebook)

    def strikes(self, start: int | None = None) -> Iterator[Strike]:
        """What the faults do at fixed instants. Skewed clocks are told at the ``start`` of the run, if that is known.

        A crash's return is not among them: it follows from the crash.
        """
        for fault in self.scenario.faults:
            match fault:
                case Outage():
                    yield self._at(fault.from_), Down(LINK_ITSELF), fault
                    if fault.until is not None:
                        yield self._at(fault.until), Up(LINK_ITSELF), fault
                case SlowLink():
                    yield self._at(fault.from_), Disturb(f"the link's lag is {lag_in_words(fault)}"), fault
                    yield self._at(fault.until), Disturb("the link's lag is its own again"), fault
                case Crash() if fault.at is not None:
                    yield self._at(fault.at), Down(fault.of), fault
                case Skew() if start is not None:
                    yield start, Disturb(f"the clock of {fault.of} is {spell(fault.by)} {fault.clock}"), fault

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
        for key, fault in self._late:
            if fault.step in (None, step.id):
                return draw(fault.by, chance(self.seed, key, index)), fault
        return 0, None

    def delay(self, kind: type[LateOtp | SlowRequest], account: int, is_it: Callable[[str | None], bool]) -> int:
        """By how much a fault of a kind delays the account's act, which counts as one more that it might meet.

        ``is_it`` says whether a name, or none, stands for the account.
        """
        delay = 0
        for key, fault in enumerate(self.scenario.faults):
            if not isinstance(fault, kind) or not is_it(fault.account):
                continue
            nth = self._met[key, account] = self._met.get((key, account), 0) + 1
            if fault.nth in (None, nth):
                self.happened.add(fault)
                delay += draw(fault.by, chance(self.seed, key, account, nth))
        return delay


def by_otp(action: object) -> bool:
    """Whether an act, or a request for one, is a logon by OTP."""
    act = action.action if isinstance(action, Request) else action
    return isinstance(act, Logon) and act.with_ == "otp"
