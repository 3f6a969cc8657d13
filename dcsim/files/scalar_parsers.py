"""Parsers of single values: text, numbers, flags, moments, durations, policies. No value is converted: a value of the
wrong type is refused.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any, NoReturn

from dcsim.domain.moment import DURATION_FORMS, MOMENT_FORMS, UNITS, Moment, duration, moment
from dcsim.domain.policies import POLICIES
from dcsim.files.findings import FlawError, Keys, nearest, suggest
from dcsim.files.forms import NONE
from dcsim.files.loose_times import duration_hint, when_hint
from dcsim.files.moment_hints import moment_hint

WHEN_FORM = "'2023-06-10 18:00'"
MOST_DURATION = 366 * UNITS["d"]

_WHEN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", re.ASCII)
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[ T]24:00(?::00(?:\.0+)?)?", re.ASCII)
_NAMES = {bool: "flag", int: "number", float: "number", str: "text"}


def found(raw: Any) -> str:
    """A value in the words of a message: ``the number '5'``."""
    if raw is None:
        return "nothing"
    if isinstance(raw, dict | list):
        return "a mapping" if isinstance(raw, dict) else "a list"
    shown = str(raw).lower() if isinstance(raw, bool) else str(raw)
    return f"the {_NAMES[type(raw)]} '{shown if len(shown) <= 60 else shown[:57] + '...'}'"


def refuse(expected: str, raw: Any, hint: str = "", keys: Keys = ()) -> NoReturn:
    """Refuse a value of the wrong type."""
    raise FlawError("DC108", f"expected {expected}, found {found(raw)}", hint, keys)


def text(raw: Any, _: Any = str) -> str:
    """Text that is not blank."""
    if blank(label(raw)):
        raise FlawError("DC109", "expected text, found nothing but blanks", "write it, or leave the key out")
    return label(raw)


def blank(words: str) -> bool:
    """Whether a text has no visible character: only spaces, controls and characters without width."""
    # Called for every name in a file. The first character nearly always decides.
    if "!" <= words[:1] <= "~":
        return False
    return all(unicodedata.category(character)[0] in "CZ" for character in words)


def key(raw: str) -> str:
    """A key that declares a name."""
    if blank(raw):
        raise FlawError("DC109", "a key of nothing but blanks names nothing", at_key=True)
    return raw


def label(raw: Any, _: Any = str) -> str:
    """Any text, even empty text."""
    if isinstance(raw, str):
        return raw
    refuse("text", raw, "put quotes around it" if isinstance(raw, bool | int | float) else "")


def number(raw: Any, _: Any = int) -> int:
    """A whole number."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    refuse("a whole number", raw)


_GROUPED = re.compile(r"\d{1,3}(_\d{3})+", re.ASCII)


def count(raw: Any, _: Any = int) -> int:
    """A whole number, which may have its thousands apart: ``1_000_000``. YAML 1.2 reads that as text."""
    return int(raw) if isinstance(raw, str) and _GROUPED.fullmatch(raw) else number(raw)


def decimal(raw: Any, _: Any = float) -> float:
    """A number, whole or not."""
    if isinstance(raw, int | float) and not isinstance(raw, bool) and isfinite(raw):
        return raw
    refuse("a number", raw)


def flag(raw: Any, _: Any = bool) -> bool:
    """``true`` or ``false``."""
    if isinstance(raw, bool):
        return raw
    refuse("true or false", raw)


def value(raw: Any, _: Any = None) -> str | int | bool | None:
    """What a field may hold: text, a whole number, a flag; or nothing, written ``none`` or null."""
    if raw == NONE:
        return None
    if raw is None or isinstance(raw, str | bool | int):
        return raw
    refuse("text, a whole number, true, false or null", raw)


def word(raw: Any, words: tuple[Any, ...]) -> Any:
    """One of a few words."""
    if label(raw) in words:
        return raw
    near = nearest(raw, words)
    hint = f"did you mean '{near}'?" if near else f"expected one of {', '.join(words)}"
    raise FlawError("DC109", f"'{raw}' may not stand here", hint)


def milliseconds(raw: Any, _: Any = int) -> int:
    """A duration; a bare 0 needs no unit."""
    if raw == 0 and type(raw) is int:
        return 0
    if not isinstance(raw, str):
        unit = f"write its unit, '{raw}s' or '{raw}m'" if type(raw) is int and raw > 0 else ""
        refuse(f"a duration {DURATION_FORMS}", raw, unit)
    try:
        length = duration(raw)
    except ValueError:
        hint = duration_hint(raw) or f"expected one {DURATION_FORMS}"
        raise FlawError("DC109", f"'{raw}' is not a duration", hint) from None
    if length > MOST_DURATION:
        raise FlawError("DC109", f"'{raw}' is longer than a year")
    return length


def at(raw: Any, _: Any = Moment) -> Moment:
    """A moment."""
    try:
        return moment(text(raw))
    except ValueError as error:
        if not str(error).endswith(MOMENT_FORMS):
            # The form is right, but there is no such day or hour.
            raise FlawError("DC109", f"'{raw}' is not a time: {error}", midnight(raw)) from None
        hint = moment_hint(raw) or f"expected one such as {MOMENT_FORMS}"
        raise FlawError("DC109", f"'{raw}' is not a moment", hint, moment=raw) from None


def when(raw: Any, _: Any = datetime) -> datetime:
    """A wall-clock time."""
    try:
        if _WHEN.fullmatch(text(raw)):
            return datetime.fromisoformat(raw)
    except ValueError as error:
        raise FlawError("DC109", f"'{raw}' is not a time: {error}", midnight(raw)) from None
    raise FlawError("DC109", f"'{raw}' is not a date and time", when_hint(raw) or f"expected one such as {WHEN_FORM}")


def midnight(raw: str) -> str:
    """A hint for a time with the hour 24, which means the next day; empty for any other text."""
    found = _MIDNIGHT.fullmatch(raw)
    try:
        following = date.fromisoformat(found[1]) + timedelta(days=1) if found else None
    except (ValueError, OverflowError):
        return ""
    return f"write 00:00 of the next day, '{following} 00:00'" if following else ""


def nothing_or(hook: Any) -> Any:
    """The hook, except that ``none`` and null stand for None."""
    return lambda raw, type_: None if raw is None or raw == NONE else hook(raw, type_)


def something(hook: Any) -> Any:
    """The hook, except that null is refused: where nothing is meant, the key is left out."""
    return lambda raw, type_: refuse("a value", raw, "leave the key out") if raw is None else hook(raw, type_)


def policy(name: str, raw: Any) -> Any:
    """The value of a policy, by what that policy takes."""
    if name not in POLICIES:
        raise FlawError("DC130", f"unknown policy '{name}'", suggest(name, POLICIES), at_key=True)
    takes = POLICIES[name].takes
    if isinstance(takes, tuple):
        return word(raw, takes)
    return _TAKES[takes](raw)


def _count(raw: Any) -> int:
    if number(raw) < 0:
        raise FlawError("DC109", f"{raw} is below zero")
    return number(raw)


def _kinds(raw: Any) -> tuple[str, ...]:
    return tuple(text(item) for item in (raw if isinstance(raw, list) else [raw]))


_TAKES = {"count": _count, "duration": milliseconds, "flag": flag, "kinds": _kinds}
