"""Diff: find where two rulebooks differ, with a scenario that shows each difference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files.disk import make_folder, save
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import load_pair, load_rulebook
from dcsim.files.resolver import from_folder
from dcsim.files.write import write_runbook, write_scenario
from dcsim.report.diff import DiffResult, Shown, ShownAspect, grouped
from dcsim.rules import diff as decided
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.diff import CellDifference
from dcsim.rules.diff_settings import Aspect
from dcsim.usecases.distinguish import Distinction, Distinguisher

MOST_TRIED = 8
"""The most cells that are tried, of those with the same difference, to find one scenario. With a folder, all are."""


def load_two(names: tuple[str, str], runbook: str | None = None) -> tuple[tuple[Rulebook, Rulebook], Runbook | None]:
    """Load two rulebooks, and a runbook that fits both, by name or path. InputError lists the faults of all of them."""
    books: list[Rulebook] = []
    findings: list[Finding] = []
    for name in names:
        try:
            books.append(load_rulebook(name).value)
        except InputError as error:
            findings += error.findings
    if findings:
        raise InputError(dict.fromkeys(findings))
    steps = [load_pair(name, runbook)[1] for name in names] if runbook else [None]
    return (books[0], books[1]), steps[0]


def diff(
    one: Rulebook,
    other: Rulebook,
    runbook: Runbook | None = None,
    names: tuple[str, str] | None = None,
    folder: Path | None = None,
) -> DiffResult:
    """Compare the decisions of two rulebooks, cell by cell, and their sessions, logons, accounts, records and policies.

    Each difference comes with a shortest scenario that shows it, if one is found. ``runbook`` is tried before other
    runbooks. ``names`` are the names of the rulebooks in the result. With a ``folder``, a scenario is written there for
    every cell that has one.
    """
    names = names or (one.rulebook, other.rulebook)
    found = decided.diff(one, other, names)
    distinguisher = Distinguisher(one, other, (runbook,) if runbook else ())
    shower = _Shower(names, distinguisher, _Writer(folder, names, distinguisher) if folder else None)
    return DiffResult(
        names=names,
        rulebook=one,
        found=found,
        aspects=tuple(map(shower.aspect, found.aspects)),
        shown=tuple(map(shower.cells, grouped(found.differences))),
        unshown=DiffResult.NONE_FOUND if distinguisher.comparable else DiffResult.NOT_COMPARABLE,
    )


@attrs.frozen(eq=False)
class _Shower:
    """Finds the scenarios that show differences. With a ``writer``, the scenario of every cell is written."""

    names: tuple[str, str]
    distinguisher: Distinguisher
    writer: _Writer | None

    def cells(self, group: Sequence[CellDifference]) -> Shown:
        """Return cells with the same difference, and the scenario of the first cell that has one."""
        found: dict[RuleCell, Distinction] = {}
        files: dict[RuleCell, str] = {}
        tried = group if self.writer else group[:MOST_TRIED]
        for cell in (difference.cell for difference in tried):
            if found and not self.writer:
                break  # one scenario is enough to show the difference
            distinction = self.distinguisher.distinguish(cell)
            if distinction:
                found[cell] = distinction
                if self.writer:
                    files[cell] = self.writer.write(distinction)
        if not found:
            return Shown(differences=tuple(group))
        cell, first = next(iter(found.items()))
        kept, other = self._names_of(first)
        return Shown(
            differences=tuple(group),
            cell=cell,
            scenario=first.scenario,
            runbook=first.runbook,
            kept=kept,
            other=other,
            broken=first.broken,
            files=files,
        )

    def aspect(self, aspect: Aspect) -> ShownAspect:
        """Return a difference that concerns no single cell, with its scenario, if one is found."""
        found = self.distinguisher.show(aspect)
        if found is None:
            return ShownAspect(aspect=aspect)
        kept, other = self._names_of(found)
        return ShownAspect(
            aspect=aspect,
            scenario=found.scenario,
            runbook=found.runbook,
            kept=kept,
            other=other,
            broken=found.broken,
            outcomes=found.outcomes,
            file=self.writer.write(found) if self.writer else "",
        )

    def _names_of(self, found: Distinction) -> tuple[str, str]:
        """Return the name of the rulebook that is kept, then the name of the other."""
        mine, theirs = self.names
        return (theirs, mine) if found.kept is self.distinguisher.other else (mine, theirs)


@attrs.define(eq=False)
class _Writer:
    """Writes scenarios and their runbooks into a folder. Two share a file only where their texts are equal."""

    folder: Path
    names: tuple[str, str]
    distinguisher: Distinguisher
    texts: dict[Path, str] = attrs.field(factory=dict)

    def write(self, found: Distinction) -> str:
        """Write a scenario and its runbook; return the path of the scenario."""
        runbook = self._save(found.runbook.runbook, ".runbook.yaml", write_runbook(found.runbook))
        rulebook = from_folder(self.names[found.kept is self.distinguisher.other], self.folder)
        scenario = attrs.evolve(found.scenario, rulebook=rulebook, runbook=f"./{runbook.name}")
        return str(self._save(scenario.scenario, ".yaml", write_scenario(scenario)))

    def _save(self, name: str, suffix: str, text: str) -> Path:
        # Names come from rulebooks: a character that could name another folder is replaced.
        stem, number = re.sub(r"[^\w.-]+", "-", name).strip(".-") or "cell", 1
        path = self.folder / f"{stem}{suffix}"
        while self.texts.get(path, text) != text:
            number += 1
            path = self.folder / f"{stem}-{number}{suffix}"
        # A second scenario may need the same runbook: it is written once.
        if path not in self.texts:
            make_folder(self.folder)
            save(path, text, ours=True)
            self.texts[path] = text
        return path
