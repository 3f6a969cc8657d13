"""Loads rulebooks, runbooks and scenarios: reads them, structures them and checks them; or raises every finding.

The findings of a text are made once, without a path, and cached with its value. Each use of the text adds the path.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.findings import Finding, Flaw, InputError, unlocated
from dcsim.files.forms import ScenarioForm
from dcsim.files.lint_rulebook import rulebook_flaws
from dcsim.files.lint_runbook import runbook_flaws, runbook_in_flaws, with_ids
from dcsim.files.lint_scenario import scenario_flaws
from dcsim.files.moment_hints import moment_hint
from dcsim.files.resolver import KINDS, Kind, SourceText, from_file, source_of
from dcsim.files.salvage import Read, read
from dcsim.files.scenario import build, in_full
from dcsim.files.yaml_nodes import without_collector

T = TypeVar("T")
TEXTS = ("scenario", *KINDS)


@attrs.frozen(eq=False)
class Loaded(Generic[T]):
    """A rulebook or runbook with its exact text, its path, and the warnings about it."""

    value: T
    text: str
    path: str
    warnings: tuple[Finding, ...] = ()


@attrs.frozen(eq=False)
class Case:
    """A scenario with its rulebook and runbook: all that a run needs. ``texts`` are the three texts, unchanged."""

    scenario: Scenario
    rulebook: Rulebook
    runbook: Runbook
    path: str
    texts: Mapping[str, str]
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
    parsed = _parse_rulebook(source.text)
    findings = _in_order(_with_path(parsed.findings, source))
    return Examined(parsed.value, source.shown, findings, parsed.whole, parsed)


def load_runbook(name_or_path: str | Path) -> Loaded[Runbook]:
    """A runbook, by name or path. Whether it fits a rulebook is checked where the two come together."""
    return _runbook_from(source_of("runbook", name_or_path))


def load_pair(rulebook: str | Path, runbook: str | Path) -> tuple[Rulebook, Runbook]:
    """A rulebook and a runbook that fits it. InputError with every finding of both if they have any."""
    sources = (source_of("rulebook", rulebook), source_of("runbook", runbook))
    book, steps = _parse_rulebook(sources[0].text), _parse_runbook(sources[1].text)
    # With a rulebook that has errors, most findings about the pair would only follow from these.
    comparable = book.value is not None and steps.value is not None and not _has_error(book.findings)
    fit = _fit(sources[1].text, sources[0].text) if comparable else ()
    every = zip((book.findings, _with_moments((*steps.findings, *fit), book)), sources, strict=True)
    _unless_errors([found for findings, source in every for found in _with_path(findings, source)])
    return _sound(book), _sound(steps)


@without_collector()
def load_scenario(
    path: str | Path,
    rulebook: str | Path | None = None,
    runbook: str | Path | None = None,
    invariants: Collection[str] | None = None,
    refusals: Collection[str] | None = None,
) -> Case:
    """A scenario with the rulebook and runbook that it names, or with others in their place.

    Those others are looked up in the working folder. ``invariants`` are the names of which it may expect violations,
    ``refusals`` the codes with which it may expect an action to be refused; None: any.
    """
    source = from_file(Path(path))
    form = _form(source)
    given = {"rulebook": rulebook, "runbook": runbook}
    replaced: dict[str, Any] = {kind: str(other) for kind, other in given.items() if other is not None}
    sources = [
        source_of(kind, other) if other is not None else _named(kind, form, source)
        for kind, other in zip(KINDS, given.values(), strict=True)
    ]
    if not all(isinstance(found, SourceText) for found in sources):
        not_found = [found for found in sources if isinstance(found, Finding)]
        raise InputError(_in_order([*not_found, *_with_path(form.findings, source)]))
    form = attrs.evolve(form, value=attrs.evolve(_sound(form), **replaced))
    return _case((source, *sources), form, invariants, refusals)


def load_texts(
    texts: Mapping[str, str],
    invariants: Collection[str] | None = None,
    refusals: Collection[str] | None = None,
) -> Case:
    """A case from three texts, such as those that a trace keeps."""
    for name in TEXTS:
        if name not in texts:
            raise unlocated("DC107", "texts", f"missing key '{name}'")
    sources = tuple(SourceText(texts[name], f"<{name}>") for name in TEXTS)
    return _case(sources, _form(sources[0]), invariants, refusals)


def _case(
    sources: tuple[Any, ...],
    form: Read[Any],
    invariants: Collection[str] | None,
    refusals: Collection[str] | None,
) -> Case:
    rulebook, runbook = _parse_rulebook(sources[1].text), _parse_runbook(sources[2].text)
    own, fit = form.findings, tuple[Finding, ...]()
    # The rulebook must have no error; for a runbook, what remains of it is enough.
    if not _has_error(rulebook.findings) and runbook.value is not None:
        fit = _fit(sources[2].text, sources[1].text)
        own += form.found(_scenario_flaws(_sound(form), rulebook, runbook, invariants, refusals))
    of_runbook = _with_moments((*runbook.findings, *fit), rulebook)
    every = zip((_with_moments(own, rulebook), rulebook.findings, of_runbook), sources, strict=True)
    warnings = _unless_errors([found for findings, source in every for found in _with_path(findings, source)])
    return Case(
        scenario=build(_sound(form), form.document, _sound(rulebook)),
        rulebook=_sound(rulebook),
        runbook=_sound(runbook),
        path=sources[0].shown,
        texts={name: source.text for name, source in zip(TEXTS, sources, strict=True)},
        warnings=warnings,
    )


def _with_moments(findings: Iterable[Finding], rulebook: Read[Rulebook]) -> tuple[Finding, ...]:
    """The findings. Where a moment was refused, the hint says how to write it in this rulebook's weekend."""
    if _has_error(rulebook.findings):
        return tuple(findings)
    book = _sound(rulebook)
    return tuple(attrs.evolve(f, hint=moment_hint(f.moment, book) or f.hint) if f.moment else f for f in findings)


