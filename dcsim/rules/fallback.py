"""Discards that fall back to a baseline, against what other rules say of the same field at the same target.

The cells of such rules agree one by one; the trouble comes of histories in which two of them are decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

import attrs

from dcsim.domain.account import BASELINE, typed
from dcsim.domain.kinds import fields_of
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.files.findings import Flaw
from dcsim.rules.blocks import Block, blocks, told
from dcsim.rules.decision_space import RuleCell, happens, made_in
from dcsim.rules.phrases import fate_of, several
from dcsim.semantics.intent import Ruling, cells, fate


@attrs.frozen
class _Word:
    """What one rule says of one cell; ``index`` is the rule's place in the rulebook."""

    cell: RuleCell
    index: int
    rule: Rule


@attrs.frozen
class _Pair:
    """What one rule says, and another's discard that falls back to a baseline, in some fields."""

    one: _Word
    discard: _Word
    field: str


def unkeepable(book: Rulebook) -> Iterator[Flaw]:
    """Rules that agree cell by cell and cannot be kept together: one says what must be there of a change, and another
    sends the field back to before it, because of a later change.
    """
    for (first, second), block, pairs in _told(book, _clashes):
        one, other = book.rules[first], book.rules[second]
        later = f"a later {_either(pair.discard.cell.change for pair in pairs)}"
        where = made_in(*_in_time(book, pairs))
        yield Flaw(
            "DC212",
            ("rules", second),
            f"rules '{one.id}' and '{other.id}' cannot be kept together: {told(book, block)}, is {_says(one)}, "
            f"and {later}, {where}, sends {_fields(pairs)} back to {_back(other)} by '{other.id}' ({other.basis})",
        )


def read_at_target(book: Rulebook) -> Iterator[Flaw]:
    """Discards that fall back to what another rule throws away at the same target: one of two readings is taken."""
    for (first, second), block, pairs in _told(book, _throws_away):
        one, other = book.rules[first], book.rules[second]
        targets = several(list(dict.fromkeys(target for _, target in block.places)))
        yield Flaw(
            "DC213",
            ("rules", second),
            f"'{other.id}' falls back to {_back(other)}, but {told(book, block)}, is {_says(one)}: the fallback is "
            f"read as what {targets} may hold of {_fields(pairs)}, not as what was there",
        )


def _clashes(book: Rulebook, one: _Word, discard: _Word) -> bool:
    made, base = book.order[one.cell.origin], book.order[discard.rule.baseline or BASELINE]
    if one.rule.fate == "reset" and discard.rule.baseline == BASELINE and _alike(book, one, discard):
        return False
    return one.rule.fate in ("carry", "reset") and base < made <= book.order[discard.cell.origin]


def _alike(book: Rulebook, one: _Word, discard: _Word) -> bool:
    """Whether what stood before is reset to the same constant at the target, so that both ask for it in any case."""
    ruling = fate(book, one.cell.account, discard.cell.change, BASELINE, one.cell.target)
    return ruling.fate == "reset" and all(typed(rule.to) == typed(one.rule.to) for rule in ruling.rules)


def _throws_away(book: Rulebook, one: _Word, discard: _Word) -> bool:
    made, base = book.order[one.cell.origin], book.order[discard.rule.baseline or BASELINE]
    return one.index != discard.index and one.rule.fate in ("discard", "reset") and made <= base


def _told(
    book: Rulebook, wanted: Callable[[Rulebook, _Word, _Word], bool]
) -> Iterator[tuple[tuple[int, int], Block, list[_Pair]]]:
    """What two rules say that is wanted: by the two, and by blocks of what the first speaks of."""
    found = defaultdict[tuple[int, int], list[_Pair]](list)
    for (_, field, _), words in _words(book).items():
        discards = [word for word in words if word.rule.baseline is not None]
        for one, discard in product(words, discards):
            if wanted(book, one, discard):
                found[one.index, discard.index].append(_Pair(one, discard, field))
    for indices, pairs in sorted(found.items(), key=lambda entry: entry[0][::-1]):
        for block in blocks(dict.fromkeys(pair.one.cell for pair in pairs)):
            yield indices, block, [pair for pair in pairs if _within(pair.one.cell, block)]


def _within(cell: RuleCell, block: Block) -> bool:
    places = (cell.origin, cell.target)
    return cell.account in block.accounts and cell.change in block.changes and places in block.places


def _words(book: Rulebook) -> Mapping[tuple[str, str, str], list[_Word]]:
    """What is said of each field of each kind of account at each target, of what can happen."""
    indices = {id(rule): index for index, rule in enumerate(book.rules)}
    found = defaultdict[tuple[str, str, str], list[_Word]](list)
    for cell, rules in ((RuleCell(*key), rules) for key, rules in cells(book).items()):
        for field, rule in product(fields_of(cell.change), rules if happens(book, cell) else ()):
            found[cell.account, field, cell.target].append(_Word(cell, indices[id(rule)], rule))
    return found


# -- words ---------------------------------------------------------------------------------------------------------


def _says(rule: Rule) -> str:
    return f"{fate_of(Ruling(rule.fate, (rule,)))} by '{rule.id}' ({rule.basis})"


def _back(rule: Rule) -> str:
    return "what stood before the first session" if rule.baseline == BASELINE else f"the end of {rule.baseline}"


def _fields(pairs: Iterable[_Pair]) -> str:
    return several(list(dict.fromkeys(pair.field for pair in pairs)))


def _either(names: Iterable[str]) -> str:
    return several(list(dict.fromkeys(names))).replace(" and ", " or ")


def _in_time(book: Rulebook, pairs: Iterable[_Pair]) -> list[str]:
    return sorted({pair.discard.cell.origin for pair in pairs}, key=book.order.__getitem__)
