"""Reads and writes scalars by the core schema of YAML 1.2.

PyYAML follows YAML 1.1, which reads ``no`` as False and ``18:05`` as 1085.
"""

from __future__ import annotations

import json
import re

from dcsim.domain import moment
from dcsim.domain.moment import Moment
from dcsim.harmless import odd

Scalar = str | int | float | bool | None

_NULL = {"", "~", "null", "Null", "NULL"}
_FLAG = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# Python refuses to convert very long numbers; they stay text.
_LONGEST_INT = 100

# Text that needs no quotes, inside or outside of brackets, for any version of YAML.
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.*/+-]*( [A-Za-z0-9+-][A-Za-z0-9_.*/+-]*)*")
# Characters to escape although JSON does not: YAML refuses some of them or takes them for line breaks, and a terminal
# may take them for commands.
_ODD = re.compile(r"[^\x20-\x7e]|##(?=\w*\[)")


def resolve(text: str) -> Scalar:
    """The value of a plain scalar, one without quotes."""
    if text in _NULL:
        return None
    if text in _FLAG:
        return _FLAG[text]
    if _INT.fullmatch(text) and len(text) <= _LONGEST_INT:
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def spelled(value: Scalar) -> str:
    """A scalar as YAML text that reads back to it, in quotes only if it needs them."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if not isinstance(value, str):
        return str(value)
    # Safe words can still read as something else, as `true` and `12` do.
    if _SAFE.fullmatch(value) and isinstance(resolve(value), str):
        return value
    # A JSON string is a YAML string in double quotes.
    return _ODD.sub(lambda match: _escaped(match[0]), json.dumps(value, ensure_ascii=False))


def _escaped(found: str) -> str:
    if len(found) > 1:  # "##", which begins a command to some CI systems
        return "#\\u0023"
    if found != "\xa0" and not odd(found):
        return found
    return f"\\u{ord(found):04x}" if found <= "\uffff" else f"\\U{ord(found):08x}"


def write_moment(when: Moment) -> str:
    """The text of a moment, with milliseconds if it has any."""
    if when.local is not None and when.local.microsecond:
        return when.local.isoformat(sep=" ", timespec="milliseconds")
    return moment.write(when)
