"""The neighbourhood of a scenario: what a tester might as well have written, within k edits of what is there.

An edit touches one step: it is dropped, done twice, trades places with a neighbour, falls just before or on an edge of
a window, or is another account's or with another value. Accounts, populations, faults and policies stay as they are,
and so does a step that a whole population takes. What the tester expects to see is left out, for it belongs to the
file as it was: the invariants judge.
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
    """A step with its number in the tester's file, which it keeps however it is edited."""

    number: int
    step: ClientStep

    def __str__(self) -> str:
        return f"step {self.number} ({self.step.action.verb} at {write(self.step.at)})"


Steps = tuple[Numbered, ...]


def neighbours(
    scenario: Scenario, rulebook: Rulebook, k: int, asked: Callable[[], None] = lambda: None
) -> Iterator[tuple[Edits, Scenario]]:
    """Every scenario within k edits, the scenario itself first, fewest edits first, each once, in a fixed order.

    Two that take the same steps at the same instants in the same order are one. Each is made when it is asked for, and
    only what is edited further is kept; ``asked`` is called for each that is made, and may raise (a budget).
    """
    near = Neighbourhood(scenario, rulebook)
    found: list[tuple[Edits, Steps]] = [((), near.steps)]
    known = {_digest(near.meaning(near.steps))}
    yield (), near.scenario_of(near.steps)
    for left in reversed(range(k)):
        further: list[tuple[Edits, Steps]] = []
        for edits, steps in found:
            for edit, edited in near.edits(steps):
                asked()
                digest = _digest(near.meaning(edited))
                if digest not in known:
                    known.add(digest)
                    further += [((*edits, edit), edited)] if left else []
                    yield (*edits, edit), near.scenario_of(edited)
        found = further


def _digest(meaning: object) -> bytes:
    """All that is kept of a scenario to know it again: there may be millions."""
    return blake2b(repr(meaning).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def estimate(scenario: Scenario, rulebook: Rulebook, k: int) -> int:
    """About how many scenarios are within k edits: exact for one, and as if edits never met for more."""
    single = sum(1 for _ in neighbours(scenario, rulebook, 1)) - 1 if k else 0
    return sum(comb(single + edits - 1, edits) for edits in range(k + 1)) if single else 1


@attrs.frozen(eq=False)
class Neighbourhood:
    """One scenario's steps, in order of time, and the edits that they admit."""

    scenario: Scenario
    rulebook: Rulebook

    @property
    def steps(self) -> Steps:
        """The steps in order of time, without what the tester expects of them."""
        plain = (Numbered(n, attrs.evolve(s, expect="any")) for n, s in enumerate(self.scenario.steps, start=1))
        return self._in_time(tuple(plain))

    def scenario_of(self, steps: Steps) -> Scenario:
        """The scenario with other steps, judged by the invariants alone."""
        return attrs.evolve(self.scenario, steps=tuple(n.step for n in steps), seen=(), violations=())

    def meaning(self, steps: Steps) -> tuple[Any, ...]:
        """All of the steps that a run can see: instants and acts, in order, but neither numbers nor lines."""
        return tuple(
            (self._at(n), n.step.account, _spelled(n.step.action), n.step.every, n.step.takes)
            for n in self._in_time(steps)
        )

    def _at(self, numbered: Numbered) -> int:
        return instant(numbered.step.at, self.rulebook)

    def _in_time(self, steps: Steps) -> Steps:
        return tuple(sorted(steps, key=self._at))

    # -- edits -----------------------------------------------------------------------------------------------------

    def edits(self, steps: Steps) -> Iterator[tuple[str, Steps]]:
        """Every single edit, in words and done."""
        populations = {f"{p.prefix}*" for p in self.scenario.populations}
        for i, numbered in enumerate(steps):
            if not {numbered.step.account, getattr(numbered.step.action, "user", "")} & populations:
                yield from self._places(steps, i)
                for says, step in self._others(steps, numbered.step):
                    yield f"{numbered} {says}", _put(steps, i, step)

    def _places(self, steps: Steps, i: int) -> Iterator[tuple[str, Steps]]:
        """The step dropped, doubled, or at another place among its neighbours or on the clock."""
        this, rest = steps[i], (*steps[:i], *steps[i + 1 :])
        yield f"{this} dropped", rest
        yield f"{this} doubled", (*steps[: i + 1], *steps[i:])
        if i > 0:
            yield f"{this} moved before {steps[i - 1]}", (*rest[: i - 1], _moved(this, steps[i - 1]), *rest[i - 1 :])
        if i < len(rest):
            yield f"{this} moved after {steps[i + 1]}", (*rest[: i + 1], _moved(this, steps[i + 1]), *rest[i + 1 :])
        for moment in self._edges():
            step = attrs.evolve(this.step, at=moment)
            yield f"{this} moved to {write(moment)}", self._in_time(_put(steps, i, step))

    def _edges(self) -> Iterator[Moment]:
        """The last second before each edge of a window, and the edge."""
        for name in self.rulebook.timeline:
            if name in self.rulebook.by_name:
                for offset in (-SECOND, 0):
                    yield Moment(session=name, edge="opens", offset=offset)
                for offset in (-SECOND, 0):
                    yield Moment(session=name, edge="closes", offset=offset)

    def _others(self, steps: Steps, step: ClientStep) -> Iterator[tuple[str, ClientStep]]:
        """The step as another account's, on another user, or with another value."""
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
        """The other accounts of the same kind, in the order of the file."""
        kinds = {account.id: account.profile.kind for account in self.scenario.accounts}
        return (other for other, kind in kinds.items() if other != name and kind == kinds.get(name))

    def _values(self, steps: Steps, field: str) -> list[Value]:
        """The values that a field has anywhere in the scenario, and one that it has nowhere."""
        accounts = (*self.scenario.accounts, *(p.like for p in self.scenario.populations))
        used: list[Value] = [a.start[field].value for a in accounts if field in a.start.fields]
        used += [getattr(n.step.action, name) for n in steps for name, of, _ in valued(n.step.action) if of == field]
        labels = {typed(value): value for value in used if value is not None}
        fresh = next(label for label in _labels(field) if typed(label) not in labels)
        return [*labels.values(), fresh]


def _put(steps: Steps, i: int, step: ClientStep) -> Steps:
    return (*steps[:i], Numbered(steps[i].number, step), *steps[i + 1 :])


def _moved(this: Numbered, to: Numbered) -> Numbered:
    """A step at its neighbour's moment; at one instant, the order of the file decides."""
    return Numbered(this.number, attrs.evolve(this.step, at=to.step.at))


def _labels(field: str) -> Iterator[str]:
    yield f"new-{field}"
    yield from (f"new-{field}-{number}" for number in count(2))


def _spelled(action: ClientAction) -> tuple[Any, ...]:
    """An action as a key in which 1 is not yes."""
    fields = (typed(getattr(action, a.name)) for a in attrs.fields(type(action)))
    return action.verb, *fields
