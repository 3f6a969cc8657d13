"""Files out, whole or not at all: beside their place first, then into it; and never over what should stay.

- A new file, or a regular one that may be replaced: written aside, then renamed. It keeps its mode and its owner.
- A file of a folder of dcsim's own (``ours``) is replaced only if dcsim wrote it and nobody changed it since.
- A device or a pipe is written into. A file with other names (hard links), or one that this command reads, is refused.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from dcsim.files import inputs
from dcsim.files.findings import InputError, unlocated

_YAML = (".yaml", ".yml")
_SIGNED = re.compile(rb"# written by dcsim; digest of the rest: ([0-9a-f]{16})\n")
# Files for machines say by their first key what they are.
_OWN_JSON = re.compile(rb'\s*\{\s*"(dcsim-[a-z-]+"\s*:|#meta"\s*:\s*\{\s*"format"\s*:\s*"ITF"\s*,\s*"source"\s*:)')
_ASIDE = re.compile(r"\.dcsim-(\d+)-[0-9a-f]{8}\.tmp")

_unfinished: set[Path] = set()
_cleaned: set[Path] = set()


def make_folder(folder: Path) -> None:
    """Make a folder, with those above it. InputError when it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _refused(folder, error) from None


def save(path: Path | str, text: str, *, ours: bool = False) -> None:
    """Write a file. InputError when it cannot be, or would destroy what is not dcsim's to destroy.

    ``ours``: its name was not given by the user, but made by dcsim, in a folder that may hold other things.
    """
    place = Path(path)
    try:
        raw = text.encode("utf-8")
        if ours and place.suffix in _YAML:
            raw = _signed(raw)
        found = replaceable(place, raw, ours=ours)
        if found is not None and not stat.S_ISREG(found.st_mode):
            _into(place, found, raw)
        elif found is not None and _is_stdout(found):
            _to_stdout(raw)
        else:
            _aside_then_into(Path(os.path.realpath(place)), raw, found)
            inputs.is_own(place)
    except (OSError, ValueError) as error:
        raise _refused(place, error) from None


def replaceable(path: Path, raw: bytes = b"", *, ours: bool = False) -> os.stat_result | None:
    """What stands at a path, None for nothing. InputError or OSError where it may not be replaced."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise unlocated("DC117", str(path), "is a folder, not a file")
    if not stat.S_ISREG(found.st_mode):
        if ours or stat.S_ISBLK(found.st_mode):
            raise unlocated("DC117", str(path), "is not a regular file")
        return found
    inputs.is_output(path)
    if ours and not _is_ours(path, raw):
        message = "is in the way: dcsim did not write it, or it was changed since"
        raise unlocated("DC117", str(path), message, "move it, or choose another folder")
    if found.st_nlink > 1:
        message = "has other names (hard links), which would keep what it holds now"
        raise unlocated("DC117", str(path), message, "remove it first, or name another file")
    if not os.access(path, os.W_OK):
        raise unlocated("DC117", str(path), "cannot be written: it is read-only", "change its mode, or name another")
    return found


def drop_unfinished() -> None:
    """Remove what was written aside, when the process must end at once."""
    for path in list(_unfinished):
        with suppress(OSError, ValueError):
            path.unlink(missing_ok=True)


def _refused(path: Path, error: OSError | ValueError) -> InputError:
    reason = error.strerror if isinstance(error, OSError) else None
    return unlocated("DC117", str(path), f"cannot be written: {reason or error}")


# -- what is dcsim's own -----------------------------------------------------------------------------------------------


def _signed(raw: bytes) -> bytes:
    """The text below a comment by which dcsim knows that it wrote it, and that nobody changed it since."""
    return b"# written by dcsim; digest of the rest: %b\n%b" % (_digest(raw), raw)


def _digest(raw: bytes) -> bytes:
    return hashlib.sha256(raw).hexdigest()[:16].encode()


def _is_ours(path: Path, raw: bytes) -> bool:
    if path.is_symlink():
        return False
    held = path.read_bytes()
    signed = _SIGNED.match(held)
    if signed:
        return signed[1] == _digest(held[signed.end() :])
    return held == raw or bool(_OWN_JSON.match(held))


# -- writing -----------------------------------------------------------------------------------------------------------


def _aside_then_into(place: Path, raw: bytes, found: os.stat_result | None) -> None:
    _clean(place.parent)
    aside = place.with_name(f".dcsim-{os.getpid()}-{os.urandom(4).hex()}.tmp")
    _unfinished.add(aside)
    try:
        with aside.open("xb") as file:
            if found is not None:
                _keep(file.fileno(), found)
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(place)
    finally:
        with suppress(OSError, ValueError):
            aside.unlink(missing_ok=True)
        _unfinished.discard(aside)
    _sync_folder(place.parent)


def _keep(handle: int, found: os.stat_result) -> None:
    """Give a file the owner and the mode that another has; some systems have neither."""
    made = os.fstat(handle)
    if (made.st_uid, made.st_gid) != (found.st_uid, found.st_gid):
        os.fchown(handle, found.st_uid, found.st_gid)
    if hasattr(os, "fchmod"):
        os.fchmod(handle, stat.S_IMODE(found.st_mode))


def _sync_folder(folder: Path) -> None:
    """Make the new name itself last; some systems cannot open a folder, and need not."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _clean(folder: Path) -> None:
    """Remove what a process that was killed left in a folder."""
    if folder in _cleaned:
        return
    _cleaned.add(folder)
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 - nothing else of each is needed
            left = _ASIDE.fullmatch(name)
            if left and not _runs(int(left[1])):
                (folder / name).unlink(missing_ok=True)


def _runs(process: int) -> bool:
    if os.name != "posix":
        return True  # there a signal 0 would end it
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _into(path: Path, found: os.stat_result, raw: bytes) -> None:
    """Write into a device or a pipe. One that nobody reads is an error: to wait for a reader could take for ever."""
    if _is_stdout(found):
        _to_stdout(raw)
        return
    handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    try:
        os.set_blocking(handle, True)
        _write_all(handle, raw)
    finally:
        os.close(handle)


def _is_stdout(found: os.stat_result) -> bool:
    try:
        return os.path.samestat(found, os.fstat(1))
    except OSError:
        return False


def _to_stdout(raw: bytes) -> None:
    """A reader that has left wanted no more of it."""
    with suppress(BrokenPipeError):
        _write_all(1, raw)


def _write_all(handle: int, raw: bytes) -> None:
    left = memoryview(raw)
    while left:
        left = left[os.write(handle, left) :]
