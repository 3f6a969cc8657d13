"""The accounts of a run by number, whether they are listed one by one or as a population."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property

import attrs

from dcsim.domain.account import Account
from dcsim.domain.scenario import Scenario


@attrs.frozen(eq=False)
class Roster:
    """The accounts in the order of the file, then each population. The names of a population's accounts are computed,
    not stored.
    """

    scenario: Scenario

    @cached_property
    def groups(self) -> tuple[tuple[Account, int], ...]:
        """The accounts in order of number; accounts of one population are one entry, with how many there are."""
        single = tuple((account, 1) for account in self.scenario.accounts)
        return (*single, *((p.like, p.count) for p in self.scenario.populations))

    @cached_property
    def _starts(self) -> dict[str, range]:
        """The numbers of each population, by the way a step names it (``U*``)."""
        out, start = {}, len(self.scenario.accounts)
        for population in self.scenario.populations:
            out[f"{population.prefix}*"] = range(start, start + population.count)
            start += population.count
        return out

    @cached_property
    def _single(self) -> dict[str, int]:
        return {account.id: number for number, account in enumerate(self.scenario.accounts)}

    def numbers(self, name: str) -> range:
        """The accounts that a name stands for: one, a whole population (``U*``), or one of a population (``U17``)."""
        if name in self._single:
            return range(self._single[name], self._single[name] + 1)
        if name in self._starts:
            return self._starts[name]
        for prefix, numbers in self._starts.items():
            tail = name.removeprefix(prefix[:-1])
            if tail != name and _is_number(tail) and int(tail) <= len(numbers):
                return numbers[int(tail) - 1 : int(tail)]
        raise KeyError(name)

    def name(self, number: int) -> str:
        """An account's identifier."""
        if number < len(self.scenario.accounts):
            return self.scenario.accounts[number].id
        for prefix, numbers in self._starts.items():
            if number in numbers:
                return f"{prefix[:-1]}{number - numbers.start + 1}"
        raise IndexError(number)

    def matching(self, pattern: str) -> Iterator[int]:
        """The numbers of the accounts whose names match a pattern such as ``U0*``."""
        if pattern == "*":
            return iter(range(self.size))
        if not set(pattern) & set("*?["):
            return iter(self._known(pattern))
        names = ((number, self.name(number)) for number in range(self.size))
        return (number for number, name in names if name == pattern or fnmatchcase(name, pattern))

    def _known(self, name: str) -> Iterable[int]:
        try:
            return self.numbers(name)
        except KeyError:
            return ()

    @property
    def size(self) -> int:
        """How many accounts there are."""
        return sum(count for _, count in self.groups)


def _is_number(text: str) -> bool:
    """Whether a text is a whole number from 1 on. ``07`` is none: so each account has exactly one name."""
    return text.isdecimal() and text[0] != "0"
