"""Why a run found what it found: the chain of events, the rules, and what hangs on a reading. Pure."""

from __future__ import annotations

import attrs

from dcsim.report.pages.palette import Chip
from dcsim.report.pages.verdict import Quote


@attrs.frozen(kw_only=True)
class ChainStep:
    """One event by which the value came where it was found. ``tone`` is ``bad`` for the one that did the damage."""

    says: str
    where: str
    event: int = 0
    clock: str = ""
    tone: str = ""
    chip: Chip | None = None


@attrs.frozen(kw_only=True)
class SelectorCheck:
    """One selector of a rule, and whether it fits the change."""

    wants: str
    fits: bool


@attrs.frozen(kw_only=True)
class RuleCheck:
    """A rule held against the change that made the value; ``so`` is what it says of it. ``near``: it nearly fits."""

    rule: str
    selectors: tuple[SelectorCheck, ...]
    so: str
    decides: bool
    near: bool


@attrs.frozen(kw_only=True)
class ReadingRow:
    """The run under one reading of the notice. ``taken``: it is the one that the rulebook takes.

    ``permitted`` are the values that the reading permits; empty where it is no matter of values.
    """

    question: str
    reading: str
    taken: bool
    permitted: tuple[Chip, ...]
    mark: str
    tone: str


@attrs.frozen(kw_only=True)
class Readings:
    """What the verdict hangs on: a row for each reading that was tried, a sentence over all, and what was not tried."""

    rows: tuple[ReadingRow, ...] = ()
    says: str = ""
    notes: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class WhySection:
    """Why the value is there. Without a value to explain, ``nothing`` says so, and the rest is empty."""

    head: str
    lead: str = ""
    nothing: str = ""
    chain: tuple[ChainStep, ...] = ()
    rulings: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    found: tuple[tuple[str, str], ...] = ()
    rules: tuple[RuleCheck, ...] = ()
    quotes: tuple[Quote, ...] = ()
    readings: Readings = Readings()
