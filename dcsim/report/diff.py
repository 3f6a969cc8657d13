"""What two rulebooks say differently: as text and as JSON. Pure."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from dcsim import __version__
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.write import write_steps
from dcsim.report.text import Paint, one_line, plain, wrapped
from dcsim.rules.blocks import blocks, told
from dcsim.rules.diff import Diff, Difference
from dcsim.rules.space import Cell
from dcsim.rules.words import basis_of, fate_of, several

FORMAT = 1


@attrs.frozen(kw_only=True)
class Shown:
    """Cells that differ alike, and a scenario about one of them that is kept under one rulebook, and breaks something
    under the other. ``files``: the scenarios that were written, by cell.
    """

    differences: tuple[Difference, ...]
    cell: Cell | None = None
    scenario: Scenario | None = None
    runbook: Runbook | None = None
    kept: str = ""
    other: str = ""
    broken: tuple[str, ...] = ()
    files: Mapping[Cell, str] = attrs.field(factory=dict)


def grouped(differences: Iterable[Difference]) -> list[tuple[Difference, ...]]:
    """Differences by the rules that decide in each rulebook."""
    groups: defaultdict[tuple[tuple[str, ...], tuple[str, ...]], list[Difference]] = defaultdict(list)
    for each in differences:
        mine, theirs = (tuple(rule.id for rule in ruling.rules) for ruling in (each.one, each.other))
        groups[mine, theirs].append(each)
    return [tuple(group) for group in groups.values()]


def lines(
    names: tuple[str, str],
    book: Rulebook,
    found: Diff,
    shown: Sequence[Shown],
    paint: Paint = plain,
    untold: str = "no scenario with up to two changes tells them apart",
) -> Iterator[str]:
    """The differences for a terminal; ``book`` is the first of the two, ``untold`` why some have no scenario."""
    one, other = map(one_line, names)
    if found.equivalent:
        yield f"{paint('equivalent', 'good')}  {one} and {other}: all {found.cells:,} cells are decided alike"
        return
    yield f"{paint('different', 'warn')}  {one} and {other}: {len(found.differences):,} of {found.cells:,} cells"
    for sentence in found.apart:
        yield from wrapped(one_line(sentence), 2)
    for each in shown:
        yield from _difference(names, book, each, paint, untold)


def _difference(names: tuple[str, str], book: Rulebook, shown: Shown, paint: Paint, untold: str) -> Iterator[str]:
    first = shown.differences[0]
    for block in blocks(difference.cell for difference in shown.differences):
        yield from (paint(line, "bold") for line in wrapped(one_line(told(book, block)), 2))
    for name, ruling in zip(names, (first.one, first.other), strict=True):
        fate, basis = paint(one_line(fate_of(ruling)), "warn"), one_line(basis_of(ruling))
        yield from wrapped(f"{one_line(name)}: {fate} ({basis})", 4)
    if shown.scenario is None or shown.runbook is None:
        yield from wrapped(untold, 4)
        return
    which = f" for {shown.cell}," if len(shown.differences) > 1 else ""
    broken = f"{shown.other} breaks {several(shown.broken)}"
    yield from wrapped(one_line(f"shown{which} under {shown.runbook.runbook}: {shown.kept} is kept, {broken}"), 4)
    yield from (f"      - {step}" for step in list(write_steps(shown.scenario)) or ["nothing is done"])
    yield from _files(shown)


def _files(shown: Shown) -> Iterator[str]:
    """How to see it: what is kept passes, the other fails."""
    for file in list(shown.files.values())[:1]:
        word = shlex.quote(file)
        more = f" (and {len(shown.files) - 1:,} more)" if len(shown.files) > 1 else ""
        yield " " * 6 + one_line(f"dcsim run {word}; dcsim run {word} --rulebook {shlex.quote(shown.other)}{more}")


def as_json(names: tuple[str, str], found: Diff, shown: Sequence[Shown]) -> dict[str, Any]:
    """The differences for machines; documented in docs/reference/rules.md."""
    return {
        "dcsim-rules-diff": FORMAT,
        "version": __version__,
        "rulebooks": list(names),
        "equivalent": found.equivalent,
        "cells": found.cells,
        "different": len(found.differences),
        "apart": list(found.apart),
        "differences": [_object(each) for each in shown],
    }


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
