"""The world: one control, and one lane per account. An account's lane is its value at every place."""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.domain.account import Cell, Profile, Record
from dcsim.domain.actions import Request

Held = Literal["sent", "late", "lost", "received", "again"]


@attrs.frozen(cache_hash=True)
class Redo:
    """One entry of the primary's change log that the standby has not applied.

    ``sent``: on the link; ``late``: held up, later ones may overtake; ``lost``: needs a resend; ``received``: at the
    other site, not applied; ``again``: a copy of one that was applied.
    """

    cells: tuple[tuple[str, Cell], ...]
    held: Held = "sent"


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


@attrs.frozen(cache_hash=True)
class Expected:
    """What the rules permit one field to hold at one target.

    ``decided`` is what the ``rules`` ask for; ``opened`` are (kind, cell) of changes that no rule speaks of, and which
    may be there or not; ``lifted`` are restrictions that a discard undid.
    """

    decided: tuple[Cell, ...]
    rules: tuple[str, ...] = ()
    opened: tuple[tuple[str, Cell], ...] = ()
    lifted: tuple[Cell, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that is permitted; more than one: the source leaves it open."""
        return tuple(dict.fromkeys((*self.decided, *(cell for _, cell in self.opened))))


@attrs.frozen(cache_hash=True)
class Ledger:
    """Intent for one account: per target and field, what the rules permit; only what differs from ``start``.

    Targets are sessions, and ``end of SESSION`` for each baseline that a rule names.
    """

    start: Record
    rows: tuple[tuple[tuple[str, str], Expected], ...] = ()

    def at(self, target: str, field: str) -> Expected:
        """What the field may hold when the target opens."""
        return dict(self.rows).get((target, field)) or Expected((self.start[field],))


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
        """The site at the far end of the link."""
        return next((site for site, role in self.roles if role != "primary"), None)
