"""Files in a folder that look like scenarios and are not loaded: each with the reason, so that none is forgotten."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from difflib import SequenceMatcher
from pathlib import Path

import yaml

from dcsim.files.disk import SUFFIXES, read_text
from dcsim.files.findings import Finding, InputError
from dcsim.files.yaml_nodes import top_level_keys

KEY = "scenario"
BOOKS = {"rulebook", "runbook"}
OWN = {"accounts", "steps", "faults", "expect"}
"""What only a scenario has at its top level; a runbook has steps as well."""
OTHERS = {"sessions", "source", "timezone", "rules", "sites", "link"}
"""What only a rulebook or a runbook has."""

_MOST_BYTES = 1024 * 1024
_ALIKE = 0.8
# A suffix of YAML in capitals, or one that is not the last: x.YAML, x.yaml.bak, x.yml~, x.yaml.txt; or plain text.
_OTHER_SUFFIX = re.compile(r"\.(ya?ml(?![a-z0-9])|json$|txt$)|^[^.]+$", re.IGNORECASE)
_PROSE = re.compile(r"[^.]+(\.txt)?", re.IGNORECASE)
_TOP_LEVEL = re.compile(r"""^["']?([A-Za-z][\w-]*)["']?\s*:""", re.MULTILINE)


def not_loaded(paths: Iterable[Path], loaded: Collection[Path]) -> Iterator[Finding]:
    """A warning for each file in these folders that looks like a scenario, and is none of those that were loaded.

    What is hidden is hidden on purpose. Steps that several scenarios include look like no scenario.
    """
    seen = set(loaded)
    for folder in filter(os.path.isdir, paths):
        for path in sorted(_visible(folder)):
            if path not in seen and (found := _reason(path)):
                seen.add(path)
                line, message, hint = found
                yield Finding("DC185", str(path), line, 1 if line else 0, message, hint=hint)


def _visible(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(here, name) for name in files if not name.startswith(".") and _OTHER_SUFFIX.search(name))


def _reason(path: Path) -> tuple[int, str, str] | None:
    """Why a file that looks like a scenario is not loaded: the line, the reason and the mend. None if it looks like
    none.
    """
    try:
        # A device is not read, and a scenario that is larger is none that a person wrote.
        text = read_text(path) if path.is_file() and path.stat().st_size <= _MOST_BYTES else ""
    except (InputError, OSError):
        return None
    return _by_key(text, path.stem) if path.name.endswith(SUFFIXES) else _by_name(text, path)


def _by_name(text: str, path: Path) -> tuple[int, str, str] | None:
    """Why a file whose name is not one of a scenario is not loaded."""
    # Most are other JSON, and to parse it takes long.
    keys = _keys(text) if KEY in text else set()
    if KEY not in keys or not keys & (BOOKS | OWN):
        return None
    # Prose may quote a part of a scenario.
    if _PROSE.fullmatch(path.name) and not keys >= BOOKS:
        return None
    if path.suffix.lower() in SUFFIXES:
        ends = f"'{path.suffix}', and capital letters count"
        return 0, f"looks like a scenario, but its name ends in {ends}", f"name it '{path.stem}{path.suffix.lower()}'"
    hint = f"give it a name that ends in {SUFFIXES[0]}, or take it out of the folder"
    return 0, f"looks like a scenario, but its name does not end in {' or '.join(SUFFIXES)}", hint


def _by_key(text: str, name: str) -> tuple[int, str, str] | None:
    """Why a file without the key of a scenario is not loaded: the key is misspelt, or missing."""
    keys = _keys(text)
    if keys & OTHERS:
        return None
    misspelt = next((key for key in sorted(keys) if _alike(key)), None)
    if misspelt and keys & (BOOKS | OWN):
        return _line(text, misspelt), f"looks like a scenario, but has the key '{misspelt}'", f"did you mean '{KEY}'?"
    # A runbook has steps as well, so these alone do not make a scenario of it.
    own = OWN - {"steps"} if "runbook" in keys else OWN
    if keys >= BOOKS or (keys & BOOKS and keys & own):
        return 0, f"looks like a scenario, but has no key '{KEY}'", f"give it a name: '{KEY}: {name}'"
    return None


def _keys(text: str) -> set[str]:
    """The keys of the top level; of a text that is not YAML, what stands where a key would."""
    try:
        return set(top_level_keys(text))
    except (yaml.YAMLError, UnicodeEncodeError):
        return set(_TOP_LEVEL.findall(text))


def _alike(key: str) -> bool:
    return SequenceMatcher(None, key.lower(), KEY).ratio() >= _ALIKE


def _line(text: str, key: str) -> int:
    return next((text.count("\n", 0, m.start()) + 1 for m in _TOP_LEVEL.finditer(text) if m[1] == key), 0)
