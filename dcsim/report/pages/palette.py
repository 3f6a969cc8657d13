"""Gives each value of a field its tone, so that a value looks the same wherever a page shows it. Pure."""

from __future__ import annotations

import attrs

from dcsim.domain.account import Value, typed
from dcsim.semantics.invariant_registry import spell

TONES = 5
"""So many values have a tone of their own; after them the tones are used again."""


@attrs.frozen
class Chip:
    """A value as a page shows it: its text, and its tone, which is a class of page.css (``v0`` is no value)."""

    text: str
    tone: str


@attrs.frozen
class Palette:
    """The tones of some values, by the order in which they came."""

    values: tuple[Value, ...]

    def chip(self, value: Value) -> Chip:
        """Return a value with its tone."""
        return Chip(spell(value), self.tone(value))

    def tone(self, value: Value) -> str:
        """Return the tone of a value; ``v0`` for none, and for one that is not in the palette."""
        known = [typed(each) for each in self.values]
        return f"v{known.index(typed(value)) % TONES + 1}" if value is not None and typed(value) in known else "v0"
