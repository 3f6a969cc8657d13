"""The verdict section of a run's page: the badge, the sentence, the cause, three cards, and how to run it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from dcsim import __version__
from dcsim.domain.action_signature import presented
from dcsim.report.pages.change import AnySchedule
from dcsim.report.pages.verdict import Card, CardNote, Fact, OtherProblem, VerdictSection
from dcsim.report.run_view import Problem
from dcsim.report.text import some
from dcsim.semantics.invariant_registry import practice, spell
from dcsim.trace.event import Broken, Event, Failure
from dcsim.trace.roster import Roster
from dcsim.usecases.run_page.asked import asked_words, of_asked
from dcsim.usecases.run_page.causes import Cause, cause_of, mend_words, passes, short_clock, why_closed
from dcsim.usecases.run_page.focused import FocusedCell
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.headline import Headline, headline, open_words
from dcsim.usecases.run_page.leave_out import LeaveOut, LeftOut
from dcsim.usecases.run_page.quotes import quote_of_session, quotes_of
from dcsim.usecases.run_page.sentences import capital, change_words, in_session, interval_words, noun, session_words
from dcsim.usecases.run_page.tally import expectations, tally

MOST_OTHERS = 12
"""So many other problems are listed below the verdict."""
MOST_LOGONS = 4
MOST_NOTES = 8
"""So many notes are shown at the verdict."""


def verdict(evidence: RunEvidence, without: LeaveOut, schedules: AnySchedule) -> VerdictSection:
    """Return the verdict on a run."""
    head = headline(evidence)
    shown = of_asked(evidence, head)
    failed = evidence.result.status != "passed"
    wrong = failed or head.as_expected
    cause = _cause(evidence, head) if wrong else Cause(open_words(evidence))
    others = tuple(_others(evidence, head))
    more = max(0, len(others) - MOST_OTHERS) + evidence.result.more
    notes = tuple(_notes(evidence))
    return VerdictSection(
        word="✗ FAILED" if failed else "✓ PASSED",
        tone="bad" if failed else "warn" if head.as_expected else "good",
        counts=tally(evidence),
        sentence=f"{head.sentence}{asked_words(evidence, head)}",
        step=cause.step,
        cause=cause.says,
        event=cause.event,
        mends=mend_words(without, cause.step) if wrong else "",
        notes=notes[:MOST_NOTES],
        more_notes=max(0, len(notes) - MOST_NOTES),
        cards=(_promised(evidence, shown), _found(evidence, shown), _change(without, schedules, wrong=wrong)),
        facts=tuple(_facts(evidence)),
        linked=head.cell is not None or evidence.focus is not None,
        others=others[:MOST_OTHERS],
        more=more,
        others_head=_others_head(min(len(others), MOST_OTHERS) + more, head),
    )


def _notes(evidence: RunEvidence) -> Iterator[str]:
    """Yield what the run tells beside its verdict: what it was not asked to look at, and its notes and warnings."""
    if not evidence.options.practices:
        yield "Good practice was not looked at (--practices off): only the promise of the notice was."
    yield from evidence.result.notes
    yield from evidence.result.warnings


def _cause(evidence: RunEvidence, head: Headline) -> Cause:
    if head.cell and not head.cell.kept:
        return cause_of(head.cell)
    if head.broken:
        return _cause_of_broken(evidence, head.broken)
    if head.failure:
        return _cause_of_failure(evidence, head.failure, head.cell)
    return Cause("")


def _cause_of_broken(evidence: RunEvidence, broken: Broken) -> Cause:
    violation, opened = broken.violation, evidence.recorder.control.opened
    of_session = violation.where in evidence.book.by_name
    if of_session and violation.actual == "closed" and violation.where not in opened:
        return why_closed(evidence, violation.where)
    where = session_words(violation.where) if of_session else violation.where
    at = short_clock(broken.at, evidence.book)
    return Cause(f"{at}, {where}: expected {violation.expected}, found {violation.actual}", broken.event)


def _cause_of_failure(evidence: RunEvidence, failure: Failure, cell: FocusedCell | None) -> Cause:
    """Say how that came about which the scenario does not expect."""
    if failure.target and failure.target not in evidence.recorder.control.opened:
        return why_closed(evidence, failure.target)
    if cell:
        cause = cause_of(cell)
        return attrs.evolve(cause, says=f"{cause.says}{_left_open(cell)}")
    event = next((e for e in evidence.trace.events if _is_step(e, failure, evidence)), None)
    return Cause(capital(event.says), event.n) if event and event.outcome != "moved" else Cause("")


def _is_step(event: Event, failure: Failure, evidence: RunEvidence) -> bool:
    """Whether an event is the act whose outcome is another one than the scenario expects."""
    step = evidence.case.scenario.steps[failure.step] if failure.step is not None else None
    mine = event.actor == "client" and failure.account in (event.account, event.by)
    return (
        mine and step is not None and getattr(event.action, "verb", "") == step.action.verb and event.at == failure.at
    )


def _left_open(cell: FocusedCell) -> str:
    """Say what the notice leaves open about a value; nothing, if it leaves nothing open."""
    if not cell.left_open:
        return ""
    change, origin = cell.expected.questions[0]
    made = f"{change_words(change)} made {interval_words(origin)}"
    return f"; the notice does not say whether {made} reaches {session_words(cell.focus.session)}"


# -- the cards -----------------------------------------------------------------------------------------------------


def _promised(evidence: RunEvidence, head: Headline) -> Card:
    cell = head.cell
    if cell:
        focus = cell.focus
        kept = "The notice leaves open," if cell.left_open else "Promised"
        return Card(
            head=f"{kept} {in_session(focus.session)}, {focus.account}’s {noun(focus.field)}",
            edge="one",
            chips=tuple(dict.fromkeys(cell.chip(each.value) for each in cell.expected.cells)),
            says=_made(cell, (each.origin for each in cell.expected.cells)),
            quotes=tuple(quotes_of(evidence.book, _rules_of(head, cell))),
            notes=tuple(_expected_by(head)),
        )
    if head.broken:
        violation = head.broken.violation
        where = session_words(violation.where) if violation.where in evidence.book.by_name else violation.where
        quotes = (*quotes_of(evidence.book, violation.rules), *quote_of_session(evidence.book, violation.where))
        kept = "Good practice" if practice(violation.invariant) else "Promised"
        return Card(head=f"{kept}, {where}", edge="one", says=violation.expected, quotes=quotes)
    if head.failure:
        failure = head.failure
        return Card(head=f"Expected by the scenario, {failure.where}", edge="one", says=failure.expected)
    number = expectations(evidence.case)
    none = CardNote(says="No act of this run changed a value, so the notice promises nothing of one.")
    return Card(head="Expected by the scenario", edge="one", says=some(number, "expectation"), notes=(none,))


def _expected_by(head: Headline) -> Iterator[CardNote]:
    if head.failure:
        yield CardNote(says=f"The scenario expects {head.failure.expected}.")


def _made(cell: FocusedCell, origins: Iterable[str]) -> str:
    known = dict.fromkeys(each for each in origins if each in (*cell.evidence.book.order, "operator"))
    words = [f"made {interval_words(each)}" if each != "baseline" else "from before the weekend" for each in known]
    return " or ".join(words)


def _rules_of(head: Headline, cell: FocusedCell) -> tuple[str, ...]:
    """Return the rules that decide: those on which the violation rests, or all that the explanation names."""
    if head.broken:
        return head.broken.violation.rules
    return tuple(dict.fromkeys(rule for change in cell.explanation.changes for rule in change.rules))


def _found(evidence: RunEvidence, head: Headline) -> Card:
    cell = head.cell
    if cell:
        session, site = session_words(cell.focus.session), cell.focus.site
        opening = f"Found when {session} opened at the {site}"
        return Card(
            head=opening if _at_opening(cell) else f"Found at the {site}, {short_clock(cell.focus.at, evidence.book)}",
            edge="two" if cell.kept else "bad",
            chips=(cell.chip(cell.found.value),),
            says=_made(cell, [cell.found.origin]),
            notes=(*_never(cell), *(_logon_note(cell, event) for event in cell.logons[:MOST_LOGONS])),
        )
    if head.broken:
        event = head.broken.event
        at = short_clock(head.broken.at, evidence.book)
        note = CardNote(says="seen at", event=event) if event else CardNote(says="")
        return Card(head=f"Found, {at}", edge="bad", says=head.broken.violation.actual, notes=(note,) if event else ())
    if head.failure:
        at = f", {short_clock(head.failure.at, evidence.book)}" if head.failure.at else ""
        return Card(head=f"Found{at}", edge="bad", says=head.failure.actual)
    failed = evidence.result.status != "passed"
    says = "not all is as expected" if failed else "all as expected" if expectations(evidence.case) else "nothing"
    return Card(head="Found", edge="bad" if failed else "two", says=says)


def _never(cell: FocusedCell) -> Iterator[CardNote]:
    if cell.never_opened:
        yield CardNote(says=f"{capital(session_words(cell.focus.session))}", verdict="never opened", tone="bad")


def _at_opening(cell: FocusedCell) -> bool:
    """Whether the instant is that at which the session opens."""
    known = (cell.story.until(at).stages[-1].control.opened for at in (cell.focus.at - 1, cell.focus.at))
    return [cell.focus.session in opened for opened in known] == [False, True]


def _logon_note(cell: FocusedCell, event: Event) -> CardNote:
    accepted = event.outcome == "moved"
    return CardNote(
        says=f"{short_clock(event.at, cell.evidence.book)} logon with {spell(presented(event.action))}",
        verdict="accepted" if accepted else event.outcome,
        tone="bad" if cell.wrong(event) else "good" if accepted or cell.refuses(event) else "",
        event=event.n,
    )


def _change(without: LeaveOut, schedules: AnySchedule, *, wrong: bool) -> Card:
    tried = f"Each of the {some(len(without.case.runbook.steps), 'step')}, tried"
    if not wrong:
        names = [each.name for each in without.bearing]
        says = f"{len(names)} of {some(len(without.steps), 'step')}, each alone" if names else "no single step"
        note = CardNote(says=f"Without it this run does not pass: {', '.join(names)}.") if names else _nothing(without)
        notes = (note, *_bound(without), *_proof(schedules))
        return Card(head="What would break it", edge="warn", says=says, notes=notes, anchor="change", more=tried)
    mend = without.smallest
    head = "Smallest change that mends it"
    anyway = tuple(CardNote(says=f"Without the {each.name}", verdict=passes(without)) for each in without.causes)
    if mend is None:
        tried_words = "no single change of the runbook that was tried mends it: left out, moved, swapped or repeated"
        why = CardNote(says=f"{capital(without.not_tried or tried_words)}.")
        return Card(head=head, edge="bad", says="none found", notes=(why, *anyway), anchor="change", more=tried)
    out = mend in without.mends
    then = "Then, with one account of each history, this run" if without.reduced else "Then this run"
    answer = schedules.mended
    return Card(
        head=head,
        # One run that passes is no proof.
        edge="good" if answer and answer.proved else "warn",
        says="leave out" if out else "instead:",
        code=mend.name,
        notes=(
            CardNote(says=then, verdict="passes" if without.by_passing else "breaks nothing", tone="good"),
            *_unmet(mend),
            *anyway,
            *_proof(schedules),
        ),
        anchor="change",
        more=tried,
    )


def _unmet(mend: LeftOut) -> Iterator[CardNote]:
    """Say what the scenario still misses: where it expects a violation, what it expects of it does not come about."""
    if mend.unmet:
        yield CardNote(says=f"{some(mend.unmet, 'expectation')} of the scenario would not be met then.")


def _nothing(without: LeaveOut) -> CardNote:
    if without.not_tried:
        return CardNote(says=f"Not tried: {without.not_tried}.")
    return CardNote(says="No step that was left out alone makes this run fail: this schedule does not need it.")


def _bound(without: LeaveOut) -> Iterator[CardNote]:
    """Name the steps of which nothing is known, because nothing was played without them."""
    if without.bound:
        names = ", ".join(each.name for each in without.bound)
        yield CardNote(says=f"Not tried, because they cannot be left out alone: {names}.")


def _proof(schedules: AnySchedule) -> Iterator[CardNote]:
    """Yield what the check says of the runbook, as it is or as mended."""
    row = schedules.mended
    if row is None:
        yield CardNote(says="Other schedules:", verdict="not checked", tone="warn")
        return
    states = f"; {some(row.states, 'state')}" if row.states else ""
    yield CardNote(says="Every schedule:", verdict=row.status, tone=row.tone)
    yield CardNote(says=f"{row.says}: {row.bounds}{states}.")


# -- what else -----------------------------------------------------------------------------------------------------


def _others(evidence: RunEvidence, head: Headline) -> Iterator[OtherProblem]:
    """Yield the other problems, one for each invariant and place, and each expectation that was not met."""
    result = evidence.result
    shown = result.expected_violations if head.as_expected else result.problems
    first = next((problem for problem in shown if _is(problem, head)), None)
    for problem in shown:
        if problem is not first:
            yield OtherProblem(kind=problem.kind, says=problem.sentence, event=_event(problem))


def _others_head(number: int, head: Headline) -> str:
    if head.as_expected:
        return f"{some(number, 'more violation')}, as the scenario expects"
    return f"{some(number, 'more thing')} went wrong in this run"


def _is(problem: Problem, head: Headline) -> bool:
    """Whether a problem is what the sentence is about. What the sentence names by itself is the first of all."""
    seen = head.broken or head.failure
    of = head.broken.violation if head.broken else head.failure
    if seen is None or of is None:
        return True
    kind = head.broken.violation.invariant if head.broken else "expectation"
    same = (problem.kind, problem.expected, problem.actual) == (kind, of.expected, of.actual)
    return same and problem.says.startswith(seen.account)


def _event(problem: Problem) -> int:
    head, _, rest = problem.where.partition("event ")
    number = rest.split(";")[0]
    return int(number) if not head and number.isdecimal() else 0


def _facts(evidence: RunEvidence) -> Iterator[Fact]:
    case = evidence.case
    accounts = some(Roster(case.scenario).size, "account")
    yield Fact(name="rulebook", says=case.rulebook.rulebook)
    yield Fact(name="runbook", says=f"{case.runbook.runbook}, {some(len(case.runbook.steps), 'step')}")
    yield Fact(
        name="scenario", says=f"{case.scenario.scenario}, {accounts}, {some(len(evidence.trace.events), 'event')}"
    )
    yield Fact(name="dcsim", says=f"{__version__}, seed {evidence.options.seed}")
    yield Fact(name="again", says=evidence.result.reproduce, code=True)
