"""Words of a file that nobody knows. They may be secrets in a wrong column, and are told by their lines and a hash."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from dcsim.report.text import some

MOST_WORDS, MOST_LINES = 5, 3


@attrs.define(eq=False)
class UnknownWords:
    """The lines of each word."""

    lines: dict[str, list[int]] = attrs.field(factory=dict)

    def add(self, word: str, line: int) -> None:
        """Add a word that stands on a line."""
        self.lines.setdefault(word, []).append(line)

    def told(self, what: str, show: Callable[[str], str]) -> Iterator[str]:
        """How many rows there are, and their words with some lines."""
        if self.lines:
            ranked = sorted(self.lines.items(), key=lambda item: -len(item[1]))
            words = [f"{show(word)} ({_places(lines)})" for word, lines in ranked[:MOST_WORDS]]
            more = ", ..." if len(ranked) > MOST_WORDS else ""
            rows = some(sum(map(len, self.lines.values())), "row")
            yield f"{rows} of {what}: {', '.join(words)}{more}"


def _places(lines: list[int]) -> str:
    more = ", ..." if len(lines) > MOST_LINES else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:MOST_LINES]))}{more}"
