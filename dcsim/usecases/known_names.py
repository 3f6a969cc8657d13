"""The names that a scenario may speak of, and which the files below this floor do not know.

Importing this loads the invariants that installed packages offer: every command that runs or checks comes by here, and
so does each of its processes.
"""

from __future__ import annotations

from dcsim.semantics import custom_invariants
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.refusals import REFUSALS

custom_invariants.load()
INVARIANT_NAMES = tuple(INVARIANTS)
REFUSAL_CODES = (*REFUSALS, "edited-meanwhile", "no-request")
"""The last two are those of a commit."""
