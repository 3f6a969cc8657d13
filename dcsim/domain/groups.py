"""Writes a scenario without its groups: what a group does or holds is written once for each of its accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import attrs

from dcsim.domain.actions import Administer
from dcsim.domain.moment import Moment
from dcsim.domain.scenario import ClientStep, Scenario, Seen


def without_groups(scenario: Scenario) -> Scenario:
    """The scenario in which no step and no expectation names a group. It runs the same."""
    if not scenario.groups:
        return scenario
    sizes = {population.every: population.count for population in scenario.populations}
    steps = (one for step in scenario.steps for one in _in_turn(step, scenario, sizes))
    return attrs.evolve(scenario, groups={}, steps=tuple(steps), seen=tuple(_seen(scenario)))


def _in_turn(step: ClientStep, scenario: Scenario, sizes: dict[str, int]) -> Iterator[ClientStep]:
    """One step for each account of a group, or for a whole population in it, each at its own moment."""
    action, before = step.action, 0
    name = action.user if isinstance(action, Administer) else step.account
    for member in scenario.groups.get(name, (name,)):
        own = attrs.evolve(step, at=later(step.at, before * step.every), every=step.every if member in sizes else 0)
        before += sizes.get(member, 1)
        if isinstance(action, Administer):
            yield attrs.evolve(own, action=attrs.evolve(action, user=member))
        else:
            yield attrs.evolve(own, account=member)


def later(at: Moment, by: int) -> Moment:
    """The moment so many milliseconds after another."""
    if not by:
        return at
    if at.local is not None:
        return attrs.evolve(at, local=at.local + timedelta(milliseconds=by))
    # The bare form must fall inside the window, and the last accounts of a group may act after it.
    return attrs.evolve(at, edge=at.edge or "opens", offset=at.offset + by)


def _seen(scenario: Scenario) -> Iterator[Seen]:
    """What is expected of each account at each target: a group's fields and the account's own are written together."""
    together: dict[tuple[str, str], Seen] = {}
    for seen in scenario.seen:
        for member in scenario.groups.get(seen.account, (seen.account,)):
            place = (seen.target, member)
            fields = {**together[place].fields, **seen.fields} if place in together else seen.fields
            together[place] = attrs.evolve(together.get(place, seen), account=member, fields=fields)
    yield from together.values()
