"""Which packs an amended notice voids, as text and as JSON. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

import attrs

from dcsim import __version__
from dcsim.files.findings import Finding
from dcsim.report.text import Paint, each_on_one_line, plain, some, wrapped

FORMAT = 1
Standing = Literal["stands", "void", "inconclusive", "damaged", "another rulebook"]
_COLOURS: dict[Standing, str] = {
    "stands": "good",
    "void": "bad",
    "inconclusive": "warn",
    "damaged": "bad",
    "another rulebook": "dim",
}


@attrs.frozen(kw_only=True)
class PackVerdict:
    """Whether a pack stands under the amended notice, with the ``reasons`` why not.

    ``remarks`` are what changed and voids nothing. ``findings`` are what is wrong with the pack's own files.
    """

    path: str
    standing: Standing
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@attrs.frozen(kw_only=True)
class PacksResult:
    """The packs of a folder, held against an amended notice; ``names`` are the old rulebook and the new one."""

    names: tuple[str, str]
    packs: tuple[PackVerdict, ...]

    @property
    def standings(self) -> frozenset[Standing]:
        """What was found of any pack."""
        return frozenset(pack.standing for pack in self.packs)


@each_on_one_line
def lines(result: PacksResult, paint: Paint = plain) -> Iterator[str]:
    """Yield the packs as lines for a terminal."""
    for pack in result.packs:
        yield f"{paint(pack.standing, _COLOURS[pack.standing])}  {paint(pack.path, 'bold')}"
        for reason in pack.reasons:
            yield from wrapped(reason, 6)
        for remark in pack.remarks:
            yield from wrapped(f"{paint('note', 'warn')}  {remark}", 6)
    counts = Counter(pack.standing for pack in result.packs)
    told = ", ".join(f"{counts[standing]} {standing}" for standing in _COLOURS if counts[standing])
    yield f"{some(len(result.packs), 'pack')}, {result.names[0]} to {result.names[1]}: {told}"


def as_json(result: PacksResult) -> dict[str, Any]:
    """Return the packs as JSON values. docs/reference/audit.md describes the keys."""
    return {
        "dcsim-rules-diff-packs": FORMAT,
        "version": __version__,
        "old": result.names[0],
        "new": result.names[1],
        "packs": [
            {
                "path": pack.path,
                "standing": pack.standing,
                "reasons": list(pack.reasons),
                "remarks": list(pack.remarks),
                "findings": list(map(str, pack.findings)),
            }
            for pack in result.packs
        ],
    }
