"""Remembers which files a command reads and which it will write: no file may be both, or be written twice.

The memory is global, since a process runs one command. Where it runs several, ``forget`` begins the next one.
"""

from __future__ import annotations

import os
from pathlib import Path

from dcsim.files.findings import InputError, unlocated

_Identity = tuple[int, int]
_read: dict[_Identity, str] = {}
_to_write: dict[_Identity, str] = {}
_own: set[_Identity] = set()
_named: set[str] = set()


def forget() -> None:
    """Forget all files of the command before."""
    for known in (_read, _to_write, _own, _named):
        known.clear()


def is_input(path: Path) -> None:
    """Note a scenario, rulebook or runbook that is read. InputError if the command will write to the same file."""
    found = _identity(path)
    if found is None or found in _own:
        return
    _read[found] = str(path)
    if found in _to_write:
        raise _both(_to_write[found])


def is_output(path: Path) -> None:
    """Note a file that the command will write at its end. InputError if it was read before."""
    found = _identity(path)
    if found is None:
        return
    _to_write[found] = str(path)
    # The file that was read may be gone, and its number on the disk given to this one.
    if found in _read and _identity(Path(_read[found])) == found:
        raise _both(str(path))


def is_named(path: Path) -> None:
    """Note a file that an option names for the command to write. InputError if another option names the same one.

    Devices and pipes may be named twice: they take one text after the other.
    """
    if path.exists() and not path.is_file():
        return
    # The file may not be there yet, so its numbers on the disk do not tell.
    place = os.path.realpath(path)
    if place in _named:
        raise unlocated("DC117", str(path), "is named twice, and one text would replace the other", "name another file")
    _named.add(place)


def is_own(path: Path) -> None:
    """Note a file that the command writes itself. It may read that file again, which does not make it an input."""
    found = _identity(path)
    if found is not None:
        _own.add(found)
        _read.pop(found, None)


def _both(shown: str) -> InputError:
    return unlocated("DC117", shown, "is read by this very command, and would be lost", "name another file")


def _identity(path: Path) -> _Identity | None:
    """The numbers of a file on its disk: two paths of one file have the same. None if there is no file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
