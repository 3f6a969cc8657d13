"""One batch of a campaign: examples drawn by Hypothesis, and the invariants that they break.

A batch depends on its number and on the campaign's seed, and on nothing else: neither on other batches, nor on who runs
it. Nothing is shrunk by Hypothesis; what breaks is made shorter by ``minimise``, which needs fewer runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import attrs
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from dcsim.domain.scenario import Scenario
from dcsim.fuzzer.decode import HEAD, MOST_BYTES, RECORD, Space, decode
from dcsim.fuzzer.minimise import size

Run = Callable[[Scenario], tuple[str, ...]]
"""Runs a scenario; the invariants that it breaks."""


RECORDS = (*(300,) * 3, *(8,) * 2, *(12,) * 3, *(16,) * 4, *(24,) * 6, 48, 96)
"""Numbers of records of an example, of which one is drawn for each string. A string holds more short examples than long
ones. The repetitions make up for that: a quarter of all examples have 8 records, as many have 12, 16 and 24, and one in
thirty has more.
"""


class Stopped(KeyboardInterrupt):
    """The batch is stopped. Hypothesis passes on what is not an Exception, and does not treat it as a failure."""


@attrs.define
class BatchTally:
    """The counts of a batch: examples and steps; for each invariant broken the shortest scenario drawn (``found``), and
    the number of the first example that broke it (``first``).
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
    """The settings of a batch. Every one that matters is given: Hypothesis loads other defaults where CI is set."""
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


@st.composite
def strings(draw: st.DrawFn) -> tuple[bytes, ...]:
    """Bytes for as many examples of one length as a long string holds.

    Hypothesis needs much time for each string and little for each byte. The length is drawn first, because a string of
    a known length is filled at once.
    """
    size = HEAD + RECORD * RECORDS[draw(st.integers(0, len(RECORDS) - 1))]
    data = draw(st.binary(min_size=MOST_BYTES, max_size=MOST_BYTES))
    return tuple(data[at : at + size] for at in range(0, MOST_BYTES - size + 1, size))


@lru_cache(maxsize=1)
def _without_cache() -> None:
    """Hypothesis caches what it reads of source files in a folder, and does without where none can be made.

    A folder below a file can never be made: so a process leaves nothing behind, however it ends.
    """
    set_hypothesis_home_dir(Path(os.devnull) / "dcsim")


def by_hypothesis(space: Space, run: Run, seed_number: int, examples: int, stop: Callable[[], int]) -> BatchTally:
    """A batch drawn by Hypothesis, up to so many examples or until ``stop``."""
    _without_cache()
    tally = BatchTally()

    def example(drawn: tuple[bytes, ...]) -> None:
        for data in drawn:
            if stop() or tally.examples == examples:
                raise Stopped
            scenario = decode(data, space)
            tally.count(scenario, run(scenario))

    # The settings stand outside the seed: the other way round the seed would drop some of them.
    test = options(examples)(seed(seed_number)(given(strings())(example)))
    with suppress(Stopped):
        test()
    return tally
