"""How to write a moment that was refused, such as ``monday 09:00``, ``18:05`` or ``+5 min``.

What is proposed can be read and lies in the weekend; with a rulebook, in the session that was named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dcsim.domain.moment import Moment, epoch, moment, write
from dcsim.domain.rulebook import Rulebook, Session
from dcsim.files.findings import nearest
from dcsim.files.lint_common import Times
from dcsim.files.lint_dates import WEEKDAYS
from dcsim.files.loose_times import clock, dated, length, plain, proposal

MOST = 4

_SIGN = {"+": 1, "plus": 1, "after": 1, "-": -1, "minus": -1, "before": -1}
_EDGES = {
    "opens": ("opens", "open", "opening", "starts", "start", "begins", "begin"),
    "closes": ("closes", "close", "closing", "ends", "end"),
}
_EDGE = {word: edge for edge, words in _EDGES.items() for word in words}
# The last sign counts: names of sessions have hyphens too. A time of day is no offset without a sign.
_SIGNED = re.compile(r"(?P<name>.*\S.*)(?P<sign>[+-]|\bplus\b|\bminus\b)\s*(?P<length>\d.*)")
_UNSIGNED = re.compile(r"(?P<name>[a-z].*?)\s+(?P<length>\d[^:]*[a-z][^:]*)")
_REVERSED = re.compile(r"(?P<length>\d.*?)\s+(?P<sign>after|before)\s+(?P<name>.*)")
_BARE = re.compile(r"(?P<name>.+)")
_ZONED = re.compile(r"^(?P<local>.*?\d{1,2}:\d\d(?::\d\d)?)\s*(?P<zone>z|utc|gmt|[+-]\d\d:?\d\d)$")


def moment_hint(raw: str, book: Rulebook | None = None) -> str:
    """How to write a moment that was refused; empty if that cannot be told. Without a rulebook, only what needs no
    session of it.
    """
    text = plain(raw)
    meant = _in_weekend(text, book) if book else _anywhere(text)
    return proposal(list(meant)[:MOST])


def _anywhere(text: str) -> Iterator[str]:
    """The spellings that can be told without a rulebook."""
    for when in _relative(text, None):
        # Before its opening, no moment is inside of a session.
        yield write(when if when.offset >= 0 or when.edge else Moment(when.session, "opens", when.offset))
    for local in dated(text):
        yield write(Moment(local=local))


def _in_weekend(text: str, book: Rulebook) -> Iterator[str]:
    """The spellings that lie in the weekend. A moment in a session is written as an offset too."""
    times = Times(book)
    for when in _relative(text, book):
        outside = when.edge is None and next(times.flaws(when, ()), None)
        yield from _sound([Moment(when.session, "opens", when.offset) if outside else when], times)
    for local in dict.fromkeys((*_by_clock(text, book), *dated(text, _years(book)), *_zoned(text, book))):
        at = epoch(local, book)
        inside = [
            Moment(session.name, None, at - opens)
            for session in book.sessions
            for opens, closes in [times.windows[session.name]]
            if opens <= at < closes
        ]
        yield from _sound((*inside, Moment(local=local)), times)


def _sound(meant: Iterable[Moment], times: Times) -> Iterator[str]:
    for when in meant:
        if not next(times.flaws(when, ()), None) and moment(write(when)) == when:
            yield write(when)


def _years(book: Rulebook) -> tuple[int, ...]:
    return tuple(dict.fromkeys(session.opens.year for session in book.sessions))


# -- a session and an offset -------------------------------------------------------------------------------------------


def _relative(text: str, book: Rulebook | None) -> Iterator[Moment]:
    for form in (_SIGNED, _REVERSED, _UNSIGNED, _BARE):
        found = form.fullmatch(text)
        groups = found.groupdict() if found else {}
        offset = length(groups["length"]) if "length" in groups else 0
        if found and offset is not None:
            yield from _counted(groups["name"], _SIGN[groups.get("sign") or "+"] * offset, book, bare=form is _BARE)
            if form is not _BARE:
                return
    offset = length(text.removeprefix("+").strip())
    if offset is not None and book and ":" not in text:
        # A duration alone may count from any session that is long enough.
        long = (session for session in book.sessions if session.opens + timedelta(milliseconds=offset) < session.closes)
        yield from (Moment(session.name, None, offset) for session in long)


def _counted(name: str, offset: int, book: Rulebook | None, *, bare: bool) -> Iterator[Moment]:
    """The moments at an offset from a session, or from the edge of it that is named."""
    *words, last = name.split() or [""]
    edge = _EDGE.get(last) if words else None
    for session in _sessions(" ".join(words) if edge else name, book, bare=bare):
        yield Moment(session, "closes" if edge == "closes" else "opens" if edge else None, offset)


def _sessions(name: str, book: Rulebook | None, *, bare: bool) -> Iterator[str]:
    """The session that a name stands for: ``Session 1`` and ``session_1`` are ``session-1``."""
    key = _key(name)
    if book is None:
        # Without the rulebook a word alone may be anything; with an offset it is a session.
        if not bare and re.fullmatch(r"[a-z][a-z0-9-]*", key) and not _weekdays(key):
            yield key
        return
    known = {_key(session.name): session.name for session in book.sessions}
    near = key if key in known else _numbered(key, known)
    if not near and not bare and not _weekdays(key):
        near = nearest(key, known)
    if near:
        yield known[near]


def _numbered(key: str, known: Iterable[str]) -> str | None:
    """``session1`` for ``session-1``."""
    return next((one for one in known if one.replace("-", "") == key.replace("-", "")), None)


def _key(name: str) -> str:
    return re.sub(r"[\s_-]+", "-", name.casefold()).strip("-")


# -- a time of day -----------------------------------------------------------------------------------------------------


def _by_clock(text: str, book: Rulebook) -> Iterator[datetime]:
    """The instants of a time of day with a session, with a weekday, or alone."""
    found = clock(text)
    if found is None:
        return
    at, rest = found
    name = _key(rest)
    named = [session for session in book.sessions if name in (_key(session.name), _key(session.name).replace("-", ""))]
    if named:
        yield from (_in_session(session, at) for session in named)
    elif _weekdays(rest):
        yield from (datetime.combine(day, at) for day in _days(book) if day.weekday() in _weekdays(rest))
    elif not rest:
        inside = [_in_session(session, at) for session in book.sessions]
        served = [local for session, local in zip(book.sessions, inside, strict=True) if _serves(session, local)]
        yield from served or inside


def _in_session(session: Session, at: time) -> datetime:
    """The first time in a session's window at which a clock shows this; outside of it, on the day on which it opens."""
    local = datetime.combine(session.opens.date(), at)
    following = local + timedelta(days=1)
    return following if local < session.opens and _serves(session, following) else local


