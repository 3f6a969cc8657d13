"""What is wrong with a text that is not YAML, as findings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from dcsim.files import odd_characters
from dcsim.files.findings import Finding

_TWO_COLONS = re.compile(r"^[^\[{]*:\s[^\[{]*:(?:\s|$)")
_PAIRS = (("{", "}"), ("[", "]"))
_SIGN = re.compile(r"(?<![^\s\[{,:])[@`%*&!|>]")
"""A sign with a meaning of its own in YAML, at the beginning of a value."""
_UNSPACED = re.compile(r"^[ -]*[A-Za-z][\w-]*:[^\s:/]", re.ASCII)


def finding_at(mark: Any, code: str, message: str, hint: str = "") -> Finding:
    """A finding at a place of a text, which PyYAML marks."""
    return Finding(code, path_of(mark), mark.line + 1, mark.column + 1, message, hint=hint)


def path_of(mark: Any) -> str:
    """The file of a mark, which is empty if it is the text's own."""
    path: str = getattr(mark, "path", "")
    return path


def not_yaml(text: str, error: yaml.YAMLError) -> tuple[Finding, ...]:
    """The finding of an error of PyYAML, after those of characters that may be its cause."""
    lines = (mark.line + 1 for mark in _marks(error))
    return (*odd_characters.not_yaml(text, lines), _not_yaml(text, error))


def _not_yaml(text: str, error: yaml.YAMLError) -> Finding:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        if (error.context or "").startswith("expected a single document"):
            return finding_at(error.problem_mark, "DC114", "a second document starts here")
        reason = ", ".join(str(part) for part in (error.context, error.problem) if part)
        return finding_at(error.problem_mark, "DC103", f"not YAML: {reason}", _hint(text, error, error.problem_mark))
    position = getattr(error, "position", None)
    if not isinstance(position, int):
        return Finding("DC103", "", 0, 0, f"not YAML: {error}")
    before = text[:position]
    line, col = before.count("\n") + 1, position - before.rfind("\n")
    return Finding("DC103", "", line, col, "not YAML: a character that may not stand in text")


def _hint(text: str, error: yaml.MarkedYAMLError, mark: Any) -> str:
    """The likely mend of an error of PyYAML at a place; empty if none is likely."""
    at = mark.line
    lines = [line for line in text.split("\n")[max(0, at - 1) : at + 1] if len(line) <= odd_characters.LONGEST]
    if not lines:
        return ""
    if "${" in "".join(lines):
        return 'put quotes around what holds a placeholder, such as "${kind}"'
    signs = (_SIGN.match(lines[-1], max(0, mark.column - back)) for back in (0, 1))
    if sign := next(filter(None, signs), None):
        return f"put quotes around a text that begins with '{sign[0]}'"
    if any(map(_UNSPACED.match, lines)):
        # YAML takes a colon without a space behind it for a part of the word.
        return "put a space after the colon"
    if "mapping values" in (error.problem or "") and _TWO_COLONS.match(odd_characters.masked(lines[-1])):
        return "put quotes around a text that has a colon in it"
    if (error.context or "").startswith("while parsing a flow") and error.context_mark:
        return f"is the bracket closed that opens on line {error.context_mark.line + 1}?"
    shown = odd_characters.masked("\n".join(lines))
    extra = next((closing for opening, closing in _PAIRS if shown.count(closing) > shown.count(opening)), "")
    return f"a '{extra}' is there too often" if extra else ""


def _marks(error: yaml.YAMLError) -> Iterator[Any]:
    """The places that an error names."""
    return filter(None, (getattr(error, name, None) for name in ("context_mark", "problem_mark")))
