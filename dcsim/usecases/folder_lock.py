"""A lock on a folder. The operating system releases it when the process that holds it ends, even if it is killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EAGAIN
from pathlib import Path

import attrs

from dcsim.files.findings import unlocated
from dcsim.usecases.tasks.processes import closed_in_parent, only_in_parent


@attrs.frozen(eq=False)
class _Handle:
    """An open folder."""

    number: int

    def close(self) -> None:
        """Close the folder. This releases the lock."""
        os.close(self.number)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder against other processes. InputError when another process holds the lock.

    The lock is on the open folder itself (flock). So nothing is written to disk, and no lock file can be left behind.
    Where the system or the file system has no such lock, the folder is not locked.
    """
    try:
        import fcntl

        handle = _Handle(os.open(folder, os.O_RDONLY))
    except (ImportError, OSError):
        yield
        return
    only_in_parent(handle)  # a worker that inherits the handle would keep the lock after this process ends
    try:
        try:
            fcntl.flock(handle.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (EAGAIN, EACCES):
                raise unlocated("DC160", str(folder), "is in use: another dcsim is writing findings there") from None
        yield
    finally:
        closed_in_parent(handle)
