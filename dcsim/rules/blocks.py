"""Cells told together: blocks of kinds of account, kinds of change and places, instead of one cell after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import attrs

from dcsim.domain.account import BASELINE
from dcsim.domain.rulebook import Rulebook
from dcsim.rules.decision_space import RuleCell, made_in, pairs
from dcsim.rules.phrases import several

Places = tuple[tuple[str, str], ...]
"""Pairs of an origin and a target."""

_MOST_LISTED = 3
"""More names than this in a row are told as a range."""


@attrs.frozen
class Block:
    """Every cell of some kinds of account and some kinds of change at some places."""

    accounts: tuple[str, ...]
    changes: tuple[str, ...]
    places: Places


def blocks(cells: Iterable[RuleCell]) -> list[Block]:
    """Cells as few blocks, in the order in which they come."""
    places: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for cell in cells:
        places[cell.account, cell.change].append((cell.origin, cell.target))
    accounts: defaultdict[tuple[str, Places], list[str]] = defaultdict(list)
    for (account, change), where in places.items():
        accounts[change, tuple(where)].append(account)
    changes: defaultdict[tuple[tuple[str, ...], Places], list[str]] = defaultdict(list)
    for (change, of), who in accounts.items():
        changes[tuple(who), of].append(change)
    return [Block(who, tuple(what), where) for (who, where), what in changes.items()]


def told(book: Rulebook, block: Block) -> str:
    """A block in words: ``order and trade of user, made in session-1, at session-2 and monday``."""
    return f"{several(block.changes)} of {several(block.accounts)}, {where(book, block.places)}"


def where(book: Rulebook, places: Iterable[tuple[str, str]]) -> str:
    """Where changes were made and seen, in words: origins with the same targets together."""
    sessions = tuple(name for name in book.timeline if name in book.by_name)
    targets: defaultdict[str, set[str]] = defaultdict(set)
    for origin, target in places:
        targets[origin].add(target)
    seen = {origin: tuple(name for name in sessions if name in of) for origin, of in targets.items()}
    later = {origin for origin, of in seen.items() if set(of) == {t for o, t in pairs(book) if o == origin}}
    many = len({seen[origin] for origin in later}) > 1
    rows: defaultdict[str, list[str]] = defaultdict(list)
    for origin, of in seen.items():
        rows["every later session" if many and origin in later else _listed(of, sessions)].append(origin)
    return "; ".join(f"{_made(book, made)}, at {at}" for at, made in rows.items())


def _made(book: Rulebook, origins: Sequence[str]) -> str:
    before = [origin for origin in origins if origin == BASELINE]
    return made_in(*before, *_parts([origin for origin in origins if origin != BASELINE], book.timeline))


def _listed(names: Sequence[str], order: Sequence[str]) -> str:
    """Names; those that follow each other are told as a range where they are many."""
    return several(_parts(names, order))


def _parts(names: Sequence[str], order: Sequence[str]) -> list[str]:
    parts: list[str] = []
    row: list[str] = []
    for name in sorted(names, key=order.index):
        if row and order.index(name) != order.index(row[-1]) + 1:
            parts += _range(row)
            row = []
        row.append(name)
    return parts + _range(row)


def _range(row: list[str]) -> list[str]:
    return [f"{row[0]} to {row[-1]}"] if len(row) > _MOST_LISTED else row
