"""Reads durations and times of day as people write them: ``5 min``, ``1.5h``, ``9am``, ``18h05``.

Only for hints: what is read here was refused before, and a hint proposes how to spell it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time
from fractions import Fraction

from dcsim.domain.moment import UNITS, spell
from dcsim.files.lint_dates import MONTHS, WEEKDAYS, readings

_WORDS = {
    "ms": ("ms", "msec", "msecs", "millis", "millisecond", "milliseconds", "millisekunden"),
    "s": ("s", "sec", "secs", "second", "seconds", "sek", "sekunde", "sekunden"),
    "m": ("m", "min", "mins", "minute", "minutes", "minuten"),
    "h": ("h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden"),
    "d": ("d", "day", "days", "tag", "tage", "tagen"),
}
_UNIT = {word: unit for unit, words in _WORDS.items() for word in words}
_PART = re.compile(rf"(\d{{1,9}}(?:[.,]\d{{1,6}})?)\s*({'|'.join(sorted(_UNIT, key=len, reverse=True))})\.?(?![a-z])")
_BETWEEN = re.compile(r"\s*(?:,|and\b|und\b)?\s*")
_ISO = re.compile(r"p(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?")
_COUNTED = re.compile(r"(\d{1,3}):(\d\d)(?::(\d\d))?")

_HALF = r"\s*(?P<half>[ap])\.?m\b\.?"
_CLOCKS = tuple(
    re.compile(form)
    for form in (
        rf"(?<![\d:+-])(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?![\d:]|\.\d)(?:{_HALF})?",
        rf"(?<![\d.:])(?P<hour>\d{{1,2}})(?:[.:](?P<minute>\d\d))?{_HALF}",
        r"(?<![\d.])(?P<hour>\d{1,2})h(?P<minute>\d\d)\b",
        r"(?<![\d.])(?P<hour>\d{1,2})(?:[.:](?P<minute>\d\d))?\s*uhr\b",
        r"(?:^|(?<=\s))(?P<hour>\d{1,2})\.(?P<minute>\d\d)$",
    )
)
_NOON = {"noon": time(12), "midday": time(12)}

# Characters that stand for others: dashes and minus signs, quotes that an editor has turned, and marks without width.
_SIGNS = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-" * 7, "“”„«»‘’‚`")


_LONGEST = 80


def plain(raw: str) -> str:
    """A text in lower case and plain characters: digits and signs of other scripts and widths become ASCII. Of a text
    that is too long for a time nothing is left.
    """
    if len(raw) > _LONGEST:
        return ""
    # NFKC turns full-width signs and no-break spaces to plain ones, but no digits of other scripts.
    text = unicodedata.normalize("NFKC", raw).translate(_SIGNS)
    shown = "".join(_digit(sign) for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(shown.casefold().split())


def _digit(sign: str) -> str:
    return str(unicodedata.decimal(sign)) if unicodedata.category(sign) == "Nd" else sign


def length(text: str) -> int | None:
    """The milliseconds of a duration as people write it, in plain characters; None if it is none."""
    counted = _COUNTED.fullmatch(text)
    if counted:
        hours, minutes, seconds = (int(part or 0) for part in counted.groups())
        return ((hours * 60 + minutes) * 60 + seconds) * 1000 if max(minutes, seconds) < 60 else None
    iso = _ISO.fullmatch(text)
    if iso and any(iso.groups()):
        return sum(int(part or 0) * UNITS[unit] for part, unit in zip(iso.groups(), "dhms", strict=True))
    total, at = Fraction(0), 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            return None
        total += Fraction(part[1].replace(",", ".")) * UNITS[_UNIT[part[2]]]
        between = _BETWEEN.match(text, part.end())
        at = between.end() if between else len(text)
    return int(total) if total.denominator == 1 and text else None


def duration_hint(raw: str) -> str:
    """How to write a duration that was refused; empty if it cannot be told."""
    meant = length(plain(raw).removeprefix("+").strip())
    return f"write '{spell(meant)}'" if meant is not None else ""


def clock(text: str) -> tuple[time, str] | None:
    """The time of day in a text of plain characters, and the rest of the text; None if there is none."""
    if text in _NOON:
        return _NOON[text], ""
    for form in _CLOCKS:
        found = form.search(text)
        parsed = _time(found) if found else None
        if found and parsed:
            # "at" and "on" and the T of ISO 8601 join a date and a time.
            rest = re.sub(
                r"\b(?:at|on|um|am)\b|t$", " ", f"{text[: found.start()].rstrip()} {text[found.end() :]}".strip()
            )
            return parsed, " ".join(rest.strip(" ,@").split())
    return None


def _time(found: re.Match[str]) -> time | None:
    groups = found.groupdict()
    hour, minute, second = (int(groups.get(part) or 0) for part in ("hour", "minute", "second"))
    half = groups.get("half")
    if half and not 1 <= hour <= 12:
        return None
    try:
        return time(hour % 12 + (12 if half == "p" else 0) if half else hour, minute, second)
    except ValueError:
        return None


_DATE_WORDS = {name[:3].casefold() for name in (*MONTHS, *WEEKDAYS)} | {"st", "nd", "rd", "th", "of", "the", "day"}
_WORD = re.compile(r"[^\W\d_]+")


def dated(text: str, years: tuple[int, ...] = ()) -> tuple[datetime, ...]:
    """The instants that a date with a time of day can mean, as a clock shows them."""
    found = clock(text)
    if found is None or not all(word[:3] in _DATE_WORDS for word in _WORD.findall(found[1])):
        return ()  # there is more in the text than a date, such as a time zone
    days: list[date] = [printed.date for printed in readings(found[1], years) if printed.date and printed.fits]
    return tuple(datetime.combine(day, found[0]) for day in dict.fromkeys(days))


def when_hint(raw: str) -> str:
    """How to write a date and time that was refused; empty if it cannot be told."""
    return proposal(f"{meant:%Y-%m-%d %H:%M:%S}".removesuffix(":00") for meant in dated(plain(raw)))


def proposal(spellings: Iterable[str]) -> str:
    """``write 'a', 'b' or 'c'``; empty without a spelling."""
    quoted = [f"'{spelling}'" for spelling in dict.fromkeys(spellings)]
    if not quoted:
        return ""
    return f"write {', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else f"write {quoted[0]}"
