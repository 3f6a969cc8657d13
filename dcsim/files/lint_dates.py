"""The weekday lint: compares the dates that a source prints with the calendar and with each other.

It reads dates in English, in Chinese signs and in numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

import attrs

from dcsim.domain.rulebook import Rulebook
from dcsim.files.findings import Flaw, Keys

# Not from the locale: the language of a notice is not that of its reader.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_MONTH = "|".join((*(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS), "Sept"))
_NAMED = rf"(?P<month>{_MONTH})\b\.?"
_DAY = r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th)?\b\.?"
_GAP = r"[\s\-/]*(?:day\s+)?(?:of\s+)?"
_SHORT = r"['’]?(?P<year>\d\d)(?![\d:.])"
_TWO = r"(?<![\d/.-])(?P<one>\d{1,2})"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_DAY}{_GAP}{_NAMED},?[\s\-/]*(?P<year>\d{{4}})\b",
        rf"\b{_NAMED}[\s\-/]*{_DAY},?[\s\-/]+(?P<year>\d{{4}})\b",
        rf"\b(?P<year>\d{{4}})[\s\-/]*{_NAMED}[\s\-/]*{_DAY}",
        r"(?<!\d)(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)",
        r"\b(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)\b",
        rf"{_TWO}\s*([-/.])\s*(?P<two>\d{{1,2}})\s*\2\s*(?P<year>\d{{4}}|\d\d)(?![\d:])",
        rf"{_DAY}{_GAP}{_NAMED},?[\s\-/]*{_SHORT}",
        rf"{_DAY}{_GAP}{_NAMED}",
        rf"\b{_NAMED}[\s\-/]*{_DAY}(?!:)",
        r"(?<!\d)(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日",
        rf"{_TWO}/(?P<two>\d{{1,2}})(?![\d/])",
    )
)
"""The forms of dates. Forms with a year come first. ``one`` and ``two`` are a day and a month in an unknown order."""
_WEEKDAY = re.compile(
    r"\b(?P<name>Mon|Tue|Tues|Wed|Weds|Thu|Thur|Thurs|Fri|Sat|Sun|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
    r"|(?:星期|周|週|[(（])(?P<sign>[一二三四五六日天])",
    re.IGNORECASE,
)
_DATED = re.compile(rf"\d|\b(?:{_MONTH})\b|{_WEEKDAY.pattern}", re.IGNORECASE)
_SIGNS = "一二三四五六日天"


@attrs.frozen
class Printed:
    """A date found in a text: its numbers, and the weekday printed with it (0 is Monday), if there is one."""

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

    @property
    def fits(self) -> bool:
        """Whether it exists and falls on the weekday printed with it, if there is one."""
        return self.date is not None and self.weekday in (None, self.date.weekday())


def read(text: str) -> Printed | None:
    """The first date in a text that has a year; None if there is none."""
    return next(iter(readings(text)), None)


def readings(text: str, years: Iterable[int] = ()) -> tuple[Printed, ...]:
    """All readings of the first date in a text. Those that fit the weekday printed with it come first.

    A date without a year is read with each of ``years``; one whose order of day and month is unknown, in both orders.
    """
    match = next(filter(None, (form.search(text) for form in _FORMS)), None)
    if match is None:
        return ()
    weekdays = [_weekday(found) for found in _WEEKDAY.finditer(text)]
    numbers = ((year, *order) for order in _orders(match) for year in _years(match, years))
    found = [_printed(year, month, day, weekdays) for year, month, day in numbers]
    # Sorting is stable: readings that fit come first, in the order in which they were found.
    return tuple(sorted(dict.fromkeys(found), key=lambda printed: not printed.fits))


def _orders(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Month and day, in each order that is possible."""
    groups = match.groupdict()
    one, two = int(groups.get("one") or 0), int(groups.get("two") or 0)
    # Day before month is the more common order, so it comes first.
    pairs = ((two, one), (one, two)) if two else ((_month(groups["month"]), int(groups["day"])),)
    return (pair for pair in pairs if 1 <= pair[0] <= len(MONTHS))


