"""Populations that live: which accounts take a step, and when each comes.

All of it is drawn from keys (a seed, the step, the account) and not from a sequence: what one account does hangs on no
other account and on no other step. ``dcsim.domain.chance`` draws the same numbers one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b

import attrs
import numpy as np
from numpy.typing import NDArray

from dcsim.domain.actions import Administer
from dcsim.domain.arrival import CURVES, ArrivalWindow
from dcsim.domain.chance import GOLDEN, MASK, mixed
from dcsim.domain.distribution import Duration, draw
from dcsim.domain.moment import instant, write
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.scenario import ClientStep
from dcsim.trace.roster import Roster

Numbers = NDArray[np.int32]
Instants = NDArray[np.int64]
MOST_DIGITS = 18
"""Of a longer number in a name, the last digits count."""


@attrs.define(eq=False)
class Arrivals:
    """Draws the acts of the steps of one scenario, which are asked for in the order of the file."""

    roster: Roster
    rulebook: Rulebook
    seed: int
    _before: dict[tuple[str, str], tuple[Numbers, Instants]] = attrs.field(factory=dict)
    """The acts of the last step of an account and a profile, in the order of its accounts."""
    _alike: dict[tuple[str, ...], int] = attrs.field(factory=dict)
    """How many steps of the same words there were so far."""

    def of(self, step: ClientStep) -> tuple[Instants, Numbers]:
        """The instants at which a step is taken, in order, and the account that takes it at each."""
        subject = step.action.user if isinstance(step.action, Administer) else step.account
        step_key = self._step_key(step, subject)
        if step.after:
            numbers, base = self._before.get((subject, step.profile), (np.empty(0, np.int32), np.empty(0, np.int64)))
        else:
            numbers, base = self._accounts(subject, step)
        takes = np.ones(len(numbers), bool)
        if step.chance != 1:
            takes = self._draw("whether", step_key, numbers) < step.chance
        numbers, base = numbers[takes], base[takes]
        instants = base + self._later(step, step_key, numbers)
        self._before[subject, step.profile] = numbers, instants
        order = np.argsort(instants, kind="stable")
        return instants[order], numbers[order]

    def _accounts(self, subject: str, step: ClientStep) -> tuple[Numbers, Instants]:
        """The accounts of a step before chance decides, and the instant from which each counts."""
        numbers = _as_array(self.roster.numbers(subject))
        turns = np.arange(len(numbers), dtype=np.int64) * step.every
        instants = instant(step.at, self.rulebook) + turns
        if step.profile:
            own = self.profiles[numbers] == self.names.get(step.profile, -1)
            return numbers[own], instants[own]
        return numbers, instants

    def _later(self, step: ClientStep, step_key: int, numbers: Numbers) -> Instants:
        """How long after that instant each account comes."""
        if step.after:
            return self._durations(step.after, step_key, numbers)
        if step.spread is None:
            return np.zeros(len(numbers), np.int64)
        if not isinstance(step.spread, ArrivalWindow):
            return self._durations(step.spread, step_key, numbers)
        width = instant(step.spread.until, self.rulebook) - instant(step.at, self.rulebook)
        part = CURVES[step.spread.curve](self._draw("when", step_key, numbers))
        later: Instants = np.clip((part * width).astype(np.int64), 0, max(0, width - 1))
        return later

    def _durations(self, duration: Duration, step_key: int, numbers: Numbers) -> Instants:
        if isinstance(duration, int):
            return np.full(len(numbers), duration, np.int64)
        each = self._draw("when", step_key, numbers).tolist()
        return np.fromiter((draw(duration, u) for u in each), np.int64, len(each))

    # -- profiles --------------------------------------------------------------------------------------------------

    @cached_property
    def names(self) -> dict[str, int]:
        """The number of each profile."""
        behaviours = (population.behaviour for population in self.roster.scenario.populations)
        return {name: number for number, name in enumerate(dict.fromkeys(n for each in behaviours for n in each))}

    @cached_property
    def profiles(self) -> NDArray[np.int16]:
        """The number of the profile of each account; -1 where it has none."""
        found = np.full(self.roster.size, -1, np.int16)
        start = len(self.roster.scenario.accounts)
        for population in self.roster.scenario.populations:
            stop = start + population.count
            if population.behaviour:
                weights = np.cumsum(list(population.behaviour.values()))
                drawn = self._draw("profile", 0, np.arange(start, stop, dtype=np.int32)) * weights[-1]
                chosen = np.searchsorted(weights, drawn, side="right").clip(0, len(weights) - 1)
                numbers = np.array([self.names[name] for name in population.behaviour], np.int16)
                found[start:stop] = numbers[chosen]
            start = stop
        return found

    # -- chance ----------------------------------------------------------------------------------------------------

    def _step_key(self, step: ClientStep, subject: str) -> int:
        """The key of a step: its words, and which of those with the same words it is. So no step changes another's."""
        words = (step.profile, write(step.at), step.action.verb)
        turn = self._alike[subject, *words] = self._alike.get((subject, *words), 0) + 1
        return _key(*words, str(turn))

    def _draw(self, purpose: str, step_key: int, numbers: Numbers) -> NDArray[np.float64]:
        """A number from 0 to 1 for each account."""
        prefixes, offsets, starts = self._names
        holder = np.searchsorted(starts, numbers, side="right") - 1
        within = numbers.astype(np.int64) + offsets[holder]
        return chances((self.seed, _key(purpose), step_key), prefixes[holder], within.astype(np.uint64))

    @cached_property
    def _names(self) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
        """For each account that is listed and for each population: the key of what its names begin with, what is to be
        added to an account's number for that in its name, and the number of its first account.

        So an account draws by its name, whether it is listed or one of a population.
        """
        starts = np.cumsum([0, *(count for _, count in self.roster.groups)])[:-1]
        names = [_name_parts(account.id) for account, _ in self.roster.groups]
        firsts = np.array([number for _, number in names], np.int64)
        return np.array([_key(prefix) for prefix, _ in names], np.uint64), firsts - starts, starts


def _name_parts(name: str) -> tuple[str, int]:
    """What a name begins with, and its number: of a population (``U*``) the first, of a name without one 0."""
    if name.endswith("*"):
        return name[:-1], 1
    prefix = name.rstrip("0123456789")
    return prefix, int(name[len(prefix) :][-MOST_DIGITS:] or 0)


def chances(first: Sequence[int], *then: NDArray[np.uint64]) -> NDArray[np.float64]:
    """``chance(*first, *then)`` of ``dcsim.domain.chance``, for arrays of the last keys."""
    before = 0
    for key in first:
        before = mixed((before + GOLDEN + key) & MASK)
    state = np.full(1, before, np.uint64)
    for keys in then:
        state = _mixed(state + np.uint64(GOLDEN) + keys)
    return (state >> np.uint64(11)) / float(1 << 53)


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _key(*words: str) -> int:
    return int.from_bytes(blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _as_array(numbers: Sequence[int]) -> Numbers:
    if isinstance(numbers, range):
        return np.arange(numbers.start, numbers.stop, dtype=np.int32)
    return np.asarray(numbers, dtype=np.int32)
