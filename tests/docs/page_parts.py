"""The pages and what stands in them, read by the parser that the site reads them with."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md"])
SHELLS = {"sh", "bash", "shell", "console"}


class Block(NamedTuple):
    """A block of a page: its line, its language, the name of the file that it is, and its text."""

    line: int
    language: str
    file: str
    text: str

    @property
    def is_command(self):
        return self.language in SHELLS or self.text.startswith(("$ ", "dcsim "))

    @property
    def commands(self):
        """The commands of a console, each with the output printed below it."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown.strip("\n")


@cache
def _tokens(page):
    return MarkdownIt().enable("table").parse(page.read_text(encoding="utf-8"))


def blocks(page):
    """The blocks of a page, those in lists and quotes included. The first word after a fence is its language."""
    for token in _tokens(page):
        if token.type in {"fence", "code_block"}:
            language, file, *_ = [*token.info.split(), "", ""]
            yield Block(token.map[0] + 1, language, file, token.content)


def _inline(page, kind):
    return [child for token in _tokens(page) for child in token.children or () if child.type == kind]


def links(page):
    """What a page links to, without anchors, if it is a file."""
    targets = (token.attrs["href"].partition("#")[0] for token in _inline(page, "link_open"))
    return [page.parent / target for target in targets if target and ":" not in target]


def beside(page):
    """The files that a page of docs/ links to in its own folder or below: they are there when its commands are run."""
    return [
        target for target in links(page) if DOCS in page.parents and target.suffix != ".md" and ".." not in target.parts
    ]


def pictures(page):
    """The pictures that a page shows."""
    return [page.parent / token.attrs["src"] for token in _inline(page, "image")]


def words(page):
    """What is set as code within the text."""
    return [token.content for token in _inline(page, "code_inline")]


def code(page):
    """Everything that is set as code: blocks, and words within the text."""
    return [*(block.text for block in blocks(page)), *words(page)]


def name(page):
    """A page's path in the repository."""
    return page.relative_to(ROOT).as_posix()
