"""The events of a run, and what a run comes to."""

from __future__ import annotations

import hashlib
from typing import Literal

import attrs

from dcsim.domain.actions import Action
from dcsim.domain.outcome import Change, Notice, Violation

Actor = Literal["clock", "operator", "link", "client"]


@attrs.frozen(kw_only=True)
class Found:
    """A violation or notice, and the account that it concerns (empty: the control's)."""

    account: str
    what: Violation | Notice


@attrs.frozen(kw_only=True)
class Event:
    """One action and what came of it.

    ``at`` is an instant in milliseconds since the epoch; ``outcome`` is ``moved`` or ``refused CODE``; ``position`` is
    the commit position of the first change (0: none); ``digest`` chains this event to all before it.
    """

    n: int
    at: int
    actor: Actor
    account: str
    action: Action
    by: str = ""
    site: str = ""
    outcome: str
    says: str = ""
    position: int = 0
    changes: tuple[Change, ...] = ()
    found: tuple[Found, ...] = ()
    digest: str = ""


def chain(previous: str, *parts: object) -> str:
    """The digest of an event: of the one before it, its instant, and everything that it changed.

    ``repr`` of frozen values and tuples is the same in every process, whatever the hash seed.
    """
    return hashlib.sha256("\n".join((previous, *map(repr, parts))).encode()).hexdigest()[:16]


@attrs.frozen(kw_only=True)
class Failure:
    """An expectation that was not met, at a line of the scenario."""

    line: int
    account: str
    where: str
    expected: str
    actual: str
    at: int = 0


@attrs.frozen(kw_only=True)
class Broken:
    """An invariant that a run broke: the violation, when it was first seen, and on how many accounts.

    ``event`` is the event's number, ``cause`` that of the event which put the wrong value there; 0 where no events were
    kept, or where it stood from the beginning.
    """

    violation: Violation
    account: str
    at: int
    event: int
    cause: int = 0
    accounts: int = 1


@attrs.frozen(kw_only=True)
class Noticed:
    """A notice of a run, when it was first seen, and on how many accounts."""

    notice: Notice
    account: str
    at: int
    accounts: int = 1


@attrs.frozen(kw_only=True, eq=False)
class Trace:
    """A whole run of one schedule."""

    events: tuple[Event, ...]
    failures: tuple[Failure, ...]
    broken: tuple[Broken, ...]
    noticed: tuple[Noticed, ...]
    actions: int
    digest: str

    @property
    def invariants(self) -> tuple[str, ...]:
        """The invariants broken, in the order in which they first broke."""
        return tuple(dict.fromkeys(b.violation.invariant for b in self.broken))
