"""Characters that an editor puts in the place of those of YAML: full-width signs, turned quotes, dashes, other spaces,
marks without width, tabs.

Prose may hold them (titles, quotations). They are named only where they do harm: where the text is not YAML, where
another finding stands, and in names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from dcsim.files.findings import Finding

_QUOTES = "“”„‟‘’‚‛«»‹›＂＇"
_DASHES = "‐‑‒–—―−－•·‣"
_WIDE = "：，；｛｝［］＃＆＊＋／＝？！｜＞＜％＠｀（）、﹐﹕"
_MEANT = {"、": ",", "﹐": ",", "﹕": ":"}
_ODD = re.compile(rf"[{re.escape(_QUOTES + _DASHES + _WIDE)}]|[^\x00-\x7f]")

# What is in plain quotes, or a comment; a quote begins where a value may begin.
_HIDDEN = re.compile(r"""(?<![^\s\[{,:])(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?<!\S)#[^\n]*""", re.DOTALL)
_BLOCK = re.compile(r"[:-] +[|>][-+0-9]{0,2}\s*(?:#.*)?$")
_KEY_BEFORE = re.compile(r"""(?:^\s*(?:[-–—－]\s+)*|[{,，｛]\s*)["'“]?[A-Za-z][A-Za-z0-9_-]*["'”]?\s*$""")
_KEY_AFTER = re.compile(r"""\s*["'“]?[A-Za-z][A-Za-z0-9_-]*["'”]?\s*[:：]""")
_WORD = re.compile(r"[^,}\]\n]*")
_INDENTED_BY_TAB = re.compile(r"^ *\t[\t ]*(?=\S)", re.MULTILINE)

MOST = 20
LONGEST = 1000
"""Longer lines are not looked into: to look at what stands around each character takes time."""


def wide(character: str) -> bool:
    """Whether a character is a letter or a digit of twice the width."""
    return "\uff10" <= character <= "\uff5a" and character.isalnum()


def odd(character: str) -> bool:
    """Whether a character is easily taken for another one, or not seen at all."""
    return character in _QUOTES + _DASHES + _WIDE or wide(character) or _blank(character) or _unseen(character)


def _blank(character: str) -> bool:
    return character not in " \t\n\r" and unicodedata.category(character) in ("Zs", "Zl", "Zp")


def _unseen(character: str) -> bool:
    return unicodedata.category(character) == "Cf"


def named(character: str) -> str:
    """A character in words: ``a fullwidth colon (U+FF1A)``."""
    name = "byte order mark" if character == "\ufeff" else unicodedata.name(character, "character").lower()
    return f"a{'n' if name[0] in 'aeio' else ''} {name} (U+{ord(character):04X})"


def meant(character: str) -> str:
    """How to mend it."""
    if character in _QUOTES:
        return """write a plain quote, " or '"""
    if character in _DASHES:
        return "write '-'"
    if _blank(character):
        return "write a plain space"
    if _unseen(character):
        return "delete it"
    return f"write '{_MEANT.get(character) or unicodedata.normalize('NFKC', character)}'"


# -- in a text that is not YAML ----------------------------------------------------------------------------------------


def not_yaml(text: str, lines: Iterable[int]) -> tuple[Finding, ...]:
    """What may be the cause of a text's not being YAML. ``lines`` are those at which the reader gave up."""
    near = {number + off for number in lines for off in (-1, 0)}
    tabs = (_tab(text, found) for found in _INDENTED_BY_TAB.finditer(masked(text)))
    return tuple(sorted((*_first(tabs), *_first(_signs(text, near))), key=lambda f: (f.line, f.col)))


def _first(findings: Iterable[Finding]) -> Iterator[Finding]:
    yield from (finding for _, finding in zip(range(MOST), findings, strict=False))


def _tab(text: str, found: re.Match[str]) -> Finding:
    line, col = _place(text, found.start() + found[0].index("\t"))
    return Finding("DC178", "", line, col, "a tab in the indentation", hint="indent with spaces")


def _signs(text: str, near: set[int]) -> Iterator[Finding]:
    for line, col, before, after, character in _characters(masked(text)):
        if _harmful(before, after, character) or (line in near and character in _QUOTES):
            yield finding_of(character, line, col)


def finding_of(character: str, line: int, col: int) -> Finding:
    """The finding of one character."""
    return Finding("DC177", "", line, col, f"{named(character)} stands here", hint=meant(character))


def _harmful(before: str, after: str, character: str) -> bool:
    """Whether a character stands where a sign of YAML would. ``before`` and ``after`` are the rest of its line."""
    if _unseen(character):
        return True
    if _blank(character):
        return not before.strip() or before.rstrip()[-1:] in (":", "-") or after.startswith(":")
    if character in _DASHES:
        return not before.strip() and after[:1].isspace()
    if character in _QUOTES:
        return False
    if unicodedata.normalize("NFKC", character) == ":":
        return bool(_KEY_BEFORE.search(before))
    if character in "｛｝［］":
        return True
    return character in "，、﹐" and bool(_KEY_AFTER.match(after))


def _characters(text: str) -> Iterator[tuple[int, int, str, str, str]]:
    """Each odd character with its line, its column, and what stands before and after it on the line."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.isascii() and len(line) <= LONGEST:
            for found in _ODD.finditer(line):
                at = found.start()
                # A byte order mark at the very beginning is none of the text.
                if odd(found[0]) and not (found[0] == "\ufeff" and number == 1 and at == 0):
                    yield number, at + 1, line[:at], line[at + 1 :].rstrip("\r"), found[0]


def masked(text: str) -> str:
    """The text with blanks in place of what is in quotes, of comments and of blocks of prose."""
    return "\n".join(_without_blocks(_HIDDEN.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)))


def _without_blocks(text: str) -> Iterator[str]:
    """The lines, with blanks in place of blocks of prose (``key: >-`` and the lines that are indented below it)."""
    inside: int | None = None
    for line in text.split("\n"):
        if inside is not None and (not line.strip() or len(line) - len(line.lstrip(" ")) > inside):
            yield " " * len(line)
            continue
        short = len(line) <= LONGEST
        inside = len(line) - len(line.lstrip(" -")) if short and _BLOCK.search(line) else None
        yield line


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


# -- where another finding stands --------------------------------------------------------------------------------------


def beside(text: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The odd characters in the words at which findings stand, and those on their lines that do harm."""
    if text.isascii():
        return ()
    places: dict[int, set[int]] = {}
    for finding in findings:
        places.setdefault(finding.line, set()).add(finding.col)
    wrong = (
        finding_of(character, line, col)
        for line, col, before, after, character in _characters(masked(text))
        if line in places
        and (_harmful(before, after, character) or _in_a_word(col, f"{before}{character}{after}", places[line]))
    )
    return tuple(_first(wrong))


def _in_a_word(col: int, line: str, starts: Iterable[int]) -> bool:
    """Whether a column lies in one of the words that begin at these columns, up to a comma or a bracket."""
    words = ((start, _WORD.match(line, start - 1)) for start in starts)
    return any(word is not None and start <= col <= word.end() for start, word in words)


# -- in names ----------------------------------------------------------------------------------------------------------

PROSE = frozenset(
    (
        *("title", "quote", "says", "place", "reason", "assumption", "timezone-assumption", "asks", "printed", "note"),
        *("label", "reference", "language", "event", "links", "portal", "link", "system", "shows", "stands-in"),
        *("scenario", "rulebook", "runbook"),
    )
)
"""Keys whose values are prose, or words of the source: nothing in them is taken for a slip."""


def in_name(text: str) -> str:
    """The first character of a name that was hardly meant; empty without one. Quotes count only around the name."""
    turned = text[:1] in _QUOTES and text[-1:] in _QUOTES
    return next((sign for sign in text if _unseen(sign) or _blank(sign) or (turned and sign in _QUOTES)), "")
