"""Groups cells into blocks, so that a message names many cells in one line."""

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
"""More consecutive names than this are written as a range: ``session-1 to monday``."""


@attrs.frozen
class Block:
    """All cells of these kinds of account, these kinds of change and these places: a product of three sets."""

    accounts: tuple[str, ...]
    changes: tuple[str, ...]
    places: Places


def blocks(cells: Iterable[RuleCell]) -> list[Block]:
    """The cells as few blocks. The blocks keep the order in which the cells come."""
    # Three passes: the places of each account and change; then the accounts that share these; then the changes.
    places: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for cell in cells:
        places[cell.account, cell.change].append((cell.origin, cell.target))
    accounts: defaultdict[tuple[str, Places], list[str]] = defaultdict(list)
    for (account, change), found in places.items():
        accounts[change, tuple(found)].append(account)
    changes: defaultdict[tuple[tuple[str, ...], Places], list[str]] = defaultdict(list)
    for (change, shared), alike in accounts.items():
        changes[tuple(alike), shared].append(change)
    return [Block(alike, tuple(kinds), shared) for (alike, shared), kinds in changes.items()]


def in_words(book: Rulebook, block: Block) -> str:
    """A block in words: ``order and trade of user, made in session-1, at session-2 and monday``."""
    return f"{several(block.changes)} of {several(block.accounts)}, {where(book, block.places)}"


def where(book: Rulebook, places: Iterable[tuple[str, str]]) -> str:
    """Origins and targets in words. Origins that have the same targets are named together."""
    sessions = tuple(name for name in book.timeline if name in book.by_name)
    targets: defaultdict[str, set[str]] = defaultdict(set)
    for origin, target in places:
        targets[origin].add(target)
    in_time = {origin: tuple(name for name in sessions if name in found) for origin, found in targets.items()}
    complete = {origin for origin, found in targets.items() if found == _all_targets(book, origin)}
    # Origins that have all their targets, but different ones, are joined by "every later session". Where all of them
    # have the same targets, the names say more.
    differ = len({in_time[origin] for origin in complete}) > 1
    rows: defaultdict[str, list[str]] = defaultdict(list)
    for origin, names in in_time.items():
        rows["every later session" if differ and origin in complete else _listed(names, sessions)].append(origin)
    return "; ".join(f"{_made(book, made)}, at {at}" for at, made in rows.items())


def _all_targets(book: Rulebook, origin: str) -> set[str]:
    return {target for made, target in pairs(book) if made == origin}


def _made(book: Rulebook, origins: Sequence[str]) -> str:
    before = [origin for origin in origins if origin == BASELINE]
    return made_in(*before, *_parts([origin for origin in origins if origin != BASELINE], book.timeline))


def _listed(names: Sequence[str], order: Sequence[str]) -> str:
    """Names in words; many consecutive names are written as a range."""
    return several(_parts(names, order))


def _parts(names: Sequence[str], order: Sequence[str]) -> list[str]:
    """The names, with each long run of neighbours in ``order`` replaced by a range."""
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
