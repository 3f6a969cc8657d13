"""A Dask cluster as a pool: chunks go to its workers, and what they bring back arrives in a queue.

Dask does again what a lost worker had begun. What all chunks share is the job: it is sent once to each worker, also to
one that comes later. Everything that waits for the scheduler runs in Dask's own thread: so this process always notices
a stop, and a scheduler that is silent.
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
from dcsim.usecases.tasks.on_worker import Job, JobMissing, Unfit, halt, keep, run
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
_LOST = ("CancelledError", "FutureCancelledError", "FuturesCancelledError", "CommClosedError", "FatalCommClosedError")
"""Exceptions by which Dask tells that the scheduler is gone, by their names: Dask is not imported here."""


def connected(address: str, function: Function, shared: Any, note: Callable[[str], None]) -> Cluster:
    """Connect to a cluster. RequestError where it cannot be used; ``note`` is told of workers that leave later."""
    distributed = dask()
    quiet = Quiet()
    try:
        client = connect(distributed, address)
        name = f"dcsim-{uuid4().hex}"
        job = pickle.dumps(Job(name, fingerprint(), function, shared))
        cluster = Cluster(address, client, note, quiet, name, job)
        cluster.begin()
    except BaseException:
        quiet.over()
        raise
    return cluster


@attrs.define(eq=False)
class Cluster:
    """A cluster that is connected. ``out`` are the chunks that have not come back; ``arrived`` is what came back.

    ``present`` are its workers, ``workers`` those that this process has been told of. ``job`` is what all chunks share,
    and ``trouble`` why a worker cannot have it.
    """

    address: str
    client: Client
    note: Callable[[str], None]
    quiet: Quiet
    name: str
    job: bytes
    most: int = MOST
    given: int = 0
    out: dict[int, Chunk] = attrs.field(factory=dict)
    arrived: SimpleQueue[tuple[int, Any]] = attrs.field(factory=SimpleQueue)
    workers: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    trouble: str = ""
    heard: float = attrs.field(factory=time.monotonic)
    peopled: float = attrs.field(factory=time.monotonic)
    halted: bool = False

    def begin(self) -> None:
        """Send the job to the workers, and begin to watch them."""
        self.client.sync(self._introduce)
        self.workers = self.present
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
        self.out[self.given] = chunk
        self.client.loop.add_callback(self._send, self.given, pickle.dumps(chunk))

    def collect(self) -> Iterator[tuple[Chunk, Ended | Died]]:
        """Yield the chunks that have come back. ClusterLost where none will."""
        try:
            arrived = [self.arrived.get(timeout=POLL)]
        except Empty:
            arrived = []
            self._check()
        while not self.arrived.empty():
            arrived.append(self.arrived.get())
        for number, outcome in arrived:
            yield self.out.pop(number), self._end(outcome)

    def halt(self) -> None:
        """Tell the workers."""
        if not self.halted:
            self.halted = True
            self.client.loop.add_callback(self._halt, 1)

    def close(self) -> None:
        """Disconnect. The scheduler then drops what is queued; tasks that have begun are told to stop."""
        try:
            if self.client.status == "running":
                with suppress(Exception):
                    self.client.sync(self._halt, 2, callback_timeout=GOODBYE)
            with suppress(Exception):
                self.client.close(timeout=GOODBYE)
        finally:
            self.quiet.over()

    def _end(self, outcome: Any) -> Ended | Died:
        """Return how a chunk ended. ClusterLost where it has not."""
        if isinstance(outcome, bytes):
            end: Ended = pickle.loads(outcome)  # noqa: S301 - a worker of ours made it
            return end
        if type(outcome).__name__ == "KilledWorker":
            return Died("each worker that began it has ended")
        # Whichever is noticed first: that Dask drops what was sent, or that the connection is closed.
        if isinstance(outcome, asyncio.CancelledError) or type(outcome).__name__ in _LOST:
            raise self._gone()
        raise ClusterLost(f"the cluster at {self.address} cannot do the work: {_said(outcome)}")

    def _check(self) -> None:
        """ClusterLost where the scheduler is gone or silent, or a worker is unfit, or all are gone for long."""
        now = time.monotonic()
        if self.client.status != "running":
            raise self._gone()
        if self.trouble:
            raise ClusterLost(f"the cluster at {self.address} cannot be used any more: {self.trouble}")
        if now - self.heard > SILENT:
            raise ClusterLost(f"the scheduler at {self.address} has not answered for {SILENT:.0f} s")
        for worker in sorted(self.workers - self.present):
            self.note(f"worker {worker} has left the cluster")
        self.workers = self.present
        self.peopled = now if self.present else self.peopled
        if now - self.peopled > LONELY:
            raise ClusterLost(f"the cluster at {self.address} has had no worker for {LONELY:.0f} s")

    def _gone(self) -> ClusterLost:
        return ClusterLost(f"the cluster at {self.address} is gone: its scheduler has closed the connection")

    # -- in Dask's thread -----------------------------------------------------------------------------------------

    async def _send(self, number: int, raw: bytes) -> None:
        """Send a chunk, and put what comes back into the queue. It is judged in the other thread."""
        outcome: Any = JobMissing()
        tried = 0
        try:
            while isinstance(outcome, JobMissing):
                if tried:
                    await asyncio.sleep(POLL)
                    await self._introduce()
                tried += 1
                outcome = await self._outcome(f"{self.name}-{number}-{tried}", raw)
        except BaseException as error:  # noqa: BLE001 - it is judged there, too
            outcome = error
        self.arrived.put((number, outcome))

    async def _outcome(self, key: str, raw: bytes) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Dask advises against large arguments; these are sent once
            future = self.client.submit(run, self.name, raw, key=key, pure=False)
        try:
            return await future
        except JobMissing as missing:
            return missing

    async def _introduce(self) -> None:
        """Send the job to all workers that do not have it."""
        present = frozenset(await self.client.nthreads())
        told = await self.client.run(keep, self.name, self.job, on_error="return")
        wrong = {name: end for name, end in told.items() if isinstance(end, Exception) and not isinstance(end, OSError)}
        for name, end in wrong.items():
            self.trouble = f"worker {name} {OTHER_SOURCES if isinstance(end, Unfit) else f'says {_said(end)}'}"
        self.present, self.heard = present, time.monotonic()

    async def _watch(self) -> None:
        """Look after the workers as long as the cluster is there."""
        while self.client.status in ("running", "connecting"):
            with suppress(Exception):
                present = frozenset(await self.client.nthreads())
                if present - self.present:
                    await self._introduce()
                self.present, self.heard = present, time.monotonic()
            await asyncio.sleep(LOOK)

    async def _halt(self, level: int) -> None:
        with suppress(Exception):
            await self.client.run(halt, self.name, level, on_error="ignore")


def _said(error: object) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
