"""The paths of the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from dcsim.files.disk import path_of


class PathWord(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A path. Whether it can be read or written is asked when it is, and told like any other finding."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ARG002
        """The path; an empty word is refused."""
        return path_of(value)


PATH = PathWord()


def near(found: Path, folder: Path) -> str:
    """A file as it is called in a file of that folder: a path, also where it lies beside."""
    name = Path(os.path.relpath(found, folder)).as_posix()
    return name if "/" in name else f"./{name}"
