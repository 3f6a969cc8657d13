"""One batch of a campaign: scenarios drawn, run, and minimised where they break an invariant."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial

import attrs

from dcsim.checker.explorers.budget import without_collector
from dcsim.checker.model.abstract_accounts import one_of_each_kind
from dcsim.checker.model.concretise import realised
from dcsim.checker.model.weekend import Weekend
from dcsim.checker.question.safety import cost
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.fuzzer.minimise import minimise
from dcsim.fuzzer.random_walk import Ways, walk
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.usecases.fuzz_campaign import Campaign

OPS = 3
"""Operations between two ticks in the random engine's model."""


@attrs.frozen
class Batch:
    """What one batch found: for each invariant broken the shortest scenario drawn, minimised."""

    number: int
    examples: int
    steps: int
    found: tuple[tuple[str, Scenario], ...]


KEPT_LANES, KEPT_WALKED = 10_000, 20_000
"""Lanes of the simulator and of the check that are kept from batch to batch; past them all are forgotten, so that
memory stays flat."""
_kept: list[tuple[Rulebook, Runbook, Runner]] = []
"""The runner of the batch before, with the rulebook and the runbook that it is for; at most one."""


class Abandoned(Exception):
    """A batch was given up before its findings were minimised."""


Stop = Callable[[], int]
"""Asked often whether to end: 0 goes on, 1 draws no more and minimises what was found, 2 gives up at once."""


def never() -> int:
    """Go on to the end."""
    return 0


def _warm(campaign: Campaign) -> Runner:
    """A runner that knows the steps of earlier batches in this process. It is faster, and finds the same."""
    for rulebook, runbook, runner in _kept:
        same = rulebook is campaign.rulebook and runbook is campaign.runbook
        if same and runner.model.practices == campaign.practices and len(runner.table.lanes) <= KEPT_LANES:
            return runner
    runner = Runner.of(campaign.rulebook, campaign.runbook, practices=campaign.practices)
    _kept[:] = [(campaign.rulebook, campaign.runbook, runner)]
    return runner


def forget() -> None:
    """Give back the memory that earlier batches left in use."""
    _kept.clear()


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


def run_batch(campaign: Campaign, number: int, examples: int, stop: Stop = never) -> Batch:
    """One batch. What it finds depends on its number and the campaign, unless it is stopped. Raises Abandoned."""
    runner = _warm(campaign)
    draw = _by_hypothesis if campaign.engine == "hypothesis" else _by_walking
    with without_collector():
        done, steps, found, _ = draw(campaign, runner, number, examples, stop)
        shorter = {name: minimise(scenario, partial(_fails, runner, name, stop)) for name, scenario in found.items()}
        gc.collect()
        gc.freeze()
    return Batch(number, done, steps, tuple(shorter.items()))


def _fails(runner: Runner, name: str, stop: Stop, scenario: Scenario) -> bool:
    if stop() > 1:
        raise Abandoned
    return runner.breaks(name, scenario)


Drawn = tuple[int, int, dict[str, Scenario], dict[str, int]]
"""Examples, steps, the shortest scenario for each invariant, and the example that broke it first."""


def _by_hypothesis(campaign: Campaign, runner: Runner, number: int, examples: int, stop: Stop) -> Drawn:
    from dcsim.fuzzer.by_hypothesis import by_hypothesis
    from dcsim.fuzzer.decode import Space
    from dcsim.fuzzer.seeds import number_of

    space = Space(runner.model.rulebook, runner.model.runbook, campaign.accounts, campaign.faults, campaign.slips)
    tally = by_hypothesis(space, runner.broken, number_of(campaign.seed, number), examples, stop)
    return tally.examples, tally.steps, tally.found, tally.first


def _by_walking(campaign: Campaign, runner: Runner, number: int, examples: int, stop: Stop) -> Drawn:
    """Paths through the check's model, as scenarios. One that breaks nothing in the simulator is left out.

    Batches take turns: each walks with another kind of account, in another of the states in which it may begin. Where
    some accounts administer others, every other batch walks with a group of both, with fewer operations.
    """
    from dcsim.fuzzer.seeds import number_of

    groups = one_of_each_kind(runner.model.rulebook, runner.model.runbook)
    paired = campaign.accounts > 1 and administered(runner.model.rulebook)
    together, turn = paired and number % 2 == 1, number // 2 if paired else number
    who = groups if together else tuple((account,) for group in groups for account in group)
    bounds = (int(together), turn % len(who), 1 if together else OPS, campaign.faults, campaign.slips)
    if bounds not in runner.ways:
        runner.ways[bounds] = Ways(Weekend(runner.model, who[turn % len(who)], *bounds[2:]))
    ways = runner.ways[bounds]
    weekend = ways.model
    if len(weekend.table.lanes) > KEPT_WALKED:
        del runner.ways[bounds]
    priced = lambda path: sum(map(cost, path))  # noqa: E731
    walks = walk(weekend, number_of(campaign.seed, number), examples, stop, priced, ways)
    timed = ((name, realised(weekend, path, name, partial(runner.breaks, name))) for name, path in walks.found.items())
    found = {name: scenario for name, scenario in timed if scenario is not None}
    return walks.examples, walks.steps, found, walks.first


def administered(book: Rulebook) -> bool:
    """Whether some kind of account administers others."""
    return any(kind.administers for kind in book.accounts.values())
