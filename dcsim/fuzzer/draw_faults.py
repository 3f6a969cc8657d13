"""Draw faults in time from numbers. Each number gives a choice, and zero gives the simplest one.

Every fault that is drawn ends, or is ended by the scenario's ``heal``: what breaks only because a fault never ends says
nothing about a runbook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from dcsim.domain.distribution import Duration, Empirical, Lognormal, Uniform
from dcsim.domain.faults import Crash, Fault, LateOperator, LateOtp, Outage, Skew, SlowLink, SlowRequest
from dcsim.domain.moment import Moment, instant, later
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
HEAL = HOUR
"""So long after its beginning a fault without an end is over."""
LASTS = (10 * MINUTE, MINUTE, HOUR, 3 * HOUR, SECOND, 30 * MINUTE, 12 * HOUR)
"""How long what is down is down, and (``SLOW_FOR``) a link slow."""
SLOW_FOR = (3 * HOUR, 10 * MINUTE, 12 * HOUR, HOUR)
LATE = (MINUTE, 10 * MINUTE, HOUR, SECOND, 5 * MINUTE, 2 * HOUR)
"""By how much something is late, slow, or wrong."""

TimeFault = Outage | SlowLink | Crash | Skew | LateOperator | LateOtp | SlowRequest


@attrs.frozen(eq=False)
class FaultSpace:
    """What faults in time are drawn from: a rulebook, a runbook, accounts, and the moments at which one may begin."""

    rulebook: Rulebook
    runbook: Runbook
    accounts: Sequence[str]
    moments: Sequence[Moment]


Choose = Callable[[int], int]
"""Takes the number of choices, and returns the index of one of them."""
Draw = Callable[[FaultSpace, Choose], TimeFault]


def _outage(space: FaultSpace, choose: Choose) -> Outage:
    start, lasts = _moment(space, choose), _lasts(choose)
    forever = choose(4) == 3
    return Outage(link="outage", from_=start, until=None if forever else later(start, lasts))


def _slow_link(space: FaultSpace, choose: Choose) -> SlowLink:
    # It strikes only where redo is sent, so it begins where acts are, and most last for hours.
    start = space.moments[choose(len(space.moments) - len(space.runbook.steps))]
    lasts, lag = _of(SLOW_FOR, choose), _duration(choose)
    ramp = isinstance(lag, int) and choose(3) == 2
    end = later(start, lasts)
    return SlowLink(link="slow", lag=lag, to=_of(LATE, choose) if ramp else None, from_=start, until=end)


def _crash(space: FaultSpace, choose: Choose) -> Crash:
    site = list(space.runbook.sites)[choose(len(space.runbook.sites))]
    place = choose(3)
    back = None if choose(4) == 3 else _lasts(choose)
    if place == 0:
        return Crash(site="crash", of=site, at=_moment(space, choose), back=back)
    step = _step(space, choose)
    return (
        Crash(site="crash", of=site, before=step, back=back)
        if place == 1
        else Crash(site="crash", of=site, after=step, back=back)
    )


def _skew(space: FaultSpace, choose: Choose) -> Skew:
    site = list(space.runbook.sites)[choose(len(space.runbook.sites))]
    return Skew(clock="slow" if choose(2) else "fast", of=site, by=_of(LATE, choose))


def _late_operator(space: FaultSpace, choose: Choose) -> LateOperator:
    everywhere = choose(4) == 3
    by = _duration(choose)
    return LateOperator(operator="late", step=None if everywhere else _step(space, choose), by=by)


def _late_otp(space: FaultSpace, choose: Choose) -> LateOtp:
    account, nth = _act(space, choose)
    return LateOtp(otp="late", account=account, nth=nth, by=_duration(choose))


def _slow_request(space: FaultSpace, choose: Choose) -> SlowRequest:
    account, nth = _act(space, choose)
    return SlowRequest(request="slow", account=account, nth=nth, by=_duration(choose))


DRAWN: Mapping[str, Draw] = {
    "outage": _outage,
    "slow-link": _slow_link,
    "crash": _crash,
    "skew": _skew,
    "late-operator": _late_operator,
    "late-otp": _late_otp,
    "slow-request": _slow_request,
}
"""How each kind of fault in time is drawn, the simplest kind first."""
_NAMES: Mapping[type, str] = {
    Outage: "outage",
    SlowLink: "slow-link",
    Crash: "crash",
    Skew: "skew",
    LateOperator: "late-operator",
    LateOtp: "late-otp",
    SlowRequest: "slow-request",
}


def kind_of(fault: Fault) -> str | None:
    """The kind of a fault in time; None for a fault of the link's entries, or a slip."""
    return _NAMES.get(type(fault))


