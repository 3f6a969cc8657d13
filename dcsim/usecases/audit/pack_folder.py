"""Writes a pack into a folder, and reads one back. What is in a folder that is no pack's stays as it is.

A pack is written over an older one only if nobody changed that. Files of the older pack that the new one has not are
removed. First the new manifest is written beside the old one: after a crash, every file is known by one of the two.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

from dcsim.files.atomic_write import replaceable
from dcsim.files.disk import make_folder, read_text, save
from dcsim.files.findings import Finding, InputError, unlocated
from dcsim.harmless import from_json
from dcsim.usecases.audit.manifest import FORMAT, KEY, NAME, digest
from dcsim.usecases.folder_lock import locked

NEXT = "manifest.next.json"
"""The manifest of a pack that is being written."""


@attrs.frozen(eq=False)
class PackFolder:
    """A pack that was read: its folder, its manifest, and what is wrong with its files."""

    folder: Path
    manifest: Mapping[str, Any]
    damage: tuple[Finding, ...]

    def file(self, name: str) -> Path:
        """A file of the pack."""
        return self.folder / name


def free(folder: Path) -> None:
    """InputError if a pack may not be written here: the folder holds something else, or a pack that was changed."""
    _known(folder)


def write(folder: Path, files: Mapping[str, bytes], manifest: str) -> None:
    """Write a pack."""
    make_folder(folder)
    with locked(folder):
        old = _known(folder)
        # What is there already is not written: the command may be reading it.
        new = {name: raw for name, raw in files.items() if not _holds(folder / name, raw)}
        for name in new:
            with suppress(OSError, ValueError):
                replaceable(folder / name)
        save(folder / NEXT, manifest)
        for name, raw in new.items():
            make_folder((folder / name).parent)
            save(folder / name, raw)
        save(folder / NAME, manifest)
        for name in {*old, NEXT} - {*files, NAME}:
            _remove(folder, name)


def _holds(path: Path, raw: bytes) -> bool:
    return path.is_file() and path.read_bytes() == raw


def _remove(folder: Path, name: str) -> None:
    path = folder / name
    with suppress(OSError):
        path.unlink(missing_ok=True)
        for parent in path.relative_to(folder).parents[:-1]:
            (folder / parent).rmdir()  # only an empty folder is removed


def _known(folder: Path) -> frozenset[str]:
    """The files of the pack that is in a folder. InputError if there is anything else."""
    present = dict(_present(folder))
    manifests = [name for name in (NAME, NEXT) if name in present]
    known: dict[str, set[str]] = {}
    for name in manifests:
        for file, of in _read_manifest(folder / name)["files"].items():
            known.setdefault(file, set()).add(of)
    for name, path in present.items():
        if name in manifests:
            continue
        if name not in known:
            raise unlocated("DC117", str(path), "is in the way: it is no part of a pack", "name another folder")
        if path.is_symlink() or not path.is_file() or digest(path.read_bytes()) not in known[name]:
            message = "is in the way: it was changed since the pack was written"
            raise unlocated("DC117", str(path), message, "move it, or name another folder")
    return frozenset(known)


def _present(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything in a folder that is no folder, by its path from there."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise unlocated("DC117", str(folder), "is a file, not a folder")

    def refuse(error: OSError) -> None:
        raise unlocated("DC101", str(error.filename), f"cannot be read: {error.strerror}")

    for here, folders, names in os.walk(folder, onerror=refuse):
        linked = [name for name in folders if (Path(here) / name).is_symlink()]
        for name in (*names, *linked):
            path = Path(here) / name
            yield path.relative_to(folder).as_posix(), path


# -- reading -------------------------------------------------------------------------------------------------------


def read_pack(folder: Path) -> PackFolder:
    """Read a pack. InputError if the folder is none; files that are not as they were written are its ``damage``."""
    data = _read_manifest(folder / NAME)
    return PackFolder(folder, data, tuple(_damage(folder, data["files"])))


def _damage(folder: Path, files: Mapping[str, str]) -> Iterator[Finding]:
    present = dict(_present(folder))
    for name, of in files.items():
        path = folder / name
        if name not in present:
            yield Finding("DC221", str(path), 0, 0, "is missing; the manifest lists it")
        elif path.is_symlink() or not path.is_file() or digest(path.read_bytes()) != of:
            yield Finding("DC221", str(path), 0, 0, "is not as it was written: its digest is another")
    for name in present:
        if name == NEXT:
            yield Finding("DC221", str(folder / name), 0, 0, "is left of a pack that was not written to its end")
        elif name not in files and name != NAME:
            yield Finding("DC221", str(folder / name), 0, 0, "is no part of the pack; the manifest does not list it")


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        data = from_json(read_text(path))
    except ValueError as error:
        raise _no_pack(path, f"not JSON: {error}") from None
    if not isinstance(data, dict) or data.get(KEY) != FORMAT:
        raise _no_pack(path, f"expected an object with '{KEY}': {FORMAT}")
    for key, wanted in _WANTED.items():
        if not isinstance(data.get(key), wanted):
            raise _no_pack(path, f"'{key}' is missing, or of another type")
    addresses = [one.get("address") if isinstance(one, dict) else None for one in data["scenarios"]]
    for name in (*data["files"], *addresses):
        if not isinstance(name, str) or not _inside(name):
            raise _no_pack(path, f"'{name}' is no file of a pack")
    ops = data["bounds"].get("ops")
    if type(ops) is not int or ops < 1:
        raise _no_pack(path, f"'{ops}' is no bound of operations")
    return data


def _inside(name: str) -> bool:
    """Whether a path stays within the folder from which it begins."""
    return bool(name) and not Path(name).is_absolute() and ".." not in Path(name).parts and "\0" not in name


_WANTED: Mapping[str, type] = {
    "version": str,
    "status": str,
    "rulebook": dict,
    "runbook": dict,
    "bounds": dict,
    "scenarios": list,
    "proof": dict,
    "files": dict,
}


def _no_pack(path: Path, why: str) -> InputError:
    return InputError([Finding("DC220", str(path), 1, 1, f"not the manifest of a pack: {why}")])
