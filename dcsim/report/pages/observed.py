"""The fate matrix as one run observed it: what is promised of each change, and what became of it. Pure."""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.report.fate_matrix import MatrixCell, Reference

Came = Literal["there", "gone", "half", "displaced", "reset"]
"""What became of a change: it is there, it is not, only a part of it is, a later change is in its place, or what the
operator has set.
"""


@attrs.frozen(kw_only=True)
class ObservedPart:
    """A few words of what was found. ``event``: the event that put it there (0: none is named)."""

    says: str
    event: int = 0


@attrs.frozen(kw_only=True)
class Observation:
    """What became of a change on some accounts: how many, and the events of the first of them.

    ``made`` is the event of the change (0: it stood before the first session), ``seen`` that of the opening. ``breaks``
    are invariants that are broken by it, each with the event at which that was found. ``right``: the rules permit all
    that was found in its fields.
    """

    came: Came
    parts: tuple[ObservedPart, ...]
    breaks: tuple[ObservedPart, ...] = ()
    right: bool = False
    accounts: int = 1
    made: int = 0
    seen: int = 0

    @property
    def alike(self) -> tuple[object, ...]:
        """What observations have in common that are told as one."""
        return self.came, *(part.says for part in (*self.parts, *self.breaks))


@attrs.frozen(kw_only=True)
class ObservedCell:
    """A cell: what is promised, with the references of its rules; what was observed; and who else tried it.

    ``decided``: some rule decides it. ``more`` counts observations beyond those that are shown. ``waits``: the change
    was made or stood before, in words, and the target never opened. ``tried`` counts the scenarios of the suite that
    touch the cell (None: no suite was given).
    """

    promised: MatrixCell
    decided: bool = False
    marks: tuple[Reference, ...] = ()
    observations: tuple[Observation, ...] = ()
    more: int = 0
    waits: str = ""
    tried: int | None = None


@attrs.frozen(kw_only=True)
class ObservedRow:
    """Changes of some kinds of account, made in one session or gap: a cell for each target (None: it opened before)."""

    changes: tuple[str, ...]
    accounts: tuple[str, ...]
    cells: tuple[ObservedCell | None, ...]


@attrs.frozen(kw_only=True)
class ObservedSection:
    """The section: rows by where the change was made, what is folded, and what of it all was tried.

    ``summary``, ``suite`` and ``folded`` are sentences. ``linked`` are the events that the page shows.
    """

    targets: tuple[str, ...]
    parts: tuple[tuple[str, tuple[ObservedRow, ...]], ...]
    summary: str
    suite: str
    folded: tuple[str, ...]
    references: tuple[Reference, ...]
    linked: frozenset[int] = frozenset()
