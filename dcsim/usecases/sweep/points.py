"""The points of a sweep: which values each has, and the texts of its files, as a person would have edited them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.files.disk import near
from dcsim.files.findings import Keys
from dcsim.files.load import Case, load_scenario, load_texts
from dcsim.files.load_books import pair_in
from dcsim.files.resolver import KINDS, SourceText, from_folder, from_here, is_path, source_of
from dcsim.files.text_edits import SharedValueError, written_into
from dcsim.files.yaml_nodes import parse
from dcsim.files.yaml_scalars import spelled
from dcsim.usecases.known_names import INVARIANT_NAMES, REFUSAL_CODES
from dcsim.usecases.request import RequestError
from dcsim.usecases.sweep.ranges import SweptValue, Varied, value_on, varied
from dcsim.usecases.sweep.settings import Setting, setting_of, settings_in

MOST_POINTS = 10_000
Point = tuple[SweptValue, ...]
"""One value for each thing that is varied."""


@attrs.frozen(kw_only=True)
class SweptFiles:
    """The files of which a sweep varies values: their texts by kind, and the ``path`` of the scenario (None: none).

    ``names`` are the rulebook and the runbook as the caller named them. ``books`` are the texts of those that are tried
    in their place, by kind and name.
    """

    path: str | None
    texts: Mapping[str, str]
    names: Mapping[str, str]
    books: Mapping[tuple[str, str], str] = attrs.field(factory=dict)

    @property
    def subject(self) -> str:
        """What is swept, in words."""
        return self.path or f"{self.names['runbook']} under {self.names['rulebook']}"

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All that can be varied: in the files, and in the books that are tried in their place."""
        found = {one.path: one for one in settings_in(self.texts)}
        found |= {kind: attrs.evolve(found[kind], now=name) for kind, name in self.names.items()}
        for (kind, _), text in self.books.items():
            for one in settings_in({**self.texts, kind: text}):
                found.setdefault(one.path, one)
        return tuple(found.values())

    def at(self, swept: Sequence[Varied], point: Point) -> dict[str, str]:
        """The texts at a point. RequestError where a book has no such setting, or where it has no place of its own."""
        texts = dict(self.texts)
        books = {one.setting.path: value.shown for one, value in zip(swept, point, strict=True) if _is_book(one)}
        texts |= {kind: self.books[kind, name] for kind, name in books.items()}
        for one, value in zip(swept, point, strict=True):
            if not _is_book(one):
                setting = setting_of(one.setting.path, settings_in(texts))
                texts[setting.book] = _edited(texts[setting.book], setting, value)
        return texts

    def case(self, texts: Mapping[str, str]) -> Case:
        """The case of some texts. InputError with every finding."""
        return attrs.evolve(load_texts(texts, INVARIANT_NAMES, REFUSAL_CODES), path=self.path or "")

    def pair(self, texts: Mapping[str, str]) -> tuple[Rulebook, Runbook]:
        """The rulebook and the runbook of some texts. InputError with every finding of both."""
        return pair_in(*(SourceText(texts[kind], self.names[kind]) for kind in KINDS))

    def named(self, swept: Sequence[Varied], point: Point) -> dict[str, str]:
        """The names of rulebook and runbook at a point, as they are called from the working folder."""
        given = {one.setting.path: value.shown for one, value in zip(swept, point, strict=True) if _is_book(one)}
        return {kind: given.get(kind, self.names[kind]) for kind in KINDS}


def swept_files(path: Path | None, rulebook: str | None, runbook: str | None) -> SweptFiles:
    """Load what is swept: a scenario, or a rulebook and a runbook. InputError where it has faults as it stands."""
    if path is None:
        if not (rulebook and runbook):
            raise RequestError("give a SCENARIO, or both --rulebook and --runbook")
        names = {"rulebook": rulebook, "runbook": runbook}
        return SweptFiles(path=None, texts={kind: source_of(kind, names[kind]).text for kind in KINDS}, names=names)
    case = load_scenario(path, rulebook, runbook, INVARIANT_NAMES, REFUSAL_CODES)
    folder = Path(case.path).parent
    own = {"rulebook": rulebook or from_here(case.scenario.rulebook, folder)}
    own |= {"runbook": runbook or from_here(case.scenario.runbook, folder)}
    return SweptFiles(path=case.address, texts=case.texts, names=own)


