"""The figures of a run, as text and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import inf
from typing import Any

import attrs

from dcsim.domain.figures import ExpectedFigure, part_of, unit_of
from dcsim.domain.moment import clock, spell
from dcsim.domain.rulebook import Rulebook


@attrs.frozen(kw_only=True)
class Oldest:
    """The oldest change or redo entry of several: whose it is, when it was committed, and what it was."""

    account: str
    at: int
    what: str


@attrs.frozen(kw_only=True)
class OpeningFigures:
    """What was measured when a site began to serve a session, at an instant; the notice prints another, ``planned``.

    ``stale`` counts the accounts that are wrong, and ``accounts`` are the first of them. ``lost`` counts the changes
    that are lost, and ``lacking`` the redo entries that the site lacks. What is None was not computed.
    """

    session: str
    site: str
    planned: int
    at: int
    stale: int | None
    accounts: tuple[str, ...] = ()
    lost: int | None
    oldest_lost: Oldest | None = None
    lacking: int
    oldest_lacking: Oldest | None = None
    transport_lag: int
    apply_lag: int

    @property
    def lost_age(self) -> int | None:
        """How long before the printed opening the oldest change was committed that is lost; 0 if none is."""
        return None if self.lost is None else self._age(self.oldest_lost)

    @property
    def lacking_age(self) -> int:
        """How long before the printed opening the oldest redo entry was committed that the site lacks."""
        return self._age(self.oldest_lacking)

    def _age(self, oldest: Oldest | None) -> int:
        # What was committed after the printed opening, before a site served at last, is not older than that.
        return max(0, self.planned - oldest.at) if oldest else 0


@attrs.frozen(kw_only=True)
class StepSlack:
    """How late a step may be: up to ``slack``, in milliseconds (None: not computed, and ``why``).

    ``to_the_end``: nothing breaks however late it is; then ``slack`` is the longest delay that was tried.
    ``breaks`` is the shortest delay that was found to break something, and ``broken`` is what it breaks. ``again`` are
    stretches of longer delays, from and to, with which nothing breaks. ``runs`` is how many runs were made.
    """

    step: str
    due: int
    slack: int | None
    why: str = ""
    to_the_end: bool = False
    breaks: int | None = None
    broken: tuple[str, ...] = ()
    again: tuple[tuple[int, int], ...] = ()
    runs: int = 0

    @property
    def last_safe_moment(self) -> int | None:
        """The last instant at which the step may be taken; None if it is not known, or if there is none."""
        return None if self.slack is None or self.to_the_end else self.due + self.slack


@attrs.frozen(kw_only=True)
class Figures:
    """The figures of one run: ``values`` by name; None for what was not computed or not reached, and ``why``.

    ``openings`` are in order of time. ``slacks`` are those of the steps that were asked for. ``endless`` names the
    figures of which the value is the most that was tried, and which have no end.
    """

    values: Mapping[str, int | None]
    why: Mapping[str, str]
    openings: tuple[OpeningFigures, ...] = ()
    slacks: tuple[StepSlack, ...] = ()
    endless: tuple[str, ...] = ()

    def compared(self, name: str) -> float | None:
        """The value of a figure as it is compared: what has no end is more than any number."""
        return inf if name in self.endless else self.values.get(name)


@attrs.frozen(kw_only=True)
class NotMet:
    """A figure that is not as expected, what was found, and how that came about."""

    expected: ExpectedFigure
    found: str
    because: tuple[str, ...] = ()


def not_met(figures: Figures, expected: Iterable[ExpectedFigure], book: Rulebook) -> Iterator[NotMet]:
    """Yield the figures that are not as expected."""
    for one in expected:
        if not one.met(figures.compared(one.name)):
            found = in_words(figures, one.name, book)
            yield NotMet(expected=one, found=found, because=tuple(because(figures, one.name, book)))


def in_words(figures: Figures, name: str, book: Rulebook) -> str:
    """Write a figure's value as people do."""
    value = figures.values.get(name)
    if value is None:
        return figures.why.get(name, "not computed")
    if name in figures.endless:
        return "until the end"
    return _written(name, value, book)


def _written(name: str, value: int, book: Rulebook) -> str:
    unit = unit_of(name)
    return f"{value:,}" if unit == "count" else spell(value) if unit == "duration" else clock(value, book)


# -- how a figure came about ---------------------------------------------------------------------------------------


def because(figures: Figures, name: str, book: Rulebook) -> Iterator[str]:
    """Yield what a figure rests on: where it was measured, and the accounts or the change that it is about."""
    figure, part = part_of(name)
    if figure == "slack":
        chosen = (one for one in figures.slacks if part in ("", one.step))
        yield from (says for one in chosen if (says := _slack(one, book)))
    elif figure in _OPENINGS:
        for opening in figures.openings:
            says = _OPENINGS[figure](opening, book) if part in ("", opening.session) else ""
            if says:
                at = clock(opening.at, book)
                yield f"{opening.session} at {opening.site}, {at}: {says}"


def _stale(opening: OpeningFigures, _: Rulebook) -> str:
    if not opening.stale:
        return ""
    more = opening.stale - len(opening.accounts)
    also = f" and {more:,} more" if more else ""
    return f"{', '.join(opening.accounts)}{also} {'holds' if opening.stale == 1 else 'hold'} what is not permitted"


def _lost(opening: OpeningFigures, book: Rulebook) -> str:
    return _oldest(opening.lost, "change", "lost", opening.oldest_lost, book)


def _lacking(opening: OpeningFigures, book: Rulebook) -> str:
    return _oldest(opening.lacking, "redo entry", "lacking", opening.oldest_lacking, book)


def _oldest(count: int | None, noun: str, what: str, oldest: Oldest | None, book: Rulebook) -> str:
    if not count or not oldest:
        return ""
    number = f"1 {noun} is {what}" if count == 1 else f"{count:,} {noun.replace('try', 'trie')}s are {what}, the oldest"
    return f"{number}: {oldest.account} {oldest.what}, committed {clock(oldest.at, book)}"


def _slack(one: StepSlack, book: Rulebook) -> str:
    """Say what breaks when a step is late, and whether it holds again with a longer delay."""
    if one.breaks is None:
        return ""
    broken = "; ".join(one.broken)
    again = "".join(f"; nothing breaks again from {spell(lo)} to {spell(hi)}" for lo, hi in one.again)
    return f"{one.step} is due {clock(one.due, book)}; {spell(one.breaks)} late breaks {broken}{again}"


_OPENINGS: Mapping[str, Callable[[OpeningFigures, Rulebook], str]] = {
    "stale-accounts": _stale,
    **dict.fromkeys(("rpo", "rpo-age"), _lost),
    **dict.fromkeys(("rpo-physical", "rpo-physical-age"), _lacking),
}


# -- JSON ----------------------------------------------------------------------------------------------------------


def as_json(figures: Figures) -> dict[str, Any]:
    """Return figures as JSON values."""
    return {
        "values": dict(figures.values),
        "units": {name: unit_of(name) for name in figures.values},
        "why": dict(figures.why),
        "endless": list(figures.endless),
        "openings": [attrs.asdict(one) for one in figures.openings],
        "slacks": [attrs.asdict(one) for one in figures.slacks],
    }
