"""Findings: what is wrong in a file, where, and what was probably meant.

A check makes a `Flaw`: a code and a place in the data. The document adds the line and column of that place; this makes
a `Finding`. Nothing here reads a file.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from itertools import chain, islice

import attrs

from dcsim.files.code import Severity
from dcsim.files.codes import CODES

Keys = tuple[str | int, ...]
"""A place in the data: the keys and indices that lead to it."""

_MOST_GUESSED = 500
_MOST_LISTED = 16
_LONGEST_GUESSED = 100


@attrs.frozen
class Finding:
    """One fault in one file. Lines and columns count from 1; line 0 stands for the file as a whole.

    The code must be in the table of codes (else KeyError), which gives the severity. ``moment`` is the text of a moment
    that was refused: where the rulebook is known, the hint can say how to write it.
    """

    code: str
    path: str
    line: int
    col: int
    message: str
    severity: Severity = attrs.field(default=attrs.Factory(lambda self: CODES[self.code].severity, takes_self=True))
    hint: str = ""
    moment: str = attrs.field(default="", eq=False, repr=False)

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.col}" if self.line else self.path
        grade = "" if self.severity == "error" else f"{self.severity}: "
        return f"{self.code} {place} {grade}{self.message}{'; ' if self.hint else ''}{self.hint}"


class InputError(Exception):
    """A file cannot be used; ``findings`` are all faults that were found in it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


@attrs.frozen
class Flaw:
    """A fault whose line and column are not known yet. ``at_key``: the fault is in the key, not in its value.

    ``lacks`` is the key that is missing, and ``moment`` the text of a moment, if the fault is one of these.
    """

    code: str
    keys: Keys
    message: str
    hint: str = ""
    at_key: bool = False
    lacks: str = ""
    moment: str = ""


class FlawError(Exception):
    """Raised when one value cannot be structured. ``flaw.keys`` lead from that value to the fault."""

    def __init__(
        self, code: str, message: str, hint: str = "", keys: Keys = (), at_key: bool = False, **more: str
    ) -> None:
        self.flaw = Flaw(code, keys, message, hint, at_key, **more)
        super().__init__(message)


def unlocated(code: str, path: str, message: str, hint: str = "") -> InputError:
    """The error of a file that cannot be read or written at all: it has no line to point to."""
    return InputError([Finding(code, path, 0, 0, message, hint=hint)])


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if one is similar."""
    # Comparing one word with a hundred thousand accounts would take longer than reading the file. The time to compare
    # two words grows with the square of their length.
    words = [other for other in islice(known, _MOST_GUESSED) if len(other) <= _LONGEST_GUESSED]
    if len(word) > _LONGEST_GUESSED:
        return None
    same = (other for other in words if _alike(other) == _alike(word))
    return next(chain(same, difflib.get_close_matches(word, words, n=1)), None)


def _alike(word: str) -> str:
    """A word without what is easily overlooked: capital letters, and characters of twice the width."""
    return (word if word.isascii() else unicodedata.normalize("NFKC", word)).casefold()


def suggest(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?``; if no word is similar, the list of known words, if it is short; otherwise nothing."""
    words = sorted(set(islice(known, _MOST_GUESSED)))
    near = nearest(word, words)
    if near:
        return f"did you mean '{near}'?"
    return f"expected one of {', '.join(words)}" if 0 < len(words) <= _MOST_LISTED else ""


def unknown(code: str, keys: Keys, what: str, word: str, known: Iterable[str], *, at_key: bool = False) -> Flaw:
    """The flaw of an unknown name."""
    return Flaw(code, keys, f"unknown {what} '{word}'", suggest(word, known), at_key)
