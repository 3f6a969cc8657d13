"""Merge folders of findings: keep the shortest finding for each invariant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import attrs

from dcsim.files.disk import make_folder
from dcsim.files.findings import Finding, InputError, unlocated
from dcsim.files.load import Case, load_scenario
from dcsim.files.resolver import KINDS, from_here
from dcsim.fuzzer.minimise import size
from dcsim.report.campaign import FuzzFinding
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.usecases.findings_folder import MANIFEST, Entry, length, opened_by_name, recovered
from dcsim.usecases.folder_lock import locked
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES


@attrs.frozen
class Merged:
    """The result of a merge: the findings that the target folder now has, and how many were compared."""

    findings: tuple[FuzzFinding, ...]
    files: dict[str, str]
    looked_at: int


@attrs.frozen
class _Source:
    """A finding of one of the folders."""

    entry: Entry
    path: Path
    case: Case

    @property
    def order(self) -> tuple[Any, ...]:
        """The sort key, the best first. It contains no paths: where the folders are does not influence the choice."""
        drawn, batch = self.entry.get("drawn", 0), self.entry.get("batch", 0)
        return (*length({**self.entry, "size": size(self.case.scenario)}), drawn, batch, self.case.texts["scenario"])


def merge(folders: tuple[Path, ...], into: Path) -> Merged:
    """Write the shortest finding of each invariant into a folder. The findings already in that folder are compared too.

    InputError where the findings belong to different rulebooks or runbooks, or where one no longer breaks its
    invariant. Then nothing is written.
    """
    found, wrong = list[_Source](), list[Finding]()
    with ExitStack() as stack:
        for folder in dict.fromkeys(Path(folder) for folder in folders):
            if not (folder / MANIFEST).is_file():
                wrong += unlocated("DC100", str(folder / MANIFEST), "no such file: no campaign wrote here").findings
            # The target is locked later, when it is opened; the same process could not lock it twice.
            elif not (into.exists() and folder.samefile(into)):
                stack.enter_context(locked(folder))
        if wrong:
            raise InputError(wrong)
        for folder in dict.fromkeys((*folders, *((into,) if (into / MANIFEST).is_file() else ()))):
            found += _sources(folder, wrong)
        wrong += _other_books(found)
        if wrong:
            raise InputError(wrong)
        return _written(found, into)


def _sources(folder: Path, wrong: list[Finding]) -> Iterator[_Source]:
    """Yield the findings of a folder, and add to ``wrong`` what is wrong with them."""
    for entry in recovered(folder):
        path = folder / entry["file"]
        try:
            case = load_scenario(path, invariants=INVARIANT_NAMES, refusals=REFUSAL_CODES)
        except InputError as error:
            wrong += error.findings
            continue
        model = Model(case.rulebook, case.runbook, case.scenario.policies)
        if entry["invariant"] not in simulate(model, case.scenario, tracing=False).invariants:
            wrong += unlocated("DC162", str(path), f"no longer breaks {entry['invariant']}").findings
        yield _Source(entry, path, case)


def _other_books(found: list[_Source]) -> Iterator[Finding]:
    """Yield an error for each finding that has another rulebook or runbook than the first finding."""
    for source in found[1:]:
        for kind in KINDS:
            if source.case.texts[kind] != found[0].case.texts[kind]:
                message = f"its {kind} is not that of {found[0].path}"
                yield from unlocated("DC162", str(source.path), message).findings


def _written(found: list[_Source], into: Path) -> Merged:
    best: dict[str, _Source] = {}
    for source in sorted(found, key=lambda source: source.order):
        best.setdefault(source.entry["invariant"], source)
    if not best:
        make_folder(into)
        return Merged((), {}, 0)
    first = found[0]
    names = (_name(first, "rulebook"), _name(first, "runbook"))
    findings = tuple(_finding(name, best[name]) for name in sorted(best))
    with opened_by_name(into, names, {}) as folder:
        for finding in findings:
            entry = best[finding.invariant].entry
            folder.keep(finding, **({"again": entry["again"]} if "again" in entry else {}))
        return Merged(findings, folder.files(sorted(best)), len(found))


def _finding(name: str, source: _Source) -> FuzzFinding:
    scenario = source.case.scenario
    return FuzzFinding(name, scenario, source.entry.get("batch", 0), source.entry.get("drawn", size(scenario)))


def _name(source: _Source, kind: str) -> str:
    """Return the name of a rulebook or runbook relative to the working folder."""
    return from_here(getattr(source.case.scenario, kind), source.path.parent)
