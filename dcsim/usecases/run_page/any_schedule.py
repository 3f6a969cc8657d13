"""Asks whether it is this schedule or any: a small check of the runbook, of the one without the step that mends, and of
the one that the scenario names, where another took its place.

The bounds are small, so that a page takes seconds. A second operation is allowed where the first made few states. What
does not fit the budget is inconclusive, and is shown as that. The budget is no matter of time, so that a page is the
same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from dcsim.checker.explorers.budget import Budget, OverBudget
from dcsim.domain.runbook import Runbook
from dcsim.files.findings import InputError
from dcsim.files.load import Case, load_scenario
from dcsim.report.check import CheckResult
from dcsim.report.pages.change import AnySchedule, ScheduleRow
from dcsim.report.text import some
from dcsim.usecases.check import Bounds, Subject, Who, check, subject_of, subject_of_case
from dcsim.usecases.mutate import runbook_errors
from dcsim.usecases.request import RequestError
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.leave_out import LeaveOut

MOST_LOOKS = 4000
"""How often one check may look at its budget: about a thousand times a second. There are three checks at most."""
MOST_SECONDS = 20.0
"""What ends a check on a machine that is far slower than that."""
MOST_ACCOUNTS = 3
"""A scenario with more accounts is not checked with its own."""
FEW_STATES = 200
"""Where one operation makes so few states, two are tried as well."""
TONES = {"proved": "good", "violated": "bad", "inconclusive": "warn"}


@attrs.define
class CountedBudget(Budget):
    """A budget that counts how often it is looked at, so that it runs out at the same state on every machine."""

    looks: int = MOST_LOOKS

    def clock(self) -> None:
        """Raise OverBudget after so many looks."""
        self.looks -= 1
        if self.looks < 0:
            raise OverBudget(f"it was looked at {MOST_LOOKS:,} times")
        Budget.clock(self)


def any_schedule(evidence: RunEvidence, without: LeaveOut, *, asked: bool = True) -> AnySchedule:
    """Check the runbook as it is, and without the step whose leaving out mends the run."""
    if not asked:
        return AnySchedule(not_tried="It was asked not to check other schedules (--no-check).")
    case = evidence.case
    try:
        rows = tuple(_rows(evidence, without))
    except RequestError as error:
        return AnySchedule(not_tried=f"Not checked: {error}.")
    own = _own_accounts(case)
    who = "the accounts of the scenario" if own else "one account of each kind, not those of the scenario"
    return AnySchedule(rows=rows, who=who)


def _rows(evidence: RunEvidence, without: LeaveOut) -> Iterator[ScheduleRow]:
    case, practices = evidence.case, evidence.options.practices
    yield _row(case, case.runbook, case.runbook.runbook, practices=practices)
    mend = without.smallest
    if mend is not None and mend.what == "step":
        words = f"without {mend.name}" if mend in without.steps else mend.name
        name = f"{case.runbook.runbook} {words}"
        yield attrs.evolve(_row(case, mend.case.runbook, name, practices=practices), chosen=True)

    named = _named_runbook(evidence)
    if named is not None:
        yield _row(case, named, f"{named.runbook}, which the scenario names", practices=practices)


def _named_runbook(evidence: RunEvidence) -> Runbook | None:
    """Return the runbook that the scenario names, where another one took its place and it can be had."""
    case = evidence.case
    if not evidence.options.runbook:
        return None
    try:
        named = load_scenario(case.address).runbook
    except InputError:
        return None
    same = named.steps == case.runbook.steps
    return None if same or runbook_errors(named, case.rulebook) else named


def _own_accounts(case: Case) -> bool:
    return not case.scenario.populations and 0 < len(case.scenario.accounts) <= MOST_ACCOUNTS


def _subject(case: Case, runbook: Runbook, *, practices: bool) -> Subject:
    names = case.rulebook.rulebook, runbook.runbook
    if _own_accounts(case):
        return subject_of_case(attrs.evolve(case, runbook=runbook), names, practices=practices)
    return subject_of(case.rulebook, runbook, Who(), names, practices=practices)


def _row(case: Case, runbook: Runbook, name: str, *, practices: bool) -> ScheduleRow:
    subject = _subject(case, runbook, practices=practices)
    found = check(subject, Bounds(ops=1), CountedBudget(seconds=MOST_SECONDS))
    if found.answer.explored.complete and int(found.answer.explored.states) <= FEW_STATES:
        more = check(subject, Bounds(ops=2), CountedBudget(seconds=MOST_SECONDS))
        found = more if more.status != "inconclusive" else found
    status = found.status
    return ScheduleRow(
        runbook=name,
        status="proved within bounds" if status == "proved" else status,
        tone=TONES[status],
        says=_says(found),
        bounds=_bounds(found),
        states=int(found.answer.explored.states) if found.answer.explored.complete else 0,
        proved=status == "proved",
    )


def _says(found: CheckResult) -> str:
    """Say what breaks and how soon; or why nothing was decided, without figures that depend on the machine."""
    examples = found.counterexamples
    if examples:
        first = examples[0]
        others = len({example.invariant for example in examples}) - 1
        more = f", and {some(others, 'more invariant')}" if others else ""
        return f"{first.invariant} after {some(first.length, 'act')}{more}"
    if found.status == "violated":
        return f"never happens: {', '.join(found.answer.missed)}"
    if found.status == "inconclusive":
        complete = found.answer.explored.complete and not found.answer.broken
        return found.answer.why if complete else "the budget of a page ran out before all schedules were seen"
    return "no schedule breaks anything"


def _bounds(found: CheckResult) -> str:
    """Return the bounds in few words: who takes part, and how much is done."""
    week = found.weekend
    kinds = list(dict.fromkeys(account.profile.kind for account in week.parts[0].accounts))
    counted = [(sum(a.profile.kind == kind for a in week.parts[0].accounts), kind) for kind in kinds]
    who = " and ".join(some(number, kind) for number, kind in counted)
    begins = f", who begin in {len(week.parts)} ways" if len(week.parts) > 1 else ""
    return f"{who}{begins}, {some(week.ops, 'operation')} between ticks, no fault, no slip"
