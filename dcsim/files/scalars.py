"""Scalars by the core schema of YAML 1.2: what a plain one stands for, and how to write a value so that it reads back.

YAML 1.1, which PyYAML speaks, takes ``no`` for False and ``18:05`` for 1085.
"""

from __future__ import annotations

import json
import re

from dcsim.harmless import odd

Scalar = str | int | float | bool | None

_NULL = {"", "~", "null", "Null", "NULL"}
_FLAG = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# Python refuses to convert very long ones, and nobody counts that far.
_LONGEST_INT = 100

# Words that mean the same inside and outside of brackets, in every YAML there is.
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.*/+-]*( [A-Za-z0-9+-][A-Za-z0-9_.*/+-]*)*")
# JSON leaves these as they are; YAML would refuse some of them or take them for line breaks, and a terminal obey them.
_ODD = re.compile(r"[^\x20-\x7e]|##(?=\w*\[)")


def resolve(text: str) -> Scalar:
    """What a plain scalar stands for."""
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
    """A scalar as YAML text, in quotes only where it needs them."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if not isinstance(value, str):
        return str(value)
    if _SAFE.fullmatch(value) and isinstance(resolve(value), str):
        return value
    return _ODD.sub(lambda match: _escaped(match[0]), json.dumps(value, ensure_ascii=False))


def _escaped(found: str) -> str:
    if len(found) > 1:
        return "#\\u0023"
    if found != "\xa0" and not odd(found):
        return found
    return f"\\u{ord(found):04x}" if found <= "\uffff" else f"\\U{ord(found):08x}"
