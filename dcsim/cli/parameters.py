"""Types of command-line arguments: paths, sizes (``512M``, ``4G``), durations (``60s``, ``5m``) and shards."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from dcsim.domain.faults import FAULT_KINDS
from dcsim.domain.moment import DURATION_FORMS, duration
from dcsim.files.atomic_write import replaceable
from dcsim.files.disk import path_of
from dcsim.files.loose_times import duration_hint
from dcsim.files.overwrite_guard import is_named

ANY = "any"
"""The word for every number."""


class PathWord(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A path. Whether it can be read or written is tested when this is done, and reported as a finding."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ARG002
        """Return the path. InputError where the word is empty."""
        return path_of(value)


class OutputWord(PathWord):
    """The path of a file to write. If it may not be replaced, or is named twice, this is reported before any work."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path. InputError if a file there may not be replaced, or if another option names it."""
        path = super().convert(value, param, ctx)
        with suppress(OSError, ValueError):
            is_named(path)
            replaceable(path)
        return path


class DurationWord(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A duration in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds. A usage error where the word is not a duration."""
        try:
            return duration(str(value)) / 1000 if isinstance(value, str) else float(value)
        except ValueError:
            hint = duration_hint(str(value)) or f"expected one {DURATION_FORMS}"
            return self.fail(f"'{value}' is not a duration; {hint}", param, ctx)


class CountWord(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A whole number, or ``any``."""

    name = "count"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Return the number, or ``any``. A usage error where the word is neither."""
        if value == ANY:
            return ANY
        if re.fullmatch(r"\d{1,9}", str(value), re.ASCII):
            return int(value)
        return self.fail(f"'{value}' is not a number from 0, nor '{ANY}'", param, ctx)


class SizeWord(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A number of bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes. A usage error where the word is not a size."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d+)([KMG]?)", str(value))
        if not match:
            return self.fail(f"'{value}' is not a size; expected one such as 512M or 4G", param, ctx)
        return int(match[1]) * {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}[match[2]]


class Shard(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``i/n``: part i of the n parts of a campaign. The first part is 1."""

    name = "I/N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return the part and the number of parts."""
        if isinstance(value, tuple):
            return value
        part, _, parts = str(value).partition("/")
        # Decimal digits of other scripts are refused: they look different but int() would accept them.
        numbers = part.isascii() and parts.isascii() and part.isdecimal() and parts.isdecimal()
        if not (numbers and 1 <= int(part) <= int(parts)):
            self.fail(f"'{value}' is no part such as 1/4", param, ctx)
        return int(part), int(parts)


class ClusterWord(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """The address of a Dask scheduler. Whether there is one is found when it is called."""

    name = "address"
    _FORM = re.compile(r"(?:(?:tcp|tls|ws|wss)://)?(?P<host>[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address. A usage error where the word is not an address."""
        match = self._FORM.fullmatch(str(value))
        if not match or not 0 < int(match["port"]) < 2**16:
            self.fail(f"'{value}' is no address of a cluster; expected one such as tcp://10.0.0.5:8786", param, ctx)
        return str(value)


class KindsWord(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Kinds of fault, separated by commas."""

    name = "kinds"

    def __init__(self, known: Iterable[Any] = FAULT_KINDS) -> None:
        self.known = tuple(known)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        """Return the kinds, each once, in the order of all kinds. A usage error where a word is no kind."""
        words = value if isinstance(value, tuple) else tuple(filter(None, map(str.strip, str(value).split(","))))
        strange = [word for word in words if word not in self.known]
        if strange or not words:
            found = f"'{strange[0]}' is no kind of fault" if strange else "no kind of fault is given"
            self.fail(f"{found}; the kinds are {', '.join(self.known)}", param, ctx)
        return tuple(kind for kind in self.known if kind in words)


CLUSTER, DURATION, KINDS, OUTPUT = ClusterWord(), DurationWord(), KindsWord(), OutputWord()
COUNT, PATH, SIZE = CountWord(), PathWord(), SizeWord()
KINDS_IN_TIME = KindsWord(("outage", "slow-link", "crash", "skew", "late-operator", "late-otp", "slow-request"))
