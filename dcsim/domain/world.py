"""The world: one control, and one lane per account. An account's lane is its value at every place."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Literal

import attrs

from dcsim.domain.account import Cell, Profile, Record
from dcsim.domain.actions import Request

Held = Literal["sent", "late", "lost", "received", "again"]


@attrs.frozen(cache_hash=True)
class Redo:
    """One entry of the primary's change log that the standby has not applied; ``number``: in the order of commit, among
    those that are on their way.

    ``sent``: on the link; ``late``: held up, later ones may overtake; ``lost``: needs a resend; ``received``: at the
    other site, not applied; ``again``: a copy of one that was applied.
    """

    cells: tuple[tuple[str, Cell], ...]
    held: Held = "sent"
    number: int = 1


@attrs.frozen(cache_hash=True)
class Edit:
    """A request on its way to its commit: what it read, at which site and session, and where the clock stood.

    ``stale``: another commit has since written what this one means to write.
    """

    request: Request
    read: Record
    requested_in: str
    session: str | None
    site: str
    stale: bool = False


Question = tuple[str, str]
"""What the source leaves open: what becomes of changes of a kind, made in an interval, at the target in hand."""
Answers = tuple[tuple[Question, bool], ...]
"""A reading: whether the changes that each question is about are carried, or are as if they had not been made."""


@attrs.frozen(cache_hash=True)
class Option:
    """One cell that a field may hold, and the answers to open questions under which it does.

    ``rules`` ask for it, if any do; ``made`` is the place in time of the change that decided it.
    """

    cell: Cell
    answers: Answers = ()
    rules: tuple[str, ...] = ()
    made: int = -1


@attrs.frozen(cache_hash=True)
class Expected:
    """What the rules permit one field to hold at one target: an option for each reading that tells them apart.

    ``rules`` decided, or let what was there before stand; ``lifted`` are restrictions that a discard undid; ``told`` is
    what was found there and told to be wrong. Without any option the rules ask for the impossible.
    """

    options: tuple[Option, ...]
    rules: tuple[str, ...] = ()
    lifted: tuple[Cell, ...] = ()
    told: tuple[Cell, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that is permitted; more than one: the source leaves it open."""
        return tuple(dict.fromkeys(option.cell for option in self.options))

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the source leaves open here."""
        return tuple(dict.fromkeys(question for option in self.options for question, _ in option.answers))


@attrs.frozen(cache_hash=True)
class Ledger:
    """Intent for one account: per target and field, what the rules permit; only what differs from ``start``.

    Targets are sessions, and ``TARGET as of BASELINE`` for each baseline to which a discard at the target falls back.
    """

    start: Record
    rows: tuple[tuple[tuple[str, str], Expected], ...] = ()

    def at(self, target: str, field: str) -> Expected:
        """What the field may hold at the target."""
        return dict(self.rows).get((target, field)) or Expected((Option(self.start[field]),))

    def of(self, target: str) -> dict[str, Expected]:
        """What is permitted at a target, of the fields of which something is said."""
        return {field: expected for (name, field), expected in self.rows if name == target}

    def put(self, target: str, expected: Mapping[str, Expected]) -> Ledger:
        """This ledger with some rows of a target replaced."""
        if not expected:
            return self
        rows = dict(self.rows) | {(target, field): row for field, row in expected.items()}
        return attrs.evolve(self, rows=tuple(sorted(rows.items(), key=itemgetter(0))))


@attrs.frozen(cache_hash=True)
class Lane:
    """One account at every place: each site's store, each restore point, on the link; and its ledger of intent."""

    profile: Profile
    stores: tuple[tuple[str, Record], ...]
    ledger: Ledger
    points: tuple[tuple[tuple[str, str], Record], ...] = ()
    redo: tuple[Redo, ...] = ()
    edits: tuple[Edit, ...] = ()
    logon: tuple[str, str] | None = None

    def store(self, site: str) -> Record:
        """What a site's store holds of the account."""
        return dict(self.stores)[site]

    def with_store(self, site: str, record: Record) -> Lane:
        """This lane with one store's record replaced."""
        return attrs.evolve(self, stores=tuple((s, record if s == site else r) for s, r in self.stores))


@attrs.frozen(cache_hash=True)
class Todo:
    """A step of the runbook still to be taken; ``late`` counts the events it has been put off."""

    step: int
    late: int = 0


@attrs.frozen(cache_hash=True)
class Control:
    """What is not any account's: the clock's interval, sessions open (session, site), roles, and the steps to come."""

    interval: int
    open: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]
    todo: tuple[Todo, ...]
    opened: tuple[str, ...] = ()
    points: tuple[tuple[str, str], ...] = ()
    halted: bool = False

    @property
    def view(self) -> tuple[int, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        """All that a step of one account can see of the control: the clock, what is open where, and the roles."""
        return self.interval, self.open, self.roles

    def role(self, site: str) -> str:
        """A site's role."""
        return dict(self.roles)[site]

    @property
    def production(self) -> str | None:
        """The site whose role is primary, if there is one."""
        return next((site for site, role in self.roles if role == "primary"), None)

    @property
    def other(self) -> str | None:
        """The site at the far end of the link, if any follows the primary's redo."""
        return next((site for site, role in self.roles if role in ("standby", "snapshot-standby")), None)
