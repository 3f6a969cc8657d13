"""Writes tables of millions of rows: as CSV, JSON Lines or Parquet, part by part."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from dcsim.files.findings import unlocated
from dcsim.files.tables import FORMATS, JSON_LINES, PARQUET, pyarrow_for, write_table

ROWS = 65_536
"""So many rows are one part."""
Rows = Iterator[Sequence[str]]


def table_parts(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The bytes of a table, by the suffix of its path. Every cell is text."""
    return _WRITERS.get(path.suffix, _as_text)(path, head, iter(rows))


def can_be_table(path: Path) -> None:
    """InputError if the suffix of a path names no format, or one that cannot be written here. A device takes CSV."""
    device = path.exists() and not path.is_file()
    if path.suffix not in _WRITERS and not device:
        message = f"is no table by its suffix; expected one of {', '.join(FORMATS)}"
        raise unlocated("DC117", str(path), f"cannot be written: it {message}")
    if path.suffix == PARQUET:
        pyarrow_for(path)


def _as_text(path: Path, head: Sequence[str], rows: Rows) -> Iterator[bytes]:
    yield write_table(path.suffix, head, ()).encode()
    while some := list(islice(rows, ROWS)):
        yield write_table(path.suffix, head, some, with_head=False).encode()


class _Sink(io.RawIOBase):
    """Takes what pyarrow writes, and gives it on."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.taken.append(bytes(data))
        return len(self.taken[-1])

    def give(self) -> bytes:
        given = b"".join(self.taken)
        self.taken.clear()
        return given


def _as_parquet(path: Path, head: Sequence[str], rows: Rows) -> Iterator[bytes]:
    pyarrow, format_ = pyarrow_for(path)
    schema = pyarrow.schema([(name, pyarrow.string()) for name in head])
    sink = _Sink()
    with format_.ParquetWriter(sink, schema) as writer:
        while some := list(islice(rows, ROWS)):
            columns = [pyarrow.array(map(_encodable, column), pyarrow.string()) for column in zip(*some, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(columns, schema=schema))
            yield sink.give()
    yield sink.give()


def _encodable(cell: str) -> str:
    """The cell; half of a character (a lone surrogate), which no file can hold, is escaped."""
    return cell if cell.isascii() else cell.encode("utf-8", "backslashreplace").decode()


_WRITERS: Mapping[str, Callable[[Path, Sequence[str], Rows], Iterator[bytes]]] = {
    ".csv": _as_text,
    **dict.fromkeys(JSON_LINES, _as_text),
    PARQUET: _as_parquet,
}
