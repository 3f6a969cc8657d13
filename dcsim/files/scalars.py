"""Scalars by the core schema of YAML 1.2: what a plain one stands for, and how to write a value so that it reads back.

YAML 1.1, which PyYAML speaks, takes ``no`` for False and ``18:05`` for 1085.
"""

from __future__ import annotations

import json
import re

Scalar = str | int | float | bool | None

_NULL = {"", "~", "null", "Null", "NULL"}
_FLAG = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# Python refuses to convert very long ones, and nobody counts that far.
_LONGEST_INT = 100

# Words that mean the same inside and outside of brackets, in every YAML there is.
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.*/+-]*( [A-Za-z0-9+-][A-Za-z0-9_.*/+-]*)*")
# JSON leaves these as they are; YAML would refuse them or take them for line breaks.
_ODD = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")


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
    return _ODD.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))
