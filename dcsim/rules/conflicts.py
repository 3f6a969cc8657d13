"""Compares two rulebooks, such as a notice and its amendment: they must not decide the same change differently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import product

from dcsim.domain.account import BASELINE
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.rulebook import Rule, Rulebook, Session
from dcsim.files.findings import Flaw
from dcsim.rules.blocks import blocks, in_words
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.phrases import fate_of
from dcsim.semantics.intent import Ruling, cells


def flaws_against(book: Rulebook, other: Rulebook, called: str) -> Iterator[Flaw]:
    """Where a rulebook disagrees with another one. Flaws have places in the first; ``called`` is the other's name."""
    if book.timezone != other.timezone:
        message = f"the times are those of {book.timezone} here, and of {other.timezone} in '{called}'"
        yield Flaw("DC211", ("timezone",), message)
    yield from _sessions(book, other, called)
    yield from _contradictions(book, other, called)


def both_decide(book: Rulebook, other: Rulebook) -> int:
    """In how many cells both rulebooks have a rule."""
    return len(_rules_by_cell(book).keys() & _rules_by_cell(other).keys())


def _sessions(book: Rulebook, other: Rulebook, called: str) -> Iterator[Flaw]:
    for index, session in enumerate(book.sessions):
        theirs = other.by_name.get(session.name)
        if theirs is None:
            continue
        # A session that says itself that it was moved has other times on purpose.
        for name in ("site",) if _moved(session, theirs) else ("site", "opens", "closes"):
            mine, its = getattr(session, name), getattr(theirs, name)
            if mine != its:
                message = f"session '{session.name}': {name} is {_text(mine)} here, and {_text(its)} in '{called}'"
                yield Flaw("DC211", ("sessions", index, name), message)


def _moved(one: Session, other: Session) -> bool:
    """Whether one of the two says in ``moved-from`` that it was moved from the time that the other gives."""
    return other.opens in one.moved_from or one.opens in other.moved_from


def _text(value: str | datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value


def _contradictions(book: Rulebook, other: Rulebook, called: str) -> Iterator[Flaw]:
    """One flaw for each pair of rules that disagree, and for each block of the cells in which they do."""
    # An inner dict stands for an ordered set: blocks keep the order of their cells.
    found = defaultdict[tuple[int, int], dict[RuleCell, None]](dict)
    mine_at, its_at = ({id(rule): number for number, rule in enumerate(b.rules)} for b in (book, other))
    theirs = _rules_by_cell(other)
    for key, mine_here in _rules_by_cell(book).items():
        for (cell, mine), (_, its) in product(mine_here, theirs.get(key, ())):
            if mine.outcome != its.outcome:
                found[mine_at[id(mine)], its_at[id(its)]][cell] = None
    for (mine_index, its_index), disputed in found.items():
        here, there = _decision(book.rules[mine_index]), _decision(other.rules[its_index])
        for block in blocks(disputed):
            message = f"{in_words(book, block)}: {here} here, and {there} in '{called}'"
            yield Flaw("DC210", ("rules", mine_index), message)


@lru_cache(maxsize=8)
def _rules_by_cell(book: Rulebook) -> Mapping[tuple[str, ...], list[tuple[RuleCell, Rule]]]:
    """The rules of each cell. In the baseline a key has a field in place of the kind of change: rules on what stood
    before conflict where they write the same field, whichever kind of change they name.
    """
    table = defaultdict[tuple[str, ...], list[tuple[RuleCell, Rule]]](list)
    for key, rules in cells(book).items():
        cell = RuleCell(*key)
        for subject in fields_of(cell.change) if cell.origin == BASELINE else (cell.change,):
            table[cell._replace(change=subject)] += [(cell, rule) for rule in rules]
    return table


def _decision(rule: Rule) -> str:
    return f"{fate_of(Ruling(rule.fate, (rule,)))} ('{rule.id}', {rule.basis})"
