"""Where rulebooks and runbooks come from: the built-in ones by name, any other by path. None is known by name here."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import attrs

from dcsim.files.disk import SUFFIXES, decoded, read_text
from dcsim.files.findings import suggest, unlocated

Kind = Literal["rulebook", "runbook"]
KINDS: tuple[Kind, ...] = ("rulebook", "runbook")

BUILTIN = "dcsim/builtin/"
"""How the path of a built-in file is shown. Not where this machine keeps it: reports must read the same everywhere."""

_SEPARATORS = {"/", os.sep, os.altsep or os.sep}


@attrs.frozen
class Source:
    """An exact text, and the path to show with its findings."""

    text: str
    shown: str


def builtin_names(kind: Kind) -> tuple[str, ...]:
    """The names of the built-in rulebooks or runbooks."""
    return tuple(sorted(_builtin(kind)))


def source_of(kind: Kind, name_or_path: str | Path, beside: Path | None = None) -> Source:
    """The text of a rulebook or runbook; a path is looked up in the folder ``beside``, then in the working folder."""
    if isinstance(name_or_path, Path) or is_path(name_or_path):
        return _from_path(Path(name_or_path), beside)
    known = _builtin(kind)
    if name_or_path not in known:
        hint = suggest(name_or_path, known)
        raise unlocated("DC116", name_or_path, f"unknown {kind} '{name_or_path}'", hint)
    shown = f"{BUILTIN}{kind}s/{known[name_or_path].name}"
    return Source(decoded(known[name_or_path].read_bytes(), shown), shown)


def _from_path(path: Path, beside: Path | None) -> Source:
    near = beside / path if beside else path
    # Not Path.exists: it raises where a folder on the way is closed.
    found = near if os.path.exists(near) else path  # noqa: PTH110
    return Source(read_text(found), str(found))


def is_path(name: str) -> bool:
    """Whether a word is a path, and not the name of a built-in file."""
    return name.endswith(SUFFIXES) or any(separator in name for separator in _SEPARATORS)


def _builtin(kind: Kind) -> dict[str, Any]:
    folder = files("dcsim").joinpath("builtin", f"{kind}s")
    return {Path(file.name).stem: file for file in folder.iterdir() if file.name.endswith(SUFFIXES)}
