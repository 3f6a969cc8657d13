"""The figures of a run, as values. ``docs/reference/figures.md`` defines each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf

import attrs

Steps = Collection[str] | bool
"""The steps of which the slack is found, by their ids; True: all."""


@attrs.frozen(kw_only=True)
class Oldest:
    """The oldest change or redo entry of several: whose it is, when it was committed, and what it was."""

    account: str
    at: int
    what: str


@attrs.frozen(kw_only=True)
class OpeningFigures:
    """What was measured when a site began to serve a session, at an instant; the notice prints another, ``planned``.

    ``stale`` counts the accounts that are wrong, and ``accounts`` are the first of them. ``lost`` counts the changes
    that are lost, and ``lacking`` the redo entries that the site lacks.
    """

    session: str
    site: str
    planned: int
    at: int
    stale: int
    accounts: tuple[str, ...] = ()
    lost: int
    oldest_lost: Oldest | None = None
    lacking: int
    oldest_lacking: Oldest | None = None
    transport_lag: int
    apply_lag: int

    @property
    def lost_age(self) -> int:
        """How long before the printed opening the oldest change was committed that is lost; 0 if none is."""
        return self._age(self.oldest_lost)

    @property
    def lacking_age(self) -> int:
        """How long before the printed opening the oldest redo entry was committed that the site lacks."""
        return self._age(self.oldest_lacking)

    def _age(self, oldest: Oldest | None) -> int:
        # What was committed after the printed opening, before a site served at last, is not older than that.
        return max(0, self.planned - oldest.at) if oldest else 0


@attrs.frozen(kw_only=True)
class StepSlack:
    """How late a step may be: up to ``slack``, in milliseconds (None: not computed, and ``why``).

    It is later than ``due``: as the runbook says, by the clock of its site, and with the delay that the scenario has.
    ``to_the_end``: nothing breaks however late it is; then ``slack`` is the longest delay that was tried.
    ``breaks`` is the shortest delay that was found to break something, and ``broken`` is what it breaks. ``again`` are
    stretches of longer delays, from and to, with which nothing breaks. ``runs`` is how many runs were made.
    """

    step: str
    due: int
    slack: int | None
    why: str = ""
    to_the_end: bool = False
    breaks: int | None = None
    broken: tuple[str, ...] = ()
    again: tuple[tuple[int, int], ...] = ()
    runs: int = 0

    @property
    def last_safe_moment(self) -> int | None:
        """The last instant at which the step may be taken; None if it is not known, or if there is none."""
        return None if self.slack is None or self.to_the_end else self.due + self.slack


@attrs.frozen(kw_only=True)
class Figures:
    """The figures of one run: ``values`` by name; None for what was not computed or not reached, and ``why``.

    ``openings`` are in order of time. ``slacks`` are those of the steps that were asked for. ``endless`` names the
    figures of which the value is the most that was tried, and which have no end.
    """

    values: Mapping[str, int | None]
    why: Mapping[str, str]
    openings: tuple[OpeningFigures, ...] = ()
    slacks: tuple[StepSlack, ...] = ()
    endless: tuple[str, ...] = ()

    def compared(self, name: str) -> float | None:
        """The value of a figure as it is compared: what has no end is more than any number."""
        return inf if name in self.endless else self.values.get(name)
