"""Where an account's values can be: in a site's store, at one of its restore points, or in a redo entry on the link."""

from __future__ import annotations

import attrs

from dcsim.domain.account import Cell
from dcsim.domain.world import Lane


@attrs.frozen
class CellPlace:
    """Where a value can be: in a site's store, at one of its restore points, or in a redo entry on the link.

    ``name`` is the restore point's. ``number`` is the entry's, and ``held`` says where it is (``world.Redo``).
    """

    site: str = ""
    name: str = ""
    number: int = 0
    held: str = attrs.field(default="", eq=False)

    def __str__(self) -> str:
        if self.number:
            return "the link"
        return f"restore point {self.name} of {self.site}" if self.name else self.site


def held(lane: Lane, field: str) -> dict[CellPlace, Cell]:
    """Return the cell of a field at each place that holds it."""
    points = ((CellPlace(site, name), record[field]) for (site, name), record in lane.points)
    redo = (
        (CellPlace(number=e.number, held=e.held), dict(e.cells)[field]) for e in lane.redo if field in dict(e.cells)
    )
    return {**{CellPlace(site): record[field] for site, record in lane.stores}, **dict(points), **dict(redo)}
