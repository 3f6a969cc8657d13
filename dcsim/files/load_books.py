"""Loads rulebooks and runbooks: reads them, structures them and checks them; or raises every finding.

The findings of a text are made once, without a path, and cached with its value. Each use of the text adds the path.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files.findings import Finding, Flaw, InputError
from dcsim.files.lint_rulebook import rulebook_flaws
from dcsim.files.lint_runbook import runbook_flaws, runbook_in_flaws, with_ids
from dcsim.files.moment_hints import moment_hint
from dcsim.files.resolver import SourceText, source_of
from dcsim.files.salvage import Read, read
from dcsim.files.scenario import in_full

T = TypeVar("T")


@attrs.frozen(eq=False)
class Loaded(Generic[T]):
    """A rulebook or runbook with its exact text, its path, and the warnings about it."""

    value: T
    text: str
    path: str
    warnings: tuple[Finding, ...] = ()


def load_rulebook(name_or_path: str | Path) -> Loaded[Rulebook]:
    """A rulebook, by the name of a built-in one or by path. InputError with every finding if it has faults."""
    return _rulebook_from(source_of("rulebook", name_or_path))


@attrs.frozen(eq=False)
class Examined:
    """The sound parts of a rulebook (None: there are none), and everything that was found wrong with it.

    ``whole``: its shape is right, so no part was left out.
    """

    rulebook: Rulebook | None
    path: str
    findings: tuple[Finding, ...]
    whole: bool
    _read: Read[Rulebook]

    def found(self, flaws: Iterable[Flaw]) -> tuple[Finding, ...]:
        """The flaws as findings, with path and position."""
        return tuple(attrs.evolve(self._read.document.find(flaw), path=self.path) for flaw in flaws)


def examine_rulebook(name_or_path: str | Path) -> Examined:
    """A rulebook with all its findings; errors are not raised. InputError only if its text cannot be read."""
    source = source_of("rulebook", name_or_path)
    parsed = parse_rulebook(source.text)
    findings = in_order(with_path(parsed.findings, source))
    return Examined(parsed.value, source.shown, findings, parsed.whole, parsed)


def load_runbook(name_or_path: str | Path) -> Loaded[Runbook]:
    """A runbook, by name or path. Whether it fits a rulebook is checked where the two come together."""
    return _runbook_from(source_of("runbook", name_or_path))


def load_pair(rulebook: str | Path, runbook: str | Path) -> tuple[Rulebook, Runbook]:
    """A rulebook and a runbook that fits it. InputError with every finding of both if they have any."""
    return pair_in(source_of("rulebook", rulebook), source_of("runbook", runbook))


def pair_in(*sources: SourceText) -> tuple[Rulebook, Runbook]:
    """The same from their texts."""
    book, steps = parse_rulebook(sources[0].text), parse_runbook(sources[1].text)
    # With a rulebook that has errors, most findings about the pair would only follow from these.
    comparable = book.value is not None and steps.value is not None and not has_error(book.findings)
    fits = fit(sources[1].text, sources[0].text) if comparable else ()
    every = zip((book.findings, with_moments((*steps.findings, *fits), book)), sources, strict=True)
    unless_errors([found for findings, source in every for found in with_path(findings, source)])
    return sound(book), sound(steps)


@lru_cache(maxsize=32)
def parse_rulebook(text: str) -> Read[Rulebook]:
    """The rulebook of a text, with its findings."""
    parsed = read(text, Rulebook)
    if parsed.value is None:
        return parsed
    book = parsed.value
    policies = {n: attrs.evolve(p, value=in_full(p.value, book)) for n, p in book.policies.items()}
    findings = (*parsed.findings, *parsed.found(rulebook_flaws(book)))
    return attrs.evolve(parsed, value=attrs.evolve(book, policies=policies), findings=findings)


@lru_cache(maxsize=32)
def parse_runbook(text: str) -> Read[Runbook]:
    """The runbook of a text, with its findings."""
    parsed = read(text, Runbook)
    if parsed.value is None:
        return parsed
    runbook = with_ids(parsed.value)
    return attrs.evolve(parsed, value=runbook, findings=(*parsed.findings, *parsed.found(runbook_flaws(runbook))))


@lru_cache(maxsize=32)
def fit(runbook: str, rulebook: str) -> tuple[Finding, ...]:
    """What makes a runbook unfit for a rulebook's weekend, by their texts."""
    steps = parse_runbook(runbook)
    return steps.found(runbook_in_flaws(sound(steps), sound(parse_rulebook(rulebook))))


def _rulebook_from(source: SourceText) -> Loaded[Rulebook]:
    return _loaded(parse_rulebook(source.text), source)


def _runbook_from(source: SourceText) -> Loaded[Runbook]:
    return _loaded(parse_runbook(source.text), source)


def _loaded(parsed: Read[T], source: SourceText) -> Loaded[T]:
    warnings = unless_errors(with_path(parsed.findings, source))
    return Loaded(sound(parsed), source.text, source.shown, warnings)


def sound(parsed: Read[T]) -> T:
    """The value of a text that has no errors."""
    if parsed.value is None:
        raise AssertionError("a text without findings has a value")
    return parsed.value


def has_error(findings: Iterable[Finding]) -> bool:
    """Whether one of the findings is an error."""
    return any(finding.severity == "error" for finding in findings)


def with_path(findings: Iterable[Finding], source: SourceText) -> list[Finding]:
    """The findings with the path of a text; those that are about another file have theirs."""
    return [attrs.evolve(finding, path=finding.path or source.shown) for finding in findings]


def with_moments(findings: Iterable[Finding], rulebook: Read[Rulebook]) -> tuple[Finding, ...]:
    """The findings. Where a moment was refused, the hint says how to write it in this rulebook's weekend."""
    if has_error(rulebook.findings):
        return tuple(findings)
    book = sound(rulebook)
    return tuple(attrs.evolve(f, hint=moment_hint(f.moment, book) or f.hint) if f.moment else f for f in findings)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By severity, then by place. Errors come first: a warning is often about a file that the reader did not write."""
    return tuple(sorted(findings, key=lambda f: (f.severity != "error", f.path, f.line, f.col, f.code)))


def unless_errors(findings: list[Finding]) -> tuple[Finding, ...]:
    """The findings if all are warnings; InputError with all of them if there is an error."""
    if has_error(findings):
        raise InputError(in_order(findings))
    return in_order(findings)
