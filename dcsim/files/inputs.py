"""What a command reads, and what it is to write: no file may be both.

A process runs one command; ``forget`` begins the next where there are several.
"""

from __future__ import annotations

from pathlib import Path

from dcsim.files.findings import InputError, unlocated

_Identity = tuple[int, int]
_read: dict[_Identity, str] = {}
_to_write: dict[_Identity, str] = {}
_own: set[_Identity] = set()


def forget() -> None:
    """Nothing was read yet, and nothing is to be written."""
    for known in (_read, _to_write, _own):
        known.clear()


def is_input(path: Path) -> None:
    """A scenario, rulebook or runbook that is read. InputError if the command is to write there."""
    found = _identity(path)
    if found is None or found in _own:
        return
    _read[found] = str(path)
    if found in _to_write:
        raise _both(_to_write[found])


def is_output(path: Path) -> None:
    """A file that the command will write at its end. InputError if it was read already."""
    found = _identity(path)
    if found is None:
        return
    _to_write[found] = str(path)
    # The same number may have gone to another file since.
    if found in _read and _identity(Path(_read[found])) == found:
        raise _both(str(path))


def is_own(path: Path) -> None:
    """A file that the command has written itself, or is to write anew in its place: to read it makes it no input."""
    found = _identity(path)
    if found is not None:
        _own.add(found)


def _both(shown: str) -> InputError:
    return unlocated("DC117", shown, "is read by this very command, and would be lost", "name another file")


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
