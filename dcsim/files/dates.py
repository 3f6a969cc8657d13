"""The weekday lint: dates as a source prints them, in English, against the calendar and against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.files.findings import Flaw, Keys

# Not from the locale, which would read a notice by the reader's language.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"\b{_ORDINAL}\s+(?P<month>[A-Z][a-z]+)\.?,?\s+(?P<year>\d{{4}})\b",
        rf"\b(?P<month>[A-Z][a-z]+)\.?\s+{_ORDINAL},?\s+(?P<year>\d{{4}})\b",
        r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b",
    )
)
_WEEKDAY = re.compile(
    r"\b(Mon|Tue|Tues|Wed|Weds|Thu|Thur|Thurs|Fri|Sat|Sun|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
)


@attrs.frozen
class Printed:
    """A date out of a text: its numbers, and the weekday printed with it (0 is Monday), if there is one."""

    year: int
    month: int
    day: int
    weekday: int | None

    def __str__(self) -> str:
        return f"{self.day} {MONTHS[self.month - 1]} {self.year}"

    @property
    def date(self) -> date | None:
        """The date, if it exists."""
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None


def read(text: str) -> Printed | None:
    """The first date in a text, or None when there is none that a calendar could judge."""
    match = next(filter(None, (form.search(text) for form in _FORMS)), None)
    month = _month(match["month"]) if match else None
    if match is None or month is None:
        return None
    weekday = _WEEKDAY.search(text)
    return Printed(
        year=int(match["year"]),
        month=month,
        day=int(match["day"]),
        weekday=_index(weekday[1], WEEKDAYS) if weekday else None,
    )


def date_flaws(book: Rulebook) -> Iterator[Flaw]:
    """Dates that do not exist, fall on another weekday, or differ for the same event."""
    first: dict[str, tuple[date, str]] = {}
    for index, dated in enumerate(book.source.dates):
        keys: Keys = ("source", "dates", index, "printed")
        printed = read(dated.printed)
        if printed is None:
            continue
        if printed.date is None:
            yield Flaw("DC147", keys, f"'{dated.printed}': there is no {printed}")
            continue
        if printed.weekday not in (None, printed.date.weekday()):
            yield Flaw("DC147", keys, f"'{dated.printed}': {printed} is a {WEEKDAYS[printed.date.weekday()]}")
        other, place = first.setdefault(dated.event.casefold(), (printed.date, dated.place))
        if other != printed.date:
            message = f"'{dated.event}' is dated {printed} in {dated.place}, but {_spelled(other)} in {place}"
            yield Flaw("DC148", keys, message)
        yield from _against_session(book, dated.event, printed.date, keys)


def _against_session(book: Rulebook, event: str, day: date, keys: Keys) -> Iterator[Flaw]:
    session = book.by_name.get(event)
    if session and day not in {opens.date() for opens in (session.opens, *session.moved_from)}:
        yield Flaw("DC148", keys, f"'{event}' is dated {_spelled(day)}, but opens on {_spelled(session.opens.date())}")


def _spelled(day: date) -> str:
    return str(Printed(day.year, day.month, day.day, None))


def _month(text: str) -> int | None:
    if text.isdigit():
        return int(text) if 1 <= int(text) <= 12 else None
    index = _index(text, MONTHS)
    return None if index is None else index + 1


def _index(text: str, words: tuple[str, ...]) -> int | None:
    """Which word an abbreviation of at least three letters stands for."""
    return next((i for i, word in enumerate(words) if len(text) >= 3 and word[:3] == text[:3]), None)
