"""Reads and writes files, and finds the scenarios in a folder. What cannot be read or written is a finding."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from dcsim.files.atomic_write import can_save, make_folder, save, save_parts
from dcsim.files.findings import Finding, InputError, unlocated
from dcsim.files.yaml_nodes import top_level_keys

__all__ = [
    "SUFFIXES",
    "can_save",
    "decoded",
    "discover",
    "make_folder",
    "near",
    "path_of",
    "read_text",
    "save",
    "save_parts",
]

MOST_BYTES = 32 * 1024 * 1024
SUFFIXES = (".yaml", ".yml")

_SAVE = "save the file as UTF-8"
_MARKED = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_ENOUGH = 4096

_LOOKS_LIKE_ONE = re.compile(r"""^["']?scenario["']?\s*:""", re.MULTILINE)
_ADDRESS = re.compile(r"(.+)#(\d{1,9})", re.DOTALL)
_MISSING = (FileNotFoundError, NotADirectoryError)


def path_of(word: str | Path) -> Path:
    """The path that a word stands for. InputError for an empty word: ``Path`` would take it for the working folder."""
    if not str(word):
        raise unlocated("DC100", "''", "an empty path names no file")
    return Path(word)


def near(found: Path, folder: Path) -> str:
    """The path of a file, as a file in ``folder`` would write it."""
    name = Path(os.path.relpath(found, folder)).as_posix()
    # Without a separator it could be read as the name of a built-in file.
    return name if "/" in name else f"./{name}"


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """The exact text of a file, with its own line ends. InputError when it cannot be read as text, or has more than
    ``most`` bytes.
    """
    shown = str(path)
    try:
        if path.stat().st_size > most:
            raise _too_big(shown, most)
        return decoded(_read_bytes(path, shown), shown, most)
    except _MISSING:
        raise unlocated("DC100", shown, "no such file") from None
    except OSError as error:
        raise unlocated("DC101", shown, f"cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        # A null character: no file can have such a name.
        raise unlocated("DC100", repr(shown), str(error)) from None


def decoded(raw: bytes, shown: str, most: int = MOST_BYTES) -> str:
    """The text of some bytes."""
    if len(raw) > most:
        raise _too_big(shown, most)
    encoding = encoding_of(raw)
    if encoding:
        raise InputError([Finding("DC102", shown, 1, 1, f"not UTF-8 text, but {encoding}", hint=_SAVE)])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        start = before.rfind(b"\n") + 1
        col = len(before[start:].decode("utf-8", "replace")) + 1
        byte = raw[error.start : error.start + 1]
        sign = byte.decode("cp1252", "replace")
        as_latin = f", which is '{sign}' in Latin-1 (Windows-1252)" if sign.isprintable() and sign != "\ufffd" else ""
        message = f"not UTF-8 text: byte 0x{byte[0]:02x}{as_latin}"
        place = before.count(b"\n") + 1, col
        raise InputError([Finding("DC102", shown, *place, message, hint=_SAVE)]) from None


def encoding_of(raw: bytes) -> str:
    """The name of the encoding of bytes that are UTF-16 or UTF-32; empty for others."""
    for mark, name in _MARKED.items():
        if raw.startswith(mark):
            return f"{name}, by its byte order mark"
    head = raw[:_ENOUGH]
    # Without a mark, every second byte of plain letters is null in UTF-16, and three of four in UTF-32.
    for width, name in ((4, "UTF-32"), (2, "UTF-16")):
        nulls = [head[start::width].count(0) for start in range(width)]
        full = len(head) // width
        if full > 2 and sorted(nulls)[1 if width == 4 else -1] > full * 2 // 3 and min(nulls) < full // 3 + 1:
            return f"{name} without a byte order mark"
    return ""


def _read_bytes(path: Path, shown: str) -> bytes:
    # Checked before opening: opening a pipe would wait for its writer.
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise unlocated("DC101", shown, "is a folder, not a file")
    if not stat.S_ISREG(found.st_mode):
        raise unlocated("DC101", shown, "is not a regular file")
    with path.open("rb") as file:
        # The file may have grown since its size was asked for; one byte too many is enough to see that.
        return file.read(max(found.st_size, MOST_BYTES) + 1)


def _too_big(shown: str, most: int) -> InputError:
    return unlocated("DC111", shown, f"is above {most // (1024 * 1024)} MiB")


def row_of(path: str | Path) -> tuple[Path, int | None]:
    """The file of an address, and the number of the row that it names: ``file.yaml#2``."""
    named = _ADDRESS.fullmatch(str(path))
    return (Path(named[1]), int(named[2])) if named and not os.path.lexists(path) else (Path(path), None)


def discover(paths: Iterable[Path | str]) -> list[Path]:
    """The scenario files among these paths: each file that is given, and of each folder the files that hold a scenario,
    in order of their names.
    """
    found: dict[Path, None] = {}
    findings: list[Finding] = []
    for path in paths:
        try:
            found |= dict.fromkeys(_scenarios(path_of(path)))
        except InputError as error:
            findings += error.findings
    if findings:
        raise InputError(findings)
    return list(found)


def _scenarios(path: Path) -> list[Path]:
    try:
        mode = row_of(path)[0].stat().st_mode
    except _MISSING:
        raise unlocated("DC100", str(path), "no such file or folder") from None
    except (OSError, ValueError) as error:
        raise unlocated("DC101", str(path), f"cannot be read: {error}") from None
    if not stat.S_ISDIR(mode):
        return [path]
    scenarios = [file for file in sorted(_yaml_files(path)) if _is_scenario(file)]
    if not scenarios:
        raise unlocated("DC115", str(path), "no scenario in this folder")
    return scenarios


def _yaml_files(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise unlocated("DC101", str(error.filename), f"cannot be read: {error.strerror}")

    for here, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(here, name) for name in files if name.endswith(SUFFIXES) and not name.startswith("."))


def _is_scenario(path: Path) -> bool:
    """Whether the top level has the key `scenario`. A file that cannot be read counts as one, so that loading it
    reports its fault.
    """
    try:
        text = read_text(path)
    except InputError:
        return True
    try:
        return "scenario" in top_level_keys(text)
    except (yaml.YAMLError, UnicodeEncodeError):
        # Broken YAML: look at the text, so that a scenario with a slip in it is reported and not passed over.
        return bool(_LOOKS_LIKE_ONE.search(text))
