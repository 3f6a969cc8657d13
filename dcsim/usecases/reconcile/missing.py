"""A line that is missing from the log, or that should not be there: which one act makes the rest match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

import attrs

from dcsim.domain.account import Value
from dcsim.domain.action_signature import METHODS, Argument, ways
from dcsim.domain.actions import CLIENT_ACTIONS, Logon
from dcsim.domain.moment import UNITS
from dcsim.semantics.interning import NOBODY
from dcsim.usecases.reconcile.day import Deed, Row, TestDay, deed_of
from dcsim.usecases.reconcile.dump import NOT_RECORDED
from dcsim.usecases.reconcile.log import template_of
from dcsim.usecases.reconcile.trial import DumpPlace, History, HistoryVerdict

NOT_LOGGED_ON = "refused not-logged-on"
HELD = "\0held"
"""In place of a secret: what the site holds."""


@attrs.frozen(eq=False)
class ChangedHistory:
    """A history with one act more or less. ``insert``: the deed that is put in, between two instants; else a line is
    left out.
    """

    history: History
    insert: Deed | None = None
    line: int = 0
    start: int = 0
    end: int = 0

    @property
    def administers(self) -> bool:
        """Whether it assumes an act of an administrator."""
        return self.insert is not None and self.insert.template.administers

    @property
    def values(self) -> int:
        """How many values it assumes."""
        return len(tuple(self.insert.writes)) if self.insert else 0


def changes(day: TestDay, target: DumpPlace, account: int, answer: HistoryVerdict) -> Iterator[ChangedHistory]:
    """Every way to put one act in, or to leave out one that is there twice, up to the first that cannot be matched."""
    rows, member = tuple(day.history(account)), day.members[account]
    last = answer.unlike[0].at if answer.unlike else target.at
    times = Counter(row[3] for row in rows)
    for index, row in enumerate(rows):
        # To leave out whatever does not match would explain everything.
        if row[0] <= last and times[row[3]] > 1:
            yield ChangedHistory(History(account, (*rows[:index], *rows[index + 1 :]), member), line=row[4])
    for deed in _deeds(day, account, answer):
        yield from inserted(day, target, account, answer, deed)


def inserted(
    day: TestDay, target: DumpPlace, account: int, answer: HistoryVerdict, deed: Deed
) -> Iterator[ChangedHistory]:
    """Every way to put a deed between two acts, or between an act and the edge of a window."""
    rows, member = tuple(day.history(account)), day.members[account]
    by = day.administrator("", account) if deed.template.administers else NOBODY
    last = answer.unlike[0].at if answer.unlike else target.at
    instants = sorted(
        {last, *(row[0] for row in rows if row[0] < last), *(at for at, _ in day.model.ticks if at < last)}
    )
    begin = instants[0] - UNITS["h"]
    for start, end in zip((begin, *instants), instants, strict=False):
        if end - start > 1:
            act: Row = ((start + end) // 2, account, by, deed, 0)
            changed = tuple(sorted((*rows, act), key=itemgetter(0)))
            yield ChangedHistory(History(account, changed, member), deed, start=start, end=end)


def _deeds(day: TestDay, account: int, answer: HistoryVerdict) -> Iterator[Deed]:
    """The acts that may be missing: each that changes something, with values that the account's day has later."""
    known = set(_later(day, account, answer))

    def offer(argument: Argument, field: str) -> Sequence[Any]:
        match argument.sort:
            case "method":
                return METHODS
            case "record":
                return day.model.rulebook.records
            case "user":
                return ("",)
            case "secret":
                return (HELD,)
        held, later = _held(day, account, field), sorted((label for of, label in known if of == field), key=str)
        values = tuple(dict.fromkeys((*([] if held is None else [held]), *later)))
        return (*values, None) if argument.part else values

    if answer.unlike and NOT_LOGGED_ON in (answer.unlike[0].got, answer.unlike[0].deed.wanted):
        for method in METHODS:
            yield deed_of(template_of(Logon, {"with_": method}), (None,), "accepted")
    for cls in CLIENT_ACTIONS.values():
        if not cls.lasting or issubclass(cls, Logon):
            continue
        for action in ways(cls, offer):
            template = template_of(cls, {a.name: getattr(action, a.name) for a in _unvalued(cls)})
            values = (getattr(action, argument.name) for argument, _ in template.valued)
            yield deed_of(template, tuple([None if value == HELD else value for value in values]), "accepted")


def _unvalued(cls: Any) -> list[Any]:
    return [a for a in attrs.fields(cls) if a.metadata.get("sort") in ("method", "record", "user")]


def _later(day: TestDay, account: int, answer: HistoryVerdict) -> Iterator[tuple[str, Value]]:
    """The values of the first unmatched act and of those after it, with their fields."""
    since = answer.unlike[0].at if answer.unlike else 0
    for row in day.history(account):
        if row[0] >= since:
            pairs = zip(row[3].template.valued, row[3].labels, strict=True)
            yield from ((field, label) for (_, field), label in pairs if label is not None)


def _held(day: TestDay, account: int, field: str) -> Value:
    held = day.held.get(account)
    if held is None or field not in day.fields:
        return None
    value = held[day.fields.index(field)]
    return None if value is NOT_RECORDED else value


def words(day: TestDay, account: int, found: Sequence[ChangedHistory], show: Any) -> str:
    """Changes that all do the same, in words."""
    change = found[0]
    if change.insert is None:
        return f"if line {change.line} is left out: the log has the same act twice"
    deed = change.insert
    pairs = zip(deed.template.valued, deed.labels, strict=True)
    values = [
        f"{argument.name.rstrip('_')} {show(account, label, field)}" for (argument, field), label in pairs if label
    ]
    when = f"between {day.clock(min(c.start for c in found))} and {day.clock(max(c.end for c in found))}"
    return f"if one line is missing: {' '.join((deed.template.words, *values))}, {when}"
