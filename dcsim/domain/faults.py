"""Faults: what goes wrong in a weekend that no runbook plans. All are data; the engines carry them out.

Some happen at a place (a redo entry, a step of the runbook), others in time. Durations are milliseconds.
"""

from __future__ import annotations

from typing import Literal, get_args, get_type_hints

import attrs

from dcsim.domain.distribution import Duration, in_words
from dcsim.domain.moment import Moment, later, spell, write


@attrs.frozen(kw_only=True)
class LinkFault:
    """A fault of the link: on the ``nth`` redo entry of one ``account``, or on every entry if both are left out.

    ``by`` is the delay in milliseconds.
    """

    link: Literal["delay", "drop", "duplicate"]
    account: str | None = None
    nth: int | None = None
    by: int = 3_600_000


@attrs.frozen(kw_only=True)
class OperatorSlip:
    """An operator's slip at one step of the runbook; ``by`` is the delay in milliseconds."""

    operator: Literal["skip", "repeat", "delay", "swap"]
    step: str
    by: int = 600_000


@attrs.frozen(kw_only=True)
class Outage:
    """The link is down from one moment until another, or for good.

    Redo waits at its source. What was on the way is sent again when the link is back, and takes the link's lag.
    """

    link: Literal["outage"]
    from_: Moment
    until: Moment | None = None


@attrs.frozen(kw_only=True)
class SlowLink:
    """From one moment until another, redo takes the given ``lag`` in place of the link's own.

    With ``to``, the lag goes in a straight line from ``lag`` to ``to`` as the time goes by. Entries keep their order.
    """

    link: Literal["slow"]
    lag: Duration
    to: int | None = attrs.field(default=None, metadata={"duration": True})
    from_: Moment
    until: Moment


@attrs.frozen(kw_only=True)
class Crash:
    """The site ``of`` crashes at a moment, ``before`` a step of the runbook, or ``after`` one; it is ``back`` later.

    What was committed there stays; open logons and requests in flight are lost. While it is down, it serves nobody,
    ships and applies nothing, and the operator's steps that need it wait. Without ``back`` it stays down.
    """

    site: Literal["crash"]
    of: str
    at: Moment | None = None
    before: str | None = None
    after: str | None = None
    back: int | None = attrs.field(default=None, metadata={"duration": True})


@attrs.frozen(kw_only=True)
class Skew:
    """The clock ``of`` a site is ``fast`` or ``slow`` ``by`` so much.

    The runbook's steps at this site are due early or late, so its sessions open and close early or late.
    """

    clock: Literal["fast", "slow"]
    of: str
    by: int = attrs.field(metadata={"duration": True})

    @property
    def late(self) -> int:
        """By how much the steps at this site are late; below zero: early."""
        return self.by if self.clock == "slow" else -self.by


@attrs.frozen(kw_only=True)
class LateOperator:
    """The operator is late ``by`` so much at a ``step``; or at every step, each time by a duration drawn anew."""

    operator: Literal["late"]
    step: str | None = None
    by: Duration


@attrs.frozen(kw_only=True)
class LateOtp:
    """The one-time password arrives late: of the ``nth`` logon of an ``account`` by OTP, or of every such logon.

    The account logs on so much later, with a one-time password that is so much older.
    """

    otp: Literal["late"]
    account: str | None = None
    nth: int | None = None
    by: Duration


@attrs.frozen(kw_only=True)
class SlowRequest:
    """The ``nth`` act of an ``account``, or every act, takes so much longer from the request to its commit."""

    request: Literal["slow"]
    account: str | None = None
    nth: int | None = None
    by: Duration


ClientFault = LateOtp | SlowRequest
"""Faults that an account's act meets."""
Fault = LinkFault | OperatorSlip | Outage | SlowLink | Crash | Skew | LateOperator | LateOtp | SlowRequest
AccountFault = LinkFault | LateOtp | SlowRequest
"""Faults that befall an account, or every account."""


FaultKind = Literal["entry", "outage", "crash"]
FAULT_KINDS: dict[FaultKind, str] = {
    "entry": "redo entries late, lost or doubled",
    "outage": "outages of the link",
    "crash": "crashes of sites",
}
"""The kinds of fault that a check can try, in words."""


def _sorts() -> dict[str, dict[str, type]]:
    sorts: dict[str, dict[str, type]] = {}
    for cls in get_args(Fault):
        first = attrs.fields(cls)[0].name
        sorts.setdefault(first, {}).update(dict.fromkeys(get_args(get_type_hints(cls)[first]), cls))
    return sorts


SORTS = _sorts()
"""The class of each fault by its first key, which says what fails, and the word that says how."""


def ended(fault: Fault, after: int) -> Fault:
    """The fault, with an end so many milliseconds after its beginning if it has none."""
    if isinstance(fault, Crash) and fault.back is None:
        return attrs.evolve(fault, back=after)
    if isinstance(fault, Outage) and fault.until is None:
        return attrs.evolve(fault, until=later(fault.from_, after))
    return fault


def lag_in_words(fault: SlowLink) -> str:
    """The lag of a slow link in words."""
    lag = in_words(fault.lag)
    return lag if fault.to is None else f"{lag}, which goes to {spell(fault.to)}"


def described(fault: Fault) -> str:
    """A fault in a few words."""
    match fault:
        case LinkFault():
            entry = f"entry {fault.nth}" if fault.nth else "any entry"
            return ", ".join((fault.link, fault.account or "any account", entry))
        case OperatorSlip():
            return f"{fault.operator}, {fault.step}"
        case Outage():
            return f"outage, {_span(fault.from_, fault.until)}"
        case SlowLink():
            return f"lag {lag_in_words(fault)}, {_span(fault.from_, fault.until)}"
        case Crash():
            when = write(fault.at) if fault.at else f"before {fault.before}" if fault.before else f"after {fault.after}"
            return f"crash of {fault.of}, {when}, {_back(fault)}"
        case Skew():
            return f"clock of {fault.of}, {spell(fault.by)} {fault.clock}"
        case LateOperator():
            return f"operator late by {in_words(fault.by)}, {fault.step or 'every step'}"
    act = "one-time password late" if isinstance(fault, LateOtp) else "request slow"
    nth = f"number {fault.nth}" if fault.nth else "every one"
    return f"{act} by {in_words(fault.by)}, {fault.account or 'any account'}, {nth}"


def _back(fault: Crash) -> str:
    return "for good" if fault.back is None else f"back {spell(fault.back)} later"


def _span(start: Moment, end: Moment | None) -> str:
    return f"from {write(start)} until {write(end)}" if end else f"from {write(start)} for good"
