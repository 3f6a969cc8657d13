"""The members of a run: accounts that begin alike are one population, so that a hundred thousand are quickly set up."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from dcsim.domain.account import Account, Profile, Record
from dcsim.domain.faults import Fault, LinkFault
from dcsim.domain.scenario import Population, Scenario


@attrs.frozen
class Member:
    """One account of a run. ``faults`` are those of the link that befall this account alone."""

    profile: Profile
    start: Record
    faults: tuple[LinkFault, ...] = ()


def populated(scenario: Scenario, members: Sequence[Member]) -> tuple[Scenario, list[int]]:
    """The scenario with these members as its accounts and without its steps; and the number of each member in it."""
    singles = [index for index, member in enumerate(members) if member.faults]
    alike: dict[tuple[Profile, Record], list[int]] = {}
    for index, member in enumerate(members):
        if not member.faults:
            alike.setdefault((member.profile, member.start), []).append(index)
    numbers = [0] * len(members)
    for number, index in enumerate((*singles, *(index for group in alike.values() for index in group))):
        numbers[index] = number
    accounts = tuple(Account(f"single-{n}", members[i].profile, members[i].start) for n, i in enumerate(singles))
    own: list[Fault] = [
        attrs.evolve(fault, account=f"single-{n}") for n, i in enumerate(singles) for fault in members[i].faults
    ]
    populations = tuple(
        Population(prefix=f"group-{n}-", count=len(group), like=Account(f"group-{n}-*", profile, start))
        for n, ((profile, start), group) in enumerate(alike.items())
    )
    shared = [fault for fault in scenario.faults if not (isinstance(fault, LinkFault) and fault.account)]
    made = attrs.evolve(
        scenario,
        accounts=accounts,
        populations=populations,
        groups={},
        steps=(),
        seen=(),
        violations=(),
        sometimes=(),
        faults=(*own, *shared),
    )
    return made, numbers
