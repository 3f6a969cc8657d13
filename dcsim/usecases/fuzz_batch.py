"""Run one batch of a campaign: draw scenarios, simulate them, and minimise those that break an invariant."""

from __future__ import annotations

import gc
from collections import Counter
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
from dcsim.report.campaign import StruckKind
from dcsim.semantics.interning import Table
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.event import Trace
from dcsim.usecases.fuzz_campaign import Campaign
from dcsim.usecases.tasks.task import Abandoned, Stop, never

OPS = 3
"""The most operations of an account between two ticks of the clock, in the model that the random engine walks."""


@attrs.frozen
class Batch:
    """The result of one batch. ``found`` pairs each broken invariant with the shortest scenario drawn, minimised."""

    number: int
    examples: int
    steps: int
    found: tuple[tuple[str, Scenario], ...]
    struck: tuple[StruckKind, ...] = ()
    """How often each kind of fault in time was drawn, and how often it took effect."""


KEPT_LANES, KEPT_WALKED = 10_000, 20_000
"""The most lanes of the simulator, and of the check, that are kept for the next batch.

Above this number all lanes are dropped, so that memory use stays constant.
"""
_kept: list[tuple[Rulebook, Runbook, Runner]] = []
"""The runner of the previous batch, with its rulebook and its runbook. The list holds one entry at most."""


def _warm(campaign: Campaign) -> Runner:
    """Return a runner that reuses the steps of earlier batches in this process. It is faster and finds the same."""
    for rulebook, runbook, runner in _kept:
        same = rulebook is campaign.rulebook and runbook is campaign.runbook
        if same and runner.model.practices == campaign.practices and len(runner.table.lanes) <= KEPT_LANES:
            return runner
    runner = Runner.of(campaign.rulebook, campaign.runbook, practices=campaign.practices)
    _kept[:] = [(campaign.rulebook, campaign.runbook, runner)]
    return runner


def forget() -> None:
    """Free the memory that the steps of earlier batches use."""
    _kept.clear()


@attrs.frozen(eq=False)
class Runner:
    """Runs scenarios of one model. A step that several scenarios share is computed once."""

    model: Model
    table: Table
    ways: dict[tuple[int, ...], Ways] = attrs.field(factory=dict)
    """What random walks have learnt so far, for each set of bounds of the check's model."""

    @classmethod
    def of(cls, book: Rulebook, runbook: Runbook, *, practices: bool = True) -> Runner:
        """Return a new runner."""
        model = Model(book, runbook, practices=practices)
        return cls(model, Table(model))

    def breaks(self, name: str, scenario: Scenario) -> bool:
        """Whether a scenario breaks an invariant."""
        return name in self.broken(scenario)

    def broken(self, scenario: Scenario) -> tuple[str, ...]:
        """The invariants that a scenario breaks, each once."""
        return tuple(dict.fromkeys(self.run(scenario).invariants))

    def run(self, scenario: Scenario) -> Trace:
        """Run a scenario."""
        return simulate(self.model, scenario, tracing=False, table=self.table)


def run_batch(campaign: Campaign, number: int, examples: int, stop: Stop = never) -> Batch:
    """Run one batch. Its result depends only on the campaign and its number, unless ``stop`` ends it.

    Raises Abandoned when ``stop`` returns 2.
    """
    runner = _warm(campaign)
    draw = _by_hypothesis if campaign.engine == "hypothesis" else _by_walking
    with without_collector():
        done, steps, found, struck = draw(campaign, runner, number, examples, stop)
        books = (campaign.rulebook, campaign.runbook)
        shorter = {name: minimise(s, partial(_fails, runner, name, stop), books) for name, s in found.items()}
        # What is left now is reused by later batches. Frozen objects are not examined by each later collection.
        gc.collect()
        gc.freeze()
    return Batch(number, done, steps, tuple(shorter.items()), struck)


def _fails(runner: Runner, name: str, stop: Stop, scenario: Scenario) -> bool:
    if stop() > 1:
        raise Abandoned
    return runner.breaks(name, scenario)


Drawn = tuple[int, int, dict[str, Scenario], tuple[StruckKind, ...]]
"""Examples, steps, the shortest scenario for each invariant, and how often each kind of fault in time struck."""


def _by_hypothesis(campaign: Campaign, runner: Runner, number: int, examples: int, stop: Stop) -> Drawn:
    from dcsim.fuzzer.by_hypothesis import by_hypothesis
    from dcsim.fuzzer.decode import Space
    from dcsim.fuzzer.draw_faults import kind_of
    from dcsim.fuzzer.seeds import number_of

    book, runbook = runner.model.rulebook, runner.model.runbook
    most = (campaign.accounts, campaign.faults, campaign.slips, campaign.time_faults)
    space = Space(book, runbook, *most, campaign.kinds)
    drawn, struck = Counter[str](), Counter[str]()

    def broken(scenario: Scenario) -> tuple[str, ...]:
        trace = runner.run(scenario)
        if campaign.time_faults:
            drawn.update(filter(None, map(kind_of, scenario.faults)))
            struck.update(filter(None, map(kind_of, trace.struck)))
        return tuple(dict.fromkeys(trace.invariants))

    tally = by_hypothesis(space, broken, number_of(campaign.seed, number), examples, stop)
    kinds = tuple(StruckKind(kind, drawn[kind], struck[kind]) for kind in campaign.kinds)
    return tally.examples, tally.steps, tally.found, kinds


def _by_walking(campaign: Campaign, runner: Runner, number: int, examples: int, stop: Stop) -> Drawn:
    """Draw random paths through the check's model and turn those that break an invariant into scenarios.

    A scenario that breaks nothing in the simulator is left out. Batches take turns: each uses the next account of the
    list, which has another kind or begins in another state. Where some accounts administer others, every second batch
    uses a group of both kinds, with fewer operations.
    """
    from dcsim.fuzzer.seeds import number_of

    groups = one_of_each_kind(runner.model.rulebook, runner.model.runbook)
    # A group has more paths than one account, so it gets fewer operations. Halving the number gives each sort of batch
    # its own sequence of turns.
    paired = campaign.accounts > 1 and administered(runner.model.rulebook)
    together, turn = paired and number % 2 == 1, number // 2 if paired else number
    who = groups if together else tuple((account,) for group in groups for account in group)
    bounds = (int(together), turn % len(who), 1 if together else OPS, campaign.faults, campaign.slips)
    if bounds not in runner.ways:
        runner.ways[bounds] = Ways(Weekend(runner.model, who[turn % len(who)], *bounds[2:]))
    ways = runner.ways[bounds]
    weekend = ways.model
    if len(weekend.table.lanes) > KEPT_WALKED:
        # This batch still uses its ways; only the next one starts with new ones.
        del runner.ways[bounds]
    path_cost = lambda path: sum(map(cost, path))  # noqa: E731
    walks = walk(weekend, number_of(campaign.seed, number), examples, stop, path_cost, ways)
    found: dict[str, Scenario] = {}
    for name, path in walks.found.items():
        scenario = realised(weekend, path, name, partial(runner.breaks, name))
        if scenario is not None:
            found[name] = scenario
    return walks.examples, walks.steps, found, ()


def administered(book: Rulebook) -> bool:
    """Whether some kind of account administers others."""
    return any(kind.administers for kind in book.accounts.values())
