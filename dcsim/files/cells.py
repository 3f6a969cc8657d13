"""Text from the cells of a table without types, such as CSV: where a number or a flag is expected, it stands for one.

`CellText` lives only between a table and the structuring of a file: no typed value holds one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dcsim.files.yaml_scalars import resolve

_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


class CellText(str):
    """The text of a cell."""

    __slots__ = ()


def plain(raw: Any) -> Any:
    """The value, as plain text if it is a cell's."""
    return str(raw) if type(raw) is CellText else raw


def typed(raw: Any) -> Any:
    """The value; of a cell the number or the flag that it stands for, if it does for one."""
    if type(raw) is not CellText:
        return raw
    flag = _FLAGS.get(raw.lower())
    return resolve(str(raw)) if flag is None else flag


def stored(raw: Any) -> Any:
    """The value; of a cell what a record may hold: text, a whole number, ``true`` or ``false``."""
    found = resolve(str(raw)) if type(raw) is CellText else raw
    return str(raw) if isinstance(found, float) and type(raw) is CellText else found


def reading(read: Callable[[Any], Any], hook: Callable[..., Any]) -> Callable[..., Any]:
    """A hook that gets each value as ``read`` makes it: by ``plain``, ``typed`` or ``stored``."""
    return lambda raw, type_: hook(read(raw) if type(raw) is CellText else raw, type_)
