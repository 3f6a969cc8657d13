"""The figures of a run, as text and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from dcsim.domain.figures import ExpectedFigure, part_of, unit_of
from dcsim.domain.moment import clock, spell
from dcsim.domain.rulebook import Rulebook
from dcsim.trace.figures import Figures, Oldest, OpeningFigures, StepSlack

NOT_COMPUTED = "not computed"


@attrs.frozen(kw_only=True)
class NotMet:
    """A figure that is not as expected, what was found, and how that came about."""

    expected: ExpectedFigure
    found: str
    because: tuple[str, ...] = ()


def not_met(figures: Figures | None, expected: Iterable[ExpectedFigure], book: Rulebook) -> Iterator[NotMet]:
    """Yield what is to say of figures that are not as expected."""
    for one in expected:
        found = in_words(figures, one.name, book) if figures else NOT_COMPUTED
        yield NotMet(expected=one, found=found, because=tuple(because(figures, one.name, book)) if figures else ())


def in_words(figures: Figures, name: str, book: Rulebook) -> str:
    """Write a figure's value as people do."""
    value = figures.values.get(name)
    if value is None:
        return figures.why.get(name, NOT_COMPUTED)
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


def _oldest(count: int, noun: str, what: str, oldest: Oldest | None, book: Rulebook) -> str:
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
    return f"{one.step} is due {clock(one.due, book)}; {spell(one.breaks)} late is too late: {broken}{again}"


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
