"""The record at the end of a run's page: what it is made of, what it rests on, and what it does not say."""

from __future__ import annotations

from collections.abc import Iterator

from dcsim import __version__
from dcsim.report.pages.change import AnySchedule
from dcsim.report.pages.record import RecordSection, RestsOn
from dcsim.report.pages.verdict import Fact, Quote
from dcsim.report.text import some
from dcsim.semantics.invariant_registry import spell
from dcsim.trace.jsonl import text_digest
from dcsim.trace.roster import Roster
from dcsim.usecases.run_page.gather import RunEvidence
from dcsim.usecases.run_page.headline import MOST_LOOKED_AT, rulings
from dcsim.usecases.run_page.leave_out import LeaveOut, fault_words

SIGNED = ("Played by, date", "Reviewed by (independent), date", "Accepted or returned by the change board, date")
BOOKS = ("scenario", "rulebook", "runbook")


def record(evidence: RunEvidence, without: LeaveOut, schedules: AnySchedule) -> RecordSection:
    """Return the record of a run."""
    met = tuple(_met(evidence))
    ids = {each.name for each in met}
    others = (
        RestsOn(name=q.id, says=q.asks, note=q.stands_in) for q in evidence.book.open_questions if q.id not in ids
    )
    return RecordSection(
        facts=tuple(_facts(evidence, schedules)),
        statements=tuple(_statements(evidence)),
        assumptions=tuple(_assumptions(evidence)),
        met=met,
        others=tuple(others),
        waived=tuple(RestsOn(name=each.practice, says=each.basis) for each in evidence.case.runbook.waives),
        not_said=tuple(_not_said(evidence, without, schedules)),
        signed=SIGNED,
    )


def _facts(evidence: RunEvidence, schedules: AnySchedule) -> Iterator[Fact]:
    case, book, options = evidence.case, evidence.book, evidence.options
    names = {
        "scenario": case.scenario.scenario,
        "rulebook": f"{book.rulebook}, version {book.version}",
        "runbook": f"{case.runbook.runbook}, version {case.runbook.version}",
    }
    yield Fact(name="run", says=evidence.result.digest, code=True)
    for name, text in case.texts.items():
        yield Fact(
            name=name if name in BOOKS else "file", says=f"{text_digest(text)} {names.get(name, name)}", code=True
        )
    kept = len(evidence.trace.events)
    events = some(kept, "event") if kept else "events are not kept for so many accounts"
    events += " of one account of each history" if evidence.trace.folded else ""
    yield Fact(name="trace", says=f"{events}, {some(evidence.trace.actions, 'action')} in all")
    yield Fact(name="source", says="; ".join(filter(None, (book.source.title, book.source.reference))))
    why = f" (assumed: {book.timezone_assumption})" if book.timezone_assumption else ""
    yield Fact(name="timezone", says=f"{book.timezone}{why}")
    practices = "looked at" if options.practices else "not looked at (--practices off)"
    yield Fact(name="dcsim", says=f"{__version__}, seed {options.seed}, practices {practices}")
    for row in schedules.rows:
        yield Fact(name="checked", says=f"{row.runbook}: {row.bounds}")
    if schedules.not_tried:
        yield Fact(name="checked", says=schedules.not_tried)
    yield Fact(name="again", says=evidence.result.reproduce, code=True)


def _statements(evidence: RunEvidence) -> Iterator[Quote]:
    """Yield the statements of the notice that the scenario shows."""
    wanted = set(evidence.case.scenario.shows)
    for each in evidence.book.source.statements:
        if each.number in wanted:
            place = f"{each.place}{' (inferred)' if each.inferred else ''}"
            yield Quote(rule=str(each.number), place=place, words=each.says)


def _assumptions(evidence: RunEvidence) -> Iterator[RestsOn]:
    """Yield what no source says and this run rests on: times, sessions that opened, rules that decided, policies."""
    book, given = evidence.book, evidence.case.scenario.policies
    if book.timezone_assumption:
        yield RestsOn(name="timezone", says=book.timezone_assumption)
    for name in evidence.recorder.control.opened:
        if book.by_name[name].assumption:
            yield RestsOn(name=name, says=book.by_name[name].assumption or "")
    deciding = {rule.id: rule for ruling in rulings(evidence) for rule in ruling.rules}
    for rule in deciding.values():
        if rule.assumption:
            yield RestsOn(name=rule.id, says=rule.assumption)
    for name in dict.fromkeys(
        change for rule in deciding.values() for change in rule.changes if change in book.change_sets
    ):
        if book.change_sets[name].such_as:
            yield RestsOn(name=name, says=book.change_sets[name].reason)
    for name, policy in book.policies.items():
        if policy.assumption and name not in given:
            yield RestsOn(name=f"policy {name}", says=policy.assumption, note=_value(policy.value))
    for name, value in given.items():
        yield RestsOn(name=f"policy {name}", says="The scenario sets it.", note=_value(value))


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else spell(value)


def _met(evidence: RunEvidence) -> Iterator[RestsOn]:
    """Yield the open questions that the run met, each once, with what the runbook did."""
    asked: dict[str, list[str]] = {}
    words = {question.id: question.asks for question in evidence.book.open_questions}
    for cell in evidence.result.opened:
        for question in cell.questions or ("no question listed",):
            asked.setdefault(question, []).append(f"{cell.where}: {cell.did}")
    for question, did in asked.items():
        yield RestsOn(name=question, says=words.get(question, ""), note="; ".join(did))


def _not_said(evidence: RunEvidence, without: LeaveOut, schedules: AnySchedule) -> Iterator[str]:
    scenario = evidence.case.scenario
    size = some(Roster(scenario).size, "account")
    yield f"It is one schedule of one weekend, with {size}: it says nothing of other acts, and of other instants."
    yield from _faults(evidence)
    yield "It is about a model of the sites, and not about the sites."
    if schedules.rows:
        yield "What is proved is proved within the bounds beside it, and not beyond."
    else:
        yield "No other schedule was checked."
    if without.not_tried or without.reduced:
        yield f"What would change it: {without.not_tried or without.reduced}."
    if not evidence.options.practices:
        yield "Good practice was not looked at."
    changers = len({event.account for event in evidence.recorder.events if event.changes})
    if changers > MOST_LOOKED_AT:
        yield f"Which rules decide was told from the first {MOST_LOOKED_AT} of {changers:,} accounts with changes."


def _faults(evidence: RunEvidence) -> Iterator[str]:
    """Say which faults and slips happen in the run, and which of the scenario's never do."""
    never = evidence.unused_faults
    happened = [fault for fault in evidence.case.scenario.faults if fault not in never]
    if happened:
        words = "; ".join(map(fault_words, happened))
        yield f"No other fault and no other slip of the operator happens in it than: {words}."
    else:
        yield "No fault and no slip of the operator happens in it."
    if never:
        yield f"The scenario asks for this, and it never happened: {'; '.join(map(fault_words, never))}."
