"""What words on the command line stand for: paths, sizes (``512M``, ``4G``) and durations (``60s``, ``5m``)."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from dcsim.domain.moment import DURATION_FORMS, duration
from dcsim.files.atomic_write import replaceable
from dcsim.files.disk import path_of


class PathWord(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A path. Whether it can be read or written is asked when it is, and told like any other finding."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ARG002
        """The path; an empty word is refused."""
        return path_of(value)


class OutputWord(PathWord):
    """The path of a file to write. What stands there and may not be replaced is told before any work is done."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path; InputError if something stands there that must stay."""
        path = super().convert(value, param, ctx)
        with suppress(OSError, ValueError):
            replaceable(path)
        return path


class DurationWord(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A duration, as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds; a usage error when it is no duration."""
        try:
            return duration(str(value)) / 1000 if isinstance(value, str) else float(value)
        except ValueError:
            return self.fail(f"'{value}' is not a duration; expected one {DURATION_FORMS}", param, ctx)


class SizeWord(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A number of bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Bytes; a usage error when it is no size."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d+)([KMG]?)", str(value))
        if not match:
            return self.fail(f"'{value}' is not a size; expected one such as 512M or 4G", param, ctx)
        return int(match[1]) * {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}[match[2]]


class Shard(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``i/n``: one of n parts of a campaign, the first is 1."""

    name = "I/N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """The part and how many there are."""
        if isinstance(value, tuple):
            return value
        part, _, parts = str(value).partition("/")
        numbers = part.isascii() and parts.isascii() and part.isdecimal() and parts.isdecimal()
        if not (numbers and 1 <= int(part) <= int(parts)):
            self.fail(f"'{value}' is no part such as 1/4", param, ctx)
        return int(part), int(parts)


DURATION, OUTPUT, PATH, SIZE = DurationWord(), OutputWord(), PathWord(), SizeWord()
