"""Compares the meaning of two rulebooks, cell by cell. How they are written makes no difference."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.domain.account import BASELINE
from dcsim.domain.rulebook import Rulebook
from dcsim.rules.decision_space import RuleCell, asked, by_field, impossibilities, matrix, ruled
from dcsim.rules.diff_settings import Aspect, aspects
from dcsim.semantics.intent import Ruling, cells


@attrs.frozen
class CellDifference:
    """A cell that the two rulebooks decide differently."""

    cell: RuleCell
    one: Ruling
    other: Ruling


@attrs.frozen
class Diff:
    """How two rulebooks differ. ``cells`` is the number of cells that were compared; ``differences`` are the cells that
    differ; ``aspects`` are the differences outside the cells.
    """

    cells: int
    aspects: tuple[Aspect, ...]
    differences: tuple[CellDifference, ...]

    @property
    def apart(self) -> tuple[str, ...]:
        """The differences outside the cells, one sentence each."""
        return tuple(aspect.says for aspect in self.aspects)

    @property
    def equivalent(self) -> bool:
        """Whether both have the same cells, decide each of them alike, and agree in everything else."""
        return not self.aspects and not self.differences


def diff(one: Rulebook, other: Rulebook, names: tuple[str, str] | None = None) -> Diff:
    """Compare two rulebooks: the cells that both have, and everything outside the cells. A change that can be made
    under neither of them is not compared.

    ``names`` stand for the two in messages; by default, each is called what its file calls it.
    """
    cannot, cannot_either = impossibilities(one), impossibilities(other)
    common = list(_common(one, other))
    compared = [cell for cell in common if not (cell[:3] in cannot and cell[:3] in cannot_either)]
    found = (
        CellDifference(cell, ruled(one, cell), ruled(other, cell)) for cell in compared if _unlike(one, other, cell)
    )
    rest = aspects(one, other, names or (one.rulebook, other.rulebook), common)
    return Diff(len(compared), tuple(rest), tuple(found))


def _common(one: Rulebook, other: Rulebook) -> Iterator[RuleCell]:
    """The cells that both have. Of the baseline, only cells with a rule in either: without a rule, both keep what stood
    before.
    """
    ruled_on = dict.fromkeys(RuleCell(*cell) for book in (one, other) for cell in cells(book) if cell[2] == BASELINE)
    for cell in ruled_on:
        if _knows(one, cell) and _knows(other, cell):
            yield cell
    yield from (cell for cell in matrix(one) if cell.origin != BASELINE and cell in matrix(other))


def _knows(book: Rulebook, cell: RuleCell) -> bool:
    return cell.target in book.by_name and cell.account in book.accounts and cell.change in book.kinds


def _unlike(one: Rulebook, other: Rulebook, cell: RuleCell) -> bool:
    if cell.origin == BASELINE:
        fields = zip(by_field(one, cell).values(), by_field(other, cell).values(), strict=True)
        return any(asked(mine) != asked(theirs) for mine, theirs in fields)
    mine, theirs = matrix(one)[cell], matrix(other)[cell]
    # Equal rules need no look at their outcomes, which take longer to compute.
    return mine.rules != theirs.rules and mine.outcomes != theirs.outcomes
