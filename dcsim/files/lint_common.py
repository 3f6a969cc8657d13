"""What the lints share: names that are declared twice, entries that a list repeats, and moments.

The lints ask whether the names of a file are known and whether its times make sense. Its shape was checked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache, cached_property
from typing import Any, get_args, get_origin

import attrs

from dcsim.domain.distribution import Empirical
from dcsim.domain.moment import UNITS, Moment, epoch
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Waiver
from dcsim.files.findings import Flaw, Keys, unknown
from dcsim.files.forms import keys_of
from dcsim.files.yaml_scalars import write_moment

DAYS_BEFORE = 31
DAYS_AFTER = 1


def duplicates(what: str, names: Iterable[tuple[Keys, str]], taken: Iterable[str] = ()) -> Iterator[Flaw]:
    """Names that are declared twice, or that are ``taken``: they stand for something else."""
    reserved, seen = set(taken), set[str]()
    for keys, name in names:
        if name in reserved:
            yield Flaw("DC129", keys, f"{what} '{name}' has a name that is taken already")
        elif name in seen:
            yield Flaw("DC129", keys, f"duplicate {what} '{name}'")
        seen.add(name)


def unknowns(code: str, what: str, names: Iterable[str], known: Iterable[str], keys: Keys) -> Iterator[Flaw]:
    """The names in a list that are not known."""
    known = known if isinstance(known, Mapping | set) else tuple(known)
    for index, name in enumerate(names):
        if name not in known:
            yield unknown(code, (*keys, index), what, name, known)


# -- lists that stand for sets -----------------------------------------------------------------------------------------

_DECLARED = {(Rulebook, "records"), (Empirical, "values")}
"""Lists whose entries declare a name, for which ``duplicates`` looks; and measurements, of which two may be equal."""


def repeats(value: Any, keys: Keys = ()) -> Iterator[Flaw]:
    """Entries that their list has already, anywhere in a file. Every list of plain values in these files stands for a
    set, and so do waivers. Steps do not, since an act can be done twice; nor do dates, since a source can repeat one.
    """
    cls: Any = type(value)
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from repeats(item, (*keys, name))
    elif isinstance(value, tuple):
        yield from _repeated(value, keys)
        for index, item in enumerate(value):
            yield from repeats(item, (*keys, index))
    # A file may have a hundred thousand accounts, and no account holds a list.
    elif attrs.has(cls) and _may_hold_lists(cls):
        for key in keys_of(cls):
            if _may_hold_lists(key.type) and (cls, key.attribute) not in _DECLARED:
                yield from repeats(getattr(value, key.attribute), (*keys, key.name))


def _repeated(items: tuple[Any, ...], keys: Keys) -> Iterator[Flaw]:
    seen = set[Any]()
    for index, item in enumerate(items):
        if not isinstance(item, str | int | datetime | Waiver):
            continue
        entry = item.practice if isinstance(item, Waiver) else item
        if entry in seen:
            yield Flaw("DC151", (*keys, index), f"'{_entry(entry)}' stands in this list already")
        seen.add(entry)


def _entry(entry: Any) -> str:
    return f"{entry:%Y-%m-%d %H:%M}" if isinstance(entry, datetime) else str(entry)


@cache
def _may_hold_lists(type_: Any) -> bool:
    """Whether a value of a type is a list, or can have one inside."""
    if type_ is Any or get_origin(type_) is tuple:
        return True
    if attrs.has(type_):
        # A list of steps is declared as one of their base class.
        types = (*(key.type for key in keys_of(type_)), *type_.__subclasses__())
        return any(map(_may_hold_lists, types))
    return any(map(_may_hold_lists, get_args(type_)))


# -- time --------------------------------------------------------------------------------------------------------------


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
        """What is wrong with a moment: one flaw at most."""
        at = self.at(when)
        if at is None:
            flaw = unknown("DC121", keys, "session", when.session or "", self.windows)
            yield attrs.evolve(flaw, moment=write_moment(when).removesuffix(" +0s"))
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
