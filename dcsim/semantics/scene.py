"""A scene (one account, or the control, at one event), and the registry of invariants that are held against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import attrs

from dcsim.domain.account import BASELINE, Cell, Record, unlike
from dcsim.domain.actions import Action
from dcsim.domain.outcome import Transition, Violation
from dcsim.domain.world import Control, Expected, Lane
from dcsim.semantics import intent
from dcsim.semantics.mechanism import OPERATOR
from dcsim.semantics.model import Model

When = Literal["change", "apply", "open", "close", "revert", "control", "window"]


@attrs.frozen(kw_only=True)
class Scene:
    """What a check sees: the world around one event.

    ``session`` and ``site`` are those that open or close; ``before`` is the lane before the event; ``lane`` and
    ``control`` are those after it.
    """

    model: Model
    control: Control
    lane: Lane | None = None
    before: Lane | None = None
    action: Action | None = None
    outcome: Transition | None = None
    session: str = ""
    site: str = ""
    out_of_turn: bool = False

    @property
    def account(self) -> Lane:
        """The lane, in scenes that have one."""
        assert self.lane is not None, "a scene of this moment has no account"
        return self.lane

    @property
    def found(self) -> Record:
        """What the site that opens or closes holds."""
        return self.account.store(self.site)

    @property
    def concerned(self) -> tuple[str, ...]:
        """The fields of which the rules say something at the session, or which are not as they were at the start."""
        ledger, found = self.account.ledger, self.found
        changed = {field for (target, field), _ in ledger.rows if target == self.session}
        changed.update(unlike(found, ledger.start))
        return tuple(field for field in found.fields if field in changed) if changed else ()


Check = Callable[[Scene], Iterator[Violation]]


@attrs.frozen
class Invariant:
    """One invariant; ``check`` yields a violation for each place where it is broken."""

    id: str
    mode: int
    when: When
    statement: str
    check: Check


INVARIANTS: dict[str, Invariant] = {}


def invariant(id: str, mode: int, when: When) -> Callable[[Check], Check]:  # noqa: A002 - the field's own word
    """Register a check; its docstring is the invariant's statement."""

    def register(check: Check) -> Check:
        INVARIANTS[id] = Invariant(id, mode, when, (check.__doc__ or "").strip(), check)
        return check

    return register


def violations(when: When, scene: Scene) -> tuple[Violation, ...]:
    """Everything that is broken in a scene."""
    only = scene.model.only
    held = INVARIANTS.values() if only is None else [i for i in INVARIANTS.values() if i.id in only]
    return tuple(v for i in held if i.when == when for v in i.check(scene))


def spell(value: object) -> str:
    """A value in words: none, yes, no, or itself."""
    if value is None:
        return "none"
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def show(cell: Cell) -> str:
    """A cell in words: its value, and where it was made unless that goes without saying."""
    if cell.origin in (BASELINE, intent.ANY_ORIGIN):
        return spell(cell.value)
    where = " (set by the operator)" if cell.origin == OPERATOR else f" (made in {cell.origin})"
    return spell(cell.value) + where


def any_of(expected: Expected) -> str:
    """The permitted cells in words."""
    return " or ".join(show(cell) for cell in expected.cells)
