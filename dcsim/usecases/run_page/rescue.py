"""What could still be done for a value: it is tried.

Steps that bring the value back from a place that still holds it are added to the runbook, and the scenario is run
again: before the session opens; or, where the value was lost in the session, after that.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.domain.moment import Moment, instant, moment
from dcsim.domain.runbook import Close, Copy, Flashback, Open, Runbook, Step
from dcsim.files.load import Case
from dcsim.report.text import some
from dcsim.rules.phrases import several
from dcsim.semantics.model import Model
from dcsim.trace.lineage import AccountStage
from dcsim.trace.places import CellPlace
from dcsim.usecases.mutate import runbook_errors
from dcsim.usecases.run_page.focused import FocusedCell
from dcsim.usecases.run_page.leave_out import LeaveOut, LeftOut, played
from dcsim.usecases.run_page.sentences import session_words
from dcsim.usecases.why import stories

BEFORE, AFTER = 60 * 60_000, 60_000
"""How long before the session, or after the loss, the steps are added, in milliseconds."""

Way = tuple[Step, ...]


def rescue(
    cell: FocusedCell, without: LeaveOut, last: tuple[CellPlace, ...], after: AccountStage | None
) -> tuple[str, bool]:
    """Try to bring the value back from each place that still holds it. Say what was tried, and whether it mends.

    ``after`` is what the account holds when the value is lost in the session; None if it was lost before.
    """
    if without.not_tried:
        return f"Whether it could be brought back was not tried: {without.not_tried}.", False
    tried = [(way, _written(cell, without.case, way, after)) for place in last for way in _ways(cell, place, after)]
    written = [(way, case) for way, case in tried if case]
    if not written:
        return "No place from which a step could bring it back held it then." if not tried else "", False
    if not after:
        return _in_time(cell, without, written)
    # Where one account stands for many, the one that the page is about may not take part.
    takes_part = not without.reduced or cell.focus.account in {one.id for one in without.case.scenario.accounts}
    return _too_late(cell, without, written) if takes_part else ("", False)


def _ways(cell: FocusedCell, place: CellPlace, after: AccountStage | None) -> Iterator[Way]:
    """Yield the steps that would bring a value from a place to the site that serves the session."""
    site, when = cell.focus.site, _due(cell, after)
    back = Flashback(at=when, site=place.site, to=place.name)
    over = Copy(at=when, source=place.site, target=site)
    if not place.site:
        return
    if place.name:
        way: Way = (back,) if place.site == site else (back, over)
    elif place.site != site:
        way = (over,)
    else:
        return
    # No store is written over while it is open to clients.
    shut, again = Close(at=when, session=cell.focus.session), Open(at=when, session=cell.focus.session, site=site)
    yield (shut, *way, again) if after else way


def _due(cell: FocusedCell, after: AccountStage | None) -> Moment:
    opens = instant(moment(f"{cell.focus.session} opens"), cell.evidence.book)
    offset = cell.focus.at - opens + AFTER if after else -BEFORE
    return Moment(session=cell.focus.session, edge="opens", offset=offset)


def _written(cell: FocusedCell, case: Case, way: Way, after: AccountStage | None) -> Case | None:
    """Return the case with steps added to its runbook: before the one that opens the session, or before those that were
    still to come when the value was lost. None where that cannot be written.
    """
    steps = case.runbook.steps
    if after:
        at = after.control.todo[0].step if after.control.todo else len(steps)
    else:
        at = next((i for i, step in enumerate(steps) if _opens(step, cell.focus.session)), len(steps))
    if at == len(steps) and not after:
        return None
    named = tuple(attrs.evolve(s, id=_fresh(case.runbook, f"added-{n}")) for n, s in enumerate(way, start=1))
    next_one = tuple(attrs.evolve(step, at=steps[at].at) for step in named) if at < len(steps) else named
    for added in (named, next_one):
        book = attrs.evolve(case.runbook, steps=(*steps[:at], *added, *steps[at:]))
        if not runbook_errors(book, case.rulebook):
            return attrs.evolve(case, runbook=book)
    return None


def _opens(step: Step, session: str) -> bool:
    return isinstance(step, Open) and step.session == session


def _fresh(runbook: Runbook, name: str) -> str:
    while name in runbook.by_id:
        name += "-again"
    return name


# -- how it ends ---------------------------------------------------------------------------------------------------


def _in_time(cell: FocusedCell, without: LeaveOut, written: list[tuple[Way, Case]]) -> tuple[str, bool]:
    """Say whether the run passes if the value is brought back before the session opens."""
    ran = [(way, played(case, without.options, "step", "")) for way, case in written]
    way, run = next(((way, run) for way, run in ran if without.mended(run)), ran[0])
    head = f"Added before {session_words(cell.focus.session)} opens: {_words(way)}."
    if without.mended(run):
        return f"{head} Run like that, {'the run passes' if without.by_passing else 'nothing is broken'}.", True
    return f"{head} Run like that, it still fails: {_broken(run)}.", False


def _too_late(cell: FocusedCell, without: LeaveOut, written: list[tuple[Way, Case]]) -> tuple[str, bool]:
    """Say whether the site holds the value again, after it was lost in the session: what was found stays broken."""
    ran = [(way, case, _after(cell, case)) for way, case in written]
    way, case, stages = next((each for each in ran if _back(cell, each[2])), ran[0])
    head = f"Added after it was lost: {_words(way)}. Run like that,"
    refused = (stage.event for stage in stages if stage.event and stage.event.outcome != "moved")
    if event := next(refused, None):
        return f"{head} that is refused: {event.says}.", False
    if not _back(cell, stages):
        return f"{head} the {cell.focus.site} does not hold it again.", False
    run = played(case, without.options, "step", "")
    new = several([name for name in run.broken if name not in without.whole.broken])
    besides = f" Besides, that breaks {new}." if new else ""
    return f"{head} the {cell.focus.site} holds it again; what was found before is not undone.{besides}", False


def _after(cell: FocusedCell, case: Case) -> tuple[AccountStage, ...]:
    """Return what the account holds after each of the steps that were added."""
    added = case.runbook.by_id.keys() - cell.evidence.case.runbook.by_id.keys()
    model, options = Model(case.rulebook, case.runbook, case.scenario.policies), cell.evidence.options
    story = stories(model, case.scenario, (cell.focus.account,), options.seed)[cell.focus.account]
    return tuple(stage for stage in story.stages if stage.event and stage.event.step in added)


def _back(cell: FocusedCell, stages: tuple[AccountStage, ...]) -> bool:
    return bool(stages) and cell.permits(stages[-1].lane.store(cell.focus.site)[cell.focus.field].value)


def _broken(run: LeftOut) -> str:
    return ", ".join(run.broken) or f"{some(run.unmet, 'expectation')} not met"


def _words(way: Way) -> str:
    return ", then ".join(map(_step_words, way))


def _step_words(step: Step) -> str:
    if isinstance(step, Flashback):
        return f"flash the {step.site} back to {step.to}"
    if isinstance(step, Close | Open):
        verb = "close" if isinstance(step, Close) else "open"
        return f"{verb} {session_words(step.session)}"
    assert isinstance(step, Copy)
    return f"copy the {step.source} over the {step.target}"
