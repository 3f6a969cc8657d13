"""One batch of a campaign in this process: drawn, run and minimised, with what the batches before have learnt."""

from __future__ import annotations

import gc
import shlex
from collections.abc import Callable
from functools import lru_cache, partial

import attrs

from dcsim.checker.explorers.budget import without_collector
from dcsim.checker.model.accounts import one_of_each_kind
from dcsim.checker.model.concretise import scenario_of
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.ask import cost
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.load import load_pair
from dcsim.fuzzer.minimise import minimise
from dcsim.fuzzer.random_walk import Ways, walk
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate

BATCH = {"hypothesis": 500, "random": 5000}
"""Examples of a batch: memory is given back between batches."""
OPS = 3
"""Operations between two ticks in the random engine's model."""


@attrs.frozen
class Asked:
    """What a campaign is about; by names, so that a process can load it anew. ``shard``: the part, of so many."""

    rulebook: str
    runbook: str
    engine: str
    seed: int
    accounts: int
    faults: int
    errors: int
    examples: int = 1
    shard: tuple[int, int] = (1, 1)
    practices: bool = True

    @property
    def batches(self) -> int:
        """How many batches the whole campaign has."""
        return -(-self.examples // BATCH[self.engine])

    def command(self, batches: int) -> str:
        """The command that does so many batches again, and those of this part alone."""
        examples = min(self.examples, batches * BATCH[self.engine]) or self.examples
        words = ["dcsim", "fuzz", "--rulebook", self.rulebook, "--runbook", self.runbook]
        words += ["--engine", self.engine, "--seed", str(self.seed), "--max-examples", str(examples)]
        words += ["--accounts", str(self.accounts), "--faults", str(self.faults), "--errors", str(self.errors)]
        words += ["--shard", "/".join(map(str, self.shard))] if self.shard != (1, 1) else []
        words += [] if self.practices else ["--practices", "off"]
        return shlex.join(words)


@attrs.frozen
class Batch:
    """What one batch came to: for each invariant the shortest scenario, minimised."""

    number: int
    examples: int
    steps: int
    found: tuple[tuple[str, Scenario], ...]


@lru_cache(maxsize=4)
def pair(rulebook: str, runbook: str) -> tuple[Rulebook, Runbook]:
    """A rulebook and a runbook, loaded once in a process."""
    return load_pair(rulebook, runbook)


KEPT_LANES, KEPT_WALKED = 10_000, 20_000
"""Lanes of the simulator and of the check that are kept from batch to batch; past them all are forgotten, so that
memory stays flat."""
_kept: dict[tuple[str, str, bool], Runner] = {}


def _warm(asked: Asked) -> Runner:
    """A runner that knows the steps of the batches before in this process; what is found does not depend on it."""
    books, key = pair(asked.rulebook, asked.runbook), (asked.rulebook, asked.runbook, asked.practices)
    runner = _kept.get(key)
    if runner is None or runner.model.rulebook is not books[0] or len(runner.table.lanes) > KEPT_LANES:
        _kept.clear()
        runner = _kept[key] = Runner.of(*books, practices=asked.practices)
    return runner


@attrs.frozen(eq=False)
class Runner:
    """Runs scenarios of one model; the steps that they share are taken once."""

    model: Model
    table: Table
    ways: dict[tuple[int, ...], Ways] = attrs.field(factory=dict)
    """What random walks have learnt, by the bounds of the check's model."""

    @classmethod
    def of(cls, book: Rulebook, runbook: Runbook, *, practices: bool = True) -> Runner:
        """A runner that has seen nothing yet."""
        model = Model(book, runbook, practices=practices)
        return cls(model, Table(model))

    def breaks(self, name: str, scenario: Scenario) -> bool:
        """Whether a scenario breaks an invariant."""
        return name in self.broken(scenario)

    def broken(self, scenario: Scenario) -> tuple[str, ...]:
        """The invariants that a scenario breaks, each once."""
        return tuple(dict.fromkeys(simulate(self.model, scenario, tracing=False, table=self.table).invariants))


def run_batch(asked: Asked, number: int, examples: int, stop: Callable[[], bool] = lambda: False) -> Batch:
    """One batch; what it finds depends on its number and on what is asked, if nobody stops it."""
    runner = _warm(asked)
    draw = _by_hypothesis if asked.engine == "hypothesis" else _by_walking
    with without_collector():
        done, steps, found, _ = draw(asked, runner, number, examples, stop)
        shorter = {name: minimise(scenario, partial(runner.breaks, name)) for name, scenario in found.items()}
        gc.collect()
        gc.freeze()
    return Batch(number, done, steps, tuple(shorter.items()))


Drawn = tuple[int, int, dict[str, Scenario], dict[str, int]]
"""Examples, steps, the shortest scenario for each invariant, and the example that broke it first."""


def _by_hypothesis(asked: Asked, runner: Runner, number: int, examples: int, stop: Callable[[], bool]) -> Drawn:
    from dcsim.fuzzer.by_hypothesis import by_hypothesis
    from dcsim.fuzzer.decode import Space
    from dcsim.fuzzer.seeds import number_of

    space = Space(runner.model.rulebook, runner.model.runbook, asked.accounts, asked.faults, asked.errors)
    tally = by_hypothesis(space, runner.broken, number_of(asked.seed, number), examples, stop)
    return tally.examples, tally.steps, tally.found, tally.first


def _by_walking(asked: Asked, runner: Runner, number: int, examples: int, stop: Callable[[], bool]) -> Drawn:
    """Paths through the check's model, as scenarios; those that the simulator does not take are left out.

    Every kind of account has its turn, in each way in which one may begin; where some administer others, every other
    batch has a whole group of them, and fewer operations.
    """
    from dcsim.fuzzer.seeds import number_of

    groups = one_of_each_kind(runner.model.rulebook, runner.model.runbook)
    paired = asked.accounts > 1 and administered(runner.model.rulebook)
    together, turn = paired and number % 2 == 1, number // 2 if paired else number
    who = groups if together else tuple((account,) for group in groups for account in group)
    bounds = (int(together), turn % len(who), 1 if together else OPS, asked.faults, asked.errors)
    if bounds not in runner.ways:
        runner.ways[bounds] = Ways(Weekend(runner.model, who[turn % len(who)], *bounds[2:]))
    ways = runner.ways[bounds]
    weekend = ways.model
    if len(weekend.table.lanes) > KEPT_WALKED:
        del runner.ways[bounds]
    priced = lambda path: sum(map(cost, path))  # noqa: E731
    walks = walk(weekend, number_of(asked.seed, number), examples, stop, priced, ways)
    found = {}
    for name, path in walks.found.items():
        for pressing in (False, True):
            scenario = scenario_of(weekend, path, name, name, "", pressing=pressing)
            if name in runner.broken(scenario):
                found[name] = scenario
                break
    return walks.examples, walks.steps, found, walks.first


def administered(book: Rulebook) -> bool:
    """Whether some kind of account administers others."""
    return any(kind.administers for kind in book.accounts.values())
