"""What the words mean that dcsim prints, and that its files are written in, as text and JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

import attrs

from dcsim import __version__
from dcsim.report.text import Paint, each_on_one_line, plain, wrapped

FORMAT = 1


@attrs.frozen(kw_only=True)
class Meaning:
    """One meaning of a word. ``family`` says of what it is a word, and ``tag`` is shown instead where that says more.

    ``more`` are further paragraphs, each with its heading.
    """

    word: str
    family: str
    says: str
    tag: str = ""
    more: tuple[tuple[str, str], ...] = ()


@each_on_one_line
def lines(meanings: Iterable[Meaning], paint: Paint = plain) -> Iterator[str]:
    """Yield each meaning: the word with its title, and one paragraph for each heading."""
    for number, meaning in enumerate(meanings):
        if number:
            yield ""
        yield from wrapped(f"{paint(meaning.word, 'bold')}  {meaning.says} ({meaning.tag or meaning.family})", 0)
        for head, text in meaning.more:
            first, *rest = text.split("\n")
            yield from _paragraph(f"{head}:", first)
            yield from (f"           {line}" for line in rest)


def _paragraph(head: str, text: str) -> list[str]:
    return wrapped(f"{head:<8} {text}", 2)


@each_on_one_line
def overview(meanings: Iterable[Meaning], paint: Paint = plain) -> Iterator[str]:
    """Yield the words by family."""
    for family, words in groupby(meanings, key=lambda meaning: meaning.family):
        yield paint(family, "bold")
        yield from wrapped(", ".join(meaning.word for meaning in words), 2)


def as_json(meanings: Iterable[Meaning]) -> Mapping[str, Any]:
    """Return the meanings as JSON values."""
    listed = [{"word": one.word, "family": one.family, "says": one.says, "more": dict(one.more)} for one in meanings]
    return {"dcsim-explain": FORMAT, "version": __version__, "meanings": listed}
