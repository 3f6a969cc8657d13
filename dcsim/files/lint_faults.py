"""Checks the faults of a scenario with its rulebook and runbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcsim.domain.distribution import in_words
from dcsim.domain.faults import (
    AccountFault,
    Crash,
    Fault,
    LateOperator,
    LinkFault,
    OperatorSlip,
    Outage,
    Skew,
    SlowLink,
)
from dcsim.domain.moment import Moment, write
from dcsim.domain.runbook import Runbook
from dcsim.files.cast import Cast
from dcsim.files.findings import Flaw, Keys, unknown
from dcsim.files.lint_common import Times


def fault_flaws(faults: Sequence[Fault], cast: Cast, times: Times, runbook: Runbook) -> Iterator[Flaw]:
    """Everything that is wrong with the faults."""
    yield from _colliding(faults, times)
    for index, fault in enumerate(faults):
        keys: Keys = ("faults", index)
        match fault:
            case LinkFault() | OperatorSlip() | LateOperator():
                pass
            case Outage() | SlowLink():
                yield from _span(fault.from_, fault.until, times, keys)
                yield from _ramp(fault, keys)
            case Crash():
                yield from _crash(fault, times, keys)
        for name in ("step", "before", "after"):
            step = getattr(fault, name, None)
            if step is not None and step not in runbook.by_id:
                yield unknown("DC125", (*keys, name), "step", step, runbook.by_id)
        if isinstance(fault, Crash | Skew) and fault.of not in runbook.sites:
            yield unknown("DC122", (*keys, "of"), "site", fault.of, runbook.sites)
        if isinstance(fault, AccountFault):
            yield from _account(fault, cast, keys)


def _account(fault: AccountFault, cast: Cast, keys: Keys) -> Iterator[Flaw]:
    if fault.account is not None:
        yield from cast.unknown(fault.account, (*keys, "account"), all_of=not isinstance(fault, LinkFault))
    if fault.nth is not None and fault.nth < 1:
        what = "entry" if isinstance(fault, LinkFault) else "act"
        yield Flaw("DC109", (*keys, "nth"), f"{fault.nth} counts no {what}", "the first is 1")


def _span(start: Moment, end: Moment | None, times: Times, keys: Keys) -> Iterator[Flaw]:
    yield from times.flaws(start, (*keys, "from"))
    if end is None:
        return
    yield from times.flaws(end, (*keys, "until"))
    first, last = times.at(start), times.at(end)
    if first is not None and last is not None and last <= first:
        yield Flaw("DC109", (*keys, "until"), f"'{write(end)}' is not after '{write(start)}'", "swap them")


def _ramp(fault: Outage | SlowLink, keys: Keys) -> Iterator[Flaw]:
    if isinstance(fault, SlowLink) and fault.to is not None and not isinstance(fault.lag, int):
        message = f"'to' goes with a constant lag; this one is {in_words(fault.lag)}"
        yield Flaw("DC109", (*keys, "to"), message, "leave 'to' out, or write a duration as 'lag'")


def _crash(fault: Crash, times: Times, keys: Keys) -> Iterator[Flaw]:
    given = [name for name in ("at", "before", "after") if getattr(fault, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none of them"
        yield Flaw("DC109", keys, f"a crash has one of the keys at, before and after; found {found}")
    if fault.at is not None:
        yield from times.flaws(fault.at, (*keys, "at"))


def _colliding(faults: Sequence[Fault], times: Times) -> Iterator[Flaw]:
    """A second fault at the same place: only one can happen there."""
    taken: set[tuple[object, ...]] = set()
    for index, fault in enumerate(faults):
        place = _place(fault)
        if place and place in taken:
            what = "of the same entries" if isinstance(fault, LinkFault) else f"at {place[-1]}"
            yield Flaw("DC109", ("faults", index), f"a second fault {what}", "only one can happen there")
        taken |= {place} if place else set()
        earlier = [f for f in faults[:index] if isinstance(f, SlowLink)]
        if isinstance(fault, SlowLink) and any(_overlap(fault, other, times) for other in earlier):
            yield Flaw("DC109", ("faults", index), "a second lag at the same time", "only one can be in force")


def _place(fault: Fault) -> tuple[object, ...]:
    """Where a fault strikes, for those that exclude each other; empty for the others."""
    match fault:
        case LinkFault():
            return "link", fault.account, fault.nth
        case OperatorSlip():
            return "step", f"the step '{fault.step}'"
        case LateOperator():
            return "late", f"the step '{fault.step}'" if fault.step else "every step"
        case Skew():
            return "clock", f"the clock of {fault.of}"
    return ()


def _overlap(one: SlowLink, other: SlowLink, times: Times) -> bool:
    edges = [times.at(moment) for fault in (one, other) for moment in (fault.from_, fault.until)]
    if None in edges:
        return False
    start, end, first, last = (edge for edge in edges if edge is not None)
    return start < last and first < end
