"""Escapes text for Markdown, so that no part of a user's text is taken for markup."""

from __future__ import annotations

import html
import re

from dcsim.report.text import one_line

_MARKUP = re.compile(r"[\\`*_\[\]|#~$]")
# What would begin a list or a heading where it begins a line.
_BEGINNING = re.compile(r"^(?:[-+=]|\d+[.)](?=\s|$))")
_TICKS = re.compile(r"`+")


def escaped(text: str) -> str:
    """Return a text of one line in which nothing is markup. A blank at its edges stays, for it parts two words."""
    marked = html.escape(_MARKUP.sub(r"\\\g<0>", one_line(text)), quote=False)
    shown = _BEGINNING.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", marked)
    return f"{' ' * text[:1].isspace()}{shown}{' ' * (bool(shown) and text[-1:].isspace())}"


def strong(text: str) -> str:
    """Return a text of one line as strong text. What is no letter and no digit at its edges stays outside: beside it,
    the stars would be no markup.
    """
    inside = [n for n, letter in enumerate(text) if letter.isalnum()]
    if not inside:
        return escaped(text)
    first, last = inside[0], inside[-1] + 1
    return f"{escaped(text[:first])}**{escaped(text[first:last])}**{escaped(text[last:])}"


def code(text: str) -> str:
    """Return a text of one line as code, also within a table."""
    shown = one_line(text)
    fence = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    # A bar ends a cell of a table, within code as well.
    return f"{fence}{space}{shown}{space}{fence}".replace("|", "\\|") if shown else ""
