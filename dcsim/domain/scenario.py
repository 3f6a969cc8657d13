"""A scenario: who does what when, which faults happen, and what a tester expects to see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from dcsim.domain.account import Account
from dcsim.domain.actions import ClientAction
from dcsim.domain.arrival import Arrival
from dcsim.domain.distribution import Duration
from dcsim.domain.faults import Fault
from dcsim.domain.figures import ExpectedFigure
from dcsim.domain.moment import Moment


@attrs.frozen(kw_only=True)
class ClientStep:
    """One act of one account, or of each account of a population, one ``every`` so many milliseconds.

    ``takes`` is the time from request to commit, in milliseconds. ``expect`` is ``accepted``, ``refused``,
    ``refused CODE``, ``any``, or the text that a logon shows. ``line`` is where it is written; ``file`` is the file, if
    that is another one than the scenario's.

    Of a population that lives, some accounts take the step: those of a ``profile``, each with a ``chance``; with
    an ``if_``, those on which the last act was refused. Each comes at an instant of its own, by a ``spread``, or
    so long ``after`` the step above of the same account and profile.
    """

    at: Moment
    account: str
    action: ClientAction
    every: int = 0
    takes: int = 0
    profile: str = ""
    chance: float = 1
    spread: Arrival | None = None
    after: Duration = 0
    if_: Literal["refused"] | None = None
    expect: str = "accepted"
    line: int = 0
    file: str = ""

    @property
    def if_refused(self) -> bool:
        """Whether only accounts take it on which the last act was refused."""
        return self.if_ == "refused"

    @property
    def drawn(self) -> bool:
        """Whether it is drawn for each account whether and when it takes the step."""
        return bool(self.profile or self.chance != 1 or self.spread or self.after)


@attrs.frozen(kw_only=True)
class NumberedNames:
    """Names that are a ``prefix`` and a number from 1 to ``count``, with zeros before it up to so many ``digits``."""

    prefix: str
    count: int
    digits: int = 1

    @property
    def every(self) -> str:
        """The word for all of them, such as ``U*``."""
        return f"{self.prefix}*"

    def name(self, number: int) -> str:
        """The name with a number."""
        return f"{self.prefix}{number:0{self.digits}d}"

    def number(self, name: str) -> int:
        """The number of a name, or 0 if it is none of these. So each account has one name: ``U7`` is not ``U007``."""
        tail = name[len(self.prefix) :]
        # A longer number is none of them, and may be too long for Python to convert.
        if not (tail.isascii() and tail.isdecimal() and len(tail) <= max(self.digits, len(str(self.count)))):
            return 0
        number = int(tail)
        return number if number <= self.count and self.name(number) == name else 0


@attrs.frozen(kw_only=True)
class Population(NumberedNames):
    """Many equal accounts, named by numbers. ``behaviour``: the profiles of which they are, each with its weight."""

    like: Account
    behaviour: Mapping[str, float] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Seen:
    """The values that fields of one account's record must have when a target opens."""

    target: str
    account: str
    fields: Mapping[str, Any]
    line: int = 0
    file: str = ""


@attrs.frozen(kw_only=True, eq=False)
class Scenario:
    """One rehearsal weekend, in the words of a tester.

    ``violations`` are invariants that must be broken when the scenario is run, ``figures`` are expected of the run as a
    whole. ``sometimes`` are occurrences that must
    happen in some schedule when it is checked. ``groups`` are the names that stand for several accounts, and the
    accounts, or whole populations, that each stands for. ``shows`` are the numbers of the rulebook's statements that it
    shows, ``opens`` the open questions of the rulebook that it knows to be open. ``tags`` are words by which it is
    chosen, and ``note`` is what a tester wants to say about it. ``heal``: a fault that has no end ends so many
    milliseconds after it began, and at the end everything must have come together (None: neither).
    """

    scenario: str
    title: str
    rulebook: str
    runbook: str
    shows: tuple[int, ...] = ()
    opens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    label: str = ""
    accounts: tuple[Account, ...] = ()
    populations: tuple[Population, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    policies: Mapping[str, Any] = attrs.field(factory=dict)
    steps: tuple[ClientStep, ...] = ()
    faults: tuple[Fault, ...] = ()
    heal: int | None = None
    seen: tuple[Seen, ...] = ()
    violations: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()
    figures: tuple[ExpectedFigure, ...] = ()
