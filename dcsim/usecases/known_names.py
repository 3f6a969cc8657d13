"""The names of invariants and refusals that a scenario may use. The lower floors do not know them.

Importing this module loads the invariants that installed packages offer. Every command that runs or checks imports it,
and so does each of its worker processes.
"""

from __future__ import annotations

from dcsim.semantics import custom_invariants
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.refusals import REFUSALS

custom_invariants.load()
INVARIANT_NAMES = tuple(INVARIANTS)
REFUSAL_CODES = (*REFUSALS, "edited-meanwhile", "no-request")
"""The last two are the refusals of a commit."""
