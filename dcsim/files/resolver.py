"""Finds the texts of rulebooks and runbooks: built-in ones by name, others by path.

This code names no built-in file: it lists the folder.
"""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import attrs
import yaml

from dcsim.files.disk import SUFFIXES, decoded, near, read_text
from dcsim.files.findings import suggest, unlocated
from dcsim.files.overwrite_guard import is_input
from dcsim.files.yaml_nodes import top_level_keys

Kind = Literal["rulebook", "runbook"]
KINDS: tuple[Kind, ...] = ("rulebook", "runbook")

BUILTIN = "dcsim/builtin/"
"""The folder of built-in files, as messages show it. Not the real path: reports must be the same on every machine."""

_NAMES = (*KINDS, "scenario")
_LOOKS_LIKE_ONE = re.compile(rf"""^[\ufeff\s{{]*["']?({"|".join(_NAMES)})["']?\s*:""", re.MULTILINE)
_SEPARATORS = {"/", os.sep, os.altsep or os.sep}


@attrs.frozen
class SourceText:
    """An exact text, and the path to show with its findings."""

    text: str
    shown: str


def builtin_names(kind: Kind) -> tuple[str, ...]:
    """The names of the built-in rulebooks or runbooks."""
    return tuple(sorted(_builtin(kind)))


def source_of(kind: Kind, name_or_path: str | Path, beside: Path | None = None) -> SourceText:
    """The text of a rulebook or runbook. A path is looked up in the folder ``beside``, then in the working folder."""
    if isinstance(name_or_path, Path) or is_path(name_or_path):
        return _from_path(kind, Path(name_or_path), beside)
    known = _builtin(kind)
    if name_or_path not in known:
        hint = suggest(name_or_path, known)
        raise unlocated("DC116", name_or_path, f"unknown {kind} '{name_or_path}'", hint)
    shown = f"{BUILTIN}{kind}s/{known[name_or_path].name}"
    return SourceText(decoded(known[name_or_path].read_bytes(), shown), shown)


def from_file(path: Path) -> SourceText:
    """The text of a file that a command reads. The command may not write to that file."""
    is_input(path)
    return SourceText(read_text(path), str(path))


def _from_path(kind: Kind, path: Path, beside: Path | None) -> SourceText:
    near = beside / path if beside else path
    # Not Path.exists: it raises an error if a folder on the way may not be entered.
    found = near if os.path.exists(near) else path  # noqa: PTH110
    source = from_file(found)
    if beside is not None and not _names_itself(source.text):
        raise unlocated("DC109", str(found), f"is no {kind}: it has no key '{kind}'")
    return source


def _names_itself(text: str) -> bool:
    """Whether a file that a scenario names seems to be one of dcsim's files.

    Findings quote what they find. A scenario from someone else may name a file with secrets, so of any other file
    nothing is quoted.
    """
    try:
        return any(key in _NAMES for key in top_level_keys(text))
    except (yaml.YAMLError, UnicodeEncodeError):
        return bool(_LOOKS_LIKE_ONE.search(text))


def is_path(name: str) -> bool:
    """Whether a word is a path, and not the name of a built-in file."""
    return name.endswith(SUFFIXES) or any(separator in name for separator in _SEPARATORS)


def _builtin(kind: Kind) -> dict[str, Any]:
    folder = files("dcsim").joinpath("builtin", f"{kind}s")
    return {Path(file.name).stem: file for file in folder.iterdir() if file.name.endswith(SUFFIXES)}


def from_folder(name: str, folder: Path) -> str:
    """A rulebook or runbook that is known by its name or path here, as a file in that folder calls it."""
    return near(Path(name), folder) if is_path(name) else name


def from_here(name: str, folder: Path) -> str:
    """A rulebook or runbook that a file in that folder calls so, as it is called here."""
    found = folder / name
    return near(found, Path()) if is_path(name) and found.is_file() else name
