"""Give faults plain values: a constant in place of a distribution, short and round durations, meaningful moments.

Every candidate is plainer than the fault that it replaces, so that a search ends: a constant before a distribution, one
act or step before all of them, a step of the runbook before a moment, an end before none, and then what is shorter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from dcsim.domain.distribution import Duration, Empirical, Lognormal, Uniform
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
)
from dcsim.domain.moment import Moment, instant, later
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
PLAIN = (SECOND, MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR)
"""Durations that are tried first, the shortest first."""
LESS = (HOUR, 10 * MINUTE, MINUTE, SECOND)
"""By so much a duration is made shorter, as long as it can be. Above a minute it is kept to the minute."""
Books = tuple[Rulebook, Runbook]


def plain_faults(scenario: Scenario, index: int, books: Books | None = None) -> Iterator[Fault]:
    """Yield plainer faults in place of one. Without ``books``, moments and steps stay as they are."""
    fault = scenario.faults[index]
    match fault:
        case LinkFault():
            yield from _of_one_entry(scenario, fault)
        case Outage() | SlowLink():
            yield from _spans(fault, books)
        case Crash():
            yield from _crashes(fault, books)
        case LateOperator(step=None) if books:
            for step in books[1].steps:
                yield attrs.evolve(fault, step=step.id)
        case LateOtp() | SlowRequest():
            yield from _of_one_act(scenario, fault)
    if isinstance(fault, LinkFault | OperatorSlip):
        default = attrs.fields(type(fault)).by.default
        if fault.by != default:
            yield attrs.evolve(fault, by=default)
    if isinstance(fault, SlowLink):
        if fault.to is not None:
            yield attrs.evolve(fault, to=None)
            yield from (attrs.evolve(fault, to=to) for to in shorter(fault.to))
        yield from (attrs.evolve(fault, lag=lag) for lag in plainer_durations(fault.lag))
    if isinstance(fault, Skew):
        yield from (attrs.evolve(fault, by=by) for by in shorter(fault.by))
    if isinstance(fault, LateOperator | LateOtp | SlowRequest):
        yield from (attrs.evolve(fault, by=by) for by in plainer_durations(fault.by))


def _of_one_entry(scenario: Scenario, fault: LinkFault) -> Iterator[Fault]:
    """Of one account instead of all, of an earlier entry."""
    taken = {(f.account, f.nth) for f in scenario.faults if isinstance(f, LinkFault)}
    for account in [fault.account] if fault.account else [account.id for account in scenario.accounts]:
        # A fault of one entry of one account tries only earlier entries; a broader fault tries this entry too.
        last = fault.nth if fault.nth and fault.account else (fault.nth or len(scenario.steps)) + 1
        for nth in range(1, last):
            if (account, nth) not in taken:
                yield attrs.evolve(fault, account=account, nth=nth)


def _of_one_act(scenario: Scenario, fault: LateOtp | SlowRequest) -> Iterator[Fault]:
    """Of one act of one account instead of every act, of an earlier act."""
    for account in [fault.account] if fault.account else [account.id for account in scenario.accounts]:
        last = fault.nth if fault.nth and fault.account else (fault.nth or len(scenario.steps)) + 1
        for nth in range(1, last):
            yield attrs.evolve(fault, account=account, nth=nth)


# -- where and how long --------------------------------------------------------------------------------------------


def _crashes(fault: Crash, books: Books | None) -> Iterator[Fault]:
    steps = [step.id for step in books[1].steps] if books else []
    if fault.at is not None:
        yield from (attrs.evolve(fault, at=None, before=step) for step in steps)
        yield from (attrs.evolve(fault, at=at) for at in _plain_moments(fault.at, books))
    if fault.after is not None:
        following = steps[steps.index(fault.after) + 1 :][:1] if fault.after in steps else []
        yield from (attrs.evolve(fault, after=None, before=step) for step in (*following, fault.after))
    for back in PLAIN if fault.back is None else shorter(fault.back):
        yield attrs.evolve(fault, back=back)


def _spans(fault: Outage | SlowLink, books: Books | None) -> Iterator[Fault]:
    """A shorter span from the same moment, then until the same moment; then a plainer moment with the same length."""
    if books is None:
        return
    length = None
    if fault.until is not None:
        length = instant(fault.until, books[0]) - instant(fault.from_, books[0])
    for lasts in PLAIN if length is None else shorter(length):
        yield attrs.evolve(fault, until=later(fault.from_, lasts))
    for less in LESS[:-1] if fault.until is not None else ():
        if length and length > less:
            yield attrs.evolve(fault, from_=later(fault.from_, less))
    for at in _plain_moments(fault.from_, books) if length is not None else ():
        yield attrs.evolve(fault, from_=at, until=later(at, length or 0))


def _plain_moments(when: Moment, books: Books | None) -> Iterator[Moment]:
    """Moments in place of one: those of the runbook's steps, and then a shorter and rounder offset."""
    plain = list(dict.fromkeys(step.at for step in books[1].steps)) if books else []
    if when in plain:
        plain = plain[: plain.index(when)]
    yield from plain
    if when.local is None and when not in plain and when.offset > 0:
        for offset in shorter(when.offset, least=0):
            yield attrs.evolve(when, offset=offset)


def shorter(duration: int, least: int = SECOND) -> Iterator[int]:
    """Durations that are shorter than one: plain ones, the shortest first, and then a little less."""
    yield from (plain for plain in (least, *PLAIN) if least <= plain < duration)
    for less in LESS if duration <= MINUTE else LESS[:-1]:
        if duration % less:
            yield duration - duration % less
        if duration - less > least:
            yield duration - less


def plainer_durations(duration: Duration) -> Iterator[Duration]:
    """Constants in place of a distribution, and shorter ones in place of a constant."""
    match duration:
        case Uniform():
            yield from (duration.high, duration.low)
        case Lognormal():
            yield from (duration.median, duration.p99)
        case Empirical():
            yield from dict.fromkeys((duration.values[0], duration.values[-1]))
        case _:
            yield from shorter(int(duration))


def without_heal(scenario: Scenario) -> Iterator[Any]:
    """The scenario without the demand that all heals and comes together."""
    if scenario.heal is not None:
        yield attrs.evolve(scenario, heal=None)
