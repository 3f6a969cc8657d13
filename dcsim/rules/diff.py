"""Where two rulebooks differ in what they say, however they are written: cell by cell, over both decision spaces."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.domain.account import BASELINE
from dcsim.domain.rulebook import Rulebook
from dcsim.rules.blocks import blocks
from dcsim.rules.space import Cell, asked, by_field, impossibilities, matrix, ruled
from dcsim.rules.words import several
from dcsim.semantics.intent import Ruling, cells


@attrs.frozen
class Difference:
    """A cell with two fates."""

    cell: Cell
    one: Ruling
    other: Ruling


@attrs.frozen
class Diff:
    """What two rulebooks differ in. ``apart`` says what is in one only, or has other times: cells there have nothing to
    be compared with. ``cells`` is how many were compared. Without differences they are equivalent.
    """

    cells: int
    apart: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def equivalent(self) -> bool:
        """Whether both decide every cell alike, over one and the same decision space."""
        return not self.apart and not self.differences


def diff(one: Rulebook, other: Rulebook, names: tuple[str, str] | None = None) -> Diff:
    """Compare two rulebooks over the cells that both have. A change that neither lets anyone make is not compared.

    ``names`` are what they are called where something is in one only; left out: as they call themselves.
    """
    cannot, neither = impossibilities(one), impossibilities(other)
    common = [cell for cell in _common(one, other) if not (cell[:3] in cannot and cell[:3] in neither)]
    found = (Difference(cell, ruled(one, cell), ruled(other, cell)) for cell in common if _unlike(one, other, cell))
    called = names or (one.rulebook, other.rulebook)
    return Diff(len(common), tuple(_apart(one, other, called)), tuple(found))


def _common(one: Rulebook, other: Rulebook) -> Iterator[Cell]:
    """The cells that both have; of the baseline those of which a rule of either speaks, since what stood before stays
    where none does.
    """
    both = {target for target in one.by_name if target in other.by_name}
    spoken = [Cell(*cell) for book in (one, other) for cell in cells(book) if cell[2] == BASELINE]
    for cell in dict.fromkeys(spoken):
        if cell.target in both and all(cell.account in b.accounts and cell.change in b.kinds for b in (one, other)):
            yield cell
    yield from (cell for cell in matrix(one) if cell.origin != BASELINE and cell in matrix(other))


def _unlike(one: Rulebook, other: Rulebook, cell: Cell) -> bool:
    if cell.origin == BASELINE:
        fields = zip(by_field(one, cell).values(), by_field(other, cell).values(), strict=True)
        return any(asked(mine) != asked(theirs) for mine, theirs in fields)
    mine, theirs = matrix(one)[cell], matrix(other)[cell]
    return mine.rules != theirs.rules and mine.outcomes != theirs.outcomes


def _apart(one: Rulebook, other: Rulebook, called: tuple[str, str]) -> Iterator[str]:
    for what, mine, theirs in (
        ("account kinds", tuple(one.accounts), tuple(other.accounts)),
        ("records", one.records, other.records),
        ("sessions", tuple(one.by_name), tuple(other.by_name)),
    ):
        for name, alone in zip(called, (set(mine) - set(theirs), set(theirs) - set(mine)), strict=True):
            if alone:
                yield f"{what} only in {name}: {several(sorted(alone))}"
    for name in (name for name in one.timeline if name in one.by_name and name in other.by_name):
        yield from _windows(one, other, name)
    yield from _possible_in_one(one, other, called)


def _windows(one: Rulebook, other: Rulebook, name: str) -> Iterator[str]:
    mine, theirs = one.by_name[name], other.by_name[name]
    if (mine.opens, mine.closes, one.timezone) != (theirs.opens, theirs.closes, other.timezone):
        yield (
            f"{name}: {mine.opens:%Y-%m-%d %H:%M} to {mine.closes:%Y-%m-%d %H:%M} {one.timezone}, and "
            f"{theirs.opens:%Y-%m-%d %H:%M} to {theirs.closes:%Y-%m-%d %H:%M} {other.timezone}"
        )
    if mine.site != theirs.site:
        yield f"{name}: served by {mine.site}, and by {theirs.site}"


def _possible_in_one(one: Rulebook, other: Rulebook, called: tuple[str, str]) -> Iterator[str]:
    """Changes that one rulebook lets be made and the other does not."""
    mine, theirs = impossibilities(one), impossibilities(other)
    known = dict.fromkeys(cell._replace(target="") for cell in _common(one, other))
    for name, cannot in zip(called, (theirs.keys() - mine.keys(), mine.keys() - theirs.keys()), strict=True):
        for block in blocks(cell for cell in known if cell[:3] in cannot):
            origins = [origin for origin, _ in block.places]
            made = f"{several(block.changes)} of {several(block.accounts)} can be made in {several(origins)}"
            yield f"{made} only under {name}"
