"""The outcomes of actions. A refusal is a value, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import attrs

from dcsim.domain.account import Cell
from dcsim.domain.world import Control, Lane


@attrs.frozen
class Change:
    """One committed write: the kind of change, the field, its cell before and after, and the site that took it.

    ``after.origin`` is the interval in which it was made. The commit position is not part of it: a trace adds that.
    """

    kind: str
    field: str
    before: Cell
    after: Cell
    site: str


@attrs.frozen
class Moved:
    """An action that was accepted: the lane after it, the changes it committed, and what the screen showed."""

    lane: Lane
    changes: tuple[Change, ...] = ()
    shows: str = ""
    site: str = ""


@attrs.frozen
class Refused:
    """An action that was refused, with a stable code. A refused logon may still count as a failure: ``changes``."""

    lane: Lane
    code: str
    why: str
    changes: tuple[Change, ...] = ()
    site: str = ""


Transition = Moved | Refused


@attrs.frozen
class Turned:
    """A control action that was accepted: the control after it, and what was done, in words."""

    control: Control
    did: str


@attrs.frozen
class Blocked:
    """A control action that could not be taken, with a stable code. ``control`` is the control after the attempt."""

    control: Control
    code: str
    why: str


@attrs.frozen
class Violation:
    """One place at which an invariant is broken: what was expected, what was found, and the rules on which it rests.

    ``cell`` names the site and the field if it is one field's value that breaks the promise. ``fields`` are those whose
    values break a practice, if it is about values. Traces and digests do not hold them: those of format 1 have none.
    """

    invariant: str
    where: str
    expected: str
    actual: str
    rules: tuple[str, ...] = ()
    cell: tuple[str, str] | None = None
    fields: tuple[str, ...] = attrs.field(default=(), repr=False)


@attrs.frozen
class OpenCell:
    """A field of an account of some kind that the source leaves open at a target, and what the runbook did.

    ``changes`` are the changes on whose fate it depends: each a kind of change and the interval in which it was made.
    """

    kind: str
    field: str
    target: str
    changes: tuple[tuple[str, str], ...]
    did: Literal["carried", "not carried", "carried in part"]


@attrs.frozen
class Notice:
    """Something that breaks nothing, but that a reader must know: such as an open cell, or a step that was refused.

    ``cell`` is the open cell. It is not written into traces, and no digest depends on it: those of format 1 have none.
    """

    kind: str
    where: str
    says: str
    cell: OpenCell | None = attrs.field(default=None, repr=False)


NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "open-cell": "The source does not say whether a change reaches the target, so either value is permitted. The "
        "notice says what this runbook made of it.",
        "restriction-lifted": "A suspension is undone because the rules discard the change that imposed it: the "
        "account is active at the target.",
        "step-refused": "A site refused a step of the runbook, with a code; the operator went on with the next one.",
        "fault-unused": "A fault of the scenario never happened: there was no such redo entry, or no such step was "
        "taken.",
        "stays-down": "A fault never ends: a site, or the link, is still down at the end of the run. What would have "
        "come of it was not judged; `heal` has such faults end.",
        "window-cut": "A site was down in the last part of one of its windows, and came back later. That nobody was "
        "served there then is the fault's doing, and is not counted; with `--strict` it fails the run.",
        "drain-gave-up": "A drain gave up, and did what the runbook says: it aborted the runbook or went on to a later "
        "step. The notice names the steps that were never taken.",
        "never-arrives": "The standby lacks something for good: redo was lost or overtaken, and nobody sends it again.",
    }
)
"""What each kind of notice says."""
