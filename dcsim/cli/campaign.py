"""A campaign of fuzzing: batches by number, in this process or in several, and the best of what they found."""

from __future__ import annotations

import gc
import shlex
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import lru_cache, partial

import attrs

from dcsim.check.budget import without_collector
from dcsim.check.question import cost
from dcsim.check.schedule import scenario_of
from dcsim.check.weekend import Weekend
from dcsim.cli.check import abstract_accounts
from dcsim.cli.shorten import shorten
from dcsim.domain.rulebook import Rulebook
from dcsim.domain.runbook import Runbook
from dcsim.domain.scenario import Scenario
from dcsim.files.load import load_pair
from dcsim.fuzz.minimise import minimise, size
from dcsim.fuzz.walk import Ways, walk
from dcsim.semantics.model import Model
from dcsim.semantics.table import Table
from dcsim.simulate.weekend import simulate

BATCH = {"hypothesis": 500, "random": 20_000}
"""Examples of a batch: memory is given back between batches."""
FINISH_SECONDS = 20.0
"""What the check may take to say whether a finding is the shortest."""
OPS = 3


@attrs.frozen
class Asked:
    """What a campaign is about; by names, so that a process can load it anew."""

    rulebook: str
    runbook: str
    engine: str
    seed: int
    accounts: int
    faults: int
    errors: int

    def command(self, examples: int) -> str:
        """The command that does the same again."""
        words = ["dcsim", "fuzz", "--rulebook", self.rulebook, "--runbook", self.runbook]
        words += ["--engine", self.engine, "--seed", str(self.seed), "--max-examples", str(examples)]
        words += ["--accounts", str(self.accounts), "--faults", str(self.faults), "--errors", str(self.errors)]
        return shlex.join(words)


@attrs.frozen
class Batch:
    """What one batch came to: for each invariant the shortest scenario, minimised, and the example that was first."""

    number: int
    examples: int
    steps: int
    found: tuple[tuple[str, Scenario], ...]
    first: tuple[tuple[str, int], ...] = ()


@attrs.frozen
class Finding:
    """One invariant broken, by the shortest scenario of the campaign."""

    invariant: str
    scenario: Scenario
    batch: int


@attrs.frozen
class Result:
    """A campaign's end; ``seconds`` are those of drawing, without what it took to finish the findings."""

    examples: int
    steps: int
    findings: tuple[Finding, ...]
    seconds: float
    interrupted: bool = False


def campaign(
    asked: Asked,
    examples: int,
    shard: tuple[int, int],
    jobs: int,
    seconds: float | None,
    tell: Callable[[int, int], None],
) -> Result:
    """Run the batches of a part of a campaign; an interruption, or time that is up, keeps what was found."""
    started = time.monotonic()
    until = None if seconds is None else started + seconds
    done: list[Batch] = []
    interrupted = False
    try:
        for batch in _batches(asked, list(_parts(asked, examples, shard)), jobs, until):
            done.append(batch)
            tell(sum(b.examples for b in done), len({name for b in done for name, _ in b.found}))
    except KeyboardInterrupt:
        interrupted = True
    drawing = time.monotonic() - started
    findings = tuple(_finished(asked, done, shorten_too=not interrupted))
    return Result(sum(b.examples for b in done), sum(b.steps for b in done), findings, drawing, interrupted)


