"""Where two rulebooks differ in what they say, however they are written: cell by cell, over both decision spaces."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.domain.account import BASELINE
from dcsim.domain.rulebook import Rulebook
from dcsim.rules.aspects import Aspect, aspects
from dcsim.rules.decision_space import RuleCell, asked, by_field, impossibilities, matrix, ruled
from dcsim.semantics.intent import Ruling, cells


@attrs.frozen
class CellDifference:
    """A cell with two fates."""

    cell: RuleCell
    one: Ruling
    other: Ruling


@attrs.frozen
class Diff:
    """What two rulebooks differ in. ``aspects`` are the differences besides those of cells; ``cells`` is how many cells
    were compared. Without differences they are equivalent.
    """

    cells: int
    aspects: tuple[Aspect, ...]
    differences: tuple[CellDifference, ...]

    @property
    def apart(self) -> tuple[str, ...]:
        """The differences besides those of cells, a sentence each."""
        return tuple(aspect.says for aspect in self.aspects)

    @property
    def equivalent(self) -> bool:
        """Whether both decide every cell alike, over one and the same decision space, and are alike in all the rest."""
        return not self.aspects and not self.differences


def diff(one: Rulebook, other: Rulebook, names: tuple[str, str] | None = None) -> Diff:
    """Compare two rulebooks: the cells that both have, and all the rest. A change that neither lets anyone make is not
    compared.

    ``names`` are what they are called where something is in one only; left out: as they call themselves.
    """
    cannot, neither = impossibilities(one), impossibilities(other)
    common = list(_common(one, other))
    compared = [cell for cell in common if not (cell[:3] in cannot and cell[:3] in neither)]
    found = (
        CellDifference(cell, ruled(one, cell), ruled(other, cell)) for cell in compared if _unlike(one, other, cell)
    )
    rest = aspects(one, other, names or (one.rulebook, other.rulebook), common)
    return Diff(len(compared), tuple(rest), tuple(found))


def _common(one: Rulebook, other: Rulebook) -> Iterator[RuleCell]:
    """The cells that both have; of the baseline those of which a rule of either speaks, since what stood before stays
    where none does.
    """
    both = {target for target in one.by_name if target in other.by_name}
    spoken = [RuleCell(*cell) for book in (one, other) for cell in cells(book) if cell[2] == BASELINE]
    for cell in dict.fromkeys(spoken):
        if cell.target in both and all(cell.account in b.accounts and cell.change in b.kinds for b in (one, other)):
            yield cell
    yield from (cell for cell in matrix(one) if cell.origin != BASELINE and cell in matrix(other))


def _unlike(one: Rulebook, other: Rulebook, cell: RuleCell) -> bool:
    if cell.origin == BASELINE:
        fields = zip(by_field(one, cell).values(), by_field(other, cell).values(), strict=True)
        return any(asked(mine) != asked(theirs) for mine, theirs in fields)
    mine, theirs = matrix(one)[cell], matrix(other)[cell]
    return mine.rules != theirs.rules and mine.outcomes != theirs.outcomes
