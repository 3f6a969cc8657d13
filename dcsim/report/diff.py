"""The differences of two rulebooks, as text and as JSON. Pure."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import attrs

from dcsim import __version__
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.write import write_steps
from dcsim.report import notebook
from dcsim.report.text import Paint, each_on_one_line, one_line, plain, some, wrapped
from dcsim.rules.blocks import blocks, in_words
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.diff import CellDifference, Diff
from dcsim.rules.diff_settings import LEFT_OUT, Aspect
from dcsim.rules.phrases import basis_of, fate_of, several

FORMAT = 1
ALIKE = "so are sessions, their sites, windows and logons, what is offered and shown, accounts, records and policies"
NOTHING_COMMON = "they have no cell in common"


@attrs.frozen(kw_only=True)
class Shown:
    """Cells with the same difference, and a scenario that shows it for one ``cell`` of them.

    ``broken``: what the scenario breaks under ``other``, but not under ``kept``. ``files``: the scenarios that were
    written, by cell.
    """

    differences: tuple[CellDifference, ...]
    cell: RuleCell | None = None
    scenario: Scenario | None = None
    runbook: Runbook | None = None
    kept: str = ""
    other: str = ""
    broken: tuple[str, ...] = ()
    files: Mapping[RuleCell, str] = attrs.field(factory=dict)

    @property
    def says(self) -> str:
        """What the scenario shows; empty where there is none."""
        if self.scenario is None or self.runbook is None:
            return ""
        # With several cells, say which of them the scenario is about.
        which = f" for {self.cell}," if len(self.differences) > 1 else ""
        own = self.scenario.violations
        kept = f"{self.kept} breaks {several(own)}" if own else f"{self.kept} is kept"
        broken = f"{self.other} breaks {several(self.broken)}{' instead, or as well' if own else ''}"
        return f"shown{which} under {self.runbook.runbook}: {kept}, {broken}"


@attrs.frozen(kw_only=True)
class ShownAspect:
    """A difference that concerns no single cell, and a scenario that shows it.

    It shows it by the ``outcomes`` of its steps under the two rulebooks, or by what is ``broken`` under ``other``.
    """

    aspect: Aspect
    scenario: Scenario | None = None
    runbook: Runbook | None = None
    kept: str = ""
    other: str = ""
    broken: tuple[str, ...] = ()
    outcomes: tuple[tuple[str, str], ...] = ()
    file: str = ""

    def says(self, names: tuple[str, str]) -> str:
        """Say what the scenario shows, with the names of the two rulebooks; nothing where there is none."""
        if self.scenario is None or self.runbook is None:
            return ""
        if self.outcomes:
            # Show the first step whose outcomes differ.
            number = next(n for n, (mine, theirs) in enumerate(self.outcomes) if mine != theirs)
            step = "" if len(self.outcomes) == 1 else f"step {number + 1} is "
            both = (f"{outcome} under {name}" for outcome, name in zip(self.outcomes[number], names, strict=True))
            what = step + ", and ".join(both)
        else:
            what = f"{self.kept} is kept, {self.other} breaks {several(self.broken)}"
        return f"shown under {self.runbook.runbook}: {what}"


@attrs.frozen(kw_only=True)
class DiffResult:
    """The differences of two rulebooks.

    ``names`` are the names of the two in reports; ``rulebook`` is the first. ``found`` are the differences; ``shown``
    and ``aspects`` are the same ones with scenarios. ``unshown`` says why a cell has no scenario.
    """

    NONE_FOUND: ClassVar = "no scenario with up to two changes tells them apart"
    NOT_COMPARABLE: ClassVar = "their sessions differ: no scenario can be run under both"

    names: tuple[str, str]
    rulebook: Rulebook
    found: Diff
    shown: tuple[Shown, ...] = ()
    aspects: tuple[ShownAspect, ...] = ()
    unshown: str = NONE_FOUND

    def _repr_html_(self) -> str:
        """Return the result as HTML for a notebook."""
        return notebook.text(lines(self))

    @property
    def equivalent(self) -> bool:
        """Whether nothing differs. This is a proof, because every cell of the decision space is compared."""
        return self.found.equivalent


def grouped(differences: Iterable[CellDifference]) -> list[tuple[CellDifference, ...]]:
    """Group differences by the rules that decide in each rulebook."""
    groups: defaultdict[tuple[tuple[str, ...], tuple[str, ...]], list[CellDifference]] = defaultdict(list)
    for each in differences:
        mine, theirs = (tuple(rule.id for rule in ruling.rules) for ruling in (each.one, each.other))
        groups[mine, theirs].append(each)
    # A dict keeps the order of insertion, so groups come in the order of their first cells.
    return [tuple(group) for group in groups.values()]


@each_on_one_line
def lines(
    result: DiffResult,
    paint: Paint = plain,
) -> Iterator[str]:
    """Yield the differences as lines for a terminal."""
    names, found = result.names, result.found
    one, other = map(one_line, names)
    if found.equivalent:
        yield f"{paint('equivalent', 'good')}  {one} and {other}: all {found.cells:,} cells are decided alike"
        yield from wrapped(ALIKE, 2)
        yield from wrapped(f"left out: {LEFT_OUT}", 2)
        return
    yield f"{paint('different', 'warn')}  {one} and {other}: {counted(found)}"
    for aspect in result.aspects:
        yield from _aspect(names, aspect, paint)
    for each in result.shown:
        yield from _difference(names, result.rulebook, each, paint, result.unshown)


def counted(found: Diff) -> str:
    """Say how much differs."""
    cells = f"{len(found.differences):,} of {found.cells:,} cells" if found.cells else NOTHING_COMMON
    return f"{cells}, and {some(len(found.aspects), 'other thing')}" if found.aspects else cells


def _aspect(names: tuple[str, str], shown: ShownAspect, paint: Paint) -> Iterator[str]:
    yield from (paint(line, "bold") for line in wrapped(one_line(shown.aspect.says), 2))
    if shown.scenario is None or shown.runbook is None:
        return
    yield from wrapped(one_line(shown.says(names)), 4)
    yield from _steps(shown.scenario)
    if shown.file:
        yield " " * 6 + one_line(_commands(shown.file, shown.other))


def _steps(scenario: Scenario) -> Iterator[str]:
    yield from (f"      - {step}" for step in list(write_steps(scenario)) or ["nothing is done"])


def _difference(names: tuple[str, str], book: Rulebook, shown: Shown, paint: Paint, unshown: str) -> Iterator[str]:
    first = shown.differences[0]
    for block in blocks(difference.cell for difference in shown.differences):
        yield from (paint(line, "bold") for line in wrapped(one_line(in_words(book, block)), 2))
    for name, ruling in zip(names, (first.one, first.other), strict=True):
        fate, basis = paint(one_line(fate_of(ruling)), "warn"), one_line(basis_of(ruling))
        yield from wrapped(f"{one_line(name)}: {fate} ({basis})", 4)
    if shown.scenario is None or shown.runbook is None:
        yield from wrapped(unshown, 4)
        return
    yield from wrapped(one_line(shown.says), 4)
    yield from _steps(shown.scenario)
    yield from _files(shown)


def _files(shown: Shown) -> Iterator[str]:
    """Yield the commands that show the difference: the first passes, the second fails."""
    for file in list(shown.files.values())[:1]:
        more = f" (and {len(shown.files) - 1:,} more)" if len(shown.files) > 1 else ""
        yield " " * 6 + one_line(_commands(file, shown.other) + more)


def _commands(file: str, other: str) -> str:
    word = shlex.quote(file)
    return f"dcsim run {word}; dcsim run {word} --rulebook {shlex.quote(other)}"


def as_json(result: DiffResult) -> dict[str, Any]:
    """Return the differences as JSON values. docs/reference/rules.md describes the keys."""
    found = result.found
    return {
        "dcsim-rules-diff": FORMAT,
        "version": __version__,
        "rulebooks": list(result.names),
        "equivalent": found.equivalent,
        "cells": found.cells,
        "different": len(found.differences),
        "apart": list(found.apart),
        "aspects": [_aspect_object(each) for each in result.aspects],
        "left_out": LEFT_OUT,
        "differences": [_object(each) for each in result.shown],
    }


def _aspect_object(shown: ShownAspect) -> dict[str, Any]:
    has_scenario = shown.scenario is not None and shown.runbook is not None
    scenario = {
        "runbook": shown.runbook.runbook if shown.runbook else "",
        "kept": shown.kept,
        "other": shown.other,
        "broken": list(shown.broken),
        "steps": list(write_steps(shown.scenario)) if shown.scenario else [],
        "outcomes": [list(outcomes) for outcomes in shown.outcomes],
    }
    return {"says": shown.aspect.says, "file": shown.file, "shown": scenario if has_scenario else None}


def _object(shown: Shown) -> dict[str, Any]:
    first = shown.differences[0]
    rulings = (first.one, first.other)
    return {
        "fates": [fate_of(ruling) for ruling in rulings],
        "rules": [[rule.id for rule in ruling.rules] for ruling in rulings],
        "cells": [
            {**difference.cell._asdict(), "file": shown.files.get(difference.cell, "")}
            for difference in shown.differences
        ],
        "shown": _scenario(shown),
    }


def _scenario(shown: Shown) -> dict[str, Any] | None:
    if shown.scenario is None or shown.runbook is None or shown.cell is None:
        return None
    return {
        "cell": shown.cell._asdict(),
        "runbook": shown.runbook.runbook,
        "kept": shown.kept,
        "other": shown.other,
        "broken": list(shown.broken),
        "steps": list(write_steps(shown.scenario)),
    }
