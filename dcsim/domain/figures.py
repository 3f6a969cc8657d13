"""The figures of a run: named numbers. Their names, units and parts; ``docs/reference/figures.md`` defines each."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Literal

import attrs

from dcsim.domain.moment import duration, spell

Unit = Literal["count", "duration", "instant"]
"""Durations are milliseconds; instants are milliseconds since the Unix epoch."""


@attrs.frozen(kw_only=True)
class Figure:
    """One figure. It has a ``part`` for each session, step, or drain of the runbook; or none (empty).

    ``whole`` says what the figure is without a part: the most of its parts, the least, their sum, or a number of its
    own. Without any (empty), there are only its parts. ``says`` defines it.
    """

    unit: Unit
    part: Literal["", "session", "step", "drain"] = ""
    whole: Literal["", "most", "least", "sum", "own"] = "most"
    says: str


FIGURES: Mapping[str, Figure] = {
    "stale-accounts": Figure(
        unit="count",
        part="session",
        whole="own",
        says="How many accounts hold, when a site begins to serve a session, a value that the rules do not permit "
        "there, in one field at least. Over all sessions, each such account counts once.",
    ),
    "rpo": Figure(
        unit="count",
        part="session",
        says="How many committed changes are lost when a site begins to serve a session: the rules carry them there, "
        "and neither they nor what the rules permit instead is in its store. Changes that the rules discard or reset, "
        "and changes of which no rule speaks, are never counted. Over all sessions: the most.",
    ),
    "rpo-age": Figure(
        unit="duration",
        part="session",
        says="How long before the printed opening of a session the oldest change was committed that is lost there "
        "(see rpo); 0 if none is. Over all sessions: the most.",
    ),
    "rpo-physical": Figure(
        unit="count",
        part="session",
        says="How many redo entries a site lacks when it begins to serve a session: they are not applied there, or a "
        "forced fail-over has given them up. No rule is asked. Over all sessions: the most.",
    ),
    "rpo-physical-age": Figure(
        unit="duration",
        part="session",
        says="How long before the printed opening of a session the oldest redo entry was committed that the site "
        "lacks (see rpo-physical); 0 if it lacks none. Over all sessions: the most.",
    ),
    "rto": Figure(
        unit="duration",
        part="session",
        says="How long after the printed opening of a session a site serves it at last; 0 if one does so at the "
        "opening, and not reached if none does before the printed close. Over all sessions: the most.",
    ),
    "downtime": Figure(
        unit="duration",
        part="session",
        whole="sum",
        says="For how long in the printed window of a session no site serves it. Over all sessions: the sum.",
    ),
    "transport-lag": Figure(
        unit="duration",
        part="session",
        says="The age of the oldest redo entry that the other site has not received when a site begins to serve a "
        "session; 0 if it has received all. Over all sessions: the most.",
    ),
    "apply-lag": Figure(
        unit="duration",
        part="session",
        says="The age of the oldest redo entry that the other site has not applied when a site begins to serve a "
        "session; 0 if it has applied all. Over all sessions: the most.",
    ),
    "drain-wait": Figure(
        unit="duration",
        part="drain",
        says="How long a drain waited until the standby had applied everything, or until its time was up. Over all "
        "drains: the most.",
    ),
    "violations": Figure(unit="count", says="How many invariants the run broke, expected or not; each counts once."),
    "failures": Figure(
        unit="count",
        says="How many expectations of the scenario were not met, once for each account. Figures that are expected "
        "are not among them.",
    ),
    "slack": Figure(
        unit="duration",
        part="step",
        whole="least",
        says="How late a step of the runbook may be before something breaks that was not broken without the delay, or "
        "gets worse: the downtime, stale-accounts or rpo of a session. Over all steps: the least.",
    ),
    "last-safe-moment": Figure(
        unit="instant",
        part="step",
        whole="",
        says="The last instant at which a step of the runbook may be taken: when it is due in the scenario, with the "
        "delay and by the clock that the scenario gives it, and its slack.",
    ),
}
"""Every figure by its name, in the order in which figures are told."""
MOST_DIGITS = 12
"""The longest numbers with which a count is compared."""
COSTLY = ("slack", "last-safe-moment")
"""The figures for which the scenario is run again and again."""


def part_of(name: str) -> tuple[str, str]:
    """A name of a figure and its part: ``rpo.session-2`` is rpo, of session-2."""
    figure, _, part = name.partition(".")
    return figure, part


# -- expectations --------------------------------------------------------------------------------------------------

Compare = Literal["==", "!=", ">=", "<=", ">", "<"]
COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
COMPARISON_FORMS = {"count": "a number, or such as '>= 1'", "duration": "a duration such as '5m', or such as '>= 10m'"}


@attrs.frozen(kw_only=True)
class ExpectedFigure:
    """A figure, by its name with its part, and the number with which it must compare so."""

    name: str
    compare: Compare = "=="
    number: int
    line: int = 0
    file: str = ""

    def met(self, value: float | None) -> bool:
        """Whether a value is as expected. What was not computed or not reached never is."""
        return value is not None and COMPARE[self.compare](value, self.number)

    @property
    def says(self) -> str:
        """The comparison in the form in which a file writes it."""
        number = str(self.number) if unit_of(self.name) == "count" else spell(self.number)
        return number if self.compare == "==" else f"{self.compare} {number}"


def unit_of(name: str) -> Unit:
    """The unit of a figure, by its name with its part."""
    return FIGURES[part_of(name)[0]].unit


def comparison(text: str, unit: Unit) -> tuple[Compare, int]:
    """Read a comparison such as ``>= 10m``. ValueError if the text is none, or its number has not this unit."""
    compare = next((word for word in COMPARE if text.startswith(word)), "")
    number = text.removeprefix(compare).strip()
    if unit == "duration" and number != "0":
        return compare or "==", duration(number)  # type: ignore[return-value]
    if not (number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS):
        raise ValueError(f"{number!r} is not a number")
    return compare or "==", int(number)  # type: ignore[return-value]
