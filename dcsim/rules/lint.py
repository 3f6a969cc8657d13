"""Checks the meaning of a rulebook, cell by cell over its whole decision space. So where it finds nothing, there is
nothing of that kind to find.

Contradictions within one rulebook, unknown names and impossible windows are found earlier, when it is loaded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations, product

from dcsim.domain.account import BASELINE
from dcsim.domain.change_kinds import COMPOSITES, NEEDS, RESTRICTIONS, fields_of
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.files.findings import Flaw, Keys
from dcsim.rules.baseline_conflicts import read_at_target, unkeepable
from dcsim.rules.blocks import Block, blocks, in_words, where
from dcsim.rules.decision_space import RuleCell, asked, happens, impossibilities, made_in, origins, pairs, possible
from dcsim.rules.phrases import among, fate_of, several
from dcsim.semantics.intent import Ruling

THROWN_AWAY = ("discard", "reset")


def flaws(book: Rulebook) -> Iterator[Flaw]:
    """Every finding about the meaning of a rulebook that has loaded without errors, or with contradictions only."""
    yield from _gaps(book)
    yield from _redundant(book)
    yield from _never_applies(book)
    yield from unkeepable(book)
    yield from read_at_target(book)
    yield from _without_foundation(book)
    yield from _in_part(book)
    yield from _uneven(book)
    yield from _weakened(book)
    yield from _such_as(book)
    yield from _out_of_order(book)


# -- gaps ----------------------------------------------------------------------------------------------------------


def gaps(book: Rulebook) -> list[Block]:
    """The cells that can occur under the rulebook's own policies and that no rule decides."""
    return blocks(cell for cell, ruling in possible(book).items() if ruling.fate == "open" and happens(book, cell))


def _gaps(book: Rulebook) -> Iterator[Flaw]:
    for block in gaps(book):
        yield Flaw("DC200", ("rules",), f"no rule says what becomes of {in_words(book, block)}", at_key=True)


# -- rules against each other --------------------------------------------------------------------------------------


def _redundant(book: Rulebook) -> Iterator[Flaw]:
    """Rules that repeat what others decide. If all of them are removed at once, each cell is decided as before."""
    redundant: dict[int, tuple[str, str]] = {}
    own, deciders = _decided(book)
    for index, rule in enumerate(book.rules):
        # The rules that each decide every cell of this one as it does.
        covering = _everywhere(deciders[cell, rule.outcome] for cell in own[index]) - {index}
        # Of twins, the first stays.
        twin = next((i for i in sorted(covering) if own[i] == own[index] and i < index), None)
        wider = next((i for i in sorted(covering) if own[i] != own[index]), None)
        if wider is not None:
            redundant[index] = "DC202", f"rule '{rule.id}' adds nothing to '{book.rules[wider].id}'"
        elif twin is not None:
            redundant[index] = "DC201", f"rule '{rule.id}' says what '{book.rules[twin].id}' says"
    # Then rules that several others cover together. One at a time, and only by rules that stay: two rules that each
    # rest on the other must not both be removed.
    for index in reversed(range(len(book.rules))):
        rule = book.rules[index]
        remaining = [deciders[cell, rule.outcome] - redundant.keys() - {index} for cell in own[index]]
        if index not in redundant and remaining and all(remaining):
            ids = [f"'{book.rules[i].id}'" for i in sorted(set.union(*remaining))]
            redundant[index] = "DC202", f"rule '{rule.id}' adds nothing to {several(ids)}"
    for index, (code, message) in sorted(redundant.items()):
        yield Flaw(code, ("rules", index), message)


def _everywhere(sets: Iterable[set[int]]) -> set[int]:
    """What is in all of the sets; nothing where there is no set."""
    every = list(sets)
    return set.intersection(*every) if every else set()


