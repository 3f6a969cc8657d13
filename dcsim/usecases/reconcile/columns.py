"""Finds the columns of a table: by the mapping, or else by their usual names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from dcsim.domain.account import Value
from dcsim.files.findings import Finding, FlawError, InputError, nearest
from dcsim.files.mapping import MappedActs, MappedColumn, MappedTime
from dcsim.files.tables import JSON_LINES, PARQUET

USUAL: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "at", "datetime"),
    "account": ("account", "id", "account-id", "user-id"),
    "act": ("act", "do", "action", "verb"),
    "outcome": ("outcome", "result"),
    "by": ("by",),
}
Mapped = MappedColumn | MappedTime | MappedActs | None
Known = Callable[[Any], bool | None]
"""Whether a cell is a word that dcsim, the scenario or the mapping has. None: it is of no list, and may be anything."""
Kept = Mapping[str, Mapping[str, Value] | Known]
"""The columns that are used: with what the mapping says of their cells if they are secret, else with what is known."""
MOST_FINDINGS = 20
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:[0-5]\d(?:\.\d{1,9})?", re.ASCII)
_CALENDAR = range(-2_208_988_800_000, 32_503_680_000_000)
"""The instants of the years 1900 to 2999: what is beyond is not a time of a log, and not of every calendar."""
_NUMBER_OF_SECONDS = 100_000_000_000
"""From here on, a number that stands for a time counts milliseconds; below, seconds."""


def plain_name(name: str) -> str:
    """A name as it is compared: ``User_ID`` and ``user id`` are ``user-id``."""
    return name.strip().lower().replace("_", "-").replace(" ", "-")


@attrs.frozen
class Head:
    """The columns of a table, by name and by plain name."""

    path: str
    line: int
    names: frozenset[str]
    usual: Mapping[str, str]

    @classmethod
    def of(cls, path: Path, line: int, names: Iterable[str]) -> Head:
        """The columns of the row at a line. Where the first line names them, they stand there."""
        known = tuple(names)
        line = line if path.suffix in (*JSON_LINES, PARQUET) else 1
        return cls(str(path), line, frozenset(known), {plain_name(name): name for name in known})

    def find(self, what: str, mapped: Mapped, usual: Iterable[str] = ()) -> str | None:
        """The column that holds something; None if there is none. InputError if the mapping names a missing column."""
        if mapped is None:
            words = usual or USUAL.get(what, (what,))
            return next((self.usual[word] for word in words if word in self.usual), None)
        if mapped.column in self.names:
            return mapped.column
        raise self._missing(
            f"there is no column '{mapped.column}', which the mapping names for the {what}", mapped.column
        )

    def need(self, what: str, mapped: Mapped) -> str:
        """The column that holds something. InputError if there is none."""
        found = self.find(what, mapped)
        if found is None:
            raise self._missing(f"no column for the {what}; usual names are {', '.join(USUAL[what])}", what)
        return found

    def _missing(self, message: str, name: str) -> InputError:
        # The names are not listed: a table without a first row of names would be quoted, secrets and all.
        near = nearest(plain_name(name), self.usual)
        hint = f"did you mean '{self.usual[near]}'?" if near else "give a mapping file (--map)"
        return InputError([Finding("DC195", self.path, self.line, 1, message, hint=hint)])


@attrs.define
class Faults:
    """Collects the findings about rows. A cell is never quoted, because it may be a secret."""

    path: Path
    found: list[Finding] = attrs.field(factory=list)

    def add(self, line: int, message: str, hint: str = "") -> None:
        """Add one. InputError when there are many."""
        self.found.append(Finding("DC196", str(self.path), line, 1, message, hint=hint))
        if len(self.found) >= MOST_FINDINGS:
            self.end()

    def end(self) -> None:
        """InputError if there are any."""
        if self.found:
            raise InputError(self.found)


def meaning(cell: object, values: Mapping[str, Value]) -> Value:
    """What a cell stands for: by the mapping; or itself, without the blanks around it. An empty cell is None."""
    if not values and isinstance(cell, str):
        return cell.strip() or None
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return values.get("", None)
    text = cell.strip() if isinstance(cell, str) else spelled(cell)
    if text in values:
        return values[text]
    return cell if isinstance(cell, bool | int) else text


def spelled(cell: object) -> str:
    """A cell that is not text, as a mapping's key writes it."""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def clock_reader(mapped: MappedTime | None, timezone: str) -> Callable[[object], int]:
    """A function that reads a cell as an instant. It raises ValueError for what is none."""
    zone = ZoneInfo(mapped.timezone if mapped and mapped.timezone else timezone)
    form = mapped.format if mapped else ""
    minutes: dict[str, int] = {}

    def instant(cell: object) -> int:
        at = read(cell)
        if at not in _CALENDAR:
            raise ValueError
        return at

    def read(cell: object) -> int:
        # Nearly every row is of a minute that was seen before, and a log has hundreds of thousands of rows.
        if not form and isinstance(cell, str) and _PLAIN.fullmatch(cell):
            minute = cell[:16]
            if minute not in minutes:
                minutes[minute] = _epoch(datetime.fromisoformat(minute), zone)
            return minutes[minute] + int(cell[17:19]) * 1000 + int(cell[20:].ljust(3, "0")[:3])
        if isinstance(cell, datetime):
            return _epoch(cell, zone)
        text = str(cell).strip()
        if form:
            return _epoch(datetime.strptime(text, form), zone)  # noqa: DTZ007 - the timezone is added below
        try:
            return _epoch(datetime.fromisoformat(text), zone)
        except ValueError:
            number = float(text)
        milliseconds = number if abs(number) >= _NUMBER_OF_SECONDS else number * 1000
        datetime.fromtimestamp(milliseconds / 1000, UTC)  # ValueError or OverflowError beyond the calendar
        return round(milliseconds)

    return instant


def readable(read: Callable[[Any], object], *, free: bool = False) -> Known:
    """Says of a cell whether it can be read. ``free``: what can be read may be anything."""

    def known(cell: Any) -> bool | None:
        try:
            read(cell)
        except (ValueError, OverflowError, OSError, FlawError):
            return False
        return None if free else True

    return known


def _epoch(when: datetime, zone: ZoneInfo) -> int:
    return round((when if when.tzinfo else when.replace(tzinfo=zone)).timestamp() * 1000)