def _scenario_flaws(
    form: ScenarioForm,
    rulebook: Read[Rulebook],
    runbook: Read[Runbook],
    invariants: Collection[str] | None,
    refusals: Collection[str] | None,
) -> Iterator[Flaw]:
    """What is wrong with a scenario. A step of the runbook may only seem unknown: its part may have been left out."""
    for flaw in scenario_flaws(form, _sound(rulebook), _sound(runbook), invariants, refusals):
        if not (flaw.code == "DC125" and "steps" in runbook.lost):
            yield flaw


def _form(source: SourceText) -> Read[ScenarioForm]:
    form = read(source.text, ScenarioForm)
    if form.value is None:
        raise InputError(_in_order(_with_path(form.findings, source)))
    return form


@lru_cache(maxsize=32)
def _parse_rulebook(text: str) -> Read[Rulebook]:
    parsed = read(text, Rulebook)
    if parsed.value is None:
        return parsed
    book = parsed.value
    policies = {n: attrs.evolve(p, value=in_full(p.value, book)) for n, p in book.policies.items()}
    findings = (*parsed.findings, *parsed.found(rulebook_flaws(book)))
    return attrs.evolve(parsed, value=attrs.evolve(book, policies=policies), findings=findings)


@lru_cache(maxsize=32)
def _parse_runbook(text: str) -> Read[Runbook]:
    parsed = read(text, Runbook)
    if parsed.value is None:
        return parsed
    runbook = with_ids(parsed.value)
    return attrs.evolve(parsed, value=runbook, findings=(*parsed.findings, *parsed.found(runbook_flaws(runbook))))


@lru_cache(maxsize=32)
def _fit(runbook: str, rulebook: str) -> tuple[Finding, ...]:
    """What makes a runbook unfit for a rulebook's weekend, by their texts."""
    steps = _parse_runbook(runbook)
    return steps.found(runbook_in_flaws(_sound(steps), _sound(_parse_rulebook(rulebook))))


def _rulebook_from(source: SourceText) -> Loaded[Rulebook]:
    return _loaded(_parse_rulebook(source.text), source)


def _runbook_from(source: SourceText) -> Loaded[Runbook]:
    return _loaded(_parse_runbook(source.text), source)


def _loaded(parsed: Read[T], source: SourceText) -> Loaded[T]:
    warnings = _unless_errors(_with_path(parsed.findings, source))
    return Loaded(_sound(parsed), source.text, source.shown, warnings)


def _sound(parsed: Read[T]) -> T:
    if parsed.value is None:
        raise AssertionError("a text without findings has a value")
    return parsed.value


def _has_error(findings: Iterable[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _with_path(findings: Iterable[Finding], source: SourceText) -> list[Finding]:
    return [attrs.evolve(finding, path=source.shown) for finding in findings]


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By severity, then by place. Errors come first: a warning is often about a file that the reader did not write."""
    return tuple(sorted(findings, key=lambda f: (f.severity != "error", f.path, f.line, f.col, f.code)))


def _unless_errors(findings: list[Finding]) -> tuple[Finding, ...]:
    """The findings if all are warnings; InputError with all of them if there is an error."""
    if _has_error(findings):
        raise InputError(_in_order(findings))
    return _in_order(findings)


def _named(kind: Kind, form: Read[ScenarioForm], scenario: SourceText) -> SourceText | Finding | None:
    """The text of the rulebook or runbook that a scenario names; or a finding if there is no such text; or None if the
    scenario has no such key.
    """
    if kind not in form.document.value:
        return None
    name = getattr(form.value, kind)
    try:
        return source_of(kind, name, Path(scenario.shown).parent)
    except InputError as error:
        finding = error.findings[0]
        if finding.code not in ("DC100", "DC116"):
            return finding
        # The name is wrong, so the finding stands where the scenario gives it.
        line, col = form.document.where((kind,))
        message = f"no such file: '{name}'" if finding.code == "DC100" else finding.message
        return attrs.evolve(finding, path=scenario.shown, line=line, col=col, message=message)
