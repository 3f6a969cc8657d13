"""Accounts by number, each counted once, however often something is found on it."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from dcsim.domain.action_outcome import Notice, Violation

Kind = tuple[object, ...]
"""What violations, or notices, have in common that are counted together."""


@attrs.define
class Tally:
    """Some of a run's accounts. ``marks`` has a byte for each account, which is 1 or 0, and a last one for the control.

    A million accounts take a megabyte, and their names need not be made.
    """

    marks: bytearray
    count: int = 0

    @classmethod
    def none_of(cls, size: int) -> Tally:
        """No account yet, of so many."""
        return cls(bytearray(size + 1))

    def add(self, account: int) -> bool:
        """Add an account (``NOBODY``: the control); whether it is new."""
        if self.marks[account]:
            return False
        self.marks[account] = 1
        self.count += 1
        return True

    @property
    def accounts(self) -> tuple[int, ...]:
        """The numbers of the accounts, without the control."""
        return tuple(number for number, mark in enumerate(self.marks[:-1]) if mark)


@attrs.define(eq=False)
class Tallies:
    """The accounts of a run, of so many, on which each kind of violation and notice was found."""

    size: int
    by_kind: dict[Kind, Tally] = attrs.field(factory=dict)

    def of(self, kind: Kind) -> Tally:
        """Those on which one kind was found."""
        found = self.by_kind.get(kind)
        if found is None:
            found = self.by_kind[kind] = Tally.none_of(self.size)
        return found

    def kind(self, what: Violation | Notice, interval: int) -> Kind:
        """Two are of different kinds if they are found in different intervals, or rest on different rules."""
        if isinstance(what, Violation):
            return what.invariant, what.where, what.rules, interval
        # What is found in an open cell differs from account to account; the cell is the same.
        return what.kind, what.where, what.cell or what.says, interval


def together(tallies: Iterable[Tally]) -> int:
    """How many accounts there are in some tallies of one run."""
    everyone = 0
    for tally in tallies:
        everyone |= int.from_bytes(tally.marks, "little")
    return everyone.bit_count()
