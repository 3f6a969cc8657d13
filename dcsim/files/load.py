"""Loads scenarios with all that they name, or raises every finding.

A file with a table of values (`foreach`) holds several scenarios, one for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import yaml

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.beside import Reader, in_texts, on_disk
from dcsim.files.disk import read_text, row_of
from dcsim.files.expand import Expansion
from dcsim.files.findings import Finding, Flaw, InputError, unlocated
from dcsim.files.foreach import FOREACH, Filling, ForeachRow, filled, loose, rows_of, unused
from dcsim.files.forms import ScenarioForm
from dcsim.files.lint_scenario import scenario_flaws
from dcsim.files.load_books import (
    Examined,
    Loaded,
    examine_rulebook,
    fit,
    has_error,
    in_order,
    load_pair,
    load_rulebook,
    load_runbook,
    parse_runbook,
    sound,
    unless_errors,
    with_moments,
    with_path,
)
from dcsim.files.load_books import (
    parse_rulebook as _parse_rulebook,
)
from dcsim.files.place import by_key, found_at
from dcsim.files.resolver import KINDS, Kind, SourceText, builtin_names, from_file, source_of
from dcsim.files.salvage import Read, read_document
from dcsim.files.scalar_parsers import blank
from dcsim.files.scenario import build, placed
from dcsim.files.yaml_nodes import Document, parse, without_collector

__all__ = [
    "Case",
    "Examined",
    "Loaded",
    "examine_rulebook",
    "load_pair",
    "load_rulebook",
    "load_runbook",
    "load_scenario",
    "load_scenarios",
    "load_texts",
]

TEXTS = ("scenario", *KINDS)
ROW = "row"
"""The name, among the texts of a case, of the number of its row."""

Names = Collection[str] | None
Book = SourceText | Finding | None
"""The text of a rulebook or runbook; or the finding that there is none; or None, where a scenario names none."""


@attrs.frozen(eq=False)
class Case:
    """A scenario with its rulebook and runbook: all that a run needs.

    ``texts`` are the three texts and those of all other files that were read, unchanged, by their path from the
    scenario. ``row`` is the number of the row that a table of values gave it, or 0.
    """

    scenario: Scenario
    rulebook: Rulebook
    runbook: Runbook
    path: str
    texts: Mapping[str, str]
    warnings: tuple[Finding, ...] = ()
    row: int = 0

    @property
    def address(self) -> str:
        """The path, with the number of the row after ``#`` if there is one. `load_scenario` takes it."""
        return f"{self.path}#{self.row}" if self.row else self.path


def load_scenario(
    path: str | Path,
    rulebook: str | Path | None = None,
    runbook: str | Path | None = None,
    invariants: Names = None,
    refusals: Names = None,
) -> Case:
    """A scenario with the rulebook and runbook that it names, or with others in their place.

    Those others are looked up in the working folder. ``invariants`` are the names of which it may expect violations,
    ``refusals`` the codes with which it may expect an action to be refused; None: any. Of a file with a table of
    values, the path names a row: ``file.yaml#2``.
    """
    return _from_disk(path, {"rulebook": rulebook, "runbook": runbook}, invariants, refusals, one=True)[0]


def load_scenarios(
    path: str | Path,
    rulebook: str | Path | None = None,
    runbook: str | Path | None = None,
    invariants: Names = None,
    refusals: Names = None,
) -> tuple[Case, ...]:
    """All scenarios of a file: one; or one for each row, if it has a table of values and the path names no row."""
    return _from_disk(path, {"rulebook": rulebook, "runbook": runbook}, invariants, refusals, one=False)


def addresses(path: Path) -> tuple[str, ...]:
    """The address of each scenario of a file: its path, or one for each row. A faulty file has its path alone."""
    file, row = row_of(path)
    try:
        root = parse(read_text(file)).root
        rows = rows_of(root, on_disk(file.parent), {}, row)
    except InputError:
        rows = None
    return tuple(f"{file}#{one.number}" for one in rows) if rows else (str(path),)


