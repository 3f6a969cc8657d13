"""`dcsim rules diff`: what two rulebooks say differently, each time with a scenario that shows it."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Sequence
from pathlib import Path

import attrs
import click

from dcsim.cli import terminal
from dcsim.cli.exit_codes import FINDING, PASSED
from dcsim.cli.parameters import PATH
from dcsim.domain.rulebook import Rulebook
from dcsim.files.disk import make_folder, save
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import load_pair, load_rulebook
from dcsim.files.sources import is_path
from dcsim.files.write import write_runbook, write_scenario
from dcsim.report.diff import Shown, ShownAspect, as_json, grouped, lines
from dcsim.rules.aspects import Aspect
from dcsim.rules.decision_space import Cell
from dcsim.rules.diff import Difference, diff
from dcsim.usecases.distinguish import Teller, Telling

MOST_TRIED = 8
"""Of cells that differ alike, so many are tried until one is told; with --save, all are."""


@click.command("diff")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option(
    "--runbook", "runbook", metavar="NAME|PATH", help="Show differences under this runbook where it shows them."
)
@click.option("--save", "folder", type=PATH, metavar="DIR", help="Write a scenario for every cell that differs.")
@click.option("--json", "json_", is_flag=True, help="Print one JSON object on stdout.")
def command(one: str, other: str, runbook: str | None, folder: Path | None, json_: bool) -> int:
    """Compare what rulebooks A and B say, cell by cell, however they are written; and their sessions, logons, accounts,
    records and policies.

    Without a difference they are equivalent: that is a proof over the whole decision space. Exit code 1 when they
    differ.
    """
    names = (one, other)
    books = _loaded(names)
    runbooks = tuple(load_pair(name, runbook)[1] for name in names)[:1] if runbook else ()
    found, teller = diff(*books, names), Teller(*books, runbooks)
    writer = Writer(folder, names, teller) if folder else None
    # What was loaded and compared stays: to look for garbage in it, again and again, takes as long as some runs.
    gc.freeze()
    aspects = [_aspect(aspect, names, teller, writer) for aspect in found.aspects]
    shown = [_shown(group, names, teller, writer) for group in grouped(found.differences)]
    if json_:
        terminal.say_json(as_json(names, found, shown, aspects))
    else:
        untold = {} if teller.comparable else {"untold": "their sessions differ: no scenario can be run under both"}
        terminal.say("\n".join(lines(names, books[0], found, shown, aspects, terminal.paint, **untold)))
    return PASSED if found.equivalent else FINDING


def _loaded(names: tuple[str, str]) -> tuple[Rulebook, Rulebook]:
    """Both rulebooks; InputError with the faults of both."""
    books: list[Rulebook] = []
    findings: list[Finding] = []
    for name in names:
        try:
            books.append(load_rulebook(name).value)
        except InputError as error:
            findings += error.findings
    if findings:
        raise InputError(dict.fromkeys(findings))
    return books[0], books[1]


def _shown(group: Sequence[Difference], names: tuple[str, str], teller: Teller, writer: Writer | None) -> Shown:
    """Cells that differ alike, with the scenario of the first that has one; with a writer, those of all are written."""
    told: dict[Cell, Telling] = {}
    files: dict[Cell, str] = {}
    for cell in [difference.cell for difference in group][: None if writer else MOST_TRIED]:
        telling = None if told and not writer else teller.tell(cell)
        if telling:
            told[cell] = telling
            if writer:
                files[cell] = writer.write(telling)
    if not told:
        return Shown(differences=tuple(group))
    cell, first = next(iter(told.items()))
    return Shown(
        differences=tuple(group),
        cell=cell,
        scenario=first.scenario,
        runbook=first.runbook,
        kept=names[first.kept is teller.other],
        other=names[first.kept is teller.one],
        broken=first.broken,
        files=files,
    )


def _aspect(aspect: Aspect, names: tuple[str, str], teller: Teller, writer: Writer | None) -> ShownAspect:
    """A difference that is none of a cell, with its scenario, if there is one; with a writer, that is written."""
    telling = teller.show(aspect)
    if telling is None:
        return ShownAspect(aspect=aspect)
    return ShownAspect(
        aspect=aspect,
        scenario=telling.scenario,
        runbook=telling.runbook,
        kept=names[telling.kept is teller.other],
        other=names[telling.kept is teller.one],
        broken=telling.broken,
        outcomes=telling.outcomes,
        file=writer.write(telling) if writer else "",
    )


@attrs.define(eq=False)
class Writer:
    """Writes scenarios, each with its runbook, into a folder; two never share a file unless their texts are equal."""

    folder: Path
    names: tuple[str, str]
    teller: Teller
    texts: dict[Path, str] = attrs.field(factory=dict)

    def write(self, telling: Telling) -> str:
        """Write a scenario and its runbook; the scenario's path."""
        runbook = self._save(telling.runbook.runbook, ".runbook.yaml", write_runbook(telling.runbook))
        rulebook = _seen_from(self.folder, self.names[telling.kept is self.teller.other])
        scenario = attrs.evolve(telling.scenario, rulebook=rulebook, runbook=f"./{runbook.name}")
        return str(self._save(scenario.scenario, ".yaml", write_scenario(scenario)))

    def _save(self, name: str, suffix: str, text: str) -> Path:
        stem, number = re.sub(r"[^\w.-]+", "-", name).strip(".-") or "cell", 1
        path = self.folder / f"{stem}{suffix}"
        while self.texts.get(path, text) != text:
            number += 1
            path = self.folder / f"{stem}-{number}{suffix}"
        if path not in self.texts:
            make_folder(self.folder)
            save(path, text, ours=True)
            self.texts[path] = text
        return path


def _seen_from(folder: Path, name: str) -> str:
    """A rulebook's name, or its path as it reads beside the scenario."""
    return Path(os.path.relpath(name, folder)).as_posix() if is_path(name) else name
