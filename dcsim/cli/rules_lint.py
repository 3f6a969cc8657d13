"""`dcsim rules lint`: everything amiss with a rulebook, or with several together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from itertools import combinations
from pathlib import Path

import attrs
import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import FINDING, PASSED
from dcsim.cli.parameters import OUTPUT, PATH
from dcsim.domain.rulebook import Rulebook
from dcsim.files.disk import read_text, save
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import Examined, examine_rulebook
from dcsim.files.sources import BUILTIN
from dcsim.report.findings import Key, Known, as_json, lines, read_baseline, told_apart, write_baseline
from dcsim.rules.amendment import both_decide, flaws_against
from dcsim.rules.decision_space import matrix
from dcsim.rules.lint import flaws, isomorphic

CONTRADICTION, UNKEEPABLE = "DC144", "DC212"


@click.command("lint")
@click.argument("rulebooks", nargs=-1, required=True, metavar="RULEBOOK...")
@click.option("--baseline", type=PATH, metavar="FILE", help="Findings that are known: any other fails.")
@click.option(
    "--write-baseline", "keep", type=OUTPUT, metavar="FILE", help="Write the findings as a baseline, and pass."
)
@click.option("--strict", is_flag=True, help="Warnings fail as well.")
@click.option("--json", "json_", is_flag=True, help="Print one JSON object on stdout.")
def command(rulebooks: tuple[str, ...], baseline: Path | None, keep: Path | None, strict: bool, json_: bool) -> int:
    """Lint each RULEBOOK by itself, and each two against each other (a notice and its amendment).

    Every cell of the decision space is looked at: what is not found is not there. Fails on errors; with --strict or
    --baseline on warnings too, but for those that the baseline holds.
    """
    known = read_baseline(read_text(baseline), str(baseline)) if baseline else Known()
    books = _examined(rulebooks)
    found, notes = _found(books)
    compared = told_apart(found, known, partial(_key, baseline))
    if keep:
        save(keep, write_baseline(_key(keep, finding) for finding in found))
    if json_:
        terminal.say_json(as_json(compared, notes))
    else:
        terminal.say("\n".join(lines(compared, notes, terminal.paint)))
    failing = [finding for finding in compared.new if strict or baseline or finding.severity == "error"]
    return FINDING if failing and not keep else PASSED


def _key(baseline: Path | None, finding: Finding) -> Key:
    """By what a finding is known again; its file as it is seen from the baseline, wherever dcsim is called."""
    path = finding.path
    if baseline and not path.startswith(BUILTIN):
        path = Path(os.path.relpath(path, baseline.parent)).as_posix()
    return finding.code, path, finding.message


@attrs.frozen(eq=False)
class Book:
    """A rulebook that could be read."""

    rulebook: Rulebook
    examined: Examined

    @property
    def sound(self) -> bool:
        """Whether nothing worse is wrong with it than that rules contradict each other."""
        return all(f.severity != "error" or f.code == CONTRADICTION for f in self.examined.findings)


def _examined(names: tuple[str, ...]) -> list[Book]:
    """The rulebooks; InputError with every fault of those that cannot be read."""
    found = {each.path: each for each in map(examine_rulebook, names)}.values()
    unusable = [finding for each in found if not each.whole for finding in each.findings]
    if unusable:
        raise InputError(unusable)
    return [Book(each.rulebook, each) for each in found if each.rulebook]


def _found(books: list[Book]) -> tuple[list[Finding], list[str]]:
    """What is amiss with each rulebook and with each two that are sound, in order of file and line; what was proved."""
    alone = [list(_alone(book)) for book in books]
    found = [finding for each in alone for finding in each]
    sound = [book for book in books if book.sound]
    notes = [
        note
        for book, each in zip(books, alone, strict=True)
        if book.sound
        for note in _notes(book, each, _called(book, books))
    ]
    for one, other in combinations(sound, 2):
        names = _called(one, books), _called(other, books)
        against = other.examined.found(flaws_against(other.rulebook, one.rulebook, names[0]))
        found += against
        if not any(finding.severity == "error" for finding in against):
            cells = both_decide(one.rulebook, other.rulebook)
            notes.append(f"{names[0]} and {names[1]}: no contradiction in any of {cells:,} cells that both decide")
    return sorted(dict.fromkeys(found), key=lambda f: (f.path, f.line, f.col, f.code)), notes


def _alone(book: Book) -> Iterator[Finding]:
    yield from book.examined.findings
    if book.sound:
        yield from book.examined.found(flaws(book.rulebook))


def _called(book: Book, books: list[Book]) -> str:
    """A rulebook's name; where others have it too, that of its file."""
    name = book.rulebook.rulebook
    return name if [other.rulebook.rulebook for other in books].count(name) == 1 else Path(book.examined.path).name


def _notes(book: Book, found: list[Finding], name: str) -> Iterator[str]:
    """What was proved by going through every cell."""
    if not any(finding.code in (CONTRADICTION, UNKEEPABLE) for finding in found):
        yield f"{name}: no contradiction in any of {len(matrix(book.rulebook)):,} cells"
    for one, other in isomorphic(book.rulebook):
        yield f"{name}: the rules for {one} and {other} are isomorphic"