def possible(rulebook: Rulebook, runbook: Runbook) -> tuple[str, ...]:
    """The kinds that can strike this weekend: none of the link where there is no link, nor of a logon that none has."""
    link = () if runbook.link else ("outage", "slow-link")
    otp = () if any("otp" in session.logon for session in rulebook.sessions) else ("late-otp",)
    return tuple(kind for kind in DRAWN if kind not in (*link, *otp))


def fault_moments(space_moments: Sequence[Moment], runbook: Runbook) -> tuple[Moment, ...]:
    """The moments at which faults may begin: those of acts, and those of the runbook's steps, the exact cut-over."""
    return tuple(dict.fromkeys((*space_moments, *(step.at for step in runbook.steps))))


def draw_faults(
    space: FaultSpace, kinds: Sequence[str], most: int, choosers: Iterator[Choose], beside: Sequence[Fault] = ()
) -> Iterator[Fault]:
    """Draw up to ``most`` faults. One that cannot stand ``beside`` others, or those before it, is left out."""
    drawn: list[Fault] = []
    for choose in choosers:
        if len(drawn) == most:
            break
        fault = DRAWN[kinds[choose(len(kinds))]](space, choose)
        if not any(_collide(fault, other, space.rulebook) for other in (*beside, *drawn)):
            drawn.append(fault)
    return iter(drawn)


def _collide(one: Fault, other: Fault, rulebook: Rulebook) -> bool:
    """Whether a file may not have both: only one lag can be in force, one clock be wrong, one step be late."""
    if isinstance(one, SlowLink) and isinstance(other, SlowLink):
        at = [instant(moment, rulebook) for moment in (one.from_, one.until, other.from_, other.until)]
        return at[0] < at[3] and at[2] < at[1]
    if isinstance(one, Skew) and isinstance(other, Skew):
        return one.of == other.of
    return isinstance(one, LateOperator) and isinstance(other, LateOperator) and one.step == other.step


# -- choices -------------------------------------------------------------------------------------------------------


def _of(values: Sequence[int], choose: Choose) -> int:
    return values[choose(len(values))]


def _lasts(choose: Choose) -> int:
    return _of(LASTS, choose)


def _moment(space: FaultSpace, choose: Choose) -> Moment:
    return space.moments[choose(len(space.moments))]


def _step(space: FaultSpace, choose: Choose) -> str:
    return space.runbook.steps[choose(len(space.runbook.steps))].id


def _act(space: FaultSpace, choose: Choose) -> tuple[str | None, int | None]:
    """One of the first acts of an account, mostly the first; or every act of all, in one case of six."""
    account, nth = space.accounts[choose(len(space.accounts))], (1, 1, 1, 2, 3, None)[choose(6)]
    return (account, nth) if nth else (None, None)


def _duration(choose: Choose) -> Duration:
    """A constant, in half of all cases; or a distribution."""
    form, by = choose(6), _of(LATE, choose)
    match form:
        case 3:
            return Uniform(low=0, high=by)
        case 4:
            return Lognormal(median=by, p99=10 * by)
        case 5:
            return Empirical(values=tuple(sorted((SECOND, by))))
    return by
