"""Text that a terminal, a browser or a CI log shows and does not obey; and JSON that is safe to print and to read.

Any floor may use it: it knows nothing of dcsim.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import Any, NoReturn

MOST_DEPTH = 100
MOST_DIGITS = 40

_CANDIDATE = re.compile(r"[^\x20-\x7e\t\n]")
# Azure, TeamCity and the old form of GitHub obey these anywhere in a line; "::" GitHub obeys at the start of one.
_COMMAND = re.compile(r"##(?=\w*\[)")
_AT_START = re.compile(r"^([^\S\n]*)::", re.MULTILINE)
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def odd(character: str) -> bool:
    """Whether a character is a control, turns the direction of writing, breaks a line, or cannot be seen or encoded."""
    return not character.isprintable() and unicodedata.category(character) not in ("Zs", "Co")


def escaped(character: str) -> str:
    """A character as Python would spell it within quotes."""
    return character.encode("unicode_escape").decode("ascii")


def text(said: str) -> str:
    """A text of several lines, with every odd character spelled out, and no command to a CI system in it."""
    shown = _CANDIDATE.sub(lambda match: escaped(match[0]) if odd(match[0]) else match[0], said)
    return _AT_START.sub(r"\1\\x3a:", _COMMAND.sub(r"#\\x23", shown))


def line(said: str) -> str:
    """A text as one line: line breaks and tabs are spelled out too."""
    return text(said.replace("\n", "\\n").replace("\t", "\\t"))


# -- JSON --------------------------------------------------------------------------------------------------------------


def to_json(value: Any, indent: int | None = None, *, compact: bool = False) -> str:
    """JSON in which every odd character is escaped; ``compact``: without blanks."""
    separators = (",", ":") if compact else None
    plain = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    shown = _CANDIDATE.sub(lambda match: json.dumps(match[0])[1:-1] if odd(match[0]) else match[0], plain)
    return _COMMAND.sub(r"#\\u0023", shown)


def from_json(said: str) -> Any:
    """What a JSON text holds. ValueError where it is none, nests too deep, has a key twice, or a number that is none of
    JSON's or far too long.
    """
    _refuse_depth(said)
    return json.loads(
        said, parse_constant=_no_number, parse_float=_finite, parse_int=_short, object_pairs_hook=_without_doubles
    )


def _refuse_depth(said: str) -> None:
    """Python's reader recurses; where its stack ends depends on who calls."""
    if said.count("[") + said.count("{") <= MOST_DEPTH:
        return
    depth = 0
    for found in _BRACKET.finditer(said):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > MOST_DEPTH:
            raise ValueError(f"nested more than {MOST_DEPTH} deep")


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _short(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number has more than {MOST_DIGITS} digits")
    return int(digits)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("an object has the same key twice")
    return made
