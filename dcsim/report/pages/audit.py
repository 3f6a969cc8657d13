"""The pack for a change board as a document: sections of texts, lists and tables. One template makes a page of it, and
one makes Markdown, so both say the same. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

import attrs

from dcsim.report.pages.markdown import markdown
from dcsim.report.pages.render import page

Tone = Literal["", "good", "bad", "warn", "faint"]


@attrs.frozen
class Phrase:
    """Some words of one sort: ``code`` is quoted exactly; ``href`` is a file of the pack, or an anchor of the page."""

    text: str
    tone: Tone = ""
    href: str = ""
    code: bool = False


Words = str | Phrase | Iterable[str | Phrase]


def phrases(words: Words) -> tuple[Phrase, ...]:
    """Return words as phrases."""
    parts = (words,) if isinstance(words, str | Phrase) else words
    return tuple(Phrase(part) if isinstance(part, str) else part for part in parts)


def _each(many: Iterable[Words]) -> tuple[tuple[Phrase, ...], ...]:
    return tuple(map(phrases, many))


@attrs.frozen
class PackText:
    """A paragraph."""

    kind: ClassVar = "text"
    words: tuple[Phrase, ...] = attrs.field(converter=phrases)
    title: str = attrs.field(default="", kw_only=True)


@attrs.frozen
class PackList:
    """A list of short texts."""

    kind: ClassVar = "list"
    items: tuple[tuple[Phrase, ...], ...] = attrs.field(converter=_each)
    title: str = attrs.field(default="", kw_only=True)


@attrs.frozen
class PackRow:
    """A row of a table. ``anchor`` is its name within the page."""

    cells: tuple[tuple[Phrase, ...], ...] = attrs.field(converter=_each)
    anchor: str = ""


def _rows(rows: Iterable[PackRow]) -> tuple[PackRow, ...]:
    return tuple(rows)


@attrs.frozen
class PackTable:
    """A table. The first cell of each row is its heading."""

    kind: ClassVar = "table"
    head: tuple[str, ...]
    rows: tuple[PackRow, ...] = attrs.field(converter=_rows)
    title: str = attrs.field(default="", kw_only=True)


PackBlock = PackText | PackList | PackTable


def _blocks(blocks: Iterable[PackBlock]) -> tuple[PackBlock, ...]:
    return tuple(blocks)


@attrs.frozen(kw_only=True)
class PackSection:
    """A section: its anchor, its heading, what it is about, and its blocks."""

    anchor: str
    name: str
    lead: str
    blocks: tuple[PackBlock, ...] = attrs.field(converter=_blocks)


@attrs.frozen(kw_only=True)
class PackPage:
    """The document. ``word`` and ``tone`` are those of the verdict, and ``sentence`` says it in full."""

    title: str
    word: str
    tone: Tone
    sentence: str
    sections: tuple[PackSection, ...]

    @property
    def html(self) -> str:
        """The page for a browser."""
        return page("audit.html.j2", styles=("audit.css",), pack=self)

    @property
    def markdown(self) -> str:
        """The same in Markdown."""
        return markdown("audit.md.j2", pack=self)
