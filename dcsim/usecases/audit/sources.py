"""The inputs of a pack: loaded, and copied into it, so that it stands by itself.

Every path in a pack begins at its folder. So the same inputs in another folder make the same pack, and so do its own
copies.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files.disk import row_of
from dcsim.files.findings import Finding, InputError
from dcsim.files.load import ROW, TEXTS, Case, Loaded, load_pair, load_rulebook, load_runbook
from dcsim.files.resolver import KINDS, is_path
from dcsim.files.tables import PARQUET
from dcsim.usecases.request import RequestError
from dcsim.usecases.shared_causes import Books
from dcsim.usecases.suite import suite

RULEBOOK, RUNBOOK, SCENARIOS = "sources/rulebook.yaml", "sources/runbook.yaml", "sources/scenarios"


@attrs.frozen(kw_only=True, eq=False)
class PackSources:
    """The rulebook, the runbook and the scenarios of a pack, and the copies of their files by their paths in it.

    ``arguments`` are the scenarios as the command for the copies names them. ``aside`` are scenarios that expect
    another runbook to fail: they say nothing of this one. ``not_loaded`` are files that look like scenarios.
    """

    rulebook: Loaded[Rulebook]
    runbook: Loaded[Runbook]
    cases: tuple[Case, ...]
    aside: tuple[Case, ...]
    arguments: tuple[str, ...]
    not_loaded: tuple[Finding, ...]
    files: Mapping[str, bytes]


def sources(rulebook: str, runbook: str, paths: Sequence[Path]) -> PackSources:
    """Load the inputs of a pack. InputError lists everything that is wrong with any of them."""
    load_pair(rulebook, runbook)
    book, steps = load_rulebook(rulebook), load_runbook(runbook)
    loaded = suite(paths, Books(rulebook, runbook))
    if loaded.findings:
        raise InputError(loaded.findings)
    own = {case.address: case for case in suite(paths, Books()).cases} if loaded.cases else {}
    before = [own.get(case.address) for case in loaded.cases]
    aside = {case.address: case for case in before if case and _of_another(case, steps.text)}
    arguments = list(_arguments(paths, loaded.cases, aside))
    files = {RULEBOOK: book.text.encode(), RUNBOOK: steps.text.encode()}
    moved, left = list[Case](), list[Case]()
    for argument in arguments:
        for case in argument.cases:
            here = argument.place(case.path)
            files |= _copies(case, here, _beside_it(case, aside))
            others = aside.get(case.address)
            (left if others else moved).append(_moved(others or case, here))
    return PackSources(
        rulebook=book,
        runbook=steps,
        cases=tuple(_under(case) for case in moved),
        aside=tuple(left),
        arguments=tuple(argument.copied for argument in arguments),
        not_loaded=loaded.not_loaded,
        files=files,
    )


def _under(case: Case) -> Case:
    """Return a case that names the pack's rulebook and runbook."""
    return attrs.evolve(case, scenario=attrs.evolve(case.scenario, rulebook=RULEBOOK, runbook=RUNBOOK))


def _of_another(case: Case, runbook: str) -> bool:
    """Whether a scenario is written to show how another runbook breaks something."""
    return bool(case.scenario.violations) and case.texts["runbook"] != runbook


def _beside_it(case: Case, aside: Mapping[str, Case]) -> list[str]:
    """Return the files that a case names, by their paths beside it. One that is left aside needs its own books."""
    included = [name for name in case.texts if name not in (*TEXTS, ROW)]
    other = aside.get(case.address)
    books = [getattr(other.scenario, kind) for kind in KINDS] if other else []
    folder = Path(case.path).parent
    return included + [posixpath.normpath(name) for name in books if is_path(name) and (folder / name).is_file()]


# -- where the copies are ------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, eq=False)
class _Argument:
    """A path that was given, with its cases. ``within`` is the folder in the pack, and ``kept`` the folders there above
    the given one, which are needed as scenarios include files from there.
    """

    path: Path
    cases: tuple[Case, ...]
    within: str
    kept: tuple[str, ...]

    @property
    def root(self) -> Path:
        return self.path if self.path.is_dir() else row_of(self.path)[0].parent

    def place(self, path: str) -> str:
        """The path in the pack of a file of scenarios."""
        return posixpath.join(self.within, *self.kept, PurePath(os.path.relpath(path, self.root)).as_posix())

    @property
    def copied(self) -> str:
        """What the command for the copies names in place of the path."""
        if self.path.is_dir():
            return self.within
        file, row = row_of(self.path)
        return self.place(str(file)) + (f"#{row}" if row else "")


def _arguments(paths: Sequence[Path], cases: Iterable[Case], aside: Mapping[str, Case]) -> Iterator[_Argument]:
    """Yield the given paths with the cases that each adds."""
    left = list(cases)
    parts: list[tuple[Path, tuple[Case, ...]]] = []
    for path in paths:
        mine = tuple(case for case in left if _is_of(case, path))
        left = [case for case in left if not _is_of(case, path)]
        parts += [(path, mine)] if mine else []
    for number, (path, mine) in enumerate(parts, start=1):
        root = path if path.is_dir() else row_of(path)[0].parent
        above = max(_above(root, case, aside) for case in mine)
        names = Path(os.path.abspath(root)).parts[1:]  # noqa: PTH100 - links stay as they are
        within = f"{SCENARIOS}/{number}" if len(parts) > 1 else SCENARIOS
        yield _Argument(path=path, cases=mine, within=within, kept=names[len(names) - above :] if above else ())


def _is_of(case: Case, path: Path) -> bool:
    return path in Path(case.path).parents if path.is_dir() else str(row_of(path)[0]) == case.path


def _above(root: Path, case: Case, aside: Mapping[str, Case]) -> int:
    """Return how many folders above the root the files are that a case names."""
    folder, steps = PurePath(os.path.relpath(Path(case.path).parent, root)).as_posix(), [0]
    for key in _beside_it(case, aside):
        if posixpath.isabs(key):
            message = f"{case.path} names '{key}' by an absolute path, which a pack cannot hold"
            raise RequestError(f"{message}; name it by its path beside the scenario")
        steps.append(posixpath.normpath(posixpath.join(folder, key)).split("/").count(".."))
    return max(steps)


# -- the copies ----------------------------------------------------------------------------------------------------


def _copies(case: Case, here: str, names: Iterable[str]) -> dict[str, bytes]:
    copies = {here: case.texts["scenario"].encode()}
    for key in names:
        # Of a table that is no text, the case keeps the rows only; a book of a scenario left aside is not in its texts.
        kept = key in case.texts and not key.endswith(PARQUET)
        raw = case.texts[key].encode() if kept else (Path(case.path).parent / key).read_bytes()
        copies[_beside(here, key)] = raw
    return copies


def _beside(here: str, key: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(here), key))


def _moved(case: Case, here: str) -> Case:
    """Return a case that names its files as they are called in the pack."""
    folder = Path(case.path).parent
    names = {str(folder / key): _beside(here, key) for key in case.texts if key not in (*TEXTS, ROW)}
    scenario = attrs.evolve(
        case.scenario,
        steps=tuple(attrs.evolve(step, file=names.get(step.file, step.file)) for step in case.scenario.steps),
        seen=tuple(attrs.evolve(seen, file=names.get(seen.file, seen.file)) for seen in case.scenario.seen),
    )
    return attrs.evolve(case, path=here, scenario=scenario, warnings=())
