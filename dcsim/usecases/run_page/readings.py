"""Does the verdict hang on a reading? The run under other readings of the notice, as far as they can be tried.

Each is tried by a run: with a rule more where the notice says nothing, with another baseline of a discard, without a
kind of change that the rulebook's author reads into a phrase, or with another value of a policy that no source gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from dcsim.domain.account import BASELINE, typed
from dcsim.domain.policies import POLICIES
from dcsim.domain.rulebook import Policy, Rule, Rulebook
from dcsim.domain.world import Expected
from dcsim.report.pages.palette import Chip
from dcsim.report.pages.why import ReadingRow, Readings
from dcsim.report.text import some
from dcsim.rules.mutants import rule_mutants
from dcsim.rules.phrases import several
from dcsim.semantics import intent
from dcsim.usecases.run_page.focused import FocusedCell
from dcsim.usecases.run_page.leave_out import LeaveOut, LeftOut, played
from dcsim.usecases.run_page.sentences import change_words, interval_words, session_words
from dcsim.usecases.why import changes_before


@attrs.frozen(eq=False)
class Tried:
    """A reading that was tried: the question, the reading, the rulebook that takes it, and the run under it."""

    question: str
    reading: str
    book: Rulebook
    run: LeftOut
    taken: bool = False


def readings(cell: FocusedCell | None, without: LeaveOut) -> Readings:
    """Try the readings that bear on a value, and the policies that no source gives."""
    if without.not_tried:
        return Readings(notes=(f"Readings were not tried: {without.not_tried}.",))
    of_cell = [*_silences(cell, without), *_baselines(cell, without), *_phrases(cell, without)] if cell else []
    policies = list(_policies(without))
    telling = [each for each in policies if not _alike(each.run, without.whole)]
    rows = tuple(_row(each, cell, without) for each in (*of_cell, *telling))
    return Readings(
        rows=rows,
        says=_says(cell, of_cell, without) if of_cell and cell else "",
        notes=(*_notes(without, policies, telling), *_not_tried(without, [*of_cell, *policies])),
    )


def _try(without: LeaveOut, book: Rulebook) -> LeftOut:
    return played(attrs.evolve(without.case, rulebook=book), without.options, "reading", "")


def _alike(one: LeftOut, other: LeftOut) -> bool:
    """Whether two runs end alike: the status, what is broken, and how many expectations are not met."""
    return (_status(one), one.broken, one.unmet) == (_status(other), other.broken, other.unmet)


def _status(run: LeftOut) -> str:
    return run.result.status if run.result else ""


# -- what the notice does not say ----------------------------------------------------------------------------------


def _silences(cell: FocusedCell, without: LeaveOut) -> Iterator[Tried]:
    """Try both answers to each question that the notice leaves open about the value: a rule more, either way."""
    book, session = without.case.rulebook, cell.focus.session
    for change, origin in cell.expected.questions:
        asked = book.questions_about(cell.kind, change, origin, session)
        ids = ", ".join(question.id for question in asked) or "no question listed"
        words = f"{change_words(change)} made {interval_words(origin)}"
        for carried in (True, False):
            rule = Rule(
                id="reading",
                accounts=(cell.kind,),
                changes=(change,),
                made_in=(origin,),
                at=(session,),
                fate="carry" if carried else "discard",
                assumption="tried as a reading",
            )
            with_rule = attrs.evolve(book, rules=(*book.rules, rule))
            says = f"{words} {'reaches' if carried else 'does not reach'} {session_words(session)}"
            yield Tried(ids, says, with_rule, _try(without, with_rule))


# -- what a discard falls back to ----------------------------------------------------------------------------------


def _deciding(cell: FocusedCell) -> list[Rule]:
    """Return the rules that decide about the changes of the field."""
    ids = {rule for change in cell.explanation.changes for rule in change.rules}
    return [rule for rule in cell.evidence.book.rules if rule.id in ids]


def _baselines(cell: FocusedCell, without: LeaveOut) -> Iterator[Tried]:
    book = without.case.rulebook
    for rule in _deciding(cell):
        if rule.fate == "discard":
            asked = _question_of(book, rule)
            yield Tried(asked, _falls_back(rule, rule.baseline), book, without.whole, taken=True)
            for mutant in rule_mutants(book):
                if mutant.rule == rule.id and re.match("without a baseline|back to ", mutant.how):
                    base = mutant.how.removeprefix("back to ") if mutant.how.startswith("back to ") else None
                    run = _try(without, mutant.rulebook)
                    yield Tried(asked, _falls_back(rule, base), mutant.rulebook, run)


def _question_of(book: Rulebook, rule: Rule) -> str:
    """Return the open questions whose stand-in is a baseline of this rule."""
    word = re.compile(rf"\b{re.escape(rule.id)}\b")
    asked = (q.id for q in book.open_questions if "baseline" in q.stands_in and word.search(q.stands_in))
    return ", ".join(asked) or rule.id


def _falls_back(rule: Rule, baseline: str | None) -> str:
    if baseline is None:
        return f"{rule.id} names nothing to fall back to: what would be there without the change"
    if baseline == BASELINE:
        return f"{rule.id} falls back to what stood before the weekend"
    return f"{rule.id} falls back to the end of {session_words(baseline)}"


# -- what the rulebook's author reads into a phrase ----------------------------------------------------------------


def _phrases(cell: FocusedCell, without: LeaveOut) -> Iterator[Tried]:
    """Try a deciding rule without a kind of change that its author reads into a phrase; and without a rule that is
    assumed.
    """
    book = without.case.rulebook
    for rule in _deciding(cell):
        kinds = {change.kind for change in cell.explanation.changes if rule.id in change.rules}
        read_in = {kind for name in rule.changes if name in book.change_sets for kind in book.change_sets[name].such_as}
        wanted = {f"not of {kind}" for kind in read_in & kinds} | ({"deleted"} if not rule.citation else set())
        for mutant in rule_mutants(book) if wanted else ():
            if mutant.rule == rule.id and mutant.how in wanted:
                asked = _question_of_phrase(book, rule)
                yield Tried(asked, _not_meant(rule, mutant.how), mutant.rulebook, _try(without, mutant.rulebook))


def _question_of_phrase(book: Rulebook, rule: Rule) -> str:
    """Return the open questions whose stand-in is a change set of this rule."""
    sets = [name for name in rule.changes if name in book.change_sets]
    asked = (q.id for q in book.open_questions if any(f"change-set {name}" in q.stands_in for name in sets))
    return ", ".join(asked) or rule.id


def _not_meant(rule: Rule, how: str) -> str:
    if how == "deleted":
        return f"{rule.id}, which is assumed, is not meant"
    return f"{rule.id} does not cover {change_words(how.removeprefix('not of '))}, which its author reads into it"


# -- policies ------------------------------------------------------------------------------------------------------


def _policies(without: LeaveOut) -> Iterator[Tried]:
    """Try every other value of each policy that rests on an assumption, where there are only a few values."""
    book, given = without.case.rulebook, without.case.scenario.policies
    for name, policy in book.policies.items():
        if policy.assumption and name not in given:
            for value in _others(name, policy):
                policies = {**book.policies, name: attrs.evolve(policy, value=value)}
                changed = attrs.evolve(book, policies=policies)
                yield Tried(_asked(book, name), f"policy {name}: {_word(value)}", changed, _try(without, changed))


def _others(name: str, policy: Policy) -> tuple[str | bool, ...]:
    takes = POLICIES[name].takes
    if takes == "flag":
        return (not policy.value,)
    return tuple(value for value in takes if value != policy.value) if isinstance(takes, tuple) else ()


def _asked(book: Rulebook, name: str) -> str:
    of = (question.id for question in book.open_questions if f"policy {name}" in question.stands_in)
    return ", ".join(of) or name


def _word(value: object) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


# -- in words ------------------------------------------------------------------------------------------------------


def _row(tried: Tried, cell: FocusedCell | None, without: LeaveOut) -> ReadingRow:
    of_values = cell is not None and not tried.reading.startswith("policy ")
    mark, tone = _mark(tried, cell if of_values else None, without)
    return ReadingRow(
        question=tried.question,
        reading=tried.reading,
        taken=tried.taken,
        permitted=_permitted(tried, cell) if cell and of_values else (),
        mark=mark,
        tone=tone,
    )


def _mark(tried: Tried, cell: FocusedCell | None, without: LeaveOut) -> tuple[str, str]:
    if cell and not permitted_under(tried.book, cell).options:
        return "the rules contradict", "warn"
    return without.mark(tried.run)


def _permitted(tried: Tried, cell: FocusedCell) -> tuple[Chip, ...]:
    """Return the values that a reading permits, by the changes that were made."""
    return tuple(dict.fromkeys(cell.chip(each.value) for each in permitted_under(tried.book, cell).cells))


def permitted_under(book: Rulebook, cell: FocusedCell) -> Expected:
    """Fold the changes of the field under another rulebook."""
    start = cell.before.ledger.start
    until = cell.story.until(cell.focus.at)
    history = [change for _, change in changes_before(until, cell.focus.field, cell.focus.session)]
    ledger = intent.permitted(book, cell.kind, start, history)
    return ledger.at(cell.focus.session, cell.focus.field)


def _says(cell: FocusedCell, tried: list[Tried], without: LeaveOut) -> str:
    """Say in one sentence whether the found value is right under any of the readings, and how the run ends."""
    value = cell.explanation.found
    # Where the rules contradict each other there is no verdict that could hang on them.
    sound = [each for each in tried if permitted_under(each.book, cell).options]
    allowed = [_allows(each, cell) for each in sound]
    number = some(len(allowed), "reading")
    ends = {without.mark(each.run) for each in sound} | {without.mark(without.whole)}
    hangs = "the verdict hangs on them" if len(ends) > 1 else "the run ends the same under each"
    if not any(allowed):
        return f"{value} is wrong under each of the {number} that were tried; {hangs}."
    if all(allowed):
        return f"{value} is permitted under each of the {number} that were tried; {hangs}."
    return f"{value} is permitted under {sum(allowed)} of the {number} that were tried; {hangs}."


def _allows(tried: Tried, cell: FocusedCell) -> bool:
    return any(typed(each.value) == typed(cell.found.value) for each in permitted_under(tried.book, cell).cells)


def _not_tried(without: LeaveOut, tried: list[Tried]) -> Iterator[str]:
    """Name the open questions that the rulebook answers meanwhile, and whose other answers no run has tried."""
    known = {question for each in tried for question in each.question.split(", ")}
    book = without.case.rulebook
    left = [question.id for question in book.open_questions if question.stands_in and question.id not in known]
    if left:
        yield f"The rulebook answers these meanwhile, and other answers to them were not tried: {several(left)}."


def _notes(without: LeaveOut, policies: list[Tried], telling: list[Tried]) -> Iterator[str]:
    """Say how many policies were tried to no effect, and which cannot be tried because they take any number."""
    quiet = len(policies) - len(telling)
    if quiet:
        yield f"{some(quiet, 'other value')} of policies that no source gives changed nothing in this run."
    book, given = without.case.rulebook, without.case.scenario.policies
    assumed = [name for name, policy in book.policies.items() if policy.assumption and name not in given]
    skipped = [name for name in assumed if not _others(name, book.policies[name])]
    if skipped:
        yield f"Not tried, because they take any number, duration or list: {several(skipped)}."
