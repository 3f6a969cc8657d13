"""A scenario: who does what when, which faults happen, and what a tester expects to see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from dcsim.domain.account import Account
from dcsim.domain.actions import ClientAction
from dcsim.domain.moment import Moment


@attrs.frozen(kw_only=True)
class ClientStep:
    """One act of one account, or of each account of a population, one ``every`` so many milliseconds.

    ``takes`` is the time from request to commit, in milliseconds. ``expect`` is ``accepted``, ``refused``,
    ``refused CODE``, ``any``, or the text that a logon shows.
    """

    at: Moment
    account: str
    action: ClientAction
    every: int = 0
    takes: int = 0
    expect: str = "accepted"
    line: int = 0


@attrs.frozen(kw_only=True)
class LinkFault:
    """A fault of the link: on the ``nth`` redo entry of one ``account``, or on every entry if both are left out.

    ``by`` is the delay in milliseconds.
    """

    link: Literal["delay", "drop", "duplicate"]
    account: str | None = None
    nth: int | None = None
    by: int = 3_600_000


@attrs.frozen(kw_only=True)
class OperatorSlip:
    """An operator's slip at one step of the runbook; ``by`` is the delay in milliseconds."""

    operator: Literal["skip", "repeat", "delay", "swap"]
    step: str
    by: int = 600_000


Fault = LinkFault | OperatorSlip


@attrs.frozen(kw_only=True)
class Population:
    """Many equal accounts. Their names are ``prefix`` and a number from 1 to ``count``."""

    prefix: str
    count: int
    like: Account


@attrs.frozen(kw_only=True)
class Seen:
    """The values that fields of one account's record must have when a target opens."""

    target: str
    account: str
    fields: Mapping[str, Any]
    line: int = 0


@attrs.frozen(kw_only=True, eq=False)
class Scenario:
    """One rehearsal weekend, in the words of a tester.

    ``violations`` are invariants that must be broken when the scenario is run. ``sometimes`` are occurrences that must
    happen in some schedule when it is checked. ``shows`` are the numbers of the rulebook's statements that it shows.
    ``opens`` are the rulebook's open questions that it knows to be open. ``tags`` are words by which it is chosen, and
    ``note`` is what a tester wants to say about it.
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
    policies: Mapping[str, Any] = attrs.field(factory=dict)
    steps: tuple[ClientStep, ...] = ()
    faults: tuple[Fault, ...] = ()
    seen: tuple[Seen, ...] = ()
    violations: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()
