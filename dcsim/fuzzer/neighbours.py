"""The neighbourhood of a scenario: the scenarios within k edits of it, which a tester could have written as well.

An edit changes one step. The step is dropped, done twice, swapped with a neighbour, moved to an edge of a window or one
second before it, or given another account or another value. Accounts, populations, faults and policies are not edited,
and neither are steps of a whole population. The tester's expectations are removed, because they are about the original
file. Only invariants decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import count
from math import comb
from typing import Any, NamedTuple

import attrs

from dcsim.domain.account import Value, typed
from dcsim.domain.action_signature import valued
from dcsim.domain.actions import Administer, ClientAction
from dcsim.domain.moment import Moment, instant, write
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import ClientStep, Scenario

SECOND = 1000
Edits = tuple[str, ...]


class Numbered(NamedTuple):
    """A step and its number in the tester's file. The number stays the same when the step is edited."""

    number: int
    step: ClientStep

    def __str__(self) -> str:
        return f"step {self.number} ({self.step.action.verb} at {write(self.step.at)})"


TIMING = ("every", "takes", "profile", "chance", "spread", "after", "if_")
"""The keys of a step, beside its moment, that say who takes it when."""
Steps = tuple[Numbered, ...]


def neighbours(
    scenario: Scenario, rulebook: Rulebook, k: int, on_candidate: Callable[[], None] = lambda: None
) -> Iterator[tuple[Edits, Scenario]]:
    """Yield every scenario within k edits once, in a fixed order: the scenario itself first, then the fewest edits.

    Two scenarios with the same steps at the same instants in the same order count as one. Scenarios are made one at a
    time, and only those that are edited further are kept. ``on_candidate`` is called for each candidate. It may raise,
    to end the search when a budget is used up.
    """
    near = Neighbourhood(scenario, rulebook)
    found: list[tuple[Edits, Steps]] = [((), near.steps)]
    known = {_digest(near.meaning(near.steps))}
    yield (), near.scenario_of(near.steps)
    for left in reversed(range(k)):
        further: list[tuple[Edits, Steps]] = []
        for edits, steps in found:
            for edit, edited in near.edits(steps):
                on_candidate()
                digest = _digest(near.meaning(edited))
                if digest not in known:
                    known.add(digest)
                    if left:
                        further.append(((*edits, edit), edited))
                    yield (*edits, edit), near.scenario_of(edited)
        found = further


