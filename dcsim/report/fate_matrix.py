"""The fate matrix: what happens to every change, by the rules alone, and where the source says so. Pure.

Every format shows this view. It is computed from the decision space each time; no part of it is written by hand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from string import ascii_lowercase

import attrs

from dcsim.domain.account import BASELINE
from dcsim.domain.rulebook import Rule, Rulebook
from dcsim.report.text import one_line
from dcsim.rules.decision_space import RuleCell, by_field, impossibilities, matrix, origins
from dcsim.rules.phrases import SILENT, STAYS, basis_of, fate_of, several
from dcsim.semantics.intent import Ruling

KINDS: Mapping[str, str] = {
    "carried": "carried",
    "discarded": "discarded",
    "reset": "reset",
    "open": "open",
    "stays": "as it stood",
    "contradiction": "contradictory",
    "impossible": "cannot happen",
}
"""The kinds of cells, each with its word in the counts."""
SELDOM = ("stays", "contradiction")
"""Kinds that the counts mention only where there are such cells."""
LATER = "the change is made when the target has opened"
"""Why a place in the table has no cell."""
_FATES = {"carry": "carried", "discard": "discarded", "reset": "reset", "open": "open"}


@attrs.frozen(cache_hash=True)
class MatrixCell:
    """What is shown of a cell.

    ``kind`` is a key of ``KINDS``, ``says`` the same in words. ``rules`` are the ids of the rules that decide.
    ``basis``: their citations and assumptions, or why no rule decides.
    """

    kind: str
    says: str
    rules: tuple[str, ...] = ()
    basis: str = SILENT


Cells = tuple[MatrixCell | None, ...]
"""One cell for each target. None: the target has opened before the change is made."""


@attrs.frozen
class Row:
    """Kinds of change that have the same fates, for the same kinds of account, made in the same session or gap."""

    changes: tuple[str, ...]
    accounts: tuple[str, ...]
    origin: str
    cells: Cells


@attrs.frozen
class Reference:
    """An explanation to which cells refer by a mark. ``anchor`` is its name within a page.

    The mark is the id of a rule, whose citation or assumption is given; or a letter, for why cells cannot happen.
    """

    mark: str
    anchor: str
    says: str


@attrs.frozen(eq=False)
class Matrix:
    """A rulebook, what its rules decide for each cell (``ruled``), and why some cells cannot happen (``nothing``).

    ``everything``: show also what cannot happen, and the open questions.
    """

    book: Rulebook
    ruled: Mapping[RuleCell, MatrixCell]
    nothing: Mapping[tuple[str, str, str], MatrixCell]
    everything: bool

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Sessions in order of time."""
        return tuple(name for name in self.book.timeline if name in self.book.by_name)

    @cached_property
    def cells(self) -> Mapping[RuleCell, MatrixCell]:
        """What is shown of each cell. For a cell that cannot happen, the reason is shown and not the rules."""
        return {cell: self.nothing.get(cell[:3], ruled) for cell, ruled in self.ruled.items()}

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """The number of cells of each kind."""
        counted = Counter(cell.kind for cell in self.cells.values())
        return {kind: counted[kind] for kind in KINDS}

    @cached_property
    def reasons(self) -> Mapping[str, Reference]:
        """The reasons why cells cannot happen, each with its letter."""
        whys = dict.fromkeys(cell.basis for cell in self.cells.values() if cell.kind == "impossible")
        marks = ((why, _letters(number)) for number, why in enumerate(whys))
        return {why: Reference(mark, f"why-{mark}", why) for why, mark in marks}

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every rule, in the rulebook's order."""
        used = {rule for cell in self.cells.values() for rule in cell.rules}
        rules = ((one_line(rule.id), rule) for rule in self.book.rules)
        return tuple(
            Reference(
                name, f"rule-{number}", "; ".join((one_line(rule.basis), *_remarks(self.book, rule, name in used)))
            )
            for number, (name, rule) in enumerate(rules, start=1)
        )

    @cached_property
    def _by_id(self) -> Mapping[str, Reference]:
        return {reference.mark: reference for reference in self.references}

    def rows(self, targets: Sequence[str]) -> Iterator[Row]:
        """Yield the rows for targets, by origin. Rows without a possible cell are shown only with ``everything``."""
        for origin in origins(self.book):
            # Merge in two steps: accounts with equal cells for a change, then changes with equal accounts and cells.
            accounts: defaultdict[tuple[str, Cells], list[str]] = defaultdict(list)
            for change, account in product(self.book.kinds, self.book.accounts):
                cells = tuple(self.cells.get(RuleCell(account, change, origin, target)) for target in targets)
                hidden = () if self.everything else ("impossible", "stays")
                if any(cell and cell.kind not in hidden for cell in cells):
                    accounts[change, cells].append(one_line(account))
            changes: defaultdict[tuple[tuple[str, ...], Cells], list[str]] = defaultdict(list)
            for (change, cells), who in accounts.items():
                changes[tuple(who), cells].append(one_line(change))
            for (among, cells), of in changes.items():
                yield Row(tuple(of), among, origin, cells)

    def marks(self, cell: MatrixCell) -> tuple[Reference, ...]:
        """Return the references of a cell: its rules, or why it cannot happen."""
        return (self.reasons[cell.basis],) if cell.kind == "impossible" else tuple(self._by_id[r] for r in cell.rules)

    @property
    def counted(self) -> str:
        """The counts in words. Seldom kinds are mentioned only where there are such cells."""
        mentioned = (kind for kind in KINDS if kind not in SELDOM or self.counts[kind])
        parts = (f"{KINDS[kind]} {self.counts[kind]:,}" for kind in mentioned)
        return f"{', '.join(parts)}; {len(self.cells):,} in all"

    @property
    def left_out(self) -> str:
        """What is left out, and how to see it. Empty where nothing is left out."""
        hidden, asked = self.counts["impossible"], len(self.book.open_questions)
        parts = [f"{hidden:,} cells that cannot happen ({'; '.join(self.reasons)})"] if hidden else []
        parts += ["what stood before and of which no rule speaks"] if self.counts["stays"] else []
        parts += [f"{asked} open question{'' if asked == 1 else 's'} of the rulebook"] if asked else []
        return "" if self.everything or not parts else f"{several(parts)}; --all shows them"

    @property
    def questions(self) -> tuple[tuple[str, str], ...]:
        """The open questions, each with what stands in for an answer. Empty unless ``everything`` is shown."""
        asked = self.book.open_questions if self.everything else ()
        stand_ins = (f" (stands in: {question.stands_in})" if question.stands_in else "" for question in asked)
        return tuple((one_line(q.id), one_line(q.asks + more)) for q, more in zip(asked, stand_ins, strict=True))


