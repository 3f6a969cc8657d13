"""The record of a run: what it is made of, what it rests on, what it does not say, and who signs. Pure."""

from __future__ import annotations

import attrs

from dcsim.report.pages.verdict import Fact, Quote


@attrs.frozen(kw_only=True)
class RestsOn:
    """Something that the run rests on and no source says: its name, and the reason or the question."""

    name: str
    says: str
    note: str = ""


@attrs.frozen(kw_only=True)
class RecordSection:
    """The record. ``met`` are the open questions that the run met, and ``others`` those that it did not."""

    facts: tuple[Fact, ...]
    statements: tuple[Quote, ...]
    assumptions: tuple[RestsOn, ...]
    met: tuple[RestsOn, ...]
    others: tuple[RestsOn, ...]
    waived: tuple[RestsOn, ...]
    not_said: tuple[str, ...]
    signed: tuple[str, ...]