def _decided(book: Rulebook) -> tuple[list[set[RuleCell]], Mapping[tuple[RuleCell, object], set[int]]]:
    """The cells of each rule; and for each cell and outcome, the rules that ask for it."""
    own: list[set[RuleCell]] = []
    deciders: defaultdict[tuple[RuleCell, object], set[int]] = defaultdict(set)
    for index, rule in enumerate(book.rules):
        own.append(set(_cells(book, rule)))
        for cell in own[-1]:
            deciders[cell, rule.outcome].add(index)
    return own, deciders


def _cells(book: Rulebook, rule: Rule) -> Iterator[RuleCell]:
    """The cells of a rule. In the baseline, a cell has a field in place of the kind of change."""
    for cell in map(RuleCell._make, product(rule.accounts, book.expand(rule.changes), rule.made_in, rule.at)):
        if cell.origin == BASELINE:
            yield from (cell._replace(change=field) for field in fields_of(cell.change))
        else:
            yield cell


def _never_applies(book: Rulebook) -> Iterator[Flaw]:
    cannot = impossibilities(book)
    for index, rule in enumerate(book.rules):
        made = list(product(rule.accounts, book.expand(rule.changes), rule.made_in))
        reasons = dict.fromkeys(cannot[each] for each in made if each in cannot)
        if made and all(each in cannot for each in made):
            yield Flaw("DC203", ("rules", index), f"rule '{rule.id}' can never apply: {'; '.join(reasons)}")


# -- kinds of change against each other ----------------------------------------------------------------------------


CellsByMessage = defaultdict[tuple[Keys, str], list[RuleCell]]
"""The cells that one message is about, by its place and text."""


def _without_foundation(book: Rulebook) -> Iterator[Flaw]:
    """Changes that are carried although a change on which they build is thrown away."""
    table, found = possible(book), CellsByMessage(list)
    for cell, ruling in table.items():
        if ruling.fate != "carry" or not ruling.rules:
            continue
        for needed in NEEDS.get(cell.change, ()):
            gone = _thrown_away(book, cell._replace(change=needed))
            if gone:
                but = f"{needed}, {made_in(gone.origin)}, is {_fate(table[gone])}"
                found[_place(book, ruling), f"carried ({_by(ruling)}), but {but}"].append(cell)
    yield from _by_block(book, "DC204", found)


def _thrown_away(book: Rulebook, cell: RuleCell) -> RuleCell | None:
    """The latest cell, of this origin or an earlier one, that is discarded or reset."""
    table = possible(book)
    for origin in reversed(origins(book)):
        earlier = cell._replace(origin=origin)
        in_time = book.order[origin] <= book.order[cell.origin]
        if in_time and earlier in table and table[earlier].fate in THROWN_AWAY:
            return earlier
    return None


def _in_part(book: Rulebook) -> Iterator[Flaw]:
    """Parts of one thing, of which one is carried and another is thrown away."""
    table, found = possible(book), CellsByMessage(list)
    for whole, parts in COMPOSITES.items():
        for one, other in combinations(parts, 2):
            for cell in (c for c in table if c.change == one):
                mine, theirs = table[cell], table.get(cell._replace(change=other), Ruling("open"))
                fates = {mine.fate, theirs.fate}
                if "carry" in fates and fates.intersection(THROWN_AWAY):
                    says = f"{_fate(mine)}, and {other} is {_fate(theirs)}: {whole} is carried in part"
                    found[_place(book, mine if mine.rules else theirs), says].append(cell)
    yield from _by_block(book, "DC205", found)


def _weakened(book: Rulebook) -> Iterator[Flaw]:
    """Restrictions that are lifted because the change that imposed them is thrown away."""
    found = CellsByMessage(list)
    for cell, ruling in possible(book).items():
        if cell.change in RESTRICTIONS and ruling.fate in THROWN_AWAY:
            says = f"{_fate(ruling)}: the account is free again, whatever the reason was"
            found[_place(book, ruling), says].append(cell)
    yield from _by_block(book, "DC207", found)


def _by_block(book: Rulebook, code: str, found: CellsByMessage) -> Iterator[Flaw]:
    """One flaw for each block of the cells that a message is about."""
    for (place, says), concerned in found.items():
        for block in blocks(concerned):
            yield Flaw(code, place, f"{in_words(book, block)}: {says}")


