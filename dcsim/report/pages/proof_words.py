"""The verdict of a check in the sentences of its page: for a reader who knows neither invariants nor states. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from dcsim.checker.explorers.engines import NOT_ATTRIBUTED
from dcsim.checker.explorers.protocol import in_words
from dcsim.report.check import CheckResult, count, faults_of
from dcsim.report.run_view import stated
from dcsim.report.text import some
from dcsim.rules.phrases import several
from dcsim.semantics.invariant_registry import INVARIANTS, practice

NO_PRACTICES = "Practices were not looked at (--practices off)."
NO_FAULT = "No fault could happen: in no schedule does the link carry redo that could be lost, late or doubled."
NOT_TOLD_APART = ", and after which slips and faults, if any, was not told apart"
MOST_SAID = 3
"""The most combinations of faults and slips whose suspected breaks are named."""


@attrs.frozen
class ProofCard:
    """A card at the head of the page: what it is about, what is so, more of it, and its tone."""

    title: str
    says: str
    more: str
    tone: str = ""


def tone_of(result: CheckResult) -> tuple[str, str]:
    """Return the word of the badge, and its tone."""
    return {
        "proved": ("✓ PROVED", "good"),
        "violated": ("✗ VIOLATED", "bad"),
        "inconclusive": ("? NOT DECIDED", "warn"),
    }[result.status]


def sentences(result: CheckResult) -> tuple[str, str]:
    """Return the verdict as a sentence, and the sentence below it."""
    runbook = f"The runbook {result.weekend.model.runbook.runbook}"
    if result.status == "proved":
        any_ = any_number(result)
        schedules = f"however many {any_} there are" if any_ else "in every schedule within the bounds of this check"
        tried = "Every order of what clients, link and operator may do within the bounds was tried"
        none = "none breaks anything" if result.weekend.model.practices else f"none breaks the promise. {NO_PRACTICES}"
        return f"{runbook} keeps what the notice promises, {schedules}.", f"{tried}; {none.rstrip('.')}."
    if result.status == "inconclusive":
        return f"It is not decided whether {_lower(runbook)} keeps what the notice promises.", _undecided(result)
    return _violated(result, runbook)


def any_number(result: CheckResult) -> str:
    """Of what there may be any number, in words; empty where all is bounded."""
    if not result.weekend.many:
        return ""
    return "accounts and operations" if result.weekend.ops is None else "accounts"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _undecided(result: CheckResult) -> str:
    by: dict[str, list[str]] = {}
    for each in dict.fromkeys((*result.answer.explored.broken, *result.answer.explored.suspects)):
        after = f" after {in_words(each.after)}" if each.after else ""
        # Such a break may need no slip and no fault at all.
        by.setdefault(NOT_TOLD_APART if each.after == NOT_ATTRIBUTED else after, []).append(each.invariant)
    said = [f"{several(names)}{after}" for after, names in by.items()]
    more = [f"more after {some(len(said) - MOST_SAID, 'combination')} besides"] if len(said) > MOST_SAID else []
    what = " Nothing that breaks it was found."
    if said:
        what = f" Suspected, and not shown: {'; '.join([*said[:MOST_SAID], *more])}."
    return _sentence(result.answer.why or "the search was not complete") + what


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _violated(result: CheckResult, runbook: str) -> tuple[str, str]:
    alone, after = _promised(result, alone=True), _promised(result, alone=False)
    if alone:
        lead = f"{stated(alone[0])} {_shortest(result, alone)}"
        return f"{runbook} breaks what the notice promises, even if nothing goes wrong.", lead
    if after and _whole(result):
        lead = f"{_tally(result)} {_shortest(result, after)}"
        return (
            f"{runbook} keeps what the notice promises as long as nothing goes wrong; not after every slip or fault.",
            lead,
        )
    if after:
        lead = f"Whether it does without one is not decided: {_not_whole(result)}. {_shortest(result, after)}"
        return f"{runbook} breaks what the notice promises after a slip or a fault.", lead
    own = [name for name in _names(result) if not practice(name)]
    if own:
        return f"{runbook} breaks {several(own)}, which its users ask for.", _shortest(result, own)
    if result.practices:
        names = several(result.practices)
        lead = f"A practice is what nobody promised and everyone does: {names}. {_shortest(result, result.practices)}"
        if result.promise_proved:
            return f"{runbook} keeps what the notice promises, and breaks good practice.", lead
        return f"{runbook} breaks good practice; whether it keeps what the notice promises is not decided.", lead
    return f"What should happen in some schedule never happens: {several(result.answer.missed)}.", ""


def _names(result: CheckResult) -> list[str]:
    return list(dict.fromkeys(name for names in result.answer.broken.values() for name in names))


def _promised(result: CheckResult, *, alone: bool) -> list[str]:
    """Return what breaks the promise: with no fault and no slip (``alone``), or only after some."""
    broken = result.answer.broken
    without = set(broken.get((), ()))
    without.update(example.invariant for example in result.counterexamples if not example.scenario.faults)
    names = [name for name in _names(result) if INVARIANTS[name].family == "promise" and (name in without) == alone]
    order = [example.invariant for example in result.counterexamples]
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def _whole(result: CheckResult) -> bool:
    answer = result.answer
    return answer.explored.complete and not answer.explored.why and bool(answer.covered.decided)


def _not_whole(result: CheckResult) -> str:
    """Say why what did not break is not proved."""
    if result.answer.explored.complete and not result.answer.explored.why:
        return "no rule decided anything in any schedule, so nothing is proved"
    return (result.answer.explored.why or "the search was not complete").rstrip(".")


def _shortest(result: CheckResult, names: Iterable[str]) -> str:
    lengths = [example.length for example in result.counterexamples if example.invariant in names]
    return f"The shortest schedule that breaks it takes {some(min(lengths), 'step')}." if lengths else ""


def _tally(result: CheckResult) -> str:
    """Say how many single faults and slips break something, and how many do not."""
    answer = result.answer
    singles = {after for after in answer.broken if len(after) == 1} | {(one,) for one in answer.survived}
    singles -= {NOT_ATTRIBUTED}
    breaking = sum(len(after) == 1 for after in result.added.keys() - {NOT_ATTRIBUTED})
    several_ = sum(len(after) > 1 for after in result.added)
    more = f"; {some(several_, 'combination')} of several break what no part of them does" if several_ else ""
    if _whole(result):
        return f"{breaking} of {len(singles)} single slips and faults break something{more}."
    found = f"As far as was searched, {breaking} single slips and faults break something{more}."
    return f"{found} {_sentence(_not_whole(result))}"


def card_texts(result: CheckResult) -> list[ProofCard]:
    """Return the cards at the head of the page."""
    return [_without(result), _after(result), _explored(result)]


def _without(result: CheckResult) -> ProofCard:
    title, names = "With no slip and no fault", list(result.answer.broken.get((), ()))
    if names:
        promised = [name for name in names if not practice(name)]
        more = (
            "" if promised else "These are practices; the promise is kept." if result.promise_proved else "Practices."
        )
        return ProofCard(title, f"broken: {several(names)}", more, "bad")
    if _whole(result):
        practices = "" if result.weekend.model.practices else f" {NO_PRACTICES}"
        return ProofCard(title, "nothing breaks", f"Proved within the bounds.{practices}", "good")
    if result.answer.explored.complete and not result.answer.explored.why:
        return ProofCard(title, "nothing broke", f"But {_not_whole(result)}.", "warn")
    return ProofCard(title, "not decided", _sentence(_not_whole(result)), "warn")


def _after(result: CheckResult) -> ProofCard:
    title, weekend = "After slips of the operator and faults", result.weekend
    if not weekend.slips and not weekend.faults:
        return ProofCard(title, "not tried", "--slips 1 --faults 1 tries each of them.")
    most = f"At most {some(weekend.slips, 'slip')} and {faults_of(weekend)}."
    most += f" {NO_FAULT}" if no_fault_possible(result) else ""
    found = result.added.keys() - {()}
    if found - {NOT_ATTRIBUTED}:
        return ProofCard(title, "some break it", f"{_tally(result)} {most}", "bad")
    if found:
        return ProofCard(title, "not told apart", f"Which of them break something is not decided. {most}", "warn")
    if _whole(result):
        only = no_fault_possible(result) and not weekend.slips
        return ProofCard(title, "nothing could happen" if only else "nothing more breaks", most, "" if only else "good")
    return ProofCard(title, "not decided", most, "warn")


def no_fault_possible(result: CheckResult) -> bool:
    """Whether faults were asked for, and none could happen in any schedule."""
    explored = result.answer.explored
    fired = any(each.kind == "fault" for each in explored.fired)
    return bool(result.weekend.faults) and explored.complete and not fired


def _explored(result: CheckResult) -> ProofCard:
    explored = result.answer.explored
    about = "so far " if not explored.complete else "" if explored.exact else "at most "
    steps = f"; {about}{count(explored.transitions)} steps between them" if explored.transitions else ""
    whole = "Each was visited" if explored.complete else "The search was not complete"
    more = f"{whole}{steps}; engine {explored.engine}."
    return ProofCard("What was tried", f"{about}{count(explored.states)} states", more)
