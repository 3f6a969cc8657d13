"""Two rulebooks against each other: a notice and its amendment, which may not decide the same change differently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import product

from dcsim.domain.account import BASELINE
from dcsim.domain.kinds import fields_of
from dcsim.domain.rulebook import Rule, Rulebook, Session
from dcsim.files.findings import Flaw
from dcsim.rules.blocks import blocks, told
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.phrases import fate_of
from dcsim.semantics.intent import Ruling, cells


def flaws_against(book: Rulebook, other: Rulebook, called: str) -> Iterator[Flaw]:
    """What of a rulebook does not go with another, with the places of the first; ``called``: the other's name."""
    if book.timezone != other.timezone:
        message = f"the times are those of {book.timezone} here, and of {other.timezone} in '{called}'"
        yield Flaw("DC211", ("timezone",), message)
    yield from _sessions(book, other, called)
    yield from _contradictions(book, other, called)


def both_decide(book: Rulebook, other: Rulebook) -> int:
    """How many cells there are of which rules of both speak."""
    return len(_spoken(book).keys() & _spoken(other).keys())


def _sessions(book: Rulebook, other: Rulebook, called: str) -> Iterator[Flaw]:
    for index, session in enumerate(book.sessions):
        theirs = other.by_name.get(session.name)
        if theirs is None:
            continue
        for name in ("site",) if _moved(session, theirs) else ("site", "opens", "closes"):
            mine, its = getattr(session, name), getattr(theirs, name)
            if mine != its:
                message = f"session '{session.name}': {name} is {_shown(mine)} here, and {_shown(its)} in '{called}'"
                yield Flaw("DC211", ("sessions", index, name), message)


def _moved(one: Session, other: Session) -> bool:
    """Whether one of the two says itself that it was moved from where the other has it."""
    return other.opens in one.moved_from or one.opens in other.moved_from


def _shown(value: str | datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value


def _contradictions(book: Rulebook, other: Rulebook, called: str) -> Iterator[Flaw]:
    """The cells on which each two rules disagree."""
    theirs, found = _spoken(other), defaultdict[tuple[int, int], dict[RuleCell, None]](dict)
    mine_at, its_at = ({id(rule): number for number, rule in enumerate(b.rules)} for b in (book, other))
    for key, mine_here in _spoken(book).items():
        for (cell, mine), (_, its) in product(mine_here, theirs.get(key, ())):
            if mine.outcome != its.outcome:
                found[mine_at[id(mine)], its_at[id(its)]][cell] = None
    for (mine_index, its_index), of in found.items():
        here, there = _says(book.rules[mine_index]), _says(other.rules[its_index])
        for block in blocks(of):
            yield Flaw("DC210", ("rules", mine_index), f"{told(book, block)}: {here} here, and {there} in '{called}'")


@lru_cache(maxsize=8)
def _spoken(book: Rulebook) -> Mapping[tuple[str, ...], list[tuple[RuleCell, Rule]]]:
    """What rules speak of, with the cells and rules: a cell, or of what stood before a field, whichever kind of change
    a rule names.
    """
    table = defaultdict[tuple[str, ...], list[tuple[RuleCell, Rule]]](list)
    for cell, rules in ((RuleCell(*key), rules) for key, rules in cells(book).items()):
        for what in fields_of(cell.change) if cell.origin == BASELINE else (cell.change,):
            table[cell._replace(change=what)] += [(cell, rule) for rule in rules]
    return table


def _says(rule: Rule) -> str:
    return f"{fate_of(Ruling(rule.fate, (rule,)))} ('{rule.id}', {rule.basis})"