@without_collector()
def _from_disk(
    path: str | Path, given: Mapping[str, Any], invariants: Names, refusals: Names, *, one: bool
) -> tuple[Case, ...]:
    file, row = row_of(path)
    source = from_file(file)

    def book(kind: Kind, node: yaml.Node | None) -> Book:
        return source_of(kind, given[kind]) if given[kind] is not None else _named(kind, node, source)

    names = {kind: str(other) for kind, other in given.items() if other is not None}
    loading = _Loading(source, on_disk(file.parent), book, names, invariants, refusals)
    return loading.cases(row, one=one)


def load_texts(texts: Mapping[str, str], invariants: Names = None, refusals: Names = None) -> Case:
    """A case from its texts, such as those that a trace keeps. No file is read."""
    for name in TEXTS:
        if name not in texts:
            raise unlocated("DC107", "texts", f"missing key '{name}'")
    sources = {name: SourceText(texts[name], f"<{name}>") for name in TEXTS}
    loading = _Loading(sources["scenario"], in_texts(texts), lambda kind, _: sources[kind], {}, invariants, refusals)
    row = texts.get(ROW, "")
    return loading.cases(int(row) if row.isascii() and row.isdecimal() else None, one=True, lenient=True)[0]


@attrs.frozen(eq=False)
class _Loading:
    """One file of scenarios on its way to cases.

    ``read`` gives the files beside it, ``book`` the rulebook and runbook. ``given`` are names in place of its own.
    """

    source: SourceText
    read: Reader
    book: Callable[[Kind, yaml.Node | None], Book]
    given: Mapping[str, str]
    invariants: Names
    refusals: Names

    def cases(self, number: int | None, *, one: bool, lenient: bool = False) -> tuple[Case, ...]:
        """The case of one row, or of each. ``one``: there must be one. ``lenient``: without a table, none is named."""
        document, texts = parse(self.source.text), dict[str, str]()
        if lenient and FOREACH not in by_key(document.root):
            number = None
        try:
            one_of = self.source.shown if one else ""
            rows = rows_of(document.root, self.read, texts, number, one=one_of)
        except InputError as error:
            raise InputError(in_order(with_path(error.findings, self.source))) from None
        if rows is None:
            return (self._case(document, None, texts, ()),)
        cases: list[Case] = []
        failed: dict[int, tuple[Finding, ...]] = {}
        for row in rows:
            try:
                cases.append(self._case(document, row, texts, rows))
            except InputError as error:
                failed[row.number] = error.findings
        if failed:
            raise InputError(in_order(_by_rows(failed, len(rows))))
        return tuple(cases)

    def _case(
        self, document: Document, row: ForeachRow | None, texts: Mapping[str, str], rows: Sequence[ForeachRow]
    ) -> Case:
        filling = Filling(row)
        one = filled(document, filling)
        books = [self.book(kind, by_key(one.root).get(kind)) for kind in KINDS]
        missing = [book for book in books if isinstance(book, Finding)]
        books = [_meant(kind, book) for kind, book in zip(KINDS, books, strict=True)]
        expansion = Expansion(self.read, *_records_and_kinds(books[0]), filling.fill, dict(texts))
        whole = expansion.document(one)
        found = (*filling.findings, *expansion.findings)
        errors = tuple(finding for finding in found if finding.severity == "error")
        form = read_document(whole, self.source.text, ScenarioForm, errors, expansion.lost)
        sources = [self.source, *(book for book in books if isinstance(book, SourceText))]
        if form.value is None or len(sources) < len(TEXTS):
            raise InputError(in_order([*(missing if form.value else ()), *with_path(form.findings, self.source)]))
        form = attrs.evolve(form, value=placed(self._renamed(form.value, row), form.document))
        own = {name: source.text for name, source in zip(TEXTS, sources, strict=True)}
        kept = {**own, **({ROW: str(row.number)} if row else {}), **expansion.texts}
        more = [*missing, *unused(filling, rows), *(finding for finding in found if finding.severity != "error")]
        if row is None and any("${" in kept[name] for name in kept if name not in KINDS):
            more += loose(whole)
        return self._judged(sources, form, kept, more, row.number if row else 0)

    def _renamed(self, form: ScenarioForm, row: ForeachRow | None) -> ScenarioForm:
        """The form with the names that are given, and with a name and a title of its own for a row."""
        names: dict[str, Any] = dict(self.given)
        if row:
            names |= {"scenario": f"{form.scenario}[{row.number}]", "title": row.title(form.title, self.source.text)}
        return attrs.evolve(form, **names)

    def _judged(
        self, sources: Sequence[SourceText], form: Read[Any], texts: Mapping[str, str], more: list[Finding], row: int
    ) -> Case:
        rulebook, runbook = _parse_rulebook(sources[1].text), parse_runbook(sources[2].text)
        own, fits = (*form.findings, *more), tuple[Finding, ...]()
        # The rulebook must have no error; for a runbook, what remains of it is enough.
        if not has_error(rulebook.findings) and runbook.value is not None:
            fits = fit(sources[2].text, sources[1].text)
            own += form.found(self._flaws(sound(form), rulebook, runbook))
        of_runbook = with_moments((*runbook.findings, *fits), rulebook)
        every = zip((with_moments(own, rulebook), rulebook.findings, of_runbook), sources, strict=True)
        warnings = unless_errors([found for findings, source in every for found in with_path(findings, source)])
        scenario = build(sound(form), form.document, sound(rulebook))
        return Case(scenario, sound(rulebook), sound(runbook), self.source.shown, texts, warnings, row)

    def _flaws(self, form: ScenarioForm, rulebook: Read[Rulebook], runbook: Read[Runbook]) -> Iterator[Flaw]:
        """What is wrong with a scenario. A step of the runbook may only seem unknown: its part may be left out."""
        for flaw in scenario_flaws(form, sound(rulebook), sound(runbook), self.invariants, self.refusals):
            if not (flaw.code == "DC125" and "steps" in runbook.lost):
                yield flaw


