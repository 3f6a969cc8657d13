"""One batch of a campaign: so many examples, drawn by Hypothesis or by a plain seed, and what broke.

A batch depends on its number and on the campaign's seed, and on nothing else: neither on other batches, nor on who runs
it. Nothing is shrunk by Hypothesis; what breaks is made shorter by ``minimise``, which needs fewer runs.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import attrs
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from dcsim.domain.scenario import Scenario
from dcsim.fuzz.draw import LEAST_BYTES, MOST_BYTES, Space, decode
from dcsim.fuzz.minimise import size

Run = Callable[[Scenario], tuple[str, ...]]
"""Runs a scenario; the invariants that it breaks."""


class Stopped(KeyboardInterrupt):
    """Time is up. Hypothesis lets through what is no Exception, and takes no interest in it."""


@attrs.define
class Tally:
    """What a batch did: examples and steps, and for each invariant broken the shortest scenario met, and at which
    example it was first broken.
    """

    examples: int = 0
    steps: int = 0
    found: dict[str, Scenario] = attrs.field(factory=dict)
    first: dict[str, int] = attrs.field(factory=dict)

    def count(self, scenario: Scenario, broken: tuple[str, ...]) -> None:
        """Add one example."""
        self.examples += 1
        self.steps += len(scenario.steps)
        for name in broken:
            self.first.setdefault(name, self.examples)
            if name not in self.found or size(scenario) < size(self.found[name]):
                self.found[name] = scenario


def options(examples: int) -> settings:
    """Every setting that matters, said in full: Hypothesis would load a profile of its own where CI is set."""
    return settings(
        max_examples=examples,
        database=None,
        derandomize=False,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=True,
    )


def by_hypothesis(space: Space, run: Run, seed_number: int, examples: int, stop: Callable[[], bool]) -> Tally:
    """A batch drawn by Hypothesis: one string of bytes an example."""
    tally = Tally()

    def example(data: bytes) -> None:
        if stop():
            raise Stopped
        scenario = decode(data, space)
        tally.count(scenario, run(scenario))

    # The settings stand outside the seed: the other way round the seed would drop some of them.
    test = options(examples)(seed(seed_number)(given(st.binary(min_size=LEAST_BYTES, max_size=MOST_BYTES))(example)))
    with suppress(Stopped):
        test()
    return tally
