"""The world: one control, and one lane for each account. A lane holds an account's record at every place.

Digests of traces are made of ``repr`` of these values, so a renamed attribute would change every recorded trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Literal

import attrs

from dcsim.domain.account import Cell, Profile, Record
from dcsim.domain.actions import LINK, Request

Held = Literal["sent", "late", "lost", "received", "again"]
Foreseen = Literal["", "passes", "befallen"]


@attrs.frozen(cache_hash=True)
class Redo:
    """One entry of the primary's change log that the standby has not applied.

    ``held``: ``sent``, it is on the link; ``late``, it is held up and later ones may overtake it; ``lost``, it needs a
    resend; ``received``, it is at the other site and not applied; ``again``, it is a copy of one that was delivered.
    ``number`` gives the order of commit among the account's entries on the link. ``foreseen``: what a proof foresees of
    it: it ``passes``, alone or with others as one entry, or a fault befalls it. Empty: nothing, as in a run.
    """

    cells: tuple[tuple[str, Cell], ...]
    held: Held = "sent"
    number: int = 1
    foreseen: Foreseen = attrs.field(default="", repr=False)


@attrs.frozen(cache_hash=True)
class Edit:
    """A request that waits for its commit: what it read, at which site and session, and in which interval.

    ``stale``: another commit has since written a field that this one will write. ``lost``: the site has crashed.
    """

    request: Request
    read: Record
    requested_in: str
    session: str | None
    site: str
    stale: bool = False
    lost: bool = attrs.field(default=False, repr=False)


Question = tuple[str, str]
"""A question that the source leaves open: the fate of a kind of change, made in an interval, at one target."""
Answers = tuple[tuple[Question, bool], ...]
"""A reading: for each question, whether its changes are carried (True), or are as if they had not been made (False)."""


@attrs.frozen(cache_hash=True)
class Option:
    """One cell that a field may hold, and the answers to open questions under which it does.

    ``rules`` are those that ask for it, if any. ``made`` is the position in time of the change that decided it.
    """

    cell: Cell
    answers: Answers = ()
    rules: tuple[str, ...] = ()
    made: int = -1


@attrs.frozen(cache_hash=True)
class Expected:
    """What the rules permit one field to hold at one target: an option for each reading that makes a difference.
    Without any option, the rules ask for the impossible.

    ``rules`` are those that decided. ``lifted`` are the restrictions that a discard undid. ``told`` are the wrong
    values that were found there and reported.
    """

    options: tuple[Option, ...]
    rules: tuple[str, ...] = ()
    lifted: tuple[Cell, ...] = ()
    # Not named "reported", as it should be, only because digests of traces hold this name.
    told: tuple[Cell, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that is permitted. If there are several, the source leaves the field open."""
        return tuple(dict.fromkeys(option.cell for option in self.options))

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions that the source leaves open here."""
        return tuple(dict.fromkeys(question for option in self.options for question, _ in option.answers))


@attrs.frozen(cache_hash=True)
class Ledger:
    """Intent for one account: for each target and field, what the rules permit.

    A field without a row must hold what it held at the ``start``. Targets are sessions, and ``TARGET as of BASELINE``
    for each baseline to which a discard at the target falls back.
    """

    start: Record
    rows: tuple[tuple[tuple[str, str], Expected], ...] = ()

    def at(self, target: str, field: str) -> Expected:
        """What the field may hold at the target."""
        return dict(self.rows).get((target, field)) or Expected((Option(self.start[field]),))

    def of(self, target: str) -> dict[str, Expected]:
        """What is permitted at a target, by field, for the fields that have a row."""
        return {field: expected for (name, field), expected in self.rows if name == target}

    def put(self, target: str, expected: Mapping[str, Expected]) -> Ledger:
        """This ledger with some rows of a target replaced."""
        # Rows are sorted, so that equal ledgers are equal values in whatever order their rows came.
        if not expected:
            return self
        rows = dict(self.rows) | {(target, field): row for field, row in expected.items()}
        return attrs.evolve(self, rows=tuple(sorted(rows.items(), key=itemgetter(0))))


@attrs.frozen(cache_hash=True)
class Lane:
    """One account at every place: in each site's store, at each restore point and on the link; with its ledger of
    intent.

    ``edits`` are the requests that wait for their commits; ``logon`` is the open logon's site and way of logging on.
    """

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
    """A step of the runbook that is still to be taken. ``late`` counts how many events it has been put off."""

    step: int
    late: int = 0


@attrs.frozen(cache_hash=True)
class Control:
    """What belongs to no account: the clock's interval, the open sessions (session, site), the roles, and the steps to
    come.

    ``opened`` are the sessions that have been opened so far; ``points`` the restore points taken (site, name);
    ``halted``: a drain has aborted the runbook; ``down``: the sites that are down, and the link if it is.
    """

    interval: int
    open: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]
    todo: tuple[Todo, ...]
    opened: tuple[str, ...] = ()
    points: tuple[tuple[str, str], ...] = ()
    halted: bool = False
    down: tuple[str, ...] = attrs.field(default=(), repr=False)

    @property
    def view(self) -> tuple[int, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
        """All of the control that a step of one account depends on: the clock, the open sessions, the roles, and what
        is down.
        """
        return self.interval, self.open, self.roles, self.down

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

    @property
    def ships(self) -> bool:
        """Whether the link and both of its ends are up, so that redo can go over it."""
        return not self.down or not {LINK, self.production, self.other} & set(self.down)
