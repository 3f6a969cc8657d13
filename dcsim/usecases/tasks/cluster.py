"""A Dask cluster as a pool: chunks go to its workers, and what they bring back arrives in a queue.

Dask does again what a lost worker had begun. What all chunks share is sent as the result of a task of its own, once to
each worker, so that Dask can make it anew as well. Everything that waits for the scheduler runs in Dask's own thread:
this process always notices a stop, and a scheduler that is silent.
"""

from __future__ import annotations

import asyncio
import pickle
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias
from uuid import uuid4

import attrs

from dcsim.usecases.tasks.connect import OTHER_SOURCES, Quiet, connect, dask
from dcsim.usecases.tasks.fitness import fingerprint
from dcsim.usecases.tasks.on_worker import Job, Unfit, halt, opened, run
from dcsim.usecases.tasks.task import Chunk, ClusterLost, Died, Ended, Function

Client: TypeAlias = Any
"""A ``distributed.Client``: an extra, which need not be installed."""

POLL = 0.2
"""Seconds for which results are waited for."""
MOST = 10_000
"""The most tasks of a chunk."""
AHEAD = 2
"""Chunks for each worker: one that it runs, and one that is there when it has done so."""
LOOK = 1.0
"""Seconds between two looks at the cluster."""
LONELY, SILENT = 30.0, 60.0
"""Seconds after which a cluster without workers, and a scheduler that does not answer, are given up."""
GOODBYE = 3.0
"""Seconds for which the cluster is waited for at the end."""


def connected(address: str, function: Function, shared: Any, note: Callable[[str], None]) -> Cluster:
    """Connect to a cluster. RequestError where it cannot be used; ``note`` is told of workers that leave later."""
    distributed = dask()
    quiet = Quiet()
    try:
        client = connect(distributed, address)
        cluster = Cluster(address, client, note, quiet, workers=frozenset(client.nthreads()))
        cluster.begin(function, shared)
    except BaseException:
        quiet.over()
        raise
    return cluster


@attrs.define(eq=False)
class Cluster:
    """A cluster that is connected. ``out`` are the chunks that have not come back, with their futures."""

    address: str
    client: Client
    note: Callable[[str], None]
    quiet: Quiet
    workers: frozenset[str]
    name: str = attrs.field(factory=lambda: f"dcsim-{uuid4().hex}")
    job: Any = None
    most: int = MOST
    given: int = 0
    out: dict[int, tuple[Chunk, Any]] = attrs.field(factory=dict)
    arrived: SimpleQueue[tuple[int, Any]] = attrs.field(factory=SimpleQueue)
    present: frozenset[str] = frozenset()
    heard: float = attrs.field(factory=time.monotonic)
    peopled: float = attrs.field(factory=time.monotonic)
    halted: bool = False

    def begin(self, function: Function, shared: Any) -> None:
        """Send what all chunks share, and begin to watch the workers."""
        self.present = self.workers
        raw = pickle.dumps(Job(function, shared, fingerprint(), self.name))
        self.job = self._submitted("job", opened, raw)
        self.client.loop.add_callback(self._watch)

    def free(self) -> bool:
        """Whether the workers should have more to do."""
        return len(self.out) < AHEAD * max(1, len(self.present))

    def busy(self) -> bool:
        """Whether a chunk has not come back."""
        return bool(self.out)

    def give(self, chunk: Chunk) -> None:
        """Send a chunk."""
        self._check()
        self.given += 1
        future = self._submitted(str(self.given), run, self.job, pickle.dumps(chunk))
        self.out[self.given] = chunk, future
        self.client.loop.add_callback(self._follow, self.given, future)

    def collect(self) -> Iterator[tuple[Chunk, Ended | Died]]:
        """Yield the chunks that have come back. ClusterLost where none will."""
        with suppress(Empty):
            arrived = [self.arrived.get(timeout=POLL)]
            while not self.arrived.empty():
                arrived.append(self.arrived.get())
            for number, outcome in arrived:
                chunk, _ = self.out.pop(number)
                yield chunk, self._end(outcome)
            return
        self._check()

    def halt(self) -> None:
        """Tell the workers."""
        if not self.halted:
            self.halted = True
            self.client.loop.add_callback(self._halt, 1)

    def close(self) -> None:
        """Disconnect. The scheduler then drops what is queued; tasks that have begun are told to stop."""
        try:
            if self.out and self.client.status == "running":
                with suppress(Exception):
                    self.client.sync(self._halt, 2, callback_timeout=GOODBYE)
            with suppress(Exception):
                self.client.close(timeout=GOODBYE)
        finally:
            self.quiet.over()

    def _submitted(self, key: str, function: Callable[..., Any], *given: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Dask advises against large arguments; these are sent once
            return self.client.submit(function, *given, key=f"{self.name}-{key}", pure=False)

    def _end(self, outcome: Any) -> Ended | Died:
        if isinstance(outcome, bytes):
            end: Ended = pickle.loads(outcome)  # noqa: S301 - a worker of ours made it
            return end
        if isinstance(outcome, Unfit):
            raise ClusterLost(f"a worker that came later to the cluster at {self.address} {OTHER_SOURCES}")
        if type(outcome).__name__ == "KilledWorker":
            return Died("each worker that began it has ended")
        if isinstance(outcome, asyncio.CancelledError) or "Cancelled" in type(outcome).__name__:
            raise ClusterLost(f"the cluster at {self.address} is gone: its scheduler has closed the connection")
        raise ClusterLost(f"the cluster at {self.address} cannot do the work: {type(outcome).__name__}: {outcome}")

    def _check(self) -> None:
        """ClusterLost where the scheduler is gone or silent, or all workers are gone for long."""
        now = time.monotonic()
        if self.client.status != "running":
            raise ClusterLost(f"the cluster at {self.address} is gone: its scheduler has closed the connection")
        if now - self.heard > SILENT:
            raise ClusterLost(f"the scheduler at {self.address} has not answered for {SILENT:.0f} s")
        for worker in sorted(self.workers - self.present):
            self.note(f"worker {worker} has left the cluster")
        self.workers = self.present
        self.peopled = now if self.present else self.peopled
        if now - self.peopled > LONELY:
            raise ClusterLost(f"the cluster at {self.address} has had no worker for {LONELY:.0f} s")

    # -- in Dask's thread -----------------------------------------------------------------------------------------

    async def _follow(self, number: int, future: Any) -> None:
        outcome: Any
        try:
            outcome = await future
        except BaseException as error:  # noqa: BLE001 - it is judged in the other thread
            outcome = error
        self.arrived.put((number, outcome))

    async def _watch(self) -> None:
        while self.client.status in ("running", "connecting"):
            with suppress(Exception):
                self.present = frozenset(await self.client.nthreads())
                self.heard = time.monotonic()
            await asyncio.sleep(LOOK)

    async def _halt(self, level: int) -> None:
        with suppress(Exception):
            await self.client.run(halt, self.name, level, on_error="ignore")
