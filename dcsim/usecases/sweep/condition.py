"""Conditions on figures, such as ``stale-accounts == 0`` or ``rto <= 10m and not violations > 2``: read, and judged.

A figure that a run does not have makes a comparison unknown, and what is unknown is never taken for true: ``and`` is
false where one side is, ``or`` true where one side is, and otherwise unknown.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

import attrs

from dcsim.domain.moment import DURATION_FORMS, duration, spell
from dcsim.files.findings import suggest
from dcsim.usecases.request import RequestError

Unit = Literal["duration", "count", "flag", "instant"]
"""What a figure is measured in. A duration is in milliseconds; a flag is 0 or 1."""
Units = Callable[[str], Unit | None]
"""The unit of a figure; None: there is no such figure."""
Figures = Mapping[str, float | None]
"""What has no end is infinite, and more than any number."""

COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
MOST_LENGTH = 1_000
_TOKEN = re.compile(r"\s*(==|!=|<=|>=|<|>|\(|\)|[^\s()<>=!]+|\S)")
_NUMBER = re.compile(r"-?\d[\d_]*", re.ASCII)


@attrs.frozen
class FigureComparison:
    """A figure held against a number, or against another figure; a flag alone is true where it is not zero."""

    figure: str
    sign: str
    number: int = 0
    other: str = ""
    unit: Unit = "count"

    def __str__(self) -> str:
        if self.unit == "flag" and not self.other and self.sign == "!=" and not self.number:
            return self.figure
        against = self.other or (_spelled(self.number) if self.unit == "duration" else str(self.number))
        return f"{self.figure} {self.sign} {against}"

    def judge(self, figures: Figures) -> bool | None:
        """Whether it is so; None: a figure is not known."""
        one = figures.get(self.figure)
        other = figures.get(self.other) if self.other else self.number
        return None if one is None or other is None else COMPARISONS[self.sign](one, other)

    @property
    def comparisons(self) -> tuple[FigureComparison, ...]:
        """Itself."""
        return (self,)


@attrs.frozen
class Joined:
    """Conditions joined by ``and``, by ``or``, or one negated by ``not``."""

    by: Literal["and", "or", "not"]
    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        shown = [f"({part})" if isinstance(part, Joined) else str(part) for part in self.parts]
        return f"not {shown[0]}" if self.by == "not" else f" {self.by} ".join(shown)

    def judge(self, figures: Figures) -> bool | None:
        """Whether it is so; None: that hangs on a figure that is not known."""
        found = [part.judge(figures) for part in self.parts]
        if self.by == "not":
            return None if found[0] is None else not found[0]
        decides = self.by == "or"
        if decides in found:
            return decides
        return None if None in found else not decides

    @property
    def comparisons(self) -> tuple[FigureComparison, ...]:
        """All comparisons in it, in their order."""
        return tuple(one for part in self.parts for one in part.comparisons)


Condition = FigureComparison | Joined


def condition(text: str, unit_of: Units, known: tuple[str, ...]) -> Condition:
    """Read a condition. RequestError where it is none, or names no figure (``known`` are proposed)."""
    if len(text) > MOST_LENGTH:
        raise RequestError(f"a condition has at most {MOST_LENGTH:,} characters")
    reading = _Reading(text, _TOKEN.findall(text), unit_of, known)
    found = reading.either()
    if reading.tokens:
        raise reading.wrong(f"nothing can follow before '{reading.tokens[0]}'")
    return found


@attrs.define
class _Reading:
    """The words of a condition that are still to be read."""

    text: str
    tokens: list[str]
    unit_of: Units
    known: tuple[str, ...]
    depth: int = 0

    def either(self) -> Condition:
        return self._joined("or", lambda: self._joined("and", self._one))

    def _joined(self, by: Literal["and", "or"], part: Callable[[], Condition]) -> Condition:
        parts = [part()]
        while self.tokens and self.tokens[0] == by:
            self.tokens.pop(0)
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(by, tuple(parts))

    def _one(self) -> Condition:
        self.depth += 1
        if self.depth > 50:
            raise self.wrong("it is nested too deep")
        try:
            return self._deeper()
        finally:
            self.depth -= 1

    def _deeper(self) -> Condition:
        word = self._next()
        if word == "not":
            return Joined("not", (self._one(),))
        if word == "(":
            found = self.either()
            if self._next() != ")":
                raise self.wrong("a parenthesis is not closed")
            return found
        unit = self._unit(word)
        if not self.tokens or self.tokens[0] not in COMPARISONS:
            if self.tokens and self.tokens[0] == "=":
                raise self.wrong("'=' compares nothing; write '=='")
            if unit != "flag":
                noun, number = ("a duration", "10m") if unit == "duration" else ("a number", "2")
                raise self.wrong(f"'{word}' is {noun}; compare it, as in '{word} <= {number}'")
            return FigureComparison(word, "!=", 0, unit="flag")
        return self._compared(word, unit, self.tokens.pop(0))

    def _compared(self, figure: str, unit: Unit, sign: str) -> FigureComparison:
        against = self._next()
        if _NUMBER.fullmatch(against):
            number = int(against.replace("_", ""))
            if unit == "duration" and number:
                raise self.wrong(f"'{figure}' is a duration: write the unit, '{against}s' or '{against}m'")
            return FigureComparison(figure, sign, number, unit=unit)
        if unit == "flag" and against in ("true", "false"):
            return FigureComparison(figure, sign, int(against == "true"), unit=unit)
        if against.lstrip("-")[:1].isdigit():
            return FigureComparison(figure, sign, self._duration(figure, unit, against), unit=unit)
        other = self._unit(against)
        if other != unit:
            raise self.wrong(f"'{figure}' is a {unit}, and '{against}' is a {other}")
        return FigureComparison(figure, sign, other=against, unit=unit)

    def _duration(self, figure: str, unit: Unit, text: str) -> int:
        if unit != "duration":
            raise self.wrong(f"'{figure}' is a number, and '{text}' is none")
        try:
            length = duration(text.removeprefix("-"))
        except ValueError:
            raise self.wrong(f"'{text}' is not a duration; expected one {DURATION_FORMS}") from None
        return -length if text.startswith("-") else length

    def _unit(self, word: str) -> Unit:
        unit = self.unit_of(word)
        if unit is None and word.lstrip("-+")[:1].isdigit():
            raise self.wrong(f"'{word}' is no figure; a figure comes first, as in 'rto > 5m'")
        if unit is None:
            hint = suggest(word, self.known)
            raise self.wrong(f"no figure is called '{word}'{hint and '; '}{hint}")
        if unit == "instant":
            raise self.wrong(f"'{word}' is an instant, of which no condition speaks; slack is a duration")
        return unit

    def _next(self) -> str:
        if not self.tokens:
            raise self.wrong("something is missing at its end")
        return self.tokens.pop(0)

    def wrong(self, why: str) -> RequestError:
        return RequestError(f"'{self.text}' is no condition: {why}")


def _spelled(number: int) -> str:
    return f"-{spell(-number)}" if number < 0 else spell(number)
