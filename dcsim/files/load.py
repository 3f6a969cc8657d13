"""Rulebooks, runbooks and scenarios, loaded: read, shaped, cross-checked, or refused with every finding.

Findings of a text are made once, without a path, and kept with what was read; each use of it gives them their path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.disk import read_text
from dcsim.files.findings import Finding, Flaw, InputError, unlocated
from dcsim.files.lint_rulebook import rulebook_flaws
from dcsim.files.lint_runbook import runbook_flaws, runbook_in_flaws, with_ids
from dcsim.files.lint_scenario import scenario_flaws
from dcsim.files.node import Document, parse
from dcsim.files.scenario import build, in_full
from dcsim.files.shape import ScenarioForm
from dcsim.files.sources import KINDS, Kind, Source, source_of
from dcsim.files.structure import structure

T = TypeVar("T")
TEXTS = ("scenario", *KINDS)


@attrs.frozen(eq=False)
class Loaded(Generic[T]):
    """A rulebook or runbook with its exact text, where it came from, and what is odd about it but no fault."""

    value: T
    text: str
    path: str
    warnings: tuple[Finding, ...] = ()


@attrs.frozen(eq=False)
class Case:
    """A scenario with its rulebook and runbook: all that a run needs. ``texts`` hold all three as they were read."""

    scenario: Scenario
    rulebook: Rulebook
    runbook: Runbook
    path: str
    texts: Mapping[str, str]
    warnings: tuple[Finding, ...] = ()


@attrs.frozen(eq=False)
class _Parsed(Generic[T]):
    """What a text holds, and its findings, which lack their path."""

    value: T | None
    document: Document
    findings: tuple[Finding, ...]


def load_rulebook(name_or_path: str | Path) -> Loaded[Rulebook]:
    """A rulebook, by the name of a built-in one or by path. InputError with every finding when it has faults."""
    return _rulebook_from(source_of("rulebook", name_or_path))


def load_runbook(name_or_path: str | Path) -> Loaded[Runbook]:
    """A runbook, by name or path; whether it fits a rulebook is asked when a scenario brings the two together."""
    return _runbook_from(source_of("runbook", name_or_path))


def load_scenario(
    path: str | Path,
    rulebook: str | Path | None = None,
    runbook: str | Path | None = None,
    invariants: Collection[str] | None = None,
) -> Case:
    """A scenario with the rulebook and runbook that it names, or with others in their stead.

    Those others are looked up in the working folder. ``invariants`` are the names of which it may expect violations;
    None: any.
    """
    source = Source(read_text(Path(path)), str(path))
    form, document = _form(source)
    instead = {"rulebook": rulebook, "runbook": runbook}
    changes: dict[str, Any] = {kind: str(other) for kind, other in instead.items() if other is not None}
    sources = [
        source_of(kind, other) if other is not None else _named(kind, form, document, source)
        for kind, other in zip(KINDS, instead.values(), strict=True)
    ]
    findings = [found for found in sources if isinstance(found, Finding)]
    if findings:
        raise InputError(findings)
    return _case((source, *sources), attrs.evolve(form, **changes), document, invariants)


def load_texts(texts: Mapping[str, str], invariants: Collection[str] | None = None) -> Case:
    """A case from the three texts that another case had, such as those kept in a trace."""
    for name in TEXTS:
        if name not in texts:
            raise unlocated("DC107", "texts", f"missing key '{name}'")
    sources = tuple(Source(texts[name], f"<{name}>") for name in TEXTS)
    form, document = _form(sources[0])
    return _case(sources, form, document, invariants)


def _case(sources: tuple[Any, ...], form: ScenarioForm, document: Document, invariants: Collection[str] | None) -> Case:
    rulebook, runbook = _both(sources[1], sources[2])
    fit = _with_path(_fit(runbook.text, rulebook.text), runbook.path)
    flaws = scenario_flaws(form, rulebook.value, runbook.value, invariants)
    own = _with_path([document.find(flaw) for flaw in flaws], sources[0].shown)
    warnings = _unless_errors([*fit, *own])
    return Case(
        scenario=build(form, document, rulebook.value),
        rulebook=rulebook.value,
        runbook=runbook.value,
        path=sources[0].shown,
        texts={name: source.text for name, source in zip(TEXTS, sources, strict=True)},
        warnings=(*rulebook.warnings, *runbook.warnings, *warnings),
    )


def _both(rulebook: Source, runbook: Source) -> tuple[Loaded[Rulebook], Loaded[Runbook]]:
    """Both files, or the findings of both."""
    try:
        loaded = _rulebook_from(rulebook)
    except InputError as error:
        raise InputError([*error.findings, *_with_path(_parse_runbook(runbook.text).findings, runbook.shown)]) from None
    return loaded, _runbook_from(runbook)


def _form(source: Source) -> tuple[ScenarioForm, Document]:
    document = parse(source.text)
    form, findings = structure(document, ScenarioForm)
    if form is None:
        raise InputError(_with_path(findings, source.shown))
    return form, document


@lru_cache(maxsize=32)
def _parse_rulebook(text: str) -> _Parsed[Rulebook]:
    parsed = _parsed(text, Rulebook, rulebook_flaws)
    if parsed.value is None:
        return parsed
    book = parsed.value
    policies = {n: attrs.evolve(p, value=in_full(p.value, book)) for n, p in book.policies.items()}
    return attrs.evolve(parsed, value=attrs.evolve(book, policies=policies))


@lru_cache(maxsize=32)
def _parse_runbook(text: str) -> _Parsed[Runbook]:
    return _parsed(text, Runbook, runbook_flaws, with_ids)


def _parsed(
    text: str, cls: Any, lint: Callable[[Any], Iterator[Flaw]], finish: Callable[[Any], Any] = lambda value: value
) -> _Parsed[Any]:
    document = parse(text)
    value, findings = structure(document, cls)
    if value is None:
        return _Parsed(None, document, findings)
    value = finish(value)
    return _Parsed(value, document, tuple(document.find(flaw) for flaw in lint(value)))


@lru_cache(maxsize=32)
def _fit(runbook: str, rulebook: str) -> tuple[Finding, ...]:
    """What is wrong with a runbook for a rulebook's weekend."""
    steps, book = _parse_runbook(runbook), _parse_rulebook(rulebook)
    if steps.value is None or book.value is None:
        return ()
    return tuple(steps.document.find(flaw) for flaw in runbook_in_flaws(steps.value, book.value))