def _digest(meaning: object) -> bytes:
    """Return a short key of a scenario. Whole scenarios would take too much memory, for there may be millions."""
    return blake2b(repr(meaning).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def estimate(scenario: Scenario, rulebook: Rulebook, k: int) -> int:
    """Estimate the number of scenarios within k edits. It is exact for k = 1.

    For more edits, it assumes that no two combinations of edits give the same scenario.
    """
    single = sum(1 for _ in neighbours(scenario, rulebook, 1)) - 1 if k else 0
    return sum(comb(single + edits - 1, edits) for edits in range(k + 1)) if single else 1


@attrs.frozen(eq=False)
class Neighbourhood:
    """The steps of one scenario in order of time, and the possible edits."""

    scenario: Scenario
    rulebook: Rulebook

    @property
    def steps(self) -> Steps:
        """The steps in order of time, without the tester's expectations."""
        plain = (Numbered(n, attrs.evolve(s, expect="any")) for n, s in enumerate(self.scenario.steps, start=1))
        return self._in_time(tuple(plain))

    def scenario_of(self, steps: Steps) -> Scenario:
        """Return the scenario with other steps and without expectations."""
        return attrs.evolve(self.scenario, steps=tuple(n.step for n in steps), seen=(), violations=())

    def meaning(self, steps: Steps) -> tuple[Any, ...]:
        """Return what a run depends on: instants and acts, in order. Numbers and lines are not included."""
        return tuple(
            (self._at(n), n.step.account, _spelled(n.step.action), *(getattr(n.step, name) for name in TIMING))
            for n in self._in_time(steps)
        )

    def _at(self, numbered: Numbered) -> int:
        return instant(numbered.step.at, self.rulebook)

    def _in_time(self, steps: Steps) -> Steps:
        return tuple(sorted(steps, key=self._at))

    # -- edits -----------------------------------------------------------------------------------------------------

    def edits(self, steps: Steps) -> Iterator[tuple[str, Steps]]:
        """Yield every single edit: its description, and the edited steps."""
        populations = {p.every for p in self.scenario.populations}
        for i, numbered in enumerate(steps):
            if not {numbered.step.account, getattr(numbered.step.action, "user", "")} & populations:
                yield from self._places(steps, i)
                for says, step in self._others(steps, numbered.step):
                    yield f"{numbered} {says}", _put(steps, i, step)

    def _places(self, steps: Steps, i: int) -> Iterator[tuple[str, Steps]]:
        """Yield the edits that drop, double or move the step."""
        this, rest = steps[i], (*steps[:i], *steps[i + 1 :])
        yield f"{this} dropped", rest
        yield f"{this} doubled", (*steps[: i + 1], *steps[i:])
        if i > 0:
            # Before or after a neighbour means at its instant: at one instant, the order of the file decides.
            yield f"{this} moved before {steps[i - 1]}", (*rest[: i - 1], _moved(this, steps[i - 1]), *rest[i - 1 :])
        if i < len(rest):
            yield f"{this} moved after {steps[i + 1]}", (*rest[: i + 1], _moved(this, steps[i + 1]), *rest[i + 1 :])
        for moment in self._edges():
            step = attrs.evolve(this.step, at=moment)
            yield f"{this} moved to {write(moment)}", self._in_time(_put(steps, i, step))

    def _edges(self) -> Iterator[Moment]:
        """Yield, for each edge of a window, the instant one second before it and the edge itself."""
        for name in self.rulebook.timeline:
            if name in self.rulebook.by_name:
                for offset in (-SECOND, 0):
                    yield Moment(session=name, edge="opens", offset=offset)
                for offset in (-SECOND, 0):
                    yield Moment(session=name, edge="closes", offset=offset)

    def _others(self, steps: Steps, step: ClientStep) -> Iterator[tuple[str, ClientStep]]:
        """Yield the edits that give the step another account, another user, or another value."""
        for account in self._alike(step.account):
            yield f"by {account}", attrs.evolve(step, account=account)
        if isinstance(step.action, Administer):
            for user in self._alike(step.action.user):
                yield f"on {user}", attrs.evolve(step, action=attrs.evolve(step.action, user=user))
        for name, field, _ in valued(step.action):
            now = getattr(step.action, name)
            for value in self._values(steps, field):
                if now is not None and typed(value) != typed(now):
                    says = f"with {name.rstrip('_')} {value} for {now}"
                    yield says, attrs.evolve(step, action=attrs.evolve(step.action, **{name: value}))

    def _alike(self, name: str) -> Iterator[str]:
        """Yield the other accounts of the same kind, in the order of the file."""
        kinds = {account.id: account.profile.kind for account in self.scenario.accounts}
        return (other for other, kind in kinds.items() if other != name and kind == kinds.get(name))

    def _values(self, steps: Steps, field: str) -> list[Value]:
        """Return the values that a field has anywhere in the scenario, and one new value."""
        accounts = (*self.scenario.accounts, *(p.like for p in self.scenario.populations))
        used: list[Value] = [a.start[field].value for a in accounts if field in a.start.fields]
        for numbered in steps:
            action = numbered.step.action
            used += [getattr(action, name) for name, of, _ in valued(action) if of == field]
        labels = {typed(value): value for value in used if value is not None}
        fresh = next(label for label in _labels(field) if typed(label) not in labels)
        return [*labels.values(), fresh]


def _put(steps: Steps, i: int, step: ClientStep) -> Steps:
    return (*steps[:i], Numbered(steps[i].number, step), *steps[i + 1 :])


def _moved(this: Numbered, to: Numbered) -> Numbered:
    """Return a step at its neighbour's moment."""
    return Numbered(this.number, attrs.evolve(this.step, at=to.step.at))


def _labels(field: str) -> Iterator[str]:
    yield f"new-{field}"
    yield from (f"new-{field}-{number}" for number in count(2))


def _spelled(action: ClientAction) -> tuple[Any, ...]:
    """Return an action as a key. It contains types, because Python treats 1 and True as equal."""
    fields = (typed(getattr(action, a.name)) for a in attrs.fields(type(action)))
    return action.verb, *fields