def _parts(asked: Asked, examples: int, shard: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """(number, examples) of each batch of a part."""
    size_of_batch = BATCH[asked.engine]
    for number in range(-(-examples // size_of_batch)):
        if number % shard[1] == shard[0] - 1:
            yield number, min(size_of_batch, examples - number * size_of_batch)


def _batches(asked: Asked, parts: list[tuple[int, int]], jobs: int, until: float | None) -> Iterator[Batch]:
    """The batches as they are done, none begun once the time is up."""
    if jobs == 1:
        for part in parts:
            if until is None or time.monotonic() < until:
                yield run_batch(asked, *part, until)
        return
    with ProcessPoolExecutor(min(jobs, len(parts) or 1)) as pool:
        waiting = list(reversed(parts))
        running: set[Future[Batch]] = set()
        while waiting or running:
            while waiting and len(running) < jobs and (until is None or time.monotonic() < until):
                running.add(pool.submit(run_batch, asked, *waiting.pop(), until))
            if not running:
                return
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in ended)


@lru_cache(maxsize=4)
def _pair(rulebook: str, runbook: str) -> tuple[Rulebook, Runbook]:
    return load_pair(rulebook, runbook)


KEPT_LANES, KEPT_WALKED = 10_000, 20_000
"""Lanes of the simulator and of the check that are kept from batch to batch; past them all are forgotten, so that
memory stays flat."""
_kept: dict[tuple[str, str], Runner] = {}


def _warm(rulebook: str, runbook: str) -> Runner:
    """A runner that knows the steps of the batches before in this process; what is found does not depend on it."""
    pair = _pair(rulebook, runbook)
    runner = _kept.get((rulebook, runbook))
    if runner is None or runner.model.rulebook is not pair[0] or len(runner.table.lanes) > KEPT_LANES:
        _kept.clear()
        runner = _kept[rulebook, runbook] = Runner.of(*pair)
    return runner


@attrs.frozen(eq=False)
class Runner:
    """Runs scenarios of one model; the steps that they share are taken once."""

    model: Model
    table: Table
    ways: dict[tuple[int, ...], Ways] = attrs.field(factory=dict)
    """What random walks have learnt, by the bounds of the check's model."""

    @classmethod
    def of(cls, book: Rulebook, runbook: Runbook) -> Runner:
        """A runner that has seen nothing yet."""
        model = Model(book, runbook)
        return cls(model, Table(model))

    def breaks(self, name: str, scenario: Scenario) -> bool:
        """Whether a scenario breaks an invariant."""
        return name in self.broken(scenario)

    def broken(self, scenario: Scenario) -> tuple[str, ...]:
        """The invariants that a scenario breaks, each once."""
        return tuple(dict.fromkeys(simulate(self.model, scenario, tracing=False, table=self.table).invariants))


def run_batch(asked: Asked, number: int, examples: int, until: float | None) -> Batch:
    """One batch; what it finds depends on its number and on what is asked, if time does not run out."""
    runner = _warm(asked.rulebook, asked.runbook)
    stop = lambda: until is not None and time.monotonic() >= until  # noqa: E731
    draw = _by_hypothesis if asked.engine == "hypothesis" else _by_walking
    with without_collector():
        done, steps, found, first = draw(asked, runner, number, examples, stop)
        shorter = {name: minimise(scenario, partial(runner.breaks, name)) for name, scenario in found.items()}
        gc.collect()
        gc.freeze()
    return Batch(number, done, steps, tuple(shorter.items()), tuple(first.items()))


Drawn = tuple[int, int, dict[str, Scenario], dict[str, int]]


def _by_hypothesis(asked: Asked, runner: Runner, number: int, examples: int, stop: Callable[[], bool]) -> Drawn:
    from dcsim.fuzz.campaign import by_hypothesis
    from dcsim.fuzz.draw import Space
    from dcsim.fuzz.seeds import number_of

    space = Space(runner.model.rulebook, runner.model.runbook, asked.accounts, asked.faults, asked.errors)
    tally = by_hypothesis(space, runner.broken, number_of(asked.seed, number), examples, stop)
    return tally.examples, tally.steps, tally.found, tally.first


def _by_walking(asked: Asked, runner: Runner, number: int, examples: int, stop: Callable[[], bool]) -> Drawn:
    """Paths through the check's model, as scenarios; those that the simulator does not take are left out.

    Every other batch has an administrator beside the user, and fewer operations.
    """
    from dcsim.fuzz.seeds import number_of

    book = runner.model.rulebook
    together = number % 2 and asked.accounts > 1 and _administered(book)
    bounds = (int(together), 1 if together else OPS, asked.faults, asked.errors)
    if bounds not in runner.ways:
        runner.ways[bounds] = Ways(Weekend(runner.model, abstract_accounts(book, 1, bounds[0]), *bounds[1:]))
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


def _administered(book: Rulebook) -> bool:
    return any(kind.administers for kind in book.accounts.values())


def _finished(asked: Asked, batches: list[Batch], *, shorten_too: bool) -> Iterator[Finding]:
    """For each invariant the shortest of all batches, the earliest of equals, finished by the check."""
    best: dict[str, tuple[int, int, Scenario]] = {}
    for batch in sorted(batches, key=lambda b: b.number):
        for name, scenario in batch.found:
            if name not in best or size(scenario) < best[name][0]:
                best[name] = (size(scenario), batch.number, scenario)
    model = Model(*_pair(asked.rulebook, asked.runbook))
    fresh = abstract_accounts(model.rulebook, 1, int(_administered(model.rulebook)))
    for name, (_, number, scenario) in sorted(best.items()):
        named = attrs.evolve(scenario, scenario=name, title=f"{name} is broken", label="minimised")
        done = shorten(model, named, name, FINISH_SECONDS, others=fresh) if shorten_too else named
        yield Finding(name, done, number)
