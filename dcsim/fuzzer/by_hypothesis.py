"""Draw one batch of a campaign with Hypothesis, and record the invariants that its examples break.

A batch depends only on its number and on the campaign's seed. It does not depend on other batches or on the process
that runs it. Hypothesis shrinks nothing: ``minimise`` makes failing scenarios shorter, with fewer runs.
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
"""A function that runs a scenario and returns the invariants that it breaks."""


RECORDS = (*(300,) * 3, *(8,) * 2, *(12,) * 3, *(16,) * 4, *(24,) * 6, 48, 96)
"""The numbers of records that an example can have. One of them is drawn for each string.

A string contains more short examples than long ones. The repeated entries balance this: a quarter of all examples have
8 records, a quarter each have 12, 16 and 24, and one in thirty has more.
"""


class Stopped(KeyboardInterrupt):
    """Raised in an example to end the batch.

    Hypothesis treats an Exception as a failing example, but lets a KeyboardInterrupt pass.
    """


@attrs.define
class BatchTally:
    """The counts of a batch.

    For each broken invariant, ``found`` has the shortest scenario drawn, and ``first`` the number of the first example
    that broke it.
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
    """Return the settings of a batch. All that matter are given, because the defaults of Hypothesis differ in CI."""
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
    """Draw one long string of bytes and cut it into examples of one length.

    Hypothesis needs much time for each string, but little for each byte. The length of the examples is drawn first,
    because Hypothesis fills a string of fixed length in one step.
    """
    size = HEAD + RECORD * RECORDS[draw(st.integers(0, len(RECORDS) - 1))]
    data = draw(st.binary(min_size=MOST_BYTES, max_size=MOST_BYTES))
    return tuple(data[at : at + size] for at in range(0, MOST_BYTES - size + 1, size))


@lru_cache(maxsize=1)
def _without_cache() -> None:
    """Keep Hypothesis from writing its cache of source files to disk.

    Hypothesis works without the cache where it cannot make the folder. A folder below the null device can never be
    made. So a process leaves no files behind, even if it is killed.
    """
    set_hypothesis_home_dir(Path(os.devnull) / "dcsim")


def by_hypothesis(space: Space, run: Run, seed_number: int, examples: int, stop: Callable[[], int]) -> BatchTally:
    """Draw a batch of up to ``examples`` examples, or until ``stop`` asks to end."""
    _without_cache()
    tally = BatchTally()

    def example(drawn: tuple[bytes, ...]) -> None:
        for data in drawn:
            if stop() or tally.examples == examples:
                raise Stopped
            scenario = decode(data, space)
            tally.count(scenario, run(scenario))

    # Order matters: if the seed were applied to a test that has settings, some of the settings would be lost.
    test = options(examples)(seed(seed_number)(given(strings())(example)))
    with suppress(Stopped):
        test()
    return tally
