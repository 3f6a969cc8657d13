"""The rulebook: what a notice promises, as data. How the sites keep the promise is written in the runbook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Literal

import attrs

from dcsim.domain.account import BASELINE, Value, typed
from dcsim.domain.action_signature import Method
from dcsim.domain.change_kinds import KINDS

Fate = Literal["carry", "discard", "reset"]


@attrs.frozen
class Citation:
    """A place in the source, and its words there."""

    place: str
    quote: str = ""

    def __str__(self) -> str:
        return f"{self.place}: “{self.quote}”" if self.quote else self.place


@attrs.frozen(kw_only=True)
class Source:
    """The notice. ``dates`` are the dates as it prints them: the lint checks their weekdays."""

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
    """One numbered sentence of the source, and its place. ``inferred``: it follows from the source, which does not say
    it.
    """

    number: int
    says: str
    place: str
    inferred: bool = False


@attrs.frozen(kw_only=True)
class AccountKind:
    """A kind of account: its system and portal, and the landing page's links for each way of logging on.

    ``administers`` names the kinds of account on which it may act.
    """

    system: str = ""
    portal: str = ""
    links: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    administers: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Session:
    """A window in which a site serves, in the rulebook's timezone. The instant at which it closes is outside it.

    ``logon`` names the ways of logging on, and ``shows`` says what a logon displays, by kind of account. ``changes``
    names the kinds of change that may be made (None: all). ``moved_from`` are the times at which it opened
    before it was moved.
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
    """A named set of kinds of change. ``such_as`` are those that the rulebook's author reads into an open-ended phrase
    of the source, for the ``reason`` given.
    """

    members: tuple[str, ...] = ()
    such_as: tuple[str, ...] = ()
    reason: str = ""


@attrs.frozen(kw_only=True)
class Rule:
    """The fate of some kinds of change, on some kinds of account, made in some intervals, at some targets.

    ``made_in`` names sessions, gaps between them (``after-session-1``), and ``baseline``: what stood before the first
    session in the fields that such changes write. If no rule speaks of the baseline, it stays as it was.

    A rule rests on a ``citation``, or on an ``assumption`` that gives its reason. ``baseline`` is what a discard falls
    back to: the end of a session, or ``baseline``; without it, the value as if the change had not been made. ``to`` is
    the constant that a reset sets.
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
        """The citation, or the assumption, which is marked as such."""
        return str(self.citation) if self.citation else f"assumed: {self.assumption}"

    @property
    def outcome(self) -> tuple[object, ...]:
        """What the rule asks for. Two rules with different outcomes for one cell contradict each other."""
        return self.fate, typed(self.to), self.baseline


@attrs.frozen(kw_only=True)
class Policy:
    """A policy's value in this rulebook, with its citation or, if the source does not give it, with the reason."""

    value: Value | tuple[str, ...]
    citation: Citation | None = None
    assumption: str | None = None


@attrs.frozen(kw_only=True)
class OpenQuestion:
    """A question that the source leaves open. ``stands_in`` names the policies or sessions that answer it meanwhile.

    ``accounts``, ``changes``, ``made_in`` and ``at`` say, as in a rule, which rule cells hang on the question. One that
    is left out stands for all of its sort; without any of them, no rule cell hangs on it.
    """

    id: str
    asks: str
    stands_in: str = ""
    accounts: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    made_in: tuple[str, ...] = ()
    at: tuple[str, ...] = ()


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
        """Every kind of change of which this rulebook can speak."""
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
        """The position of each interval in time. The baseline comes before all others."""
        return {BASELINE: -1} | {name: i for i, name in enumerate(self.timeline)}

    @cached_property
    def by_name(self) -> Mapping[str, Session]:
        """Sessions by name."""
        return {s.name: s for s in self.sessions}

    def expand(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Kinds of change, with each named set replaced by its members."""
        out: list[str] = []
        for name in names:
            chosen = self.change_sets.get(name)
            out += [*chosen.members, *chosen.such_as] if chosen else [name]
        return tuple(dict.fromkeys(out))

    def questions_about(self, account: str, change: str, origin: str, target: str) -> tuple[OpenQuestion, ...]:
        """The open questions on which a rule cell hangs."""
        cell = (account, change, origin, target)
        return tuple(question for question in self.open_questions if self._concerns(question, cell))

    def _concerns(self, question: OpenQuestion, cell: tuple[str, str, str, str]) -> bool:
        selectors = (question.accounts, self.expand(question.changes), question.made_in, question.at)
        chosen = all(not names or part in names for part, names in zip(cell, selectors, strict=True))
        return chosen and any(selectors)
