"""What brought about that which was found, in one sentence, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.domain.account import BASELINE, Cell, typed
from dcsim.domain.actions import Operate, Slip
from dcsim.domain.moment import clock
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import (
    Activate,
    Copy,
    Drain,
    FailOver,
    Flashback,
    Open,
    Reset,
    RestorePoint,
    Revert,
    Step,
    Switch,
)
from dcsim.rules.phrases import several
from dcsim.semantics.diagnosis import FINISHES
from dcsim.semantics.intent import ANY_ORIGIN
from dcsim.semantics.invariant_registry import spell
from dcsim.trace.event import Event
from dcsim.trace.lineage import AccountStage, LastSeen, last_seen, step_of
from dcsim.usecases.run_page.focused import FocusedCell
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.leave_out import LeaveOut
from dcsim.usecases.run_page.sentences import capital, interval_words, noun


@attrs.frozen
class Cause:
    """A sentence without its full stop, and the event that it is about (0: none).

    Where it is about a step of the runbook, the sentence is "Step", the ``step``, and ``says``.
    """

    says: str
    event: int = 0
    step: str = ""


def cause_of(cell: FocusedCell) -> Cause:
    """Say how a value came to be there; or why the promised one is not, where nothing has changed it."""
    last = cell.explanation.chain[-1]
    if not last.event:
        return _never_came(cell)
    before, event = stage_at(cell, last.event)
    step = step_of(cell.story.model, before, event)
    when = short_clock(event.at, cell.evidence.book)
    if step is not None:
        return Cause(f"({when}) {did(step)}{_too_early(cell, step, before, event)}", event.n, step.id)
    if event.actor == "link":
        first = cell.explanation.chain[0].event
        made = f": {_told(cell, first)} (event {first})" if first else ""
        return Cause(f"It came over the link to the {last.place} ({when}){made}", event.n)
    return Cause(f"{capital(_told(cell, event.n))} at the {last.place} ({when})", event.n)


def _told(cell: FocusedCell, number: int) -> str:
    """Say what the event of a number did to the field, in the past."""
    before, event = stage_at(cell, number)
    step, what = step_of(cell.story.model, before, event), noun(cell.focus.field)
    if step is not None:
        return f"step {step.id} {did(step)}"
    if event.actor == "link":
        return f"a later change of {event.account} was delivered"
    if event.actor != "client":
        return f"the {event.actor} took a step"
    made = next((interval_words(each.after.origin) for each in event.changes if each.field == cell.focus.field), "")
    who = f"{event.by} changed the {what} of {event.account}" if event.by else f"{event.account} changed its {what}"
    return f"{who} {made}".rstrip()


def _never_came(cell: FocusedCell) -> Cause:
    """Say why a value that is promised is not at a site whose value nothing has changed."""
    if cell.kept or not cell.expected.options:
        return Cause("It stood there from the beginning")
    wanted = cell.expected.options[-1].cell
    seen = _seen(cell, wanted)
    if not seen.places:
        return Cause(_never_set(cell, wanted), _last_event(cell))
    value = spell(wanted.value)
    where = several(list(dict.fromkeys(str(place) if place.number else f"the {place}" for place in seen.places)))
    if seen.event is None:
        return Cause(f"{value} never came to the {cell.focus.site}; it is still at {where}", _last_event(cell))
    ended = _told(cell, seen.event.n)
    return Cause(f"{value} never came to the {cell.focus.site}; {where} held it until {ended}", seen.event.n)


def _seen(cell: FocusedCell, wanted: Cell) -> LastSeen:
    """Return where a value was last to be had, up to the instant that the page is about."""
    stages = cell.story.until(cell.focus.at).stages
    return last_seen(stages, cell.focus.field, wanted, any_origin=wanted.origin in (BASELINE, ANY_ORIGIN, ""))


def _never_set(cell: FocusedCell, wanted: Cell) -> str:
    """Say that no step set a value, or which steps set it and passed the account by."""
    value, what, who, steps = spell(wanted.value), noun(cell.focus.field), cell.focus.account, _setting(cell, wanted)
    if not steps:
        return f"No step set {who}’s {what} to {value}"
    words = f"Step {steps[0]} sets" if len(steps) == 1 else f"Steps {several(steps)} set"
    absent = f", which is absent at the {cell.focus.site}" if _absent(cell) else ""
    return f"{words} the {what} to {value}, but not that of {who}{absent}"


def _absent(cell: FocusedCell) -> bool:
    return cell.now.store(cell.focus.site).status.value == "absent"


def lost_words(cell: FocusedCell) -> Iterator[str]:
    """Yield where each value was last that is missed; of one that no place ever held, which step should have set it."""
    wanted = {spell(option.cell.value): option.cell for option in cell.expected.options}
    for lost in cell.explanation.lost:
        never = lost.value in wanted and not _seen(cell, wanted[lost.value]).places
        yield _never_set(cell, wanted[lost.value]) if never else lost.says


def _setting(cell: FocusedCell, wanted: Cell) -> list[str]:
    """Return the steps of the runbook that set the field to a value."""
    steps = cell.story.model.runbook.steps
    return [
        s.id
        for s in steps
        if isinstance(s, Reset) and cell.focus.field in s.fields and typed(s.to) == typed(wanted.value)
    ]


def why_closed(evidence: RunEvidence, session: str) -> Cause:
    """Say why a session never opened."""
    steps = evidence.case.runbook.steps
    opening = [step.id for step in steps if isinstance(step, Open) and step.session == session]
    if not opening:
        return Cause("No step of the runbook opens it")
    tried = [event for event in evidence.recorder.events if event.step in opening]
    for event in tried or _gave_up(evidence):
        when = short_clock(event.at, evidence.book)
        return Cause(f"({when}) {_instead(evidence, event, opening[0])}", event.n, event.step)
    stuck = next((b for b in evidence.trace.broken if b.violation.invariant == FINISHES), None)
    if stuck is None:
        return Cause("was never taken", 0, opening[0])
    waits = f"{stuck.violation.where} {stuck.violation.actual}"
    return Cause(f"was never taken: {waits}", stuck.event, stuck.violation.where)


def _step(evidence: RunEvidence, event: Event) -> Step | None:
    return next((step for step in evidence.case.runbook.steps if step.id == event.step), None)


def _gave_up(evidence: RunEvidence) -> Iterator[Event]:
    """Yield the drains after whose timeout the runbook did not just go on, the last one first."""
    for event in reversed(evidence.recorder.events):
        step = _step(evidence, event)
        if event.action == Operate(timed_out=True) and isinstance(step, Drain) and step.on_timeout != "proceed":
            yield event


def _instead(evidence: RunEvidence, event: Event, opening: str) -> str:
    """Say what a step did, or what was done to it, so that a session did not open."""
    step = _step(evidence, event)
    if isinstance(step, Drain):
        goes = "stopped there" if step.on_timeout == "abort" else f"went on at {step.on_timeout}"
        return f"gave up at its timeout, and the runbook {goes}: {opening} was never reached"
    if isinstance(event.action, Slip):
        skipped = event.action.error == "skip"
        return "was left out by a slip of the operator" if skipped else f"met a slip of the operator: {event.says}"
    return f"was refused: {event.says}"


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
    return " ".join((*_without_cause(without), _mended_by(without, step)))


def passes(without: LeaveOut) -> str:
    """Say what a run does that is mended."""
    with_few = " with one account of each history" if without.reduced else ""
    if without.by_passing:
        return f"this run passes{with_few}"
    return f"nothing is broken{with_few}{', but the scenario expects that something is' if without.fails else ''}"


def _without_cause(without: LeaveOut) -> Iterator[str]:
    for each in without.causes:
        yield f"Without the {each.name}, {passes(without)}."


def _mended_by(without: LeaveOut, step: str) -> str:
    then = passes(without)
    mends = without.mends
    if len(mends) == 1:
        only = mends[0]
        what = "that one step" if only.name == step else f"step {only.name}"
        return f"Leave out {what} and {then}; no other single step does that."
    if mends:
        return f"Leave out any one of {len(mends)} steps and {then}: {several([each.name for each in mends])}."
    if without.smallest:
        return f"No single step left out mends it. One changed step does: {without.smallest.name}."
    return "No single change of the runbook that was tried mends it: no step left out, moved, swapped or repeated."
