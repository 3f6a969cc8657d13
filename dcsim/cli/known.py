"""The names that a scenario may speak of, and which the files below this floor do not know."""

from __future__ import annotations

from dcsim.semantics.invariants import INVARIANTS
from dcsim.semantics.visit import REFUSALS

INVARIANT_NAMES = tuple(INVARIANTS)
REFUSAL_CODES = (*REFUSALS, "edited-meanwhile", "no-request")
"""The last two are those of a commit."""
