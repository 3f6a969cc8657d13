"""Sizes and durations on the command line: ``512M``, ``4G``, ``60s``, ``5m``."""

from __future__ import annotations

import re
from typing import Any

import click

from dcsim.domain.moment import DURATION_FORMS, duration


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


DURATION, SIZE = DurationWord(), SizeWord()
