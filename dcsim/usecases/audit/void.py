"""Finds which packs an amended notice voids: those of which something that they rest on is another thing now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from dcsim.domain.rulebook import Rulebook
from dcsim.files.findings import InputError, unlocated
from dcsim.files.load import Loaded, load_rulebook
from dcsim.report.packs import PacksResult, PackVerdict
from dcsim.rules.blocks import blocks, in_words
from dcsim.rules.diff import CellDifference, Diff, diff
from dcsim.rules.phrases import fate_of, several
from dcsim.semantics.intent import Ruling
from dcsim.usecases.audit.anew import PackAnew
from dcsim.usecases.audit.manifest import NAME
from dcsim.usecases.audit.pack_folder import PackFolder, read_pack
from dcsim.usecases.audit.quoted import other_words
from dcsim.usecases.audit.sources import RULEBOOK
from dcsim.usecases.request import Listen, Progress, ignore

MOST_NAMED = 5
"""So many blocks of cells are named for one reason."""


def void_packs(
    old: str, new: str, folders: Sequence[Path], *, seconds: float = 300.0, listen: Listen = ignore
) -> PacksResult:
    """Hold every pack in some folders against an amended notice. Each check may take so many seconds.

    InputError if a folder holds no pack, or if a rulebook has faults.
    """
    one, other = load_rulebook(old), load_rulebook(new)
    found = diff(one.value, other.value, (old, new))
    packs = []
    for folder in dict.fromkeys(chain.from_iterable(map(_packs_in, folders))):
        listen(Progress(str(folder)))
        packs.append(_judged(folder, one, other.value, found, (new, seconds)))
    return PacksResult(names=(old, new), packs=tuple(packs))


def _packs_in(folder: Path) -> list[Path]:
    """The folders that have a manifest, in order. What is within a pack is not looked at."""
    if not folder.is_dir():
        raise unlocated("DC100", str(folder), "no such folder")
    found: list[Path] = []
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if NAME in files:
            found.append(Path(here))
            folders.clear()
    if not found:
        raise unlocated("DC220", str(folder), "no pack in this folder", "give a folder that `dcsim audit` wrote")
    return found


def _judged(folder: Path, old: Loaded[Rulebook], new: Rulebook, found: Diff, how: tuple[str, float]) -> PackVerdict:
    try:
        pack = _sound(folder)
        own = load_rulebook(pack.file(RULEBOOK))
        if own.text != old.text and not _same(own.value, old.value):
            says = f"it is of {own.value.rulebook}, and not of the old rulebook as it is given here"
            return PackVerdict(path=str(folder), standing="another rulebook", reasons=(says,))
        return _verdict(str(folder), PackAnew(pack=pack, new=how[0], seconds=how[1]), found, new)
    except InputError as error:
        reasons = tuple(map(str, error.findings))
        return PackVerdict(path=str(folder), standing="damaged", reasons=reasons, findings=error.findings)


def _sound(folder: Path) -> PackFolder:
    pack = read_pack(folder)
    if pack.damage:
        raise InputError(pack.damage)
    return pack


def _same(one: Rulebook, other: Rulebook) -> bool:
    """Whether two rulebooks are one notice that is only written in another way."""
    return one.rulebook == other.rulebook and diff(one, other).equivalent


def _verdict(path: str, anew: PackAnew, found: Diff, new: Rulebook) -> PackVerdict:
    broken, undecided = anew.unproved()
    reasons = (*found.apart, *_cells(anew, found), *anew.changed(), *broken)
    remarks = [*_untouched(anew, found), *other_words(anew.book, new, anew.touched), *_never_passed(anew)]
    if not (reasons or found.equivalent) and anew.pack.manifest.get("mishaps"):
        remarks.append("what faults and slips break was not tried again under the amended notice")
    return PackVerdict(
        path=path,
        standing="void" if reasons else "inconclusive" if undecided else "stands",
        reasons=(*reasons, *undecided),
        remarks=tuple(remarks),
    )


# -- in words ------------------------------------------------------------------------------------------------------


def _cells(anew: PackAnew, found: Diff) -> Iterator[str]:
    """The cells on which the pack rests and that the amended notice decides otherwise."""
    for same in _alike(found.differences):
        mine = [each for each in same if anew.rests_on(each.cell)]
        names = list(dict.fromkeys(name for each in mine for name in anew.touched.get(each.cell, ())))
        touch = f"scenarios that touch it: {', '.join(names)}" if names else "the proof touches it, and no scenario"
        if mine:
            yield f"{_says(anew.book, mine)}; {touch}"


def _untouched(anew: PackAnew, found: Diff) -> Iterator[str]:
    """What the amended notice decides otherwise, and nothing of the pack rests on it."""
    for same in _alike(found.differences):
        rest = [each for each in same if not anew.rests_on(each.cell)]
        if rest:
            yield f"{_says(anew.book, rest)}; neither a scenario of the pack nor its proof touches it"


def _never_passed(anew: PackAnew) -> Iterator[str]:
    status = anew.pack.manifest["status"]
    if status != "passed":
        yield f"the pack itself is {status}"


def _alike(differences: Sequence[CellDifference]) -> list[list[CellDifference]]:
    """The differences by what the two rulebooks say."""
    found: dict[tuple[str, str], list[CellDifference]] = {}
    for each in differences:
        found.setdefault((_ruling(each.one), _ruling(each.other)), []).append(each)
    return list(found.values())


def _says(book: Rulebook, same: list[CellDifference]) -> str:
    words = [in_words(book, block) for block in blocks(each.cell for each in same)]
    more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return f"{'; '.join(words[:MOST_NAMED])}{more}: was {_ruling(same[0].one)}, is {_ruling(same[0].other)}"


def _ruling(ruling: Ruling) -> str:
    by = f" by {several([rule.id for rule in ruling.rules])}" if ruling.rules else ""
    return f"{fate_of(ruling)}{by}"
