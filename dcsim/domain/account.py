"""An account, and its record in one store.

Passwords are labels (``P1``), never real secrets.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

Value = str | int | bool | None

BASELINE = "baseline"
"""The origin of every value that stood before the weekend: the previous business day."""


def typed(value: object) -> tuple[type, object]:
    """The key by which values are compared. With the type, 1, 1.0 and yes differ, which Python takes for equal."""
    return type(value), value


@attrs.frozen(cache_hash=True)
class Cell:
    """One field's value, and the interval (session or gap) in which it was made."""

    value: Value = attrs.field(eq=typed)
    origin: str = BASELINE


EMPTY = Cell(None)
FIELDS = ("status", "email", "smartcard", "password", "channel", "credential", "failures", "locked")
TWO_FACTOR = ("password", "channel", "credential")
COUNTERS = ("failures", "locked")


@attrs.frozen(cache_hash=True)
class Record:
    """What one store holds of one account.

    ``status`` is ``active``, ``suspended`` or ``absent``; ``smartcard`` and ``password`` are password labels
    (None: no card, not set up); ``channel`` is the OTP channel; ``credential`` counts the versions of the OTP
    credential; ``failures`` counts failed logons since the last accepted one; ``own`` holds the rulebook's own records.
    """

    status: Cell = Cell("active")
    email: Cell = Cell(False)
    smartcard: Cell = EMPTY
    password: Cell = EMPTY
    channel: Cell = EMPTY
    credential: Cell = Cell(0)
    failures: Cell = Cell(0)
    locked: Cell = Cell(False)
    own: tuple[tuple[str, Cell], ...] = ()

    def __getitem__(self, field: str) -> Cell:
        """The cell of a built-in field, or of one of the rulebook's own records."""
        # ``own`` is a tuple, because a record must be hashable; it is short, so to make a dict of it costs little.
        return getattr(self, field) if field in FIELDS else dict(self.own)[field]

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all fields, in a fixed order."""
        return FIELDS + tuple(name for name, _ in self.own)

    def put(self, cells: Mapping[str, Cell]) -> Record:
        """This record with some cells replaced."""
        own = tuple((name, cells.get(name, cell)) for name, cell in self.own)
        return attrs.evolve(self, own=own, **{f: c for f, c in cells.items() if f in FIELDS})


def unlike(one: Record, other: Record) -> tuple[str, ...]:
    """The names of the fields in which two records differ. Both records must have the same fields of their own."""
    if one == other:
        return ()
    own = zip(one.own, other.own, strict=True) if one.own != other.own else ()
    return (
        *(field for field in FIELDS if getattr(one, field) != getattr(other, field)),
        *(mine[0] for mine, theirs in own if mine != theirs),
    )


@attrs.frozen(cache_hash=True)
class Profile:
    """What never changes about an account, apart from its identifier. So accounts may share a profile, and a lane."""

    kind: str
    participant: str = ""
    registered: bool = True


@attrs.frozen
class Account:
    """One account of a scenario: its identifier, its profile, and its record at the start of the weekend."""

    id: str
    profile: Profile
    start: Record