def matrix_of(book: Rulebook, *, everything: bool = False) -> Matrix:
    """Return the matrix of a rulebook. The rulebook may contain contradictions."""
    words: dict[tuple[int, ...], MatrixCell] = {}
    ruled = {}
    for cell, ruling in matrix(book).items():
        if cell.origin == BASELINE:
            ruled[cell] = _baseline_cell(by_field(book, cell))
            continue
        # Many cells are decided by the same rules; rules are compared by identity, which is fast.
        key = tuple(map(id, ruling.rules))
        ruled[cell] = words[key] = words.get(key) or _matrix_cell(ruling)
    whys = {
        why: MatrixCell("impossible", "–", (), one_line(why)) for why in dict.fromkeys(impossibilities(book).values())
    }
    return Matrix(book, ruled, {key: whys[why] for key, why in impossibilities(book).items()}, everything)


def _baseline_cell(fields: Mapping[str, Ruling]) -> MatrixCell:
    """Describe the fate of what stood before the weekend: once where all fields have the same, else for each field."""
    shown = {field: _matrix_cell(ruling) for field, ruling in fields.items()}
    if len(set(shown.values())) == 1:
        return next(iter(shown.values()))
    by_word: defaultdict[str, list[str]] = defaultdict(list)
    for field, each in shown.items():
        by_word[each.says].append(one_line(field))
    kinds = [each.kind for each in shown.values() if each.kind != "stays"]
    kind = "contradiction" if "contradiction" in kinds else kinds[0]
    if len(by_word) > 1:
        says = "; ".join(f"{several(names)} {word}" for word, names in by_word.items())
    else:
        says = next(iter(by_word))
    rules = dict.fromkeys(rule for each in shown.values() for rule in each.rules)
    return MatrixCell(kind, says, tuple(rules), "; ".join(dict.fromkeys(each.basis for each in shown.values())))


def _matrix_cell(ruling: Ruling) -> MatrixCell:
    if not ruling.rules:
        return MatrixCell("open", "OPEN") if ruling.fate == "open" else MatrixCell("stays", "as it stood", (), STAYS)
    ids, basis = tuple(dict.fromkeys(one_line(rule.id) for rule in ruling.rules)), one_line(basis_of(ruling))
    # Compare the words, not the values: Python treats 1 and True as equal, but they are two outcomes.
    outcomes = list(dict.fromkeys(fate_of(Ruling(rule.fate, (rule,))) for rule in ruling.rules))
    if len(outcomes) > 1:
        return MatrixCell("contradiction", one_line(f"CONTRADICTION: {' or '.join(outcomes)}"), ids, basis)
    return MatrixCell(_FATES[ruling.fate], one_line(outcomes[0]), ids, basis)


def _letters(number: int) -> str:
    """Return the mark of a number: ``a`` to ``z``, then ``aa``."""
    more, last = divmod(number, len(ascii_lowercase))
    return (_letters(more - 1) if more else "") + ascii_lowercase[last]


def _remarks(book: Rulebook, rule: Rule, used: bool) -> Iterator[str]:
    """Yield what the author read into an open-ended phrase of the source, and whether no possible cell uses it."""
    sets = [book.change_sets[name] for name in rule.changes if name in book.change_sets]
    read = dict.fromkeys(one_line(member) for each in sets for member in each.such_as)
    if read:
        yield f"read into the source's “such as”: {several(list(read))}"
    if not used:
        yield "no cell that can happen rests on it"