def _meant(kind: Kind, book: Book) -> Book:
    """The built-in rulebook or runbook that a misspelled name proposes: the rest of the scenario is checked with it."""
    near = [name for name in builtin_names(kind) if isinstance(book, Finding) and f"'{name}'" in book.hint]
    return source_of(kind, near[0]) if near else book


def _records_and_kinds(book: Book) -> tuple[tuple[str, ...] | None, Collection[str] | None]:
    value = _parse_rulebook(book.text).value if isinstance(book, SourceText) else None
    return (value.records, value.accounts) if value else (None, None)


def _by_rows(failed: Mapping[int, Iterable[Finding]], of: int) -> Iterator[Finding]:
    """The findings of all rows, each once. One that not every row has says which rows have it."""
    rows: dict[Finding, list[int]] = {}
    for number, findings in failed.items():
        for finding in findings:
            rows.setdefault(finding, []).append(number)
    for finding, numbers in rows.items():
        some = f" (row {', '.join(map(str, numbers))} of foreach)" if len(numbers) < of else ""
        yield attrs.evolve(finding, message=finding.message + some)


def _named(kind: Kind, node: yaml.Node | None, scenario: SourceText) -> Book:
    """The text of the rulebook or runbook that a scenario names; or a finding if there is no such text; or None if the
    scenario names none.
    """
    name = node.value if isinstance(node, yaml.ScalarNode) else None
    if node is None or not isinstance(name, str) or blank(name):
        return None
    try:
        return source_of(kind, name, Path(scenario.shown).parent)
    except InputError as error:
        finding = error.findings[0]
        if finding.code not in ("DC100", "DC116"):
            return finding
        # The name is wrong, so the finding stands where the scenario gives it.
        place = found_at(node, finding.code, f"no such file: '{name}'" if finding.code == "DC100" else finding.message)
        return attrs.evolve(place, path=place.path or scenario.shown, hint=finding.hint)
