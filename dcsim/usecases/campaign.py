"""A campaign of fuzzing: batches by number, in this process or in several, and the best of what they found."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import Event, active_children
from multiprocessing.synchronize import Event as Halt

import attrs

from dcsim.checker.model.accounts import abstract_accounts
from dcsim.domain.scenario import Scenario
from dcsim.fuzzer.minimise import size
from dcsim.semantics.model import Model
from dcsim.usecases.batch import BATCH, Asked, Batch, administered, pair, run_batch
from dcsim.usecases.failure_predicate import as_it_came
from dcsim.usecases.interruption import Interruption, deaf
from dcsim.usecases.shorten import shorten

FINISH_SECONDS = 20.0
"""What the check may take to say which findings are the shortest."""
GLANCE = 0.2
"""Seconds between two looks at whether someone wants an end."""


@attrs.frozen
class Finding:
    """One invariant broken, by the shortest scenario of the campaign."""

    invariant: str
    scenario: Scenario
    batch: int


@attrs.frozen
class Result:
    """A campaign's end; ``seconds`` are those of drawing, without what it took to finish the findings. ``again`` is the
    command that runs these batches anew.
    """

    examples: int
    steps: int
    findings: tuple[Finding, ...]
    seconds: float
    again: str


Tell = Callable[[int, int], None]
"""Is told now and then how many examples there were, and how many invariants they broke."""


def campaign(
    asked: Asked, jobs: int, seconds: float | None, tell: Tell, interrupted: Interruption | None = None
) -> Result:
    """Run the batches of a campaign's part; an interruption, or time that is up, keeps what was found."""
    interrupted, started = interrupted or Interruption(), time.monotonic()
    done: list[Batch] = []
    examples, broken = 0, set[str]()

    def over() -> bool:
        # Asked at each example: what it tells is counted batch by batch.
        tell(examples, len(broken))
        return interrupted() or (seconds is not None and time.monotonic() - started >= seconds)

    with interrupted.patient(1):
        for batch in _alone(asked, over) if jobs == 1 else _together(asked, jobs, over):
            done.append(batch)
            examples += batch.examples
            broken.update(name for name, _ in batch.found)
    drawing = time.monotonic() - started
    again = asked.command(max((b.number for b in done), default=-1) + 1)
    findings = tuple(_finished(asked, done, interrupted))
    return Result(examples, sum(b.steps for b in done), findings, drawing, again)


# -- batches -------------------------------------------------------------------------------------------------------


def _parts(asked: Asked) -> Iterator[tuple[int, int]]:
    """(number, examples) of each batch of a part."""
    size_of_batch, (part, parts) = BATCH[asked.engine], asked.shard
    for number in range(part - 1, asked.batches, parts):
        yield number, min(size_of_batch, asked.examples - number * size_of_batch)


def _alone(asked: Asked, over: Callable[[], bool]) -> Iterator[Batch]:
    """The batches one after the other in this process, none begun once it is over."""
    for part in _parts(asked):
        if over():
            return
        yield run_batch(asked, *part, over)


def _together(asked: Asked, jobs: int, over: Callable[[], bool]) -> Iterator[Batch]:
    """The batches as they are done by several processes, none begun once it is over."""
    halt, parts, running = Event(), _parts(asked), set[Future[Batch]]()
    with ProcessPoolExecutor(min(jobs, asked.batches), initializer=_worker, initargs=(halt, os.getpid())) as pool:
        try:
            while True:
                while len(running) < jobs and not over() and (part := next(parts, None)):
                    running.add(pool.submit(_by_worker, asked, *part))
                if not running:
                    return
                ended, running = wait(running, timeout=GLANCE, return_when=FIRST_COMPLETED)
                if over():
                    halt.set()
                yield from (future.result() for future in ended)
        except BaseException:
            for worker in active_children():
                worker.terminate()
            raise


_halted: Callable[[], bool] = lambda: False  # noqa: E731 - a worker's own


def _worker(halt: Halt, parent: int) -> None:
    """In a new process: it ends when it is told to, or when nobody is there to tell it any more."""
    global _halted  # noqa: PLW0603 - the only way to tell a worker something that cannot be sent with its tasks
    deaf()
    _halted = lambda: halt.is_set() or os.getppid() != parent  # noqa: E731


def _by_worker(asked: Asked, number: int, examples: int) -> Batch:
    return run_batch(asked, number, examples, _halted)


# -- findings ------------------------------------------------------------------------------------------------------


def _finished(asked: Asked, batches: list[Batch], interrupted: Interruption) -> Iterator[Finding]:
    """For each invariant the shortest of all batches, the earliest of equals, finished by the check."""
    best: dict[str, tuple[int, int, Scenario]] = {}
    for batch in sorted(batches, key=lambda b: b.number):
        for name, scenario in batch.found:
            if name not in best or size(scenario) < best[name][0]:
                best[name] = (size(scenario), batch.number, scenario)
    model = Model(*pair(asked.rulebook, asked.runbook))
    fresh = abstract_accounts(model.rulebook, 1, int(administered(model.rulebook)))
    until = time.monotonic() + FINISH_SECONDS
    for name, (_, number, scenario) in sorted(best.items()):
        found = attrs.evolve(scenario, scenario=name, title=f"{name} is broken", label="minimised")
        if not interrupted():
            with interrupted.patient(0):
                found = shorten(model, found, name, max(0.0, until - time.monotonic()), others=fresh)
        yield Finding(name, as_it_came(model, found), number)
