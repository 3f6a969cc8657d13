"""The invariants by name: the diagnoses of the promise, and the practices. To import this module registers them."""

from __future__ import annotations

from dcsim.semantics import diagnosis, practices
from dcsim.semantics.scene import INVARIANTS, Scene, practice, show, spell, violations

__all__ = ["INVARIANTS", "Scene", "diagnosis", "practice", "practices", "show", "spell", "violations"]
