"""Writes out a scenario one by one: each act of some accounts is a step of its own, and nothing of it is drawn.

What is explained, shortened or walked through is a scenario like this; a population that lives has too many acts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import attrs

from dcsim.domain.account import Account
from dcsim.domain.actions import Administer
from dcsim.domain.groups import later
from dcsim.domain.moment import instant
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import ClientStep, Scenario, Seen
from dcsim.simulate.living import Arrivals
from dcsim.trace.roster import Roster


def one_by_one(scenario: Scenario, rulebook: Rulebook, seed: int, names: Collection[str] | None = None) -> Scenario:
    """The scenario with some of its accounts only (None: all), in which they do what they do in the whole one."""
    return _Written(scenario, rulebook, Roster(scenario), Arrivals(Roster(scenario), rulebook, seed), names).scenario()


@attrs.define(eq=False)
class _Written:
    whole: Scenario
    rulebook: Rulebook
    roster: Roster
    arrivals: Arrivals
    names: Collection[str] | None
    kept: dict[int, str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        roster = self.roster
        named = {*(self.names or ()), *map(self._one, self._administrators())}
        own = range(roster.size) if self.names is None else sorted({n for name in named for n in roster.numbers(name)})
        self.kept = {number: roster.name(number) for number in own}

    def _administrators(self) -> Iterator[str]:
        return (step.account for step in self.whole.steps if isinstance(step.action, Administer))

    def scenario(self) -> Scenario:
        several = (*self.whole.groups, *(population.every for population in self.whole.populations))
        return attrs.evolve(
            self.whole,
            accounts=tuple(self._accounts()),
            populations=(),
            groups={name: tuple(self._members(name)) for name in several},
            steps=tuple(own for step in self.whole.steps for own in self._steps(step)),
            seen=tuple(own for seen in self.whole.seen for own in self._seen(seen)),
        )

    def _accounts(self) -> Iterator[Account]:
        start = 0
        for account, count in self.roster.groups:
            own = (number for number in self.kept if start <= number < start + count)
            yield from (attrs.evolve(account, id=self.kept[number]) for number in own)
            start += count

    def _members(self, name: str) -> Iterator[str]:
        return (self.kept[number] for number in self.roster.numbers(name) if number in self.kept)

    def _steps(self, step: ClientStep) -> Iterator[ClientStep]:
        plain = attrs.evolve(step, every=0, profile="", chance=1, spread=None, after=0)
        for by, number in self._acts(step):
            name, action = self.kept[number], step.action
            if isinstance(action, Administer):
                name, action = self._one(step.account), attrs.evolve(action, user=name)
            yield attrs.evolve(plain, at=later(step.at, by), account=name, action=action)

    def _acts(self, step: ClientStep) -> Iterator[tuple[int, int]]:
        """How long after its moment a step is taken, and by which account."""
        acts: Iterable[tuple[int, int]]
        if step.drawn:
            first = instant(step.at, self.rulebook)
            instants, numbers = self.arrivals.of(step)
            acts = zip((instants - first).tolist(), numbers.tolist(), strict=True)
        else:
            subject = step.action.user if isinstance(step.action, Administer) else step.account
            acts = ((turn * step.every, number) for turn, number in enumerate(self.roster.numbers(subject)))
        return ((by, number) for by, number in acts if number in self.kept)

    def _one(self, name: str) -> str:
        return self.roster.name(self.roster.numbers(name)[0])

    def _seen(self, seen: Seen) -> Iterator[Seen]:
        return (attrs.evolve(seen, account=name) for name in self._members(seen.account))
