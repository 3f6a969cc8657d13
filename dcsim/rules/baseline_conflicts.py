"""Checks discards that fall back to a baseline against other rules on the same field at the same target.

Such rules do not contradict each other in any single cell. They conflict in a history that has a change for each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

import attrs

from dcsim.domain.account import BASELINE, typed
from dcsim.domain.change_kinds import fields_of
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.files.findings import Flaw
from dcsim.rules.blocks import Block, blocks, in_words
from dcsim.rules.decision_space import RuleCell, happens, made_in
from dcsim.rules.phrases import fate_of, several
from dcsim.semantics.intent import Ruling, cells, fate


@attrs.frozen
class _Decision:
    """What one rule decides in one cell; ``index`` is the rule's place in the rulebook."""

    cell: RuleCell
    index: int
    rule: Rule


@attrs.frozen
class _Pair:
    """A rule's decision, and a discard that falls back to a baseline, about one field."""

    one: _Decision
    discard: _Decision
    field: str


def unkeepable(book: Rulebook) -> Iterator[Flaw]:
    """Rules that agree cell by cell and cannot be kept together: one says what a field must hold because of a change,
    and another sends that field back to a time before this change, because of a later one.
    """
    for (first, second), block, pairs in _by_rules(book, _clashes):
        one, other = book.rules[first], book.rules[second]
        later = f"a later {_either(pair.discard.cell.change for pair in pairs)}"
        where = made_in(*_in_time(book, pairs))
        yield Flaw(
            "DC212",
            ("rules", second),
            f"rules '{one.id}' and '{other.id}' cannot be kept together: {in_words(book, block)}, is {_fate_by(one)}, "
            f"and {later}, {where}, sends {_fields(pairs)} back to {_back(other)} by '{other.id}' ({other.basis})",
        )


def read_at_target(book: Rulebook) -> Iterator[Flaw]:
    """Discards that fall back to a value that another rule throws away at the same target. This can be read in two
    ways; the finding names the one that dcsim takes.
    """
    for (first, second), block, pairs in _by_rules(book, _throws_away):
        one, other = book.rules[first], book.rules[second]
        targets = several(list(dict.fromkeys(target for _, target in block.places)))
        yield Flaw(
            "DC213",
            ("rules", second),
            f"'{other.id}' falls back to {_back(other)}, but {in_words(book, block)}, is {_fate_by(one)}: the fallback "
            f"is read as what {targets} may hold of {_fields(pairs)}, not as what was there",
        )


def _clashes(book: Rulebook, one: _Decision, discard: _Decision) -> bool:
    """Whether the first change was made after the baseline of the discard, and not after the discarded change."""
    made, base = book.order[one.cell.origin], book.order[discard.rule.baseline or BASELINE]
    if one.rule.fate == "reset" and discard.rule.baseline == BASELINE and _alike(book, one, discard):
        return False
    return one.rule.fate in ("carry", "reset") and base < made <= book.order[discard.cell.origin]


def _alike(book: Rulebook, one: _Decision, discard: _Decision) -> bool:
    """Whether what stood before is reset to the same constant at the target, so that both ask for it in any case."""
    ruling = fate(book, one.cell.account, discard.cell.change, BASELINE, one.cell.target)
    return ruling.fate == "reset" and all(typed(rule.to) == typed(one.rule.to) for rule in ruling.rules)


def _throws_away(book: Rulebook, one: _Decision, discard: _Decision) -> bool:
    """Whether the first change was made up to the baseline, and another rule does not let it reach the target."""
    made, base = book.order[one.cell.origin], book.order[discard.rule.baseline or BASELINE]
    return one.index != discard.index and one.rule.fate in ("discard", "reset") and made <= base


def _by_rules(
    book: Rulebook, conflicts: Callable[[Rulebook, _Decision, _Decision], bool]
) -> Iterator[tuple[tuple[int, int], Block, list[_Pair]]]:
    """The pairs of decisions that conflict: for each two rules, and each block of the cells that the first decides."""
    found = defaultdict[tuple[int, int], list[_Pair]](list)
    for (_, field, _), decisions in _decisions(book).items():
        discards = [decision for decision in decisions if decision.rule.baseline is not None]
        for one, discard in product(decisions, discards):
            if conflicts(book, one, discard):
                found[one.index, discard.index].append(_Pair(one, discard, field))
    # Findings are placed at the second rule, so they come in its order.
    for indices, pairs in sorted(found.items(), key=lambda entry: entry[0][::-1]):
        for block in blocks(dict.fromkeys(pair.one.cell for pair in pairs)):
            yield indices, block, [pair for pair in pairs if _within(pair.one.cell, block)]


def _within(cell: RuleCell, block: Block) -> bool:
    places = (cell.origin, cell.target)
    return cell.account in block.accounts and cell.change in block.changes and places in block.places


def _decisions(book: Rulebook) -> Mapping[tuple[str, str, str], list[_Decision]]:
    """All decisions on cells that happen, by kind of account, field and target."""
    indices = {id(rule): index for index, rule in enumerate(book.rules)}
    found = defaultdict[tuple[str, str, str], list[_Decision]](list)
    for key, rules in cells(book).items():
        cell = RuleCell(*key)
        if happens(book, cell):
            for field, rule in product(fields_of(cell.change), rules):
                found[cell.account, field, cell.target].append(_Decision(cell, indices[id(rule)], rule))
    return found


# -- words ---------------------------------------------------------------------------------------------------------


def _fate_by(rule: Rule) -> str:
    return f"{fate_of(Ruling(rule.fate, (rule,)))} by '{rule.id}' ({rule.basis})"


def _back(rule: Rule) -> str:
    return "what stood before the first session" if rule.baseline == BASELINE else f"the end of {rule.baseline}"


def _fields(pairs: Iterable[_Pair]) -> str:
    return several(list(dict.fromkeys(pair.field for pair in pairs)))


def _either(names: Iterable[str]) -> str:
    return several(list(dict.fromkeys(names))).replace(" and ", " or ")


def _in_time(book: Rulebook, pairs: Iterable[_Pair]) -> list[str]:
    return sorted({pair.discard.cell.origin for pair in pairs}, key=book.order.__getitem__)
