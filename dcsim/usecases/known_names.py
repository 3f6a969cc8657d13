"""The names of invariants and refusals that a scenario may use. The lower floors do not know them.

Importing this module loads the invariants that installed packages offer. Every command that runs or checks imports it,
and so does each of its worker processes.
"""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.semantics import custom_invariants
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.semantics.refusals import REFUSALS

custom_invariants.load()
INVARIANT_NAMES = tuple(INVARIANTS)
COMMIT_REFUSALS: Mapping[str, str] = {
    "edited-meanwhile": "the record was changed after this request read it",
    "no-request": "the request was refused, so there is nothing to commit",
}
"""The refusals of a commit, beside those of any act."""
REFUSAL_CODES = (*REFUSALS, *COMMIT_REFUSALS)
