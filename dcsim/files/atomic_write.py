"""Writes files completely or not at all, and never replaces a file that must stay.

- A new file, or a regular file that may be replaced: its text is written to a temporary file in the same folder, which
  is then renamed. A replaced file keeps its mode and its owner.
- A file whose name dcsim made (``ours``) is replaced only if dcsim wrote it and nobody changed it since.
- A device or a pipe is written to directly. A file with other names (hard links), or one that this command reads, is
  refused.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from dcsim.files import overwrite_guard
from dcsim.files.findings import InputError, unlocated

_YAML = (".yaml", ".yml")
_SIGNED = re.compile(rb"# written by dcsim; digest of the rest: ([0-9a-f]{16})\n")
# dcsim's JSON files carry no comment. Their first key says what they are.
_OWN_JSON = re.compile(rb'\s*\{\s*"(dcsim-[a-z-]+"\s*:|#meta"\s*:\s*\{\s*"format"\s*:\s*"ITF"\s*,\s*"source"\s*:)')
# dcsim's pages say it in their head.
_OWN_PAGE = re.compile(rb'<!DOCTYPE html>.{,1000}?<meta name="generator" content="dcsim ', re.DOTALL)
_ASIDE = re.compile(r"\.dcsim-(\d+)-[0-9a-f]{8}\.tmp")

_unfinished: set[Path] = set()
_cleaned: set[Path] = set()


def make_folder(folder: Path) -> None:
    """Make a folder and its parents. InputError if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _refused(folder, error) from None


def save(path: Path | str, text: str | bytes, *, ours: bool = False) -> None:
    """Write a file. InputError if that fails, or if a file is there that dcsim may not replace.

    ``ours``: dcsim made the file's name, in a folder that may hold other files; the user did not give it.
    """
    place = Path(path)
    try:
        raw = text.encode("utf-8") if isinstance(text, str) else text
    except ValueError as error:
        raise _refused(place, error) from None
    if ours and place.suffix in _YAML:
        raw = _signed(raw)
    _save(place, (raw,), lambda: replaceable(place, raw, ours=ours))


def save_parts(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file whose parts are made one after the other, since all of them would take much memory."""
    _save(path, parts, lambda: replaceable(path))


def _save(place: Path, parts: Iterable[bytes], present: Callable[[], os.stat_result | None]) -> None:
    try:
        found = present()
        if found is not None and not stat.S_ISREG(found.st_mode):
            for part in parts:
                _write_into(place, found, part)
        elif found is not None and _is_stdout(found):
            for part in parts:
                _to_stdout(part)
        else:
            # The target of a link is replaced, and not the link.
            _replace(Path(os.path.realpath(place)), parts, found)
            overwrite_guard.is_own(place)
    except (OSError, ValueError) as error:
        raise _refused(place, error) from None


def can_save(path: Path) -> None:
    """InputError if a file cannot be saved there. For what is saved after long work."""
    folder = Path(os.path.realpath(path)).parent
    try:
        if replaceable(path) is None and not os.access(folder, os.W_OK):
            reason = "its folder is read-only" if folder.is_dir() else f"there is no folder {folder.name or folder}"
            raise unlocated("DC117", str(path), f"cannot be written: {reason}", "make the folder, or name another file")
    except (OSError, ValueError) as error:
        raise _refused(path, error) from None


def replaceable(path: Path, raw: bytes = b"", *, ours: bool = False) -> os.stat_result | None:
    """The status of what is at a path; None for nothing. InputError or OSError if it may not be replaced."""
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
    overwrite_guard.is_output(path)
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
    """Remove temporary files, when the process must end at once."""
    for path in list(_unfinished):
        with suppress(OSError, ValueError):
            path.unlink(missing_ok=True)


def _refused(path: Path, error: OSError | ValueError) -> InputError:
    reason = error.strerror if isinstance(error, OSError) else None
    return unlocated("DC117", str(path), f"cannot be written: {reason or error}")


# -- what is dcsim's own -----------------------------------------------------------------------------------------------


def _signed(raw: bytes) -> bytes:
    """The text under a comment with its digest. By this dcsim knows later that it wrote the file, and that nobody
    changed it.
    """
    return b"# written by dcsim; digest of the rest: %b\n%b" % (_digest(raw), raw)


def _digest(raw: bytes) -> bytes:
    return hashlib.sha256(raw).hexdigest()[:16].encode()


def _is_ours(path: Path, raw: bytes) -> bool:
    """Whether dcsim wrote this file, and nobody changed it since."""
    if path.is_symlink():
        return False  # dcsim makes no links
    present = path.read_bytes()
    signed = _SIGNED.match(present)
    if signed:
        return signed[1] == _digest(present[signed.end() :])
    return present == raw or bool(_OWN_JSON.match(present) or _OWN_PAGE.match(present))


# -- writing -----------------------------------------------------------------------------------------------------------


def _replace(place: Path, parts: Iterable[bytes], found: os.stat_result | None) -> None:
    """Write a temporary file, then rename it: who reads the place meanwhile sees the old text or the new one."""
    _clean(place.parent)
    temporary = place.with_name(f".dcsim-{os.getpid()}-{os.urandom(4).hex()}.tmp")
    _unfinished.add(temporary)
    try:
        with temporary.open("xb") as file:
            if found is not None:
                _copy_mode(file.fileno(), found)
            file.writelines(parts)
            file.flush()
            # Otherwise the new name could reach the disk before the text does, and a power cut would leave it empty.
            os.fsync(file.fileno())
        temporary.replace(place)
    finally:
        with suppress(OSError, ValueError):
            temporary.unlink(missing_ok=True)
        _unfinished.discard(temporary)
    _sync_folder(place.parent)


def _copy_mode(handle: int, found: os.stat_result) -> None:
    """Give a new file the owner and the mode of the one that it replaces. Some systems have neither."""
    made = os.fstat(handle)
    if (made.st_uid, made.st_gid) != (found.st_uid, found.st_gid):
        os.fchown(handle, found.st_uid, found.st_gid)
    if hasattr(os, "fchmod"):
        os.fchmod(handle, stat.S_IMODE(found.st_mode))


def _sync_folder(folder: Path) -> None:
    """Write the new name to the disk too. Some systems cannot open a folder, and need not."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _clean(folder: Path) -> None:
    """Remove temporary files that a killed process left in a folder; once for each folder."""
    if folder in _cleaned:
        return
    _cleaned.add(folder)
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 - nothing else of each is needed
            left = _ASIDE.fullmatch(name)
            if left and not _runs(int(left[1])):
                (folder / name).unlink(missing_ok=True)


def _runs(process: int) -> bool:
    """Whether a process runs; True where that is not known."""
    if os.name != "posix":
        return True  # on Windows, the signal 0 would end the process
    try:
        os.kill(process, 0)  # sends nothing, and fails if there is no such process
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _write_into(path: Path, found: os.stat_result, raw: bytes) -> None:
    """Write to a device or a pipe. A pipe without a reader is an error: waiting for one could take for ever."""
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
    """Write to the standard output. A reader may leave early, as `head` does: that is no error."""
    with suppress(BrokenPipeError):
        _write_all(1, raw)


def _write_all(handle: int, raw: bytes) -> None:
    rest = memoryview(raw)
    while rest:
        # One call may write a part only.
        rest = rest[os.write(handle, rest) :]