# -- kinds of account against each other ---------------------------------------------------------------------------

Split = tuple[tuple[tuple[str, ...], str], ...]
"""How the kinds of account fare in a cell: groups that fare alike, each with the fate of the change."""


@lru_cache(maxsize=8)
def uneven(book: Rulebook) -> Mapping[Split, list[RuleCell]]:
    """The changes whose fate differs between kinds of account, by how it differs. Only cells that can occur count.

    Each such change is represented by the cell of the first kind of account.
    """
    table, found = possible(book), defaultdict[Split, list[RuleCell]](list)
    for origin, target in pairs(book):
        for change in book.kinds:
            alike: defaultdict[frozenset[object], list[RuleCell]] = defaultdict(list)
            for cell in (RuleCell(account, change, origin, target) for account in book.accounts):
                if cell in table:
                    alike[asked(table[cell])].append(cell)
            if len(alike) > 1:
                groups = list(alike.values())
                split = tuple((tuple(c.account for c in group), _fates(table[c] for c in group)) for group in groups)
                found[split].append(groups[0][0])
    return found


def isomorphic(book: Rulebook) -> list[tuple[str, str]]:
    """The pairs of kinds of account that fare alike in every cell."""
    unlike = {
        frozenset((mine, theirs))
        for split in uneven(book)
        for (one, _), (other, _) in combinations(split, 2)
        for mine, theirs in product(one, other)
    }
    return [two for two in combinations(book.accounts, 2) if frozenset(two) not in unlike]


def _uneven(book: Rulebook) -> Iterator[Flaw]:
    for split, found in uneven(book).items():
        fates = "; ".join(f"{fate} for {several(accounts)}" for accounts, fate in split)
        cell = found[0]
        rulings = [possible(book)[cell._replace(account=account)] for accounts, _ in split for account in accounts]
        # Without their accounts, which the message names already, more cells fit into one block.
        for block in blocks(c._replace(account="") for c in found):
            message = f"{several(block.changes)}, {where(book, block.places)}: {fates}"
            yield Flaw("DC206", _place(book, *rulings), message)


# -- words and windows ---------------------------------------------------------------------------------------------


def _such_as(book: Rulebook) -> Iterator[Flaw]:
    used = {name for rule in book.rules for name in rule.changes}
    for name, members in book.change_sets.items():
        if members.such_as and name in used:
            message = f"'{name}' counts {several(members.such_as)}; the source names only {among(members.members)}"
            yield Flaw("DC208", ("change-sets", name, "such-as"), message)


def _out_of_order(book: Rulebook) -> Iterator[Flaw]:
    for index, session in enumerate(book.sessions[1:], start=1):
        before = book.sessions[index - 1]
        if book.order[session.name] < book.order[before.name]:
            message = f"session '{session.name}' is written after '{before.name}', which opens later"
            yield Flaw("DC209", ("sessions", index), message)


# -- words ---------------------------------------------------------------------------------------------------------


def _place(book: Rulebook, *rulings: Ruling) -> Keys:
    """The place of the first rule in the rulings."""
    return ("rules", min(_indices(book)[id(rule)] for ruling in rulings for rule in ruling.rules))


@lru_cache(maxsize=8)
def _indices(book: Rulebook) -> Mapping[int, int]:
    return {id(rule): index for index, rule in enumerate(book.rules)}


def _by(*rulings: Ruling) -> str:
    return several(list(dict.fromkeys(f"'{rule.id}'" for ruling in rulings for rule in ruling.rules)))


def _fate(ruling: Ruling) -> str:
    return f"{fate_of(ruling)} ({_by(ruling)})" if ruling.rules else fate_of(ruling)


def _fates(alike: Iterable[Ruling]) -> str:
    """The fate of changes that fare alike, with all the rules that decide it."""
    rulings = list(alike)
    ruling = next((ruling for ruling in rulings if ruling.rules), rulings[0])
    return f"{fate_of(ruling)} ({_by(*rulings)})" if ruling.rules else fate_of(ruling)
