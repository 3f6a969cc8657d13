"""Which violation is the gravest: a page speaks of that one first."""

from __future__ import annotations

from dcsim.semantics import diagnosis
from dcsim.semantics.invariant_registry import practice
from dcsim.trace.event import Broken

GRAVEST_FIRST = (
    # What clients find is wrong.
    diagnosis.ABSENT,
    diagnosis.ARRIVES,
    diagnosis.SURVIVES,
    diagnosis.RESET,
    diagnosis.WHOLE,
    diagnosis.VERSION,
    diagnosis.COUNTED,
    diagnosis.PROMISE,
    # Where it is served.
    diagnosis.ONE_WRITER,
    diagnosis.AT_ITS_SITE,
    diagnosis.ACT_AT_ITS_SITE,
    # When it is served.
    diagnosis.SERVED,
    diagnosis.FINISHES,
    diagnosis.WRITES,
    diagnosis.LOGON,
)
"""The invariants of the promise. Practices come after all of them. A test holds it to the invariants that there are."""


def gravity(broken: Broken) -> tuple[bool, int]:
    """Return a key that sorts violations, the gravest first. Those that are alike stay in the order of time."""
    name = broken.violation.invariant
    known = GRAVEST_FIRST.index(name) if name in GRAVEST_FIRST else len(GRAVEST_FIRST)
    return practice(name), known
