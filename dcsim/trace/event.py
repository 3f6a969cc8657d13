"""The events of a run, and the result of a run."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping
from typing import Literal, Protocol

import attrs

from dcsim.domain.account import Cell
from dcsim.domain.action_outcome import Change, Notice, Violation
from dcsim.domain.actions import Action
from dcsim.domain.faults import Fault
from dcsim.domain.world import Control
from dcsim.trace.figures import Figures
from dcsim.trace.moves import AnyMove
from dcsim.trace.ruling import SessionRuling
from dcsim.trace.tally import Tally

Actor = Literal["clock", "operator", "link", "client", "fault"]


@attrs.frozen(kw_only=True)
class Found:
    """A violation or a notice, and the account on which it was found (empty: the control)."""

    account: str
    what: Violation | Notice


@attrs.frozen(kw_only=True)
class Event:
    """One action and its outcome.

    ``at`` is an instant in milliseconds since the epoch; ``outcome`` is ``moved`` or ``refused CODE``; ``position`` is
    the commit position of the first change (0: none); ``digest`` depends on this event and on all before it. ``moves``
    is what is other after it than before; ``rulings`` is what the rules decide about it. ``step`` is the id of the
    runbook's step that the operator took, or with which something went wrong.
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
    # Traces of format 1 have none of these, and no digest depends on them.
    step: str = attrs.field(default="", repr=False)
    moves: tuple[AnyMove, ...] = attrs.field(default=(), repr=False)
    rulings: tuple[SessionRuling, ...] = attrs.field(default=(), repr=False)


def chain(previous: str, *parts: object) -> str:
    """The digest of an event, made of the previous digest, the event's instant, and everything that it changed."""
    # repr of frozen values and tuples is the same in every process, whatever the hash seed; hash() is not.
    return hashlib.sha256("\n".join((previous, *map(repr, parts))).encode()).hexdigest()[:16]


@attrs.frozen(kw_only=True)
class Failure:
    """An expectation that was not met, at a line of the scenario; or of ``file``, if a step was included from there.

    ``accounts`` failed alike, and ``account`` is the first of them. ``step`` is the index of the step whose outcome is
    another one (None: no step's). ``field``, ``target`` and ``site`` say which field holds another value, in which
    session and where; they are empty for a step's outcome.
    """

    line: int
    account: str
    where: str
    expected: str
    actual: str
    at: int = 0
    file: str = ""
    accounts: int = 1
    step: int | None = None
    field: str = ""
    target: str = ""
    site: str = ""

    @property
    def alike(self) -> tuple[object, ...]:
        """What failures have in common that differ only in their accounts."""
        return self.file, self.line, self.where, self.expected, self.actual


@attrs.frozen(kw_only=True)
class Broken:
    """An invariant that a run broke: the violation, when it was first found, and on how many accounts.

    ``event`` is the number of the event at which it was found, ``cause`` that of the event which wrote the wrong value.
    Both are 0 if no events were kept; ``cause`` is also 0 if the value was there from the beginning.
    """

    violation: Violation
    account: str
    at: int
    event: int
    cause: int = 0
    accounts: int = 1


@attrs.frozen(kw_only=True)
class Noticed:
    """A notice of a run, when it was first given, and on how many accounts; ``who`` they are (None: not known)."""

    notice: Notice
    account: str
    at: int
    accounts: int = 1
    who: Tally | None = None


@attrs.frozen(kw_only=True)
class Opening:
    """What one account held at a site when a session opened there, after event number ``event``.

    ``fields`` are those that are not as at the start, or that a rule or a change concerns.
    """

    event: int
    session: str
    site: str
    account: str
    fields: Mapping[str, Cell]


class PlannedActs(Protocol):
    """Acts at known instants."""

    @property
    def count(self) -> int:
        """How many there are."""

    def until(self, now: int) -> int:
        """How many of them are at an instant or before."""


@attrs.frozen(eq=False)
class SessionOpening:
    """The first opening of a session: the control after it, its instant, and the number of each account's lane before
    and after it. Before it, the ledger still has all that the rules permit; an opening decides between open values.
    """

    control: Control
    at: int
    before: array[int]
    after: array[int]

    @property
    def session(self) -> str:
        """The session that opened."""
        return self.control.opened[-1]

    @property
    def site(self) -> str:
        """The site that serves it."""
        return dict(self.control.open)[self.session]


@attrs.frozen(kw_only=True)
class SharedHistory:
    """What some accounts lived through alike: how many they are, and the first of them as examples.

    ``events`` are the numbers of the events of its representative, beside those that are no account's.
    """

    accounts: int
    examples: tuple[str, ...]
    events: tuple[int, ...] = ()

    @property
    def representative(self) -> str:
        """The first of the accounts."""
        return self.examples[0]


@attrs.frozen(kw_only=True, eq=False)
class Trace:
    """A run of one schedule.

    ``practices``: whether they were checked. ``administrators`` are the accounts that acted on others. ``folded``: the
    events are not those of all accounts, but those of a representative of each history, of the accounts in ``also``,
    and of the control.

    ``struck`` are the faults that took effect.

    Only so many ``failures`` are kept, one for each account. ``more`` are those beyond: one of each kind, with the
    number of accounts. ``unkept`` counts those of still other kinds. ``openings`` are those of watched accounts.
    ``figures`` are those of the run, where they were asked for or the scenario expects any.
    """

    events: tuple[Event, ...]
    failures: tuple[Failure, ...]
    broken: tuple[Broken, ...]
    noticed: tuple[Noticed, ...]
    actions: int
    digest: str
    more: tuple[Failure, ...] = ()
    unkept: int = 0
    openings: tuple[Opening, ...] = ()
    accounts: int = 0
    histories: tuple[SharedHistory, ...] = ()
    administrators: tuple[str, ...] = ()
    folded: bool = False
    also: tuple[str, ...] = ()
    practices: bool = True
    figures: Figures | None = None
    struck: tuple[Fault, ...] = ()

    @property
    def invariants(self) -> tuple[str, ...]:
        """The invariants broken, in the order in which they first broke."""
        return tuple(dict.fromkeys(b.violation.invariant for b in self.broken))
