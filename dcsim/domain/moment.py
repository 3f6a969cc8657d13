"""Moments and durations, in the form that people write and as integers.

``session-1 +5m`` (inside the window), ``session-1 closes +30m``, ``2023-06-10 20:30`` (in the rulebook's timezone).
Durations are milliseconds; instants are milliseconds since the Unix epoch.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import attrs

from dcsim.domain.rulebook import Rulebook

UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
MOMENT_FORMS = "'session-1 +5m', 'session-1 closes +30m' or '2023-06-10 20:30'"
DURATION_FORMS = "such as '30s', '5m' or '1h30m'"

_DURATION = re.compile(r"(?:\d+(?:ms|s|m|h|d))+", re.ASCII)
_PART = re.compile(r"(\d+)(ms|s|m|h|d)", re.ASCII)
_RELATIVE = re.compile(
    r"(?P<session>[A-Za-z][\w-]*)(?:\s+(?P<edge>opens|closes))?(?:\s*(?P<sign>[+-])\s*(?P<offset>\w+))?", re.ASCII
)
_ABSOLUTE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,3})?)?", re.ASCII)


@attrs.frozen(cache_hash=True)
class Moment:
    """A point in time: an edge of a session and an offset in milliseconds, or a local wall-clock time.

    ``edge`` is None for the bare form ``session-1 +5m``, which must fall inside the window.
    """

    session: str | None = None
    edge: Literal["opens", "closes"] | None = None
    offset: int = 0
    local: datetime | None = None


def duration(text: str) -> int:
    """The milliseconds of a duration such as ``1h30m``. ValueError if the text is no duration."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration; expected one {DURATION_FORMS}")
    return sum(int(number) * UNITS[unit] for number, unit in _PART.findall(text))


def spell(milliseconds: int) -> str:
    """A duration in the form that people write: 5400000 is ``1h30m``."""
    parts = []
    for unit, size in UNITS.items():
        number, milliseconds = divmod(milliseconds, size)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


def moment(text: str) -> Moment:
    """Read a moment. ValueError if the text is no moment."""
    if _ABSOLUTE.fullmatch(text):
        return Moment(local=datetime.fromisoformat(text))
    match = _RELATIVE.fullmatch(text)
    if not match or (match["offset"] and not _DURATION.fullmatch(match["offset"])):
        raise ValueError(f"{text!r} is not a moment; expected one such as {MOMENT_FORMS}")
    offset = duration(match["offset"]) if match["offset"] else 0
    edge = match["edge"]
    return Moment(
        session=match["session"],
        edge="closes" if edge == "closes" else "opens" if edge else None,
        offset=-offset if match["sign"] == "-" else offset,
    )


def write(when: Moment) -> str:
    """The text of a moment; ``moment`` reads it back."""
    if when.local is not None:
        return when.local.isoformat(sep=" ", timespec="milliseconds" if when.local.microsecond else "seconds")
    sign = "-" if when.offset < 0 else "+"
    offset = f" {sign}{spell(abs(when.offset))}" if when.offset or when.edge is None else ""
    return f"{when.session}{f' {when.edge}' if when.edge else ''}{offset}"


def later(when: Moment, by: int) -> Moment:
    """The moment so many milliseconds after another."""
    if when.local is not None:
        return Moment(local=when.local + timedelta(milliseconds=by))
    # A bare moment lies inside the window, and this one need not.
    return Moment(when.session, when.edge or "opens", when.offset + by)


def epoch(local: datetime, rulebook: Rulebook) -> int:
    """The instant of a wall-clock time in the rulebook's timezone."""
    return _epoch(local, rulebook.timezone)


@lru_cache(maxsize=1024)
def _epoch(local: datetime, timezone: str) -> int:
    # Kept, because every step asks for the edges of the same few windows.
    zoned = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(timezone))
    return round(zoned.timestamp() * 1000)


def instant(when: Moment, rulebook: Rulebook) -> int:
    """The instant of a moment. KeyError if the rulebook has no such session."""
    if when.local is not None:
        return epoch(when.local, rulebook)
    session = rulebook.by_name[when.session or ""]
    return epoch(session.closes if when.edge == "closes" else session.opens, rulebook) + when.offset


def clock(at: int, rulebook: Rulebook) -> str:
    """An instant as a wall clock shows it: ``Sat 10 Jun 18:05:00``."""
    # The day is not "%d", which pads it with a zero; "%-d" does not exist on every system.
    local = datetime.fromtimestamp(at / 1000, ZoneInfo(rulebook.timezone))
    text = f"{local:%a} {local.day} {local:%b %H:%M:%S}"
    return text + (f".{local.microsecond // 1000:03d}" if local.microsecond else "")