def varying(files: SweptFiles, asked: Sequence[str]) -> tuple[SweptFiles, tuple[Varied, ...]]:
    """Read what is varied: ``PATH=VALUES`` each. The files come back with the books that are tried.

    RequestError where a path is none, or is there twice.
    """
    pairs = [_pair(text) for text in asked]
    for kind in KINDS:
        for values in (values for path, values in pairs if path == kind):
            for name in filter(None, map(str.strip, values.split(","))):
                files = attrs.evolve(files, books={**files.books, (kind, name): source_of(kind, name).text})
    known = files.settings
    swept = tuple(varied(setting_of(path, known), values) for path, values in pairs)
    paths = [one.setting.path for one in swept]
    for path in paths:
        if paths.count(path) > 1:
            raise RequestError(f"'{path}' is varied twice; give all its values at once, with commas between them")
    return files, swept


def grid(swept: Sequence[Varied], *, zipped: bool = False) -> tuple[Point, ...]:
    """The points of what is varied: each value with each, or, ``zipped``, the first with the first, and so on.

    RequestError where these are too many, or where lists that are zipped have different lengths.
    """
    counts = [len(one.values) for one in swept]
    if zipped:
        if len(set(counts)) > 1:
            told = ", ".join(f"{one.setting.path} {len(one.values):,}" for one in swept)
            raise RequestError(f"--zip takes the values in pairs, so all need as many; found {told}")
        return tuple(zip(*(one.values for one in swept), strict=True))
    if prod(counts) > MOST_POINTS:
        times = " x ".join(f"{count:,}" for count in counts)
        hint = "give fewer values (0s..30m/7 gives seven), or --zip"
        raise RequestError(f"{times} = {prod(counts):,} points are more than {MOST_POINTS:,}; {hint}")
    return tuple(product(*(one.values for one in swept)))


def saved_texts(
    files: SweptFiles, names: Mapping[str, str], texts: Mapping[str, str], folder: Path, stem: str
) -> dict[str, str]:
    """Some texts by the names of their files in a folder, the scenario's first, so that `dcsim run` plays it there.

    ``names`` are the rulebook and the runbook as they are called from the working folder. One whose text was changed
    gets a file of its own; any other is named as it is. So are the files that the scenario reads.
    """
    own, made = dict(names), dict[str, str]()
    for kind in KINDS:
        if texts[kind] != files.books.get((kind, names[kind]), files.texts[kind]):
            made[f"{stem}.{kind}.yaml"] = texts[kind]
            own[kind] = f"./{stem}.{kind}.yaml"
        elif is_path(own[kind]):
            own[kind] = from_folder(own[kind], folder)
    if "scenario" not in texts:
        return made
    scenario = written_into(texts["scenario"], {(kind,): spelled(own[kind]) for kind in KINDS})
    was = Path(files.path).parent if files.path else folder
    return {f"{stem}.yaml": _moved(scenario, was, folder), **made}


def _moved(text: str, was: Path, folder: Path) -> str:
    """A scenario's text with the paths of the files that it reads as they are from another folder."""
    places = {keys: spelled(near(was / name, folder)) for keys, name in _paths_in(text)}
    return written_into(text, places)


def _paths_in(text: str) -> Iterator[tuple[Keys, str]]:
    """The places at which a scenario names files that it reads, and their names."""
    value = parse(text.removeprefix("\ufeff")).value
    include = value.get("include")
    if isinstance(include, str):
        yield ("include",), include
    yield from ((("include", at), str(name)) for at, name in enumerate(include if isinstance(include, list) else ()))
    yield from _tables_in(value, ())


def _tables_in(value: Any, keys: Keys) -> Iterator[tuple[Keys, str]]:
    if isinstance(value, dict) and isinstance(value.get("csv"), str):
        yield (*keys, "csv"), value["csv"]
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in parts:
        yield from _tables_in(item, (*keys, key))


def _pair(text: str) -> tuple[str, str]:
    path, sign, values = text.partition("=")
    if not sign or not path.strip():
        raise RequestError(f"'{text}' gives no values; write --vary PATH=VALUES, such as link.lag=0s..30m")
    return path.strip(), values.strip()


def _is_book(one: Varied) -> bool:
    return one.setting.sort == "book"


def _edited(text: str, setting: Setting, value: SweptValue) -> str:
    if setting.sort in ("moment", "time") and value.number is not None:
        # Earlier or later than this very file has it.
        value = value_on(setting, value.number)
    try:
        return written_into(text, {setting.keys: value.written})
    except SharedValueError as error:
        raise RequestError(f"'{setting.path}' cannot be varied: {error}") from None
