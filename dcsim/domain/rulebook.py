"""The rulebook: what a notice promises, as data. Intent only; how the sites keep the promise is the runbook's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Literal

import attrs

from dcsim.domain.account import BASELINE, Value, typed
from dcsim.domain.declaration import Method
from dcsim.domain.kinds import KINDS

Fate = Literal["carry", "discard", "reset"]


@attrs.frozen
class Citation:
    """Where the source says it: a place in it, and its words."""

    place: str
    quote: str = ""

    def __str__(self) -> str:
        return f"{self.place}: “{self.quote}”" if self.quote else self.place


@attrs.frozen(kw_only=True)
class Source:
    """The notice itself. ``dates`` are the dates as it prints them, for the weekday lint."""

    title: str
    reference: str = ""
    language: str = ""
    dates: tuple[PrintedDate, ...] = ()
    statements: tuple[Statement, ...] = ()


@attrs.frozen(kw_only=True)
class PrintedDate:
    """A date in the source's words, such as ``10 June 2023 (Saturday)``, and the event that it dates."""

    printed: str
    event: str
    place: str


@attrs.frozen(kw_only=True)
class Statement:
    """One sentence of the source, numbered, with its citation; ``inferred`` where it follows but is not written."""

    number: int
    says: str
    place: str
    inferred: bool = False


@attrs.frozen(kw_only=True)
class AccountKind:
    """A kind of account: the system and portal it enters by, and the landing page's links for each method."""

    system: str = ""
    portal: str = ""
    links: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    administers: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Session:
    """A window in which a site serves. Half-open, in the rulebook's timezone.

    ``logon`` names the methods offered, ``shows`` what a logon displays, by account kind; ``changes`` limits the
    kinds of change that may be made (None: all).
    """

    name: str
    site: str
    opens: datetime
    closes: datetime
    logon: tuple[Method, ...] = ("smartcard", "otp")
    shows: Mapping[str, str] = attrs.field(factory=dict)
    changes: tuple[str, ...] | None = None
    citation: Citation | None = None
    assumption: str | None = None
    moved_from: tuple[datetime, ...] = ()


@attrs.frozen(kw_only=True)
class ChangeSet:
    """A named set of change kinds. ``such_as`` members are read into an open-ended phrase of the source."""

    members: tuple[str, ...] = ()
    such_as: tuple[str, ...] = ()
    reason: str = ""


@attrs.frozen(kw_only=True)
class Rule:
    """What becomes of changes of some kinds, on some kinds of account, made in some intervals, at some targets.

    ``made_in`` names sessions, gaps between them (``after-session-1``), and ``baseline``: what stood before the first
    session in the fields that such changes write. Where no rule speaks of that, it stays as it was.

    A rule rests on a ``citation``, or on an ``assumption`` that gives its reason. ``baseline`` says what a discard
    falls back to (a session's end, or ``baseline``); None: the value as if the change had not been made. ``to`` is
    what a reset sets.
    """

    id: str
    accounts: tuple[str, ...]
    changes: tuple[str, ...]
    made_in: tuple[str, ...]
    at: tuple[str, ...]
    fate: Fate
    to: Value = attrs.field(default=None, eq=typed)
    baseline: str | None = None
    citation: Citation | None = None
    assumption: str | None = None

    @property
    def basis(self) -> str:
        """The citation, or the assumption and that it is one."""
        return str(self.citation) if self.citation else f"assumed: {self.assumption}"

    @property
    def outcome(self) -> tuple[object, ...]:
        """What the rule asks for: two that ask for different things of one cell contradict each other."""
        return self.fate, typed(self.to), self.baseline


@attrs.frozen(kw_only=True)
class Policy:
    """A parameter that the source does not give, or gives; never without its citation or reason."""

    value: Value | tuple[str, ...]
    citation: Citation | None = None
    assumption: str | None = None


@attrs.frozen(kw_only=True)
class OpenQuestion:
    """What the source leaves open, in one sentence, with the policies or sessions that stand in for an answer."""

    id: str
    asks: str
    stands_in: str = ""


@attrs.frozen(kw_only=True, eq=False)
class Rulebook:
    """A notice as data. Rules have neither order nor priority."""

    rulebook: str
    version: int
    title: str
    timezone: str
    timezone_assumption: str | None = None
    source: Source
    accounts: Mapping[str, AccountKind]
    records: tuple[str, ...] = ()
    sessions: tuple[Session, ...]
    change_sets: Mapping[str, ChangeSet] = attrs.field(factory=dict)
    rules: tuple[Rule, ...] = ()
    policies: Mapping[str, Policy] = attrs.field(factory=dict)
    open_questions: tuple[OpenQuestion, ...] = ()

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Every kind of change that this rulebook can speak of."""
        return (*KINDS, *self.records)

    @cached_property
    def timeline(self) -> tuple[str, ...]:
        """Sessions and the gaps between them, in order of time: gap, session, gap, ..., session, gap."""
        ordered = sorted(self.sessions, key=lambda s: s.opens)
        names = [f"before-{ordered[0].name}"]
        for session in ordered:
            names += [session.name, f"after-{session.name}"]
        return tuple(names)

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The place of each interval in time; the baseline comes before all."""
        return {BASELINE: -1} | {name: i for i, name in enumerate(self.timeline)}

    @cached_property
    def by_name(self) -> Mapping[str, Session]:
        """Sessions by name."""
        return {s.name: s for s in self.sessions}

    def expand(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Change kinds with named sets written out."""
        out: list[str] = []
        for name in names:
            chosen = self.change_sets.get(name)
            out += [*chosen.members, *chosen.such_as] if chosen else [name]
        return tuple(dict.fromkeys(out))
