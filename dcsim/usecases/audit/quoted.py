"""Finds what a pack quotes of its notice and an amended notice says in other words, even where both mean the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dcsim.domain.rulebook import OpenQuestion, Rule, Rulebook
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.phrases import several

Touched = Mapping[RuleCell, list[str]]
"""The rule cells that the scenarios of a pack touch, each with their names."""


def other_words(old: Rulebook, new: Rulebook, touched: Touched) -> Iterator[str]:
    """Say, in sentences, what the amended notice says in other words, does not say any more, or says besides."""
    before, after = _quotes(old), _quotes(new)
    renamed = dict(_renamed(old, new))
    for name, now in renamed.items():
        same = before[f"rule {name}"] == after[f"rule {now}"]
        yield f"the rule {name} is called {now} in the amended notice{'' if same else ', with other words'}"
    changed = [name for name, words in before.items() if name in after and after[name] != words]
    if changed:
        yield f"the amended notice has other words for {several(changed)} than the pack quotes"
    hidden = {f"rule {name}" for pair in renamed.items() for name in pair}
    gone = [name for name in before if name not in after and name not in hidden]
    if gone:
        yield f"the pack quotes what the amended notice does not have: {several(gone)}"
    asked = {f"open question {question.id}" for question in new.open_questions}
    more = [name for name in after if name not in before and name not in hidden | asked]
    if more:
        yield f"the amended notice has what the pack does not quote: {several(more)}"
    for question in new.open_questions:
        if f"open question {question.id}" not in before:
            yield f"new open question {question.id}: {question.asks}; {_met(question, new, touched)}"


def _quotes(book: Rulebook) -> dict[str, tuple[object, ...]]:
    """What a pack quotes, by what it is about. What only cells and settings mean is compared by ``rules.diff``."""
    found: dict[str, tuple[object, ...]] = {
        "the notice": (book.source.title, book.source.reference, book.rulebook, book.title),
        "its version": (book.version,),
        "the timezone": (book.timezone_assumption,),
    }
    found |= {f"rule {rule.id}": (rule.basis, _meaning(book, rule)) for rule in book.rules}
    found |= {f"session {s.name}": (s.citation, s.assumption, s.moved_from, s.shows) for s in book.sessions}
    found |= {f"policy {name}": (each.citation, each.assumption) for name, each in book.policies.items()}
    found |= {f"“such as” in {name}": (of.such_as, of.reason) for name, of in book.change_sets.items() if of.such_as}
    found |= {f"open question {each.id}": (each,) for each in book.open_questions}
    return found | {f"statement {each.number}": (each,) for each in book.source.statements}


def _meaning(book: Rulebook, rule: Rule) -> tuple[object, ...]:
    changes = frozenset(book.expand(rule.changes))
    places = frozenset(rule.accounts), frozenset(rule.made_in), frozenset(rule.at)
    return changes, places, rule.fate, repr(rule.to), rule.baseline


def _renamed(old: Rulebook, new: Rulebook) -> Iterator[tuple[str, str]]:
    """The rules that mean the same by another name."""
    before, after = ({rule.id for rule in book.rules} for book in (old, new))
    fresh = {_meaning(new, rule): rule.id for rule in new.rules if rule.id not in before}
    for rule in old.rules:
        if rule.id not in after and _meaning(old, rule) in fresh:
            yield rule.id, fresh.pop(_meaning(old, rule))


def _met(question: OpenQuestion, new: Rulebook, touched: Touched) -> str:
    """Say which scenarios touch a cell that a question is about."""
    cells = (cell for cell in touched if question in new.questions_about(*cell))
    names = dict.fromkeys(name for cell in cells for name in touched[cell])
    if not (question.accounts or question.changes or question.made_in or question.at):
        return "it names no rule cell, so what of the pack it bears on is not known"
    return f"scenarios that touch it: {', '.join(names)}" if names else "no scenario of the pack touches it"
