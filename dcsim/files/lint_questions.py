"""Checks which rule cells a rulebook's open questions are about: the names, and whether there can be such a cell.

What is wrong here is a warning: no open question decides what becomes of a change.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcsim.domain.account import BASELINE
from dcsim.domain.rulebook import OpenQuestion, Rulebook
from dcsim.files.findings import Flaw, Keys
from dcsim.files.lint_common import unknowns


def question_flaws(book: Rulebook) -> Iterator[Flaw]:
    """Unknown kinds of account and of change."""
    for index, question in enumerate(book.open_questions):
        keys: Keys = ("open-questions", index)
        yield from unknowns("DC190", "account kind", question.accounts, book.accounts, (*keys, "accounts"))
        known = (*book.kinds, *book.change_sets)
        yield from unknowns("DC190", "change kind", question.changes, known, (*keys, "changes"))


def question_times(book: Rulebook) -> Iterator[Flaw]:
    """Unknown intervals, and intervals between which nothing can be carried."""
    for index, question in enumerate(book.open_questions):
        keys: Keys = ("open-questions", index)
        yield from unknowns("DC190", "session or gap", question.made_in, (BASELINE, *book.timeline), (*keys, "made-in"))
        yield from unknowns("DC190", "session", question.at, book.by_name, (*keys, "at"))
        yield from _never(book, question, keys)


def _never(book: Rulebook, question: OpenQuestion, keys: Keys) -> Iterator[Flaw]:
    """A session at which nothing can be of what the question asks, since it comes before."""
    made = [book.order[origin] for origin in question.made_in if origin in book.order]
    for index, target in enumerate(question.at):
        if target in book.by_name and made and book.order[target] <= min(made):
            message = f"open question '{question.id}': '{target}' does not come after '{question.made_in[0]}'"
            yield Flaw("DC190", (*keys, "at", index), message)
