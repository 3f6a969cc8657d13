"""Lint: find every fault of one or several rulebooks, and compare them with a baseline of known findings."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.files.disk import read_text, save
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import Examined, examine_rulebook
from dcsim.files.resolver import BUILTIN
from dcsim.report.lint import Key, Known, LintResult, read_baseline, split_known, write_baseline
from dcsim.rules.conflicts import both_decide, flaws_against
from dcsim.rules.decision_space import matrix
from dcsim.rules.lint import flaws, isomorphic

CONTRADICTION, UNKEEPABLE = "DC144", "DC212"


@attrs.frozen(eq=False)
class Book:
    """A rulebook that could be read, with what was found in its file."""

    rulebook: Rulebook
    examined: Examined

    @property
    def sound(self) -> bool:
        """Whether it has no errors other than contradictions between rules."""
        return all(f.severity != "error" or f.code == CONTRADICTION for f in self.examined.findings)


def lint(rulebooks: Sequence[str | Path], baseline: Path | None = None) -> LintResult:
    """Lint each rulebook alone, and each pair of rulebooks. Findings that the baseline lists are marked as known.

    Every cell of the decision space is examined, so no fault is missed. InputError lists every fault of rulebooks that
    cannot be read.
    """
    known = read_baseline(read_text(baseline), str(baseline)) if baseline else Known()
    found, notes = _found(_examined(rulebooks))
    return attrs.evolve(split_known(found, known, partial(_key, baseline)), notes=tuple(notes))


def keep_baseline(path: Path, result: LintResult) -> None:
    """Write all findings, new and old, as a baseline."""
    save(path, write_baseline(_key(path, finding) for finding in result.findings))


def _key(baseline: Path | None, finding: Finding) -> Key:
    """Return the key by which a baseline recognises a finding.

    Its path is relative to the baseline, so that the key does not depend on the folder in which dcsim is called.
    """
    path = finding.path
    if baseline and not path.startswith(BUILTIN):
        path = Path(os.path.relpath(path, baseline.parent)).as_posix()
    return finding.code, path, finding.message


def _examined(names: Sequence[str | Path]) -> list[Book]:
    # A rulebook that is named twice is linted once.
    found = {each.path: each for each in map(examine_rulebook, names)}.values()
    unusable = [finding for each in found if not each.whole for finding in each.findings]
    if unusable:
        raise InputError(unusable)
    return [Book(each.rulebook, each) for each in found if each.rulebook]


def _found(books: list[Book]) -> tuple[list[Finding], list[str]]:
    """Return the findings of each rulebook and of each pair of sound ones, by file and line; and what was proved."""
    found: list[Finding] = []
    notes: list[str] = []
    for book in books:
        alone = list(_alone(book))
        found += alone
        if book.sound:
            notes += _notes(book, alone, _called(book, books))
    sound = [book for book in books if book.sound]
    for one, other in combinations(sound, 2):
        names = _called(one, books), _called(other, books)
        against = other.examined.found(flaws_against(other.rulebook, one.rulebook, names[0]))
        found += against
        if not any(finding.severity == "error" for finding in against):
            cells = both_decide(one.rulebook, other.rulebook)
            notes.append(f"{names[0]} and {names[1]}: no contradiction in any of {cells:,} cells that both decide")
    return sorted(dict.fromkeys(found), key=lambda f: (f.path, f.line, f.col, f.code)), notes


def _alone(book: Book) -> Iterator[Finding]:
    """Yield the findings of one rulebook, without a look at the others."""
    yield from book.examined.findings
    if book.sound:
        yield from book.examined.found(flaws(book.rulebook))


def _called(book: Book, books: list[Book]) -> str:
    """Return a rulebook's name; or the name of its file, where several rulebooks have the same name."""
    name = book.rulebook.rulebook
    return name if [other.rulebook.rulebook for other in books].count(name) == 1 else Path(book.examined.path).name


def _notes(book: Book, found: list[Finding], name: str) -> Iterator[str]:
    """Yield what was proved by examining every cell."""
    if not any(finding.code in (CONTRADICTION, UNKEEPABLE) for finding in found):
        yield f"{name}: no contradiction in any of {len(matrix(book.rulebook)):,} cells"
    for one, other in isomorphic(book.rulebook):
        yield f"{name}: the rules for {one} and {other} are isomorphic"
