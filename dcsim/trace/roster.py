"""The accounts of a run by number, whether they are listed one by one or as a population."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain

import attrs

from dcsim.domain.account import Account
from dcsim.domain.scenario import Population, Scenario


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
    def _populations(self) -> dict[str, tuple[Population, range]]:
        """Each population with the numbers of its accounts, by the way a step names it (``U*``)."""
        out, start = {}, len(self.scenario.accounts)
        for population in self.scenario.populations:
            out[population.every] = population, range(start, start + population.count)
            start += population.count
        return out

    @cached_property
    def _single(self) -> dict[str, int]:
        return {account.id: number for number, account in enumerate(self.scenario.accounts)}

    def numbers(self, name: str) -> Sequence[int]:
        """The accounts that a name stands for: one, a whole population (``U*``), one of a population (``U17``), or all
        of a group in its order.
        """
        return self._grouped[name] if name in self._grouped else self._numbers(name)

    @cached_property
    def _grouped(self) -> dict[str, array[int]]:
        groups = self.scenario.groups.items()
        return {name: array("l", chain.from_iterable(map(self._numbers, members))) for name, members in groups}

    def _numbers(self, name: str) -> range:
        if name in self._single:
            return range(self._single[name], self._single[name] + 1)
        if name in self._populations:
            return self._populations[name][1]
        for population, numbers in self._populations.values():
            if number := population.number(name):
                return numbers[number - 1 : number]
        raise KeyError(name)

    def name(self, number: int) -> str:
        """An account's identifier."""
        if number < len(self.scenario.accounts):
            return self.scenario.accounts[number].id
        for population, numbers in self._populations.values():
            if number in numbers:
                return population.name(number - numbers.start + 1)
        raise IndexError(number)

    def names(self) -> Iterator[str]:
        """The identifiers of all accounts in order of number."""
        yield from (account.id for account in self.scenario.accounts)
        for population in self.scenario.populations:
            yield from map(population.name, range(1, population.count + 1))

    def matching(self, pattern: str) -> Iterator[int]:
        """The numbers of the accounts of a group, or of those whose names match a pattern such as ``U0*``."""
        if pattern in self._grouped:
            return iter(self._grouped[pattern])
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
