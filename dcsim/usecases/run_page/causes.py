"""What brought about that which was found, in one sentence, and what mends it."""

from __future__ import annotations

import attrs

from dcsim.domain.moment import clock
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Activate, Copy, FailOver, Flashback, Open, Reset, RestorePoint, Revert, Step, Switch
from dcsim.report.text import action_words
from dcsim.rules.phrases import several
from dcsim.trace.event import Event
from dcsim.trace.lineage import AccountStage, step_of
from dcsim.usecases.run_page.focused import FocusedCell
from dcsim.usecases.run_page.leave_out import LeaveOut


@attrs.frozen
class Cause:
    """A sentence without its full stop, and the event that it is about (0: none).

    Where it is about a step of the runbook, the sentence is "Step", the ``step``, and ``says``.
    """

    says: str
    event: int = 0
    step: str = ""


def cause_of(cell: FocusedCell) -> Cause:
    """Say how a value that is not permitted came to be there."""
    chain = cell.explanation.chain
    last = chain[-1]
    lost = cell.explanation.lost
    if not last.event:
        return Cause(f"{lost[0].says}", _last_event(cell)) if lost else Cause("It stood there from the beginning")
    before, event = stage_at(cell, last.event)
    step = step_of(cell.story.model, before, event)
    when = short_clock(event.at, cell.evidence.book)
    if step is not None:
        return Cause(f"({when}) {did(step)}{_too_early(cell, step, before, event)}", event.n, step.id)
    if event.actor == "link":
        made = f": {chain[0].says}, event {chain[0].event}" if chain[0].event else ""
        return Cause(f"It came to the {last.place} as redo ({when}){made}", event.n)
    return Cause(f"{event.account} wrote it at {last.place}: {action_words(event.action)} ({when})", event.n)


def stage_at(cell: FocusedCell, number: int) -> tuple[AccountStage, Event]:
    """Return the event of a number, and what was there before it."""
    stages = cell.story.stages
    at = next(i for i, stage in enumerate(stages) if stage.event and stage.event.n == number)
    event = stages[at].event
    assert event is not None
    return stages[at - 1], event


def short_clock(at: int, book: Rulebook) -> str:
    """Return an instant without its seconds where they are none: ``Sat 10 Jun 22:05``."""
    return clock(at, book).removesuffix(":00")


def _last_event(cell: FocusedCell) -> int:
    """Return the event after which the permitted value was at no place any more, or that opened the session."""
    events = [stage.event for stage in cell.story.until(cell.focus.at).stages if stage.event]
    return events[-1].n if events else 0


def did(step: Step) -> str:
    """Say what a step does, in the past."""
    match step:
        case Copy():
            what = f"{several(step.fields)} of the {step.source}" if step.fields else f"the whole {step.source}"
            return f"copied {what} over the {step.target}"
        case Revert():
            return f"flashed the {step.site} back to {step.to}, and applied what it had received since"
        case Flashback():
            return f"flashed the {step.site} back to {step.to}"
        case RestorePoint():
            return f"took the restore point {step.name} of the {step.site}"
        case Reset():
            return f"set {several(step.fields)} to {'nothing' if step.to is None else step.to} at the {step.site}"
        case FailOver():
            return "failed over, and lost what the standby had not applied"
        case Switch():
            return "switched the roles of the sites"
        case Activate():
            return f"made the {step.site} a snapshot standby"
        case Open():
            return f"opened {step.session} at the {step.site}"
    return f"did its {step.verb}"


def _too_early(cell: FocusedCell, step: Step, before: AccountStage, event: Event) -> str:
    """Say that a copy was taken of a trial that a later step discards."""
    if not isinstance(step, Copy) or before.control.role(step.source) != "snapshot-standby":
        return ""
    steps = cell.story.model.runbook.steps
    later = (each for each in steps[steps.index(step) + 1 :] if isinstance(each, Revert) and each.site == step.source)
    revert = next(later, None)
    taken = any(isinstance(s.event, Event) and s.event.n > event.n for s in cell.story.stages)
    return f" before {revert.id} discarded the trial there" if revert and taken else ""


def mend_words(without: LeaveOut, step: str = "") -> str:
    """Say what mends the run, as far as it was tried. ``step`` is the one of which was spoken just before."""
    if without.not_tried:
        return f"What would mend it was not tried: {without.not_tried}."
    with_few = " with one account of each history" if without.reduced else ""
    passes = f"this run passes{with_few}" if without.fails else f"nothing is broken{with_few}"
    mends = without.mends
    if len(mends) == 1:
        only = mends[0]
        what = "that one step" if only.name == step else named(only.what, only.name)
        return f"Leave out {what} and {passes}; no other single step, fault or slip does that."
    if mends:
        names = several([named(each.what, each.name) for each in mends])
        return f"Leave out any one of {len(mends)} things and {passes}: {names}."
    if without.smallest:
        return f"No single step, fault or slip left out mends it. One step moved does: {without.smallest.name}."
    return "No single step, fault or slip left out mends it, and no step moved, swapped or repeated."


def named(what: str, name: str) -> str:
    """Return what is left out with its sort: ``step copy-back``, or a fault or slip, whose words say it."""
    return f"step {name}" if what == "step" else f"the {name}"
