"""Where a schedule stands: the control, what the order of events depends on, and each account's lane."""

from __future__ import annotations

from typing import Literal

import attrs

from dcsim.domain.actions import Operate, Slip, Verdict
from dcsim.domain.world import Control
from dcsim.semantics.scene import practice

Stage = Literal["arrive", "clients", "now", "drain", "over"]
Node = tuple[int, int]
"""An account: the number of its lane, and its operations since the last tick."""
GONE: Node = (-1, 0)
"""An account whose schedule ended with a violation."""

FAULTS: tuple[Verdict, ...] = ("delay", "drop", "duplicate")
ERRORS: tuple[Literal["skip", "repeat", "delay", "swap"], ...] = ("skip", "repeat", "delay", "swap")
TAKEN, REFUSED, RULE, OPEN = "step taken", "step refused", "rule", "open cell"
"""Kinds of occurrence: a runbook step taken, one refused, a rule that decides something, and an open cell."""


@attrs.frozen(cache_hash=True)
class Point:
    """The control of the model: the world's control, and what the order of events depends on.

    ``at`` is the instant of the last event of clock or operator. ``faults`` and ``slips`` count faults and slips.
    ``put_off``: a slip delays the next step. ``since``: when that step began to wait. ``slipped``: steps to come that
    had a slip already, where several slips are allowed. ``in_transit``: redo may be on the link. ``resent``: until when
    it may have been sent again, after something was down; ``resumed``: the next step has its turn since then.
    """

    control: Control
    at: int
    stage: Stage = "clients"
    faults: int = 0
    slips: int = 0
    put_off: bool = False
    since: int | None = None
    slipped: tuple[int, ...] = ()
    in_transit: bool = False
    resent: int | None = None
    resumed: bool = False


@attrs.frozen(cache_hash=True)
class Labelled:
    """An operator's action with the id of the step it concerns."""

    action: Operate | Slip
    step: str


def made_in(kind: str, interval: str) -> str:
    """The name of a cell of the rules: a kind of change, and the interval in which it was made."""
    return f"{kind} made in {interval}"


def ends(names: tuple[str, ...]) -> bool:
    """Whether these broken invariants end a schedule: a broken promise does, a broken practice does not."""
    return bool(names) and not all(map(practice, names))
