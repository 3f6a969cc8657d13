"""Makes text harmless: a terminal, a browser or a CI log shows it and takes nothing in it for a command. Also JSON that
is safe to print and to read.

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

# A quick first look: printable ASCII is never odd, and the exact question is slow.
_CANDIDATE = re.compile(r"[^\x20-\x7e\t\n]")
# CI systems read commands from their logs. Azure, TeamCity and GitHub (an old form) obey "##[" and "##word[" anywhere
# in a line; GitHub obeys "::" at the start of a line.
_COMMAND = re.compile(r"##(?=\w*\[)")
_AT_START = re.compile(r"^([^\S\n]*)::", re.MULTILINE)
# Whole strings are matched too, so that brackets within them are skipped.
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def odd(character: str) -> bool:
    """Whether a character is a control, turns the direction of writing, breaks a line, or cannot be seen or encoded."""
    # Python counts spaces of other kinds (Zs) and private characters (Co) as not printable; both are harmless.
    return not character.isprintable() and unicodedata.category(character) not in ("Zs", "Co")


def escaped(character: str) -> str:
    """A character as Python escapes it within quotes."""
    return character.encode("unicode_escape").decode("ascii")


def text(raw: str) -> str:
    """A text of several lines, with every odd character escaped, and with no command to a CI system."""
    shown = _CANDIDATE.sub(lambda match: escaped(match[0]) if odd(match[0]) else match[0], raw)
    return _AT_START.sub(r"\1\\x3a:", _COMMAND.sub(r"#\\x23", shown))


def line(raw: str) -> str:
    """A text as one line: line breaks and tabs are escaped too."""
    # Most texts are plain, and there may be millions.
    if raw.isascii() and raw.isprintable() and "##" not in raw and "::" not in raw:
        return raw
    return text(raw.replace("\n", "\\n").replace("\t", "\\t"))


# -- JSON --------------------------------------------------------------------------------------------------------------


def to_json(value: Any, indent: int | None = None, *, compact: bool = False) -> str:
    """JSON in which every odd character is escaped; ``compact``: without blanks."""
    separators = (",", ":") if compact else None
    # Not ensure_ascii: ordinary letters of other scripts stay readable.
    plain = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    shown = _CANDIDATE.sub(lambda match: json.dumps(match[0])[1:-1] if odd(match[0]) else match[0], plain)
    return _COMMAND.sub(r"#\\u0023", shown)


def from_json(raw: str) -> Any:
    """The value of a JSON text.

    ValueError if it is not JSON, nests too deep, has a key twice, or has a number that JSON does not know (``NaN``) or
    that is far too long.
    """
    _refuse_depth(raw)
    return json.loads(
        raw, parse_constant=_no_number, parse_float=_finite, parse_int=_short, object_pairs_hook=_without_doubles
    )


def _refuse_depth(raw: str) -> None:
    """ValueError for deep nesting. Python's reader recurses, and the depth at which it fails depends on the caller."""
    if raw.count("[") + raw.count("{") <= MOST_DEPTH:
        return  # so few brackets cannot nest deeper
    depth = 0
    for found in _BRACKET.finditer(raw):
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
    parsed = dict(pairs)
    if len(parsed) < len(pairs):
        raise ValueError("an object has the same key twice")
    return parsed
