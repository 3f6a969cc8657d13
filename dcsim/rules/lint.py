"""What is amiss with what a rulebook says, found by going through its whole decision space: no finding is a proof.

Contradictions within one rulebook, unknown names and impossible windows are found when it is loaded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations, product

from dcsim.domain.account import BASELINE
from dcsim.domain.kinds import COMPOSITES, NEEDS, RESTRICTIONS, fields_of
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.files.findings import Flaw, Keys
from dcsim.rules.blocks import Block, blocks, told, where
from dcsim.rules.decision_space import RuleCell, asked, happens, impossibilities, made_in, origins, pairs, possible
from dcsim.rules.fallback import read_at_target, unkeepable
from dcsim.rules.phrases import among, fate_of, several
from dcsim.semantics.intent import Ruling

THROWN_AWAY = ("discard", "reset")


def flaws(book: Rulebook) -> Iterator[Flaw]:
    """Every finding about the meaning of a rulebook that has loaded without errors, or with contradictions only."""
    yield from _gaps(book)
    yield from _said_twice(book)
    yield from _never(book)
    yield from unkeepable(book)
    yield from read_at_target(book)
    yield from _unfounded(book)
    yield from _in_part(book)
    yield from _uneven(book)
    yield from _weakened(book)
    yield from _such_as(book)
    yield from _out_of_order(book)


# -- gaps ----------------------------------------------------------------------------------------------------------


def gaps(book: Rulebook) -> list[Block]:
    """The cells that can come to be, by the rulebook's own policies, and of which no rule speaks."""
    return blocks(cell for cell, ruling in possible(book).items() if ruling.fate == "open" and happens(book, cell))


def _gaps(book: Rulebook) -> Iterator[Flaw]:
    for block in gaps(book):
        yield Flaw("DC200", ("rules",), f"no rule says what becomes of {told(book, block)}", at_key=True)


# -- rules against each other --------------------------------------------------------------------------------------


def _said_twice(book: Rulebook) -> Iterator[Flaw]:
    """Rules that say what others say as well. Without all of them together, each cell is decided as before."""
    needless: dict[int, tuple[str, str]] = {}
    own, others = _spoken(book)
    for index, rule in enumerate(book.rules):
        around = set.intersection(*(others[cell, rule.outcome] for cell in own[index])) - {index} if own[index] else ()
        twin = next((i for i in sorted(around) if own[i] == own[index] and i < index), None)
        wider = next((i for i in sorted(around) if own[i] != own[index]), None)
        if wider is not None:
            needless[index] = "DC202", f"rule '{rule.id}' adds nothing to '{book.rules[wider].id}'"
        elif twin is not None:
            needless[index] = "DC201", f"rule '{rule.id}' says what '{book.rules[twin].id}' says"
    for index in reversed(range(len(book.rules))):
        rule = book.rules[index]
        left = [others[cell, rule.outcome] - needless.keys() - {index} for cell in own[index]]
        if index not in needless and left and all(left):
            ids = [f"'{book.rules[i].id}'" for i in sorted(set.union(*left))]
            needless[index] = "DC202", f"rule '{rule.id}' adds nothing to {several(ids)}"
    for index, (code, message) in sorted(needless.items()):
        yield Flaw(code, ("rules", index), message)


def _spoken(book: Rulebook) -> tuple[list[set[RuleCell]], Mapping[tuple[RuleCell, object], set[int]]]:
    """The cells of each rule, and the rules that ask for one outcome in a cell."""
    own: list[set[RuleCell]] = []
    speakers: defaultdict[tuple[RuleCell, object], set[int]] = defaultdict(set)
    for index, rule in enumerate(book.rules):
        own.append(set(_cells(book, rule)))
        for cell in own[-1]:
            speakers[cell, rule.outcome].add(index)
    return own, speakers


def _cells(book: Rulebook, rule: Rule) -> Iterator[RuleCell]:
    """The cells of a rule; of what stood before, a field in the place of the kind of change."""
    for cell in map(RuleCell._make, product(rule.accounts, book.expand(rule.changes), rule.made_in, rule.at)):
        yield from (cell._replace(change=f) for f in fields_of(cell.change)) if cell.origin == BASELINE else (cell,)


def _never(book: Rulebook) -> Iterator[Flaw]:
    cannot = impossibilities(book)
    for index, rule in enumerate(book.rules):
        made = list(product(rule.accounts, book.expand(rule.changes), rule.made_in))
        whys = dict.fromkeys(cannot[each] for each in made if each in cannot)
        if made and all(each in cannot for each in made):
            yield Flaw("DC203", ("rules", index), f"rule '{rule.id}' can never apply: {'; '.join(whys)}")


# -- kinds of change against each other ----------------------------------------------------------------------------


Sayings = defaultdict[tuple[Keys, str], list[RuleCell]]
"""Cells of which the same is said, at the same place."""