def _serves(session: Session, local: datetime) -> bool:
    return session.opens <= local < session.closes


_GERMAN = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")


def _weekdays(word: str) -> set[int]:
    """The weekdays that a word may name in full or in short, in English or German (0 is Monday)."""
    names = [*enumerate(map(str.casefold, WEEKDAYS)), *enumerate(_GERMAN), (5, "sonnabend")]
    return {day for day, name in names if len(word) >= 2 and name.startswith(word)}


def _days(book: Rulebook) -> Iterator[date]:
    """The days of the weekend."""
    first = min(session.opens for session in book.sessions).date()
    last = max(session.closes for session in book.sessions) - timedelta(microseconds=1)
    yield from (first + timedelta(days=number) for number in range((last.date() - first).days + 1))


def _zoned(text: str, book: Rulebook) -> Iterator[datetime]:
    """The instants of a date and time with an offset from UTC, in the rulebook's timezone."""
    found = _ZONED.match(text)
    if found is None:
        return
    zone = "+00:00" if found["zone"].isalpha() else found["zone"]
    for local in dated(found["local"]):
        try:
            there = datetime.fromisoformat(f"{local.isoformat()}{zone}")
        except ValueError:
            return
        yield there.astimezone(ZoneInfo(book.timezone)).replace(tzinfo=None)
