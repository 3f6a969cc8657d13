"""The section of a run's page that says what would change the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.report.pages.change import AnySchedule, ChangeRow, ChangeSection
from dcsim.report.text import some
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.headline import headline
from dcsim.usecases.run_page.last_had import last_had
from dcsim.usecases.run_page.leave_out import LeaveOut, LeftOut


def change(evidence: RunEvidence, without: LeaveOut, schedules: AnySchedule) -> ChangeSection:
    """Return what would change the verdict of a run, as far as it was tried."""
    head = headline(evidence)
    wrong = without.wrong
    moved = without.moved if wrong and not without.mends else ()
    return ChangeSection(
        head="What would change the verdict" if wrong else "What would break it",
        lead=_lead(without),
        rows=tuple(_row(each, without) for each in (*without.faults, *without.steps)),
        moved=tuple(_row(each, without) for each in moved if without.mended(each)),
        moved_tried=len(moved),
        not_tried=tuple(_not_tried(without, wrong=wrong)),
        last=last_had(head.cell, without) if head.cell and wrong else None,
        schedules=schedules,
    )


def _lead(without: LeaveOut) -> str:
    also = ", and each fault and slip of the scenario" if without.faults else ""
    return f"Each step of {without.case.runbook.runbook} left out{also}, and this run played again."


def _row(each: LeftOut, without: LeaveOut) -> ChangeRow:
    mark, tone = without.mark(each)
    return ChangeRow(
        name=each.name,
        what=each.what,
        mark=mark,
        tone=tone,
        then="; ".join(_then(each)),
        mends=without.wrong and each.what == "step" and without.mended(each),
    )


def _then(each: LeftOut) -> Iterator[str]:
    """Say what comes of it: why it cannot be run, what breaks, and what is expected and does not come about."""
    if each.result is None:
        for flaw in each.flaws:
            yield f"{flaw.code}: {flaw.message}"
        return
    if each.broken:
        yield ", ".join(each.broken)
    missing = [p.kind for p in each.result.problems if p.kind != "expectation" and p.kind not in each.broken]
    if missing:
        yield f"{', '.join(missing)}: expected to be broken, and is not"
    if each.unmet:
        yield f"{some(each.unmet, 'expectation')} not met"
    if not each.broken and not missing and not each.unmet:
        yield "no invariant broken, every expectation met"


def _not_tried(without: LeaveOut, *, wrong: bool) -> Iterator[str]:
    if without.not_tried:
        yield f"Nothing was left out: {without.not_tried}."
        return
    if without.reduced:
        yield f"Reduced: {without.reduced}."
    if wrong and without.mends:
        yield "Steps were not moved, swapped or repeated, because a step that is left out mends the run already."
    yield "Not tried: two things at once, acts of clients left out, other rulebooks."