def _unfounded(book: Rulebook) -> Iterator[Flaw]:
    """A change that is carried, while what it builds on is not."""
    table, found = possible(book), Sayings(list)
    for cell, ruling in table.items():
        for needed in NEEDS.get(cell.change, ()) if ruling.fate == "carry" and ruling.rules else ():
            bases = (cell._replace(change=needed, origin=origin) for origin in _back_from(book, cell.origin))
            gone = next((base for base in bases if base in table and table[base].fate in THROWN_AWAY), None)
            if gone:
                but = f"{needed}, {made_in(gone.origin)}, is {_fate(table[gone])}"
                found[_place(book, ruling), f"carried ({_by(ruling)}), but {but}"].append(cell)
    yield from _told(book, "DC204", found)


def _back_from(book: Rulebook, origin: str) -> Iterator[str]:
    return (name for name in reversed(origins(book)) if book.order[name] <= book.order[origin])


def _in_part(book: Rulebook) -> Iterator[Flaw]:
    """Parts of one thing, of which one is carried and another thrown away."""
    table, found = possible(book), Sayings(list)
    for whole, parts in COMPOSITES.items():
        for one, other in combinations(parts, 2):
            for cell in (c for c in table if c.change == one):
                mine, theirs = table[cell], table.get(cell._replace(change=other), Ruling("open"))
                fates = {mine.fate, theirs.fate}
                if "carry" in fates and fates.intersection(THROWN_AWAY):
                    says = f"{_fate(mine)}, and {other} is {_fate(theirs)}: {whole} is carried in part"
                    found[_place(book, mine if mine.rules else theirs), says].append(cell)
    yield from _told(book, "DC205", found)


def _weakened(book: Rulebook) -> Iterator[Flaw]:
    """A restriction that is lifted because the change that imposed it is thrown away."""
    found = Sayings(list)
    for cell, ruling in possible(book).items():
        if cell.change in RESTRICTIONS and ruling.fate in THROWN_AWAY:
            says = f"{_fate(ruling)}: the account is free again, whatever the reason was"
            found[_place(book, ruling), says].append(cell)
    yield from _told(book, "DC207", found)


def _told(book: Rulebook, code: str, found: Sayings) -> Iterator[Flaw]:
    for (place, says), of in found.items():
        for block in blocks(of):
            yield Flaw(code, place, f"{told(book, block)}: {says}")


# -- kinds of account against each other ---------------------------------------------------------------------------

Split = tuple[tuple[tuple[str, ...], str], ...]
"""How kinds of account fare in a cell: those that fare alike, and what becomes of the change."""


@lru_cache(maxsize=8)
def uneven(book: Rulebook) -> Mapping[Split, list[RuleCell]]:
    """The changes that meet different fates for different kinds of account, by how; only where each can make them."""
    table, found = possible(book), defaultdict[Split, list[RuleCell]](list)
    for origin, target in pairs(book):
        for change in book.kinds:
            alike: defaultdict[frozenset[object], list[RuleCell]] = defaultdict(list)
            for cell in (RuleCell(account, change, origin, target) for account in book.accounts):
                if cell in table:
                    alike[asked(table[cell])].append(cell)
            if len(alike) > 1:
                of = list(alike.values())
                split = tuple((tuple(c.account for c in same), _fates(table[c] for c in same)) for same in of)
                found[split].append(of[0][0])
    return found


def isomorphic(book: Rulebook) -> list[tuple[str, str]]:
    """Kinds of account that fare alike in every cell, two by two."""
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
        rules = [possible(book)[cell._replace(account=account)] for accounts, _ in split for account in accounts]
        for block in blocks(c._replace(account="") for c in found):
            message = f"{several(block.changes)}, {where(book, block.places)}: {fates}"
            yield Flaw("DC206", _place(book, *rules), message)


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
    """The first of the rules that decide."""
    return ("rules", min(_indices(book)[id(rule)] for ruling in rulings for rule in ruling.rules))


@lru_cache(maxsize=8)
def _indices(book: Rulebook) -> Mapping[int, int]:
    return {id(rule): index for index, rule in enumerate(book.rules)}


def _by(*rulings: Ruling) -> str:
    return several(list(dict.fromkeys(f"'{rule.id}'" for ruling in rulings for rule in ruling.rules)))


def _fate(ruling: Ruling) -> str:
    return f"{fate_of(ruling)} ({_by(ruling)})" if ruling.rules else fate_of(ruling)


def _fates(alike: Iterable[Ruling]) -> str:
    """What becomes of changes that fare alike, by whichever rules."""
    rulings = list(alike)
    ruling = next((ruling for ruling in rulings if ruling.rules), rulings[0])
    return f"{fate_of(ruling)} ({_by(*rulings)})" if ruling.rules else fate_of(ruling)
