"""The words for rulings. Findings, the fate matrix and diffs all use these, so they read alike."""

from __future__ import annotations

from collections.abc import Sequence

from dcsim.semantics.intent import Ruling
from dcsim.semantics.scene import spell

SILENT = "the source does not say"
STAYS = "no rule speaks of what stood before, which stays"


def several(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def among(names: Sequence[str]) -> str:
    """Like ``several``, but ``nothing`` for no names."""
    return several(names) or "nothing"


def fate_of(ruling: Ruling) -> str:
    """A ruling in a word or two: ``carried``, ``discarded back to session-1``, ``reset to 0``, ``open``."""
    if not ruling.rules:
        return "open" if ruling.fate == "open" else "as it stood"
    rule = ruling.rules[0]
    if rule.fate == "reset":
        return f"reset to {rule.to!r}" if isinstance(rule.to, str) else f"reset to {spell(rule.to)}"
    back = f" back to {rule.baseline}" if rule.baseline else ""
    return {"carry": "carried", "discard": f"discarded{back}"}[rule.fate]


def basis_of(ruling: Ruling) -> str:
    """What a ruling rests on: citations, assumptions, or the silence of the source."""
    return "; ".join(f"{rule.id}, {rule.basis}" for rule in ruling.rules) or (
        SILENT if ruling.fate == "open" else STAYS
    )
