"""What a run's page speaks of first: the violation, the expectation or the silence, and its sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from dcsim.domain.account import Cell
from dcsim.files.load import Case
from dcsim.report.run_view import Problem, asserts
from dcsim.report.text import some
from dcsim.semantics import intent
from dcsim.semantics.invariant_registry import practice
from dcsim.trace.event import Broken, Failure
from dcsim.trace.roster import Roster
from dcsim.trace.verdict import verdict as judged
from dcsim.usecases.run_page.focused import FocusedCell, focused_cell
from dcsim.usecases.run_page.gather import RunEvidence, focus_of, focus_of_failure, followed, is_about
from dcsim.usecases.run_page.gravity import gravity
from dcsim.usecases.run_page.sentences import (
    a,
    capital,
    change_words,
    in_session,
    interval_words,
    noun,
    sentence_of,
    session_words,
)
from dcsim.usecases.run_page.tally import beside, expectations


@attrs.frozen(kw_only=True, eq=False)
class Headline:
    """What the verdict's sentence is about. ``cell`` is the value, if it is one; ``as_expected``: the scenario expects
    the violation.
    """

    sentence: str
    broken: Broken | None = None
    failure: Failure | None = None
    cell: FocusedCell | None = None
    as_expected: bool = False


def headline(evidence: RunEvidence) -> Headline:
    """Choose what a page speaks of first: a broken promise, an expectation that was not met, a broken practice."""
    trace = evidence.trace
    unexpected = judged(evidence.case.scenario, trace).unexpected
    if any(not _is_practice(each) for each in unexpected):
        return _of_broken(evidence, unexpected)
    if trace.failures:
        return _of_failure(evidence, trace.failures)
    if unexpected:
        return _of_broken(evidence, unexpected)
    if evidence.result.problems:
        return _of_problem(evidence, evidence.result.problems[0])
    if trace.broken:
        return _of_broken(evidence, trace.broken, as_expected=True)
    return Headline(sentence=_passing(evidence), cell=focused_cell(evidence))


def _is_practice(broken: Broken) -> bool:
    return practice(broken.violation.invariant)


# -- a violation ---------------------------------------------------------------------------------------------------


def _of_broken(evidence: RunEvidence, found: Sequence[Broken], *, as_expected: bool = False) -> Headline:
    ordered = sorted(found, key=gravity)
    first = ordered[0]
    focus = evidence.focus
    if first.violation.cell and focus:
        about = (b for b in ordered if b.violation.cell == (focus.site, focus.field) and b.account == focus.account)
        first = next(about, first)
    of_value = first.violation.cell and not _is_practice(first)
    cell = FocusedCell(evidence, focus_of(evidence.model, first)) if of_value else None
    says = sentence_of(first.violation, cell, evidence.recorder.control.opened)
    if first.accounts > 1:
        says += _for_accounts(first.accounts, Roster(evidence.case.scenario).size)
    words = f"As the scenario expects, {says}." if as_expected else f"{capital(says)}."
    return Headline(sentence=words, broken=first, cell=cell, as_expected=as_expected)


def _for_accounts(number: int, of: int) -> str:
    return f", for all {of:,} accounts" if number == of else f", for {number:,} of {of:,} accounts"


# -- an expectation ------------------------------------------------------------------------------------------------


def _of_failure(evidence: RunEvidence, failures: tuple[Failure, ...]) -> Headline:
    focus = evidence.focus
    first = next((failure for failure in failures if focus and is_about(failure, focus)), failures[0])
    others = len(failures) - 1
    told = first.field and followed(evidence.recorder, first.account)
    cell = FocusedCell(evidence, focus_of_failure(first)) if told else None
    says = _failure_words(evidence.case, first)
    more = f" {some(others, 'more expectation')} {'is' if others == 1 else 'are'} not met." if others else ""
    return Headline(sentence=f"{capital(says)}; {beside(evidence)}.{more}", failure=first, cell=cell)


def _failure_words(case: Case, failure: Failure) -> str:
    if failure.target and not failure.field:
        return f"{session_words(failure.target)} never opens, and the scenario expects something of it"
    if failure.field:
        return f"{a(noun(failure.field))} {in_session(failure.target)} is not what the scenario expects"
    step = case.scenario.steps[failure.step] if failure.step is not None else None
    verb = step.action.verb if step else failure.where
    act = a(verb) if verb in ("logon", "logout") else f"the act {verb}"
    found, expected = (_outcome_words(text) for text in (failure.actual, failure.expected))
    return f"{act} {found}, and the scenario expects that it {expected}"


def _outcome_words(outcome: str) -> str:
    if outcome.startswith("refused"):
        code = outcome.removeprefix("refused").strip()
        return f"is refused{f' ({code})' if code else ''}"
    return "is accepted" if outcome == "accepted" else f"shows “{outcome}”"


def _of_problem(evidence: RunEvidence, problem: Problem) -> Headline:
    """A run that fails although nothing in it went wrong: something did not happen, or strictness was asked for."""
    if problem.kind == "strict":
        says = f"Nothing went wrong in this run, but the scenario is flagged, and flags count: {problem.says}."
    elif problem.kind == "open":
        says = f"Nothing went wrong in this run, but the scenario {problem.says}."
    elif problem.kind == "expectation":
        says = f"Nothing broke in this run, but a figure is not what the scenario expects; {problem.sentence}."
    else:
        says = f"The scenario expects that {problem.kind} is broken, and nothing breaks it."
    return Headline(sentence=says, cell=focused_cell(evidence))


# -- a run that passes ---------------------------------------------------------------------------------------------


THROUGH = "a change that the notice discards came through, and its value is the same as one that the notice permits"


def _passing(evidence: RunEvidence) -> str:
    number = expectations(evidence.case)
    if not asserts(evidence.case.scenario):
        return "No promise of the notice is broken in this run; the scenario expects nothing, so it shows no more."
    met = f"; {some(number, 'expectation')} met." if number else "."
    fates = {ruling.fate for ruling in rulings(evidence)}
    through = "discard" in fates and _came_through(evidence)
    if "carry" in fates:
        never = f"; {THROUGH}" if through else ", and none that it discards" if "discard" in fates else ""
        return f"Of each field, the last change that the notice carries to a session was there{never}{met}"
    if through:
        return f"{capital(THROUGH)}{met}"
    if "discard" in fates:
        return f"No change in this run came through that the notice discards{met}"
    if "reset" in fates:
        return f"What the notice resets was reset in this run{met}"
    if "open" in fates:
        return f"The notice says nothing of the changes in this run, and nothing in it breaks a promise{met}"
    return f"Every act in this run had an outcome that the notice permits{met}"


def rulings(evidence: RunEvidence) -> Iterator[intent.Ruling]:
    """Yield what the rules make of the changes of a run, at each session that opened after them."""
    kinds = {name: _kind(evidence, name) for name in _changers(evidence)}
    made = dict.fromkeys(
        (kinds[event.account], change.kind, change.after.origin)
        for event in evidence.recorder.events
        for change in event.changes
        if event.account in kinds
    )
    for kind, change, origin in made:
        yield from (ruling for _, ruling in _fates(evidence, kind, change, origin))


def _fates(evidence: RunEvidence, kind: str, change: str, origin: str) -> Iterator[tuple[str, intent.Ruling]]:
    """Yield the sessions that opened after a change, with what the rules make of it there."""
    book = evidence.book
    for target in evidence.recorder.control.opened:
        if book.order[target] > book.order.get(origin, -1):
            yield target, intent.fate(book, kind, change, origin, target)


def _came_through(evidence: RunEvidence) -> bool:
    """Whether a value that an act made is where a session opens to which the rules do not carry that act."""
    return any(_leaked(evidence, name) for name in _changers(evidence))


def _leaked(evidence: RunEvidence, account: str) -> bool:
    kind, stages = _kind(evidence, account), evidence.stages(account)
    there = {
        target: next(
            stage.lane.store(evidence.book.by_name[target].site) for stage in stages if target in stage.control.opened
        )
        for target in evidence.recorder.control.opened
    }
    fates: dict[tuple[str, str, Cell], set[str]] = {}
    for change in dict.fromkeys(change for stage in stages if stage.event for change in stage.event.changes):
        for target, ruling in _fates(evidence, kind, change.kind, change.after.origin):
            fates.setdefault((target, change.field, change.after), set()).add(ruling.fate)
    # Where acts of two kinds made the same value in one session, it may be the one that is not discarded.
    discarded = (key for key, found in fates.items() if found == {"discard"})
    return any(there[target][field] == cell for target, field, cell in discarded)


def _kind(evidence: RunEvidence, account: str) -> str:
    return evidence.stages(account)[0].lane.profile.kind


MOST_LOOKED_AT = 50
"""So many accounts with changes are looked at for the sentence of a run that passes."""


def _changers(evidence: RunEvidence) -> list[str]:
    names = dict.fromkeys(event.account for event in evidence.recorder.events if event.changes)
    return list(names)[:MOST_LOOKED_AT]


def open_words(evidence: RunEvidence) -> str:
    """Say what the notice leaves open and this run met; empty where there is nothing."""
    met = evidence.result.opened
    if not met:
        return ""
    first = met[0]
    ids = f" ({', '.join(first.questions)})" if first.questions else ""
    change = f"{change_words(first.change)} made {interval_words(first.made_in)}"
    others = len(met) - 1
    more = f"; {some(others, 'more cell')} of the matrix {'is' if others == 1 else 'are'} open" if others else ""
    says = f"The notice does not say whether {change} reaches {session_words(first.target)}{ids}"
    return f"{says}; here it was {first.did}{more}"
