"""What a real test day has to do with the prediction: what matches, what differs, and the nearest explanation. Pure.

Every value is a text that may be shown: a word of the scenario's own files, or a salted hash.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from dcsim.report import notebook
from dcsim.report.text import Paint, each_on_one_line, plain, some, wrapped

MOST_ROWS = 40
"""Rows of one sort that the text shows; JSON has them all."""


@attrs.frozen(kw_only=True)
class DayDifference:
    """A difference between the day and the model, and the accounts that have it alike.

    ``kind``: ``act`` or ``field``. ``verdict``: ``not permitted`` (a value), ``open`` (it is permitted, but is not
    what the runbook does), ``differs`` (an act, or a value of a site that does not serve). ``rests_on`` are the rules,
    or the questions that are open. ``examples`` are some of the accounts, with their values; ``explained`` says how it
    comes about, where that was found.
    """

    kind: str
    what: str
    expected: str
    found: str
    verdict: str
    accounts: int
    examples: tuple[str, ...]
    rests_on: tuple[str, ...] = ()
    explained: str = ""


@attrs.frozen(kw_only=True)
class DayExplanation:
    """A hypothesis under which accounts match that do not match otherwise; ``accounts`` is how many.

    ``contradicts`` is about how many accounts match as it is, and would not under the hypothesis. ``sampled``: the
    numbers are of a sample.
    """

    says: str
    accounts: int
    of: int
    contradicts: int = 0
    sampled: bool = False

    def __str__(self) -> str:
        sample = " of a sample" if self.sampled else ""
        text = f"{self.says}: explains {self.accounts:,} of {some(self.of, 'account')}{sample}"
        return text + (f", and contradicts about {self.contradicts:,} that match" if self.contradicts else "")


@attrs.frozen(kw_only=True)
class DayAccount:
    """One account of the day: ``verdict`` is ``matches``, or that of its first difference; ``line`` is the first line
    that cannot be matched (0: all match).
    """

    account: str
    verdict: str
    line: int = 0
    differs: str = ""
    explained: str = ""


@attrs.frozen(kw_only=True)
class Reconciliation:
    """A day held against the prediction.

    ``lines`` of the log, of which ``matched`` have the model's outcome; every line matches ``until`` the clock time
    (empty: to the end), at which ``first`` does not. ``dumped`` accounts, of which ``as_predicted`` hold what is
    predicted and permitted. ``unlike`` are the accounts that do not match, ``alike`` the others. ``incomplete`` are the
    rows that are left out, and ``unread`` is what else the files do not tell; either is a finding. ``notes`` are what a
    reader must know besides.
    """

    name: str
    rulebook: str
    runbook: str
    target: str
    lines: int
    matched: int
    until: str
    first: str
    accounts: int
    whole: int
    dumped: int
    as_predicted: int
    differences: tuple[DayDifference, ...] = ()
    explanations: tuple[DayExplanation, ...] = ()
    others: tuple[DayExplanation, ...] = ()
    unexplained: int = 0
    incomplete: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unlike: tuple[DayAccount, ...] = attrs.field(default=(), repr=False)
    alike: tuple[str, ...] = attrs.field(default=(), repr=False)

    def _repr_html_(self) -> str:
        """Return the result as HTML for a notebook."""
        return notebook.text(lines(self))

    @property
    def status(self) -> str:
        """``passed`` where everything matches and is permitted; else ``failed``."""
        return "failed" if self.differences or self.incomplete or self.unread else "passed"


@each_on_one_line
def lines(day: Reconciliation, paint: Paint = plain) -> Iterator[str]:
    """Yield the report for a terminal."""
    mark = paint("pass", "good") if day.status == "passed" else paint("FAIL", "bad")
    yield f"{mark}  {paint(day.name, 'bold')}  the day against {day.runbook} under {day.rulebook}"
    until = f"; every line matches until {day.until} ({day.first})" if day.until else ""
    yield from wrapped(f"log: {day.matched:,} of {some(day.lines, 'line')} match{until}", 6)
    if day.dumped:
        yield from wrapped(
            f"dump: {day.as_predicted:,} of {some(day.dumped, 'account')} as predicted at {day.target}", 6
        )
    yield from wrapped(f"both: {day.whole:,} of {some(day.accounts, 'account')} match in all they did and held", 6)
    if day.explanations or day.unexplained:
        yield f"      {paint('nearest explanation', 'bold')}"
    for line in map(str, day.explanations[:1]):
        yield from wrapped(line, 8)
    for line in (*(f"or: {other}" for other in day.others), *map(str, day.explanations[1:])):
        yield from wrapped(line, 8)
    if day.unexplained:
        yield from wrapped(f"{some(day.unexplained, 'account')} explained by nothing that was tried", 8)
    for sort, title in (("act", "acts with another outcome"), ("field", f"values at {day.target}")):
        rows = [difference for difference in day.differences if difference.kind == sort]
        if rows:
            yield f"      {paint(title, 'bad')}"
            for row in rows[:MOST_ROWS]:
                yield from _difference(row, paint)
            if len(rows) > MOST_ROWS:
                yield f"        and {len(rows) - MOST_ROWS:,} more (--json has them all)"
    for note in day.incomplete:
        yield from wrapped(f"{paint('left out', 'bad')}  {note}", 6)
    for note in day.unread:
        yield from wrapped(f"{paint('incomplete', 'bad')}  {note}", 6)
    for note in day.notes:
        yield from wrapped(f"{paint('note', 'warn')}  {note}", 6)


def _difference(row: DayDifference, paint: Paint) -> Iterator[str]:
    open_ = "; permitted, but not what this runbook does" if row.verdict == "open" else ""
    found = f"{row.what}: {paint(row.found, 'bold')} in the day, expected {row.expected}{open_}"
    yield from wrapped(f"{found}  [{some(row.accounts, 'account')}: {', '.join(row.examples)}]", 8)
    for basis in row.rests_on:
        yield from wrapped(basis, 10)
    if row.explained:
        yield from wrapped(row.explained, 10)


def as_json(day: Reconciliation) -> dict[str, Any]:
    """Return the result as data."""
    data = attrs.asdict(day, filter=lambda field, _: field.name != "alike")
    for row in data["unlike"]:
        row["line"] = row["line"] or None
    return {"format": 1, "status": day.status, **data}


HEAD = ("account", "verdict", "line", "differs", "explained")


def rows(day: Reconciliation) -> Iterator[tuple[str, ...]]:
    """Yield a row for each account that took part, as ``HEAD`` names them; first those that do not match."""
    for each in day.unlike:
        yield (each.account, each.verdict, str(each.line or ""), each.differs, each.explained)
    for account in day.alike:
        yield (account, "matches", "", "", "")
