"""The inputs of a pack: loaded, and copied into it, so that it stands by itself.

Every path in a pack begins at its folder. So the same inputs in another folder make the same pack.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files.disk import discover, row_of
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import ROW, TEXTS, Case, Loaded, load_pair, load_rulebook, load_runbook
from dcsim.files.tables import PARQUET
from dcsim.usecases.request import RequestError
from dcsim.usecases.shared_causes import Books
from dcsim.usecases.suite import suite

RULEBOOK, RUNBOOK, SCENARIOS = "sources/rulebook.yaml", "sources/runbook.yaml", "sources/scenarios"


@attrs.frozen(kw_only=True, eq=False)
class PackSources:
    """The rulebook, the runbook and the scenarios of a pack, and the copies of their files by their paths in it.

    ``aside`` are scenarios that expect another runbook to fail: they say nothing of this one. ``not_loaded`` are files
    that look like scenarios.
    """

    rulebook: Loaded[Rulebook]
    runbook: Loaded[Runbook]
    cases: tuple[Case, ...]
    aside: tuple[Case, ...]
    not_loaded: tuple[Finding, ...]
    files: Mapping[str, bytes]


def sources(rulebook: str, runbook: str, paths: Sequence[Path]) -> PackSources:
    """Load the inputs of a pack. InputError lists everything that is wrong with any of them."""
    load_pair(rulebook, runbook)
    book, steps = load_rulebook(rulebook), load_runbook(runbook)
    files = {RULEBOOK: book.text.encode(), RUNBOOK: steps.text.encode()}
    loaded = suite(paths, Books(rulebook, runbook))
    if loaded.findings:
        raise InputError(loaded.findings)
    places = _places(paths, loaded.cases)
    own = {case.address: case for case in suite(paths, Books()).cases} if loaded.cases else {}
    cases: list[Case] = []
    aside: list[Case] = []
    for case in loaded.cases:
        before = own.get(case.address)
        if before and _of_another(before, steps.text):
            aside.append(before)
            continue
        here = places[case.path]
        cases.append(_moved(case, here))
        files |= _copies(case, here)
    return PackSources(
        rulebook=book,
        runbook=steps,
        cases=tuple(cases),
        aside=tuple(aside),
        not_loaded=loaded.not_loaded,
        files=files,
    )


def _of_another(case: Case, runbook: str) -> bool:
    """Whether a scenario is written to show how another runbook breaks something."""
    return bool(case.scenario.violations) and case.texts["runbook"] != runbook


# -- where the copies are ------------------------------------------------------------------------------------------


def _places(paths: Sequence[Path], cases: Iterable[Case]) -> dict[str, str]:
    """Return the path in the pack of each file of scenarios."""
    places: dict[str, str] = {}
    by_path: dict[str, list[Case]] = {}
    for case in cases:
        by_path.setdefault(case.path, []).append(case)
    for number, path in enumerate(paths, start=1):
        root = path if path.is_dir() else row_of(path)[0].parent
        inside = [str(file) for file in map(_file, discover([path])) if str(file) in by_path]
        within = f"{SCENARIOS}/{number}" if len(paths) > 1 else SCENARIOS
        above = max((_above(root, by_path[file]) for file in inside), default=0)
        names = Path(os.path.abspath(root)).parts[1:]  # noqa: PTH100 - links stay as they are
        kept = names[len(names) - above :] if above else ()
        for file in inside:
            places.setdefault(file, posixpath.join(within, *kept, PurePath(os.path.relpath(file, root)).as_posix()))
    return places


def _file(path: Path) -> Path:
    return row_of(path)[0]


def _above(root: Path, cases: Iterable[Case]) -> int:
    """Return how many folders above the root the files are that these cases include."""
    steps = [0]
    for case in cases:
        folder = PurePath(os.path.relpath(Path(case.path).parent, root)).as_posix()
        for key in _included(case):
            if posixpath.isabs(key):
                message = f"{case.path} names '{key}' by an absolute path, which a pack cannot hold"
                raise RequestError(f"{message}; name it by its path beside the scenario")
            steps.append(posixpath.normpath(posixpath.join(folder, key)).split("/").count(".."))
    return max(steps)


def _included(case: Case) -> list[str]:
    """Return the files that a case names, by their paths beside it."""
    return [name for name in case.texts if name not in (*TEXTS, ROW)]


# -- the copies ----------------------------------------------------------------------------------------------------


def _copies(case: Case, here: str) -> dict[str, bytes]:
    copies = {here: case.texts["scenario"].encode()}
    for key in _included(case):
        # Of a table that is no text, the case keeps the rows only.
        raw = (Path(case.path).parent / key).read_bytes() if key.endswith(PARQUET) else case.texts[key].encode()
        copies[_beside(here, key)] = raw
    return copies


def _beside(here: str, key: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(here), key))


def _moved(case: Case, here: str) -> Case:
    """Return a case that names its files as they are called in the pack."""
    names = {str(Path(case.path).parent / key): _beside(here, key) for key in _included(case)}
    scenario = attrs.evolve(
        case.scenario,
        rulebook=RULEBOOK,
        runbook=RUNBOOK,
        steps=tuple(attrs.evolve(step, file=names.get(step.file, step.file)) for step in case.scenario.steps),
        seen=tuple(attrs.evolve(seen, file=names.get(seen.file, seen.file)) for seen in case.scenario.seen),
    )
    return attrs.evolve(case, path=here, scenario=scenario, warnings=())
