"""The accounts of a scenario's file, and the names that stand for one, for some or for all of them.

A name is that of an account, of a whole population (``U*``), of a group, or a pattern of names such as ``U0*``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain

import attrs

from dcsim.domain.scenario import NumberedNames
from dcsim.files.findings import Flaw, Keys, unknown
from dcsim.files.forms import MOST_DIGITS, AccountForm, PopulationForm, ScenarioForm
from dcsim.files.odd_characters import named, wide

ANY = "*"
"""What stands in a pattern for any letters."""
MOST_ACCOUNTS = 20_000_000


@attrs.frozen(eq=False)
class Cast:
    """The accounts of a scenario by name, its populations by the word for all of one, and its groups."""

    form: ScenarioForm

    @cached_property
    def single(self) -> Mapping[str, int]:
        """The place in the list of each account that is written out."""
        return {a.id: index for index, a in enumerate(self.form.accounts) if isinstance(a, AccountForm)}

    @cached_property
    def populations(self) -> Mapping[str, NumberedNames]:
        """The names of each population, by the word for all of them."""
        return {names.every: names for _, names in self.numbered}

    @cached_property
    def numbered(self) -> tuple[tuple[int, NumberedNames], ...]:
        """The names of each population, with its place in the list."""
        return tuple((index, a.numbered) for index, a in enumerate(self.form.accounts) if isinstance(a, PopulationForm))

    @cached_property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """The members of each group as they are written: those that it lists, then the accounts that name it."""
        joined: dict[str, list[str]] = {name: list(members) for name, members in self.form.groups.items()}
        for holder in self.form.accounts:
            if holder.group and isinstance(holder, AccountForm | PopulationForm):
                own = holder.id if isinstance(holder, AccountForm) else holder.numbered.every
                joined.setdefault(holder.group, []).append(own)
        return {name: tuple(members) for name, members in joined.items()}

    def has(self, name: str) -> bool:
        """Whether the name is that of one account: written out, or of a population (``U17``)."""
        return name in self.single or any(True for _ in self.populations_with(name))

    def holder(self, name: str) -> AccountForm | PopulationForm | None:
        """The account or population for which a name stands; None for a group, and where there is none."""
        if name in self.single:
            return self.form.accounts[self.single[name]]
        names = self.populations.get(name) or next(self.populations_with(name), None)
        return next((self.form.accounts[index] for index, own in self.numbered if own is names), None)

    def stands_for_many(self, name: str) -> bool:
        """Whether the name can stand for several accounts."""
        return not self.has(name) and (name in self.groups or ANY in name)

    def populations_with(self, name: str) -> Iterator[NumberedNames]:
        """The populations that have an account of this name."""
        # By prefix, not population by population: there may be thousands of names and of populations.
        for digits in range(1, min(self._digits, len(name)) + 1):
            population = self.populations.get(f"{name[:-digits]}{ANY}")
            if population and population.number(name):
                yield population

    @cached_property
    def _digits(self) -> int:
        """The length of the longest number in the name of an account of a population."""
        return max((max(p.digits, len(str(p.count))) for p in self.populations.values()), default=0)

    @cached_property
    def named(self) -> Mapping[str, tuple[str, ...]]:
        """Every group, and every pattern that a step, a fault or an expectation uses, with the accounts that it stands
        for.
        """
        acting = chain.from_iterable((step.account, getattr(step.action, "user", "")) for step in self.form.steps)
        befallen = (getattr(fault, "account", None) or "" for fault in self.form.faults)
        used = chain(acting, befallen, chain.from_iterable(self.form.expect.seen.values()))
        patterns = (name for name in used if ANY in name and name not in self.populations)
        return {name: self.members(name) for name in dict.fromkeys(chain(self.groups, patterns))}

    def members(self, name: str) -> tuple[str, ...]:
        """The accounts that a name stands for, each once, in order; a whole population stands as ``PREFIX*``."""
        return tuple(self._once(self._all(name, ())))

    def _all(self, name: str, through: tuple[str, ...]) -> Iterator[str]:
        if name in self.populations or self.has(name):
            yield name
        elif name in self.groups:
            # A group that is inside itself is a flaw of its own.
            for member in self.groups[name] if name not in through else ():
                yield from self._all(member, (*through, name))
        elif ANY in name:
            yield from self._matching(name)

    def _matching(self, pattern: str) -> Iterator[str]:
        fits = re.compile(".*".join(map(re.escape, pattern.split(ANY))), re.DOTALL).fullmatch
        yield from filter(fits, self.single)
        for every, population in self.populations.items():
            if fits(every) and pattern.endswith(ANY):
                yield every
            else:
                yield from filter(fits, self._names(population))

    def _once(self, names: Iterable[str]) -> Iterator[str]:
        """The names without repetitions. Of a population of which one account came before, the others follow."""
        if not self.populations:
            yield from dict.fromkeys(names)
            return
        seen = set[str]()
        for name in names:
            if name in seen or any(population.every in seen for population in self._of_population(name)):
                continue
            whole = self.populations.get(name)
            if whole and any(map(whole.number, seen)):
                yield from (one for one in self._names(whole) if one not in seen)
            else:
                yield name
            seen.add(name)

    @staticmethod
    def _names(population: NumberedNames) -> Iterator[str]:
        """The names of a population; of one that is too large, which is a flaw of its own, only the first."""
        count = population.count if population.count <= MOST_ACCOUNTS else 1
        return map(population.name, range(1, count + 1))

    def _of_population(self, name: str) -> Iterator[NumberedNames]:
        return iter(()) if name in self.single else self.populations_with(name)

    def one_of(self, name: str) -> str:
        """An account for which the name stands, to show as an example."""
        first = next(self._all(name, ()), name)
        return self.populations[first].name(1) if first in self.populations else first

    def through(self, name: str) -> set[str]:
        """The groups that are in a group, and in those, and so on."""
        found, todo = set[str](), [name]
        while todo:
            inside = [member for member in self.groups.get(todo.pop(), ()) if member in self.groups]
            todo += [member for member in inside if member not in found]
            found |= set(inside)
        return found | {name}

    def unknown(self, name: str, keys: Keys, *, all_of: bool = True, at_key: bool = False) -> Iterator[Flaw]:
        """The flaw of a name that stands for no account. With ``all_of``, it may stand for several."""
        if self.has(name) or (all_of and (name in self.groups or name in self.populations)):
            return
        if all_of and ANY in name:
            if not any(True for _ in self._matching(name)):
                yield Flaw("DC120", keys, f"no account has a name like '{name}'", at_key=at_key)
            return
        known = chain(self.populations, self.groups, self.single) if all_of else chain(self.populations, self.single)
        flaw = unknown("DC120", keys, "account", name, known, at_key=at_key)
        hint = self._numbered_like(unicodedata.normalize("NFKC", name)) or flaw.hint
        sign = next(filter(wide, name), "")
        named_sign = f"{named(sign)} stands in it" if sign else ""
        yield attrs.evolve(flaw, hint="; ".join(filter(None, (hint, named_sign))))

    def _numbered_like(self, name: str) -> str:
        """The hint for a number that no account of a population has, or that is written otherwise."""
        for digits in range(1, min(len(name), MOST_DIGITS) + 1):
            population, tail = self.populations.get(f"{name[:-digits]}{ANY}"), name[-digits:]
            if population and tail.isascii() and tail.isdecimal():
                meant = population.name(int(tail))
                if population.number(meant):
                    return f"did you mean '{meant}'?"
                return f"'{population.every}' are {population.name(1)} to {population.name(population.count)}"
        return ""
