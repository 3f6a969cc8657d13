"""Convergence: what a weekend has come to when its faults are over and nothing more is to come.

Safety is held at every instant; this is held at the end. A fault excuses that nobody is served where it struck, but
only while it lasts: a fault that never ends excuses nothing, nor one that took a whole window. A scenario with ``heal``
demands more: whatever it left without an end ends, and then every step is taken and the stores come together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from dcsim.domain.action_outcome import Notice, Violation
from dcsim.domain.actions import LINK
from dcsim.domain.moment import clock, epoch
from dcsim.domain.rulebook import Session
from dcsim.domain.runbook import Step
from dcsim.domain.world import Control, Lane
from dcsim.semantics.diagnosis import FINISHES, SERVED
from dcsim.semantics.model import Model
from dcsim.semantics.promise import check_record
from dcsim.semantics.scene import Scene, violations


@attrs.frozen(kw_only=True)
class Stuck:
    """A step that was not done as it should: since when, why, and the steps that were never taken because of it.

    ``then`` says what a drain did that gave up; it is empty for a step that waits for good.
    """

    step: Step
    since: int
    why: str
    never: tuple[str, ...] = ()
    then: str = ""

    def says(self, model: Model) -> str:
        """In words: since when, why, and what was never done."""
        when = clock(self.since, model.rulebook)
        never = f"; never taken: {', '.join(self.never)}" if self.never else ""
        return (f"{self.then} at {when}: {self.why}" if self.then else f"waits since {when} for {self.why}") + never


@attrs.frozen(kw_only=True)
class DownTime:
    """What was down, since when, and until when (None: it is down at the end)."""

    what: str
    since: int
    until: int | None = None


def check_finish(model: Model, stuck: Sequence[Stuck], *, halted: bool, heal: bool) -> Iterator[Violation | Notice]:
    """Whether every step was taken. A drain that gives up does what the runbook says of it, and breaks nothing by
    itself; but if all ``heal``, the runbook must not have been aborted (``halted``).
    """
    for each in stuck:
        if not each.then or (heal and halted and each is stuck[-1]):
            yield Violation(FINISHES, each.step.id, "taken", each.says(model))
        else:
            yield Notice("drain-gave-up", each.step.id, each.says(model))


def check_windows(model: Model, downs: Sequence[DownTime], waits: str) -> Iterator[Notice | Violation]:
    """Whether a fault took a window to its end. If it never ended, or took all of the window, that is a break; if it
    took only the last part and ended later, it is told.

    ``waits`` names what a step of the operator waits for, if one does: that is reported already.
    """
    for session in model.rulebook.sessions:
        opens = epoch(session.opens, model.rulebook)
        for down in downs:
            if down.what == session.site and _took(model, session, down):
                since = clock(max(down.since, opens), model.rulebook)
                if down.until is not None and down.since <= opens:
                    found = f"{session.site} was down in the whole window"
                    yield Violation(SERVED, session.name, f"open at {session.site}", found)
                elif down.until is not None:
                    says = f"{session.site} was down from {since} until after it closed; that is not counted"
                    yield Notice("window-cut", session.name, says)
                elif session.site not in waits.split(" and "):
                    found = f"{session.site} is down since {since}, and not back"
                    yield Violation(SERVED, session.name, f"open at {session.site}", found)


def _took(model: Model, session: Session, down: DownTime) -> bool:
    closes = epoch(session.closes, model.rulebook)
    return down.since < closes and (down.until is None or down.until >= closes)


def check_down(control: Control, behind: int) -> Iterator[Notice]:
    """Tell what never ended: whether the stores would have come together was not judged."""
    for what in control.down:
        redo = f"; redo of {behind:,} {'account' if behind == 1 else 'accounts'} was not applied" if behind else ""
        name = "the link" if what == LINK else what
        yield Notice("stays-down", what, f"{name} is not back at the end, so what comes after it was not judged{redo}")


def check_behind(control: Control, behind: int) -> Iterator[Notice]:
    """Tell what a standby lacks for good, although nothing is down."""
    if behind and control.other and control.role(control.other) == "standby":
        accounts = "1 account was" if behind == 1 else f"{behind:,} accounts were"
        yield Notice("never-arrives", "redo", f"redo of {accounts} not applied at the end, and nothing more is to come")


def check_stores(model: Model, control: Control, lane: Lane) -> tuple[Violation, ...]:
    """Whether an account's stores have come to what the rulebook permits, now that nothing more is to come.

    A last session that was never opened was held against nothing: its site's store is compared here.
    """
    found = violations("end", Scene(model=model, control=control, lane=lane))
    last = max(model.rulebook.sessions, key=lambda session: session.opens)
    if last.name not in control.opened:
        found = (*check_record(model, lane, last.name, last.site)[1], *found)
    return found
