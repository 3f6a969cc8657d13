"""A lock on a folder, which the system takes back when the process that holds it ends, whatever ends it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EAGAIN
from pathlib import Path

import attrs

from dcsim.files.findings import unlocated
from dcsim.usecases.fuzz_workers import closed_in_parent, only_in_parent


@attrs.frozen(eq=False)
class _Handle:
    """An open folder."""

    number: int

    def close(self) -> None:
        """Close it, and so unlock it."""
        os.close(self.number)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder against other processes. InputError when one holds it; nothing is written to the disk.

    The lock is one on the open folder itself (flock), so it cannot be left behind. Where the system or the file system
    has no such lock, there is none.
    """
    try:
        import fcntl

        handle = _Handle(os.open(folder, os.O_RDONLY))
    except (ImportError, OSError):
        yield
        return
    only_in_parent(handle)  # a worker process must not hold on to it
    try:
        try:
            fcntl.flock(handle.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (EAGAIN, EACCES):
                raise unlocated("DC160", str(folder), "is in use: another dcsim is writing findings there") from None
        yield
    finally:
        closed_in_parent(handle)