def _rulebook_from(source: Source) -> Loaded[Rulebook]:
    return _loaded(_parse_rulebook(source.text), source)


def _runbook_from(source: Source) -> Loaded[Runbook]:
    return _loaded(_parse_runbook(source.text), source)


def _loaded(parsed: _Parsed[T], source: Source) -> Loaded[T]:
    warnings = _unless_errors(_with_path(parsed.findings, source.shown))
    if parsed.value is None:
        raise AssertionError("a text without findings has a value")
    return Loaded(parsed.value, source.text, source.shown, warnings)


def _with_path(findings: Iterable[Finding], shown: str) -> list[Finding]:
    placed = (attrs.evolve(finding, path=shown) for finding in findings)
    return sorted(placed, key=lambda finding: (finding.line, finding.col, finding.code))


def _unless_errors(findings: list[Finding]) -> tuple[Finding, ...]:
    if any(finding.severity == "error" for finding in findings):
        raise InputError(findings)
    return tuple(findings)


def _named(kind: Kind, form: ScenarioForm, document: Document, scenario: Source) -> Source | Finding:
    """The text that a scenario names, or the finding, in the scenario, that there is none."""
    name = getattr(form, kind)
    try:
        return source_of(kind, name, Path(scenario.shown).parent)
    except InputError as error:
        finding = error.findings[0]
        if finding.code not in ("DC100", "DC116"):
            raise
        line, col = document.where((kind,))
        message = f"no such file: '{name}'" if finding.code == "DC100" else finding.message
        return attrs.evolve(finding, path=scenario.shown, line=line, col=col, message=message)
