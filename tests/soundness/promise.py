"""What the campaign asks of dcsim beside check: to hold a pair against the promise alone."""

from __future__ import annotations

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.semantics.model import Model

DIAGNOSES = frozenset(
    {
        "carried-arrives",
        "carried-survives",
        "discarded-absent",
        "reset-applied",
        "counters-follow-rule",
        "credential-same-version",
        "initiation-carried-whole",
        "window-served",
        "serves-at-its-site",
        "one-writer",
        "act-at-its-site",
        "logon-in-window",
        "writes-in-window",
        "promise",
    }
)


def only(model: Model) -> Model:
    """The model, held against the promise and against no practice."""
    return attrs.evolve(model, only=DIAGNOSES)


def speaks_of_friday() -> bool:
    """Whether rules may speak of what stood before the weekend."""
    return False


def cannot_be_kept(book: Rulebook) -> bool:
    """Whether the rules agree cell by cell, and yet cannot be kept together."""
    return False
