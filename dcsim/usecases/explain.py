"""Explain: what a word means that dcsim prints, or that its files are written in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dcsim.files.codes import CODES
from dcsim.files.findings import nearest
from dcsim.report.explain import Meaning
from dcsim.usecases.meanings import everything
from dcsim.usecases.request import RequestError

_REFUSED = re.compile(r"refused[\s:(]+(?P<code>\S+?)\)?")
_INTERVAL = re.compile(r"(after|before)-.+")
_WRAPPED = " \t\n'\"`“”‘’.,;:()[]"


def explain(asked: str) -> tuple[Meaning, ...]:
    """Every meaning of a word, however it is spelled: ``dc144``, ``Open cell``, ``refused wrong-password``.

    RequestError for a word that dcsim does not know.
    """
    known = everything()
    refused = _REFUSED.fullmatch(asked.strip(_WRAPPED).casefold())
    found = [one for one in known if refused and "refusal" in one.family and _plain(one.word) == refused["code"]]
    found = found or [one for one in known if _plain(one.word) == _plain(asked)]
    found = found or list(_in_family(asked, known))
    figure, _, part = _plain(asked).partition(".")
    found = found or [one for one in known if part and one.family == "figure" and one.word == figure]
    if interval := _INTERVAL.fullmatch(_plain(asked)):
        found = found or [one for one in known if _plain(one.word) == f"{interval[1]}-session"]
    if not found:
        raise RequestError(_unknown(asked, known))
    return tuple(found)


def _in_family(asked: str, known: tuple[Meaning, ...]) -> Iterator[Meaning]:
    """The meanings of a word that has a word of its family before it: ``policy lockout-after``, ``exit code 3``."""
    *family, word = asked.split() or [""]
    if family:
        yield from (one for one in known if _plain(one.word) == _plain(word) and _plain(family[0]) in one.family)


def _plain(word: str) -> str:
    """A word in lower case with hyphens, without what it is quoted with."""
    return re.sub(r"[\s_-]+", "-", word.strip(_WRAPPED).casefold())


def _unknown(asked: str, known: tuple[Meaning, ...]) -> str:
    words = {_plain(one.word): one.word for one in known}
    near = nearest(_plain(asked), words)
    hint = f"did you mean '{words[near]}'? " if near else ""
    codes = f"codes of findings go from {min(CODES)} to {max(CODES)}"
    return f"dcsim knows no word '{asked}'; {hint}`dcsim explain` lists all words, and {codes}"
