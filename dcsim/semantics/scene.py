"""A scene (one account, or the control, at one event), and the registry of invariants.

There are three families. The names of the *promise* are diagnoses of one definition (``promise``, ``diagnosis``).
*Practices* are good practice that nobody promised. Users add invariants of their *own*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import attrs

from dcsim.domain.account import BASELINE, Cell, Record
from dcsim.domain.action_outcome import Refused, Transition, Violation
from dcsim.domain.actions import Action
from dcsim.domain.world import Control, Expected, Lane
from dcsim.semantics import intent
from dcsim.semantics.mechanism import OPERATOR
from dcsim.semantics.model import Model

When = Literal["change", "apply", "open", "close", "revert", "control", "window", "end"]
Family = Literal["promise", "practice", "own"]


@attrs.frozen(kw_only=True)
class Scene:
    """What a check sees: the world around one event.

    ``before`` is the lane before the event; ``lane`` and ``control`` are those after it. ``session`` and ``site`` are
    those that open or close. ``out_of_turn``: the event applied a redo entry twice, or out of commit order.
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
        """The record of the account at the site that opens or closes."""
        return self.account.store(self.site)


Check = Callable[[Scene], Iterator[Violation]]


@attrs.frozen
class Invariant:
    """A named property that a run may break. ``check`` yields a violation for each place where it is broken. A
    diagnosis of the promise has no check: ``promise`` decides, and ``diagnosis`` picks the name.
    """

    id: str
    mode: int
    when: When
    statement: str
    check: Check | None = None
    family: Family = "promise"


INVARIANTS: dict[str, Invariant] = {}


def diagnosis(id: str, mode: int, statement: str) -> str:  # noqa: A002 - the field's own word
    """Register a name for how the promise may be broken."""
    INVARIANTS[id] = Invariant(id, mode, "open", statement)
    return id


def invariant(id: str, mode: int, when: When, family: Family = "practice") -> Callable[[Check], Check]:  # noqa: A002
    """Register a check. The first paragraph of its docstring is the invariant's statement."""

    def register(check: Check) -> Check:
        statement = " ".join((check.__doc__ or "").split("\n\n")[0].split())
        INVARIANTS[id] = Invariant(id, mode, when, statement, check, family)
        return check

    return register


def violations(when: When, scene: Scene) -> tuple[Violation, ...]:
    """The violations that a scene shows of practices and of the users' own invariants."""
    broken: list[Violation] = []
    for one in INVARIANTS.values():
        if one.check and one.when == when and scene.model.checks(one.id, one.family):
            broken += one.check(scene)
    return tuple(broken)


def practice(name: str) -> bool:
    """Whether a name is that of a practice. A broken practice ends no schedule."""
    known = INVARIANTS.get(name)
    return known is not None and known.family == "practice"


def outcome_code(outcome: Transition) -> str:
    """An outcome in a word or two, without what a logon shows."""
    return f"refused {outcome.code}" if isinstance(outcome, Refused) else "accepted"


def spell(value: object) -> str:
    """A value in words: none, yes, no, or the value itself. Text that looks like one of these words or like a number is
    put in quotes.
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return ("no", "yes")[value]
    like_another = isinstance(value, str) and (value in ("none", "yes", "no", "") or value.lstrip("-").isdecimal())
    return f"'{value}'" if like_another else str(value)


def show(cell: Cell) -> str:
    """A cell in words: its value, and the interval in which it was made if that is one of the weekend."""
    if cell.origin in (BASELINE, intent.ANY_ORIGIN):
        return spell(cell.value)
    where = " (set by the operator)" if cell.origin == OPERATOR else f" (made in {cell.origin})"
    return spell(cell.value) + where


def any_of(expected: Expected) -> str:
    """The permitted cells in words."""
    if not expected.options:
        return f"the impossible: {' and '.join(expected.rules)} cannot be kept together"
    return " or ".join(show(cell) for cell in expected.cells)