def _years(match: re.Match[str], years: Iterable[int]) -> Iterable[int]:
    year = match.groupdict().get("year")
    if year is None:
        return years
    return (int(year) + (2000 if len(year) < 4 else 0),)


def _printed(year: int, month: int, day: int, weekdays: list[int]) -> Printed:
    """The date with its own weekday, if that is printed; otherwise with the first weekday that is printed."""
    date = Printed(year, month, day, None).date
    # A text may print several weekdays, such as those of a range: the date is right if one of them fits.
    fitting = [weekday for weekday in weekdays if date and weekday == date.weekday()]
    return Printed(year, month, day, next(iter(fitting or weekdays), None))


def date_flaws(book: Rulebook) -> Iterator[Flaw]:
    """Dates that cannot be read, do not exist, fall on another weekday, or differ for the same event."""
    # By event: the days that its first date can mean, and where that stands.
    first: dict[str, tuple[list[date], str]] = {}
    years = dict.fromkeys(session.opens.year for session in sorted(book.sessions, key=lambda s: s.opens))
    for index, dated in enumerate(book.source.dates):
        keys: Keys = ("source", "dates", index, "printed")
        read_as = readings(dated.printed, years)
        days = [printed.date for printed in read_as if printed.date and printed.fits]
        if not days:
            yield from _misprint(dated.printed, read_as, keys)
            days = [printed.date for printed in read_as if printed.date]
        if not days:
            continue
        yield from _against_session(book, dated.event, days, keys)
        others, place = first.setdefault(dated.event.casefold(), (days, dated.place))
        # A session that was moved has two right dates: the earlier one and the present one.
        own = _dates(book, dated.event)
        moved = bool(own & set(others)) and bool(own & set(days))
        if not moved and not set(others) & set(days):
            message = (
                f"'{dated.event}' is dated {_spelled(days[0])} in {dated.place}, but {_spelled(others[0])} in {place}"
            )
            yield Flaw("DC148", keys, message)


def _misprint(text: str, read_as: tuple[Printed, ...], keys: Keys) -> Iterator[Flaw]:
    """What is wrong with a date of which no reading fits its weekday. Words such as `soon` are not taken for a date."""
    existing = [(printed, printed.date) for printed in read_as if printed.date]
    if existing:
        falls = (f"{printed} is a {WEEKDAYS[day.weekday()]}" for printed, day in existing)
        yield Flaw("DC147", keys, f"'{text}': {', and '.join(falls)}")
    elif read_as:
        yield Flaw("DC147", keys, f"'{text}': there is no {read_as[0]}")
    elif _DATED.search(text):
        hint = "write day, month and year as in '10 June 2023 (Saturday)'"
        yield Flaw("DC149", keys, f"'{text}' is not read as a date: nothing is checked of it", hint)


def _dates(book: Rulebook, event: str) -> set[date]:
    """The dates of the session of that name, including those from which it was moved."""
    session = book.by_name.get(event)
    return {opens.date() for opens in (session.opens, *session.moved_from)} if session else set()


def _against_session(book: Rulebook, event: str, days: list[date], keys: Keys) -> Iterator[Flaw]:
    session = book.by_name.get(event)
    if session and not set(days) & _dates(book, event):
        opens = _spelled(session.opens.date())
        yield Flaw("DC148", keys, f"'{event}' is dated {_spelled(days[0])}, but opens on {opens}")


def _spelled(day: date) -> str:
    return str(Printed(day.year, day.month, day.day, None))


def _month(text: str) -> int:
    """The number of a month, from its name or its digits."""
    return int(text) if text.isdigit() else 1 + _index(text, MONTHS)


def _weekday(match: re.Match[str]) -> int:
    sign = match["sign"]
    return min(_SIGNS.index(sign), len(WEEKDAYS) - 1) if sign else _index(match["name"], WEEKDAYS)


def _index(text: str, words: tuple[str, ...]) -> int:
    """The index of the word that an abbreviation stands for: three letters tell."""
    return next(i for i, word in enumerate(words) if word[:3].casefold() == text[:3].casefold())
