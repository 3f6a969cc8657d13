"""Asks whether it is this schedule or any: a small check of the runbook, of the one without the step that mends, and of
the one that the scenario names, where another took its place.

The bounds are small, so that a page takes seconds; but they are never less than what the run itself does between two
ticks, and its faults and slips. A second operation is allowed where the first made few states. What does not fit the
budget is inconclusive, and is shown as that. The budget counts states and not seconds, so that a page is the same on
every machine; a limit of minutes only ends what would never end, and is then told.

A row never claims what the run on the page contradicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import attrs

from dcsim.checker.explorers.budget import CountedBudget
from dcsim.checker.model.abstract_accounts import Groups
from dcsim.checker.model.point import FAULTS
from dcsim.domain.account import Account
from dcsim.domain.actions import LINK, Commit, Deliver, Down, Request, Slip, Tick
from dcsim.domain.faults import FAULT_KINDS
from dcsim.domain.runbook import Runbook
from dcsim.files.findings import InputError
from dcsim.files.load import Case, load_scenario
from dcsim.report.check import CheckResult
from dcsim.report.pages.change import AnySchedule, ScheduleRow
from dcsim.report.text import some
from dcsim.rules.phrases import several
from dcsim.semantics.model import Model
from dcsim.trace.event import Event
from dcsim.trace.roster import Roster
from dcsim.usecases.check import Bounds, Subject, Who, check
from dcsim.usecases.mutate import runbook_errors
from dcsim.usecases.request import RequestError
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.leave_out import LeaveOut

MOST_LOOKS = 20_000
"""How often one check may look at its budget: some thousand times a second. There are three rows at most."""
MOST_SECONDS = 300.0
"""What ends a check that is not counted. A page says that it was not finished."""
MOST_ACCOUNTS = 3
"""A scenario whose accounts begin in more ways is not checked with its own."""
FEW_STATES = 200
"""Where one operation makes so few states, two are tried as well."""
TONES = {"proved": "good", "violated": "bad", "inconclusive": "warn"}


@attrs.frozen(kw_only=True)
class Checking:
    """What is checked for a page: the ``case`` gives accounts, policies and what must sometimes happen.

    ``needs`` are the least bounds within which the run itself is a schedule.
    """

    case: Case
    practices: bool
    needs: Bounds

    @property
    def own(self) -> tuple[Account, ...]:
        """One account for each way in which those of the scenario begin; none, if there are too many."""
        scenario = self.case.scenario
        alike = (attrs.evolve(each.like, id=each.name(1)) for each in scenario.populations)
        ways: dict[object, Account] = {}
        for account in (*scenario.accounts, *alike):
            ways.setdefault((account.profile, account.start), account)
        return tuple(ways.values()) if len(ways) <= MOST_ACCOUNTS else ()

    def subject(self, runbook: Runbook) -> Subject:
        """Return what is checked of a runbook. The policies are always those of the scenario."""
        book, scenario = self.case.rulebook, self.case.scenario
        model = Model(book, runbook, scenario.policies, practices=self.practices)
        groups: Groups = (self.own,) if self.own else Who().groups(book, runbook)
        return Subject(model, groups, (book.rulebook, runbook.runbook), scenario.sometimes if self.own else ())


def any_schedule(evidence: RunEvidence, without: LeaveOut, *, asked: bool = True) -> AnySchedule:
    """Check the runbook as it is, and without the step whose leaving out mends the run."""
    if not asked:
        return AnySchedule(not_tried="It was asked not to check other schedules (--no-check).")
    needs = _needs(evidence.recorder.events)
    checking = Checking(case=evidence.case, practices=evidence.options.practices, needs=needs)
    try:
        rows = tuple(_rows(evidence, without, checking))
    except RequestError as error:
        return AnySchedule(not_tried=f"Not checked: {error}.")
    return AnySchedule(rows=rows, who=_who(checking))


def _who(checking: Checking) -> str:
    given = checking.case.scenario.policies
    with_policies = f", under the policies that it sets ({several(sorted(given))})" if given else ""
    if not checking.own:
        return f"one account of each kind, not those of the scenario{with_policies}"
    if len(checking.own) < Roster(checking.case.scenario).size:
        return f"one account of each sort of the scenario’s own{with_policies}"
    return f"the accounts of the scenario{with_policies}"


def _needs(events: Iterable[Event]) -> Bounds:
    """Return the least bounds within which a run is a schedule: how many operations of one account there are between
    two ticks, and how many faults and slips in all.
    """
    most, faults, slips = 1, 0, 0
    kinds: set[str] = {"entry"}
    done: Counter[str] = Counter()
    for event in events:
        match event.action:
            case Tick():
                done.clear()
            case Deliver(verdict=verdict):
                faults += verdict in FAULTS
            case Down(what=what):
                faults += 1
                kinds.add("outage" if what == LINK else "crash")
            case Slip():
                slips += 1
            case Commit():
                pass
            case Request():
                done[event.account] += event.outcome == "moved"
            case _ if event.actor == "client":
                done[event.account] += bool(event.changes)
        most = max(most, done[event.account])
    return Bounds(ops=most, faults=faults, slips=slips, fault_kinds=tuple(k for k in FAULT_KINDS if k in kinds))


def _rows(evidence: RunEvidence, without: LeaveOut, checking: Checking) -> Iterator[ScheduleRow]:
    own = evidence.case.runbook
    yield _never_against(_row(checking, own, own.runbook), evidence.trace.invariants)
    mend = without.smallest
    if mend is not None:
        words = f"without {mend.name}" if mend in without.steps else mend.name
        row = _row(checking, mend.case.runbook, f"{own.runbook} {words}")
        yield attrs.evolve(_never_against(row, mend.broken), chosen=True)

    named = _named_runbook(evidence)
    if named is not None:
        yield _row(checking, named, f"{named.runbook}, which the scenario names")


def _never_against(row: ScheduleRow, broken: Sequence[str]) -> ScheduleRow:
    """Return a row that does not claim what a run with its runbook contradicts: such a run is a schedule as well."""
    if not broken or row.status == "violated":
        return row
    outside = "the run itself is outside what was checked, where no schedule breaks anything"
    says = f"{several(broken)}, by the run on this page; {outside if row.proved else row.says}"
    return attrs.evolve(row, status="violated", tone=TONES["violated"], says=says, proved=False)


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


def _row(checking: Checking, runbook: Runbook, name: str) -> ScheduleRow:
    subject, needs = checking.subject(runbook), checking.needs
    found, says = _checked(subject, Bounds()), ""
    few = _complete(found) and int(found.answer.explored.states) <= FEW_STATES
    wider = Bounds(ops=2) if needs == Bounds() and few else needs
    if found.status == "proved" and wider != Bounds():
        more = _checked(subject, wider)
        less = f"with {_much(Bounds())}, nothing breaks"
        if more.status != "inconclusive":
            found, says = more, f"{_says(more)}; {less}" if more.status == "violated" else ""
        elif wider == needs:
            why = f"it has {_much(needs)}, and {_says(more)}"
            says = f"the run itself is outside what was checked: {why}; {less}"
    # What was only found to hold with less is no proof of what the run does.
    status = "inconclusive" if says and found.status == "proved" else found.status
    return ScheduleRow(
        runbook=name,
        status="proved within bounds" if status == "proved" else status,
        tone=TONES[status],
        says=says or _says(found),
        bounds=_bounds(found),
        states=int(found.answer.explored.states) if _complete(found) else 0,
        proved=status == "proved",
    )


def _checked(subject: Subject, bounds: Bounds) -> CheckResult:
    return check(subject, bounds, CountedBudget(seconds=MOST_SECONDS, looks=MOST_LOOKS))


def _complete(found: CheckResult) -> bool:
    return found.answer.explored.complete


def _says(found: CheckResult) -> str:
    """Say what breaks and how soon; or why nothing was decided, without figures that depend on the machine."""
    examples = found.counterexamples
    if examples:
        first = examples[0]
        others = len({example.invariant for example in examples}) - 1
        more = f", and {some(others, 'more invariant')}" if others else ""
        after = "" if first.invariant in found.answer.broken.get((), ()) else ", a fault or a slip among them"
        return f"{first.invariant} after {some(first.length, 'act')}{after}{more}"
    if found.status == "violated":
        return f"never happens: {', '.join(found.answer.missed)}"
    if found.status == "inconclusive":
        if _complete(found) and not found.answer.broken:
            return found.answer.why
        # No figures here: what was seen in so many seconds depends on the machine.
        late = "the time budget" in f"{found.answer.explored.why} {found.answer.why}"
        how = f"not finished within {MOST_SECONDS:g} s" if late else "the budget of a page ran out"
        return f"{how} before all schedules were seen"
    return "no schedule breaks anything"


def _bounds(found: CheckResult) -> str:
    """Return the bounds in few words: who takes part, and how much is done."""
    week = found.weekend
    kinds = list(dict.fromkeys(account.profile.kind for account in week.parts[0].accounts))
    counted = [(sum(a.profile.kind == kind for a in week.parts[0].accounts), kind) for kind in kinds]
    who = " and ".join(some(number, kind) for number, kind in counted)
    begins = f", who begin in {len(week.parts)} ways" if len(week.parts) > 1 else ""
    return f"{who}{begins}, {_much(Bounds(ops=week.ops, faults=week.faults, slips=week.slips))}"


def _much(bounds: Bounds) -> str:
    faults = some(bounds.faults, "fault") if bounds.faults else "no fault"
    slips = some(bounds.slips, "slip") if bounds.slips else "no slip"
    return f"{some(bounds.ops, 'operation')} between ticks, {faults}, {slips}"
