"""What the lints share: names that occur twice, and moments against the sessions of a rulebook.

The lints ask whether the names of a file are known and its times make sense; its shape was checked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import attrs

from dcsim.domain.moment import UNITS, Moment, epoch
from dcsim.domain.rulebook import Rulebook
from dcsim.files.findings import Flaw, Keys, unknown
from dcsim.files.write import write_moment

DAYS_BEFORE = 31
DAYS_AFTER = 1


def duplicates(what: str, names: Iterable[tuple[Keys, str]], taken: Iterable[str] = ()) -> Iterator[Flaw]:
    """Names that occur twice, or that stand for something else already."""
    reserved, seen = set(taken), set[str]()
    for keys, name in names:
        if name in reserved:
            yield Flaw("DC129", keys, f"{what} '{name}' has a name that is taken already")
        elif name in seen:
            yield Flaw("DC129", keys, f"duplicate {what} '{name}'")
        seen.add(name)


def unknowns(code: str, what: str, names: Iterable[str], known: Iterable[str], keys: Keys) -> Iterator[Flaw]:
    """Those of a list of names that are not known."""
    known = known if isinstance(known, Mapping | set) else tuple(known)
    for index, name in enumerate(names):
        if name not in known:
            yield unknown(code, (*keys, index), what, name, known)


@attrs.frozen(eq=False)
class Times:
    """The sessions of a rulebook as instants."""

    book: Rulebook

    @cached_property
    def windows(self) -> Mapping[str, tuple[int, int]]:
        """When each session opens and closes."""
        return {s.name: (epoch(s.opens, self.book), epoch(s.closes, self.book)) for s in self.book.sessions}

    @cached_property
    def span(self) -> tuple[int, int]:
        """The first and the last instant that a moment may name."""
        edges = [edge for window in self.windows.values() for edge in window]
        return min(edges) - DAYS_BEFORE * UNITS["d"], max(edges) + DAYS_AFTER * UNITS["d"]

    def at(self, when: Moment) -> int | None:
        """The instant of a moment, or None when its session is not known."""
        if when.local is not None:
            return epoch(when.local, self.book)
        window = self.windows.get(when.session or "")
        return None if window is None else window[when.edge == "closes"] + when.offset

    def flaws(self, when: Moment, keys: Keys) -> Iterator[Flaw]:
        """What is wrong with a moment: at most one thing."""
        at = self.at(when)
        if at is None:
            yield unknown("DC121", keys, "session", when.session or "", self.windows)
        elif when.local is None and when.edge is None:
            yield from self._outside(when, at, keys)
        elif at < self.span[0]:
            yield Flaw(
                "DC142", keys, f"'{write_moment(when)}' is more than {DAYS_BEFORE} days before the first session"
            )
        elif at > self.span[1]:
            yield Flaw("DC142", keys, f"'{write_moment(when)}' is more than {DAYS_AFTER} day after the last session")

    def _outside(self, when: Moment, at: int, keys: Keys) -> Iterator[Flaw]:
        opens, closes = self.windows[when.session or ""]
        if opens <= at < closes:
            return
        meant = Moment(when.session, "opens", at - opens) if at < opens else Moment(when.session, "closes", at - closes)
        hint = f"did you mean '{write_moment(meant)}'?"
        yield Flaw("DC142", keys, f"'{write_moment(when)}' is outside '{when.session}'", hint)
