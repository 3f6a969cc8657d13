"""Worker processes of this machine, which end when this process ends, even if it is killed.

A worker reads its orders from a pipe in a separate thread. When the pipe closes, because the parent closed it or has
ended, that thread ends the worker at once, even in the middle of a task.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from typing import Any

import attrs

import dcsim.usecases.known_names  # noqa: F401 - a process that does not inherit custom invariants has to load them
from dcsim.usecases.tasks.task import Chunk, Died, Ended, Function, ended, packed

POLL = 0.2
"""Seconds for which results are waited for."""
MOST = 1000
"""The most tasks of a chunk."""


@attrs.define(eq=False)
class Processes:
    """At most ``jobs`` workers, which are started when there is something to do. One that died is replaced."""

    function: Function
    shared: Any
    jobs: int
    most: int = MOST
    workers: list[_Worker] = attrs.field(factory=list)

    def free(self) -> bool:
        """Whether a worker is idle or can be started."""
        return len(self.workers) < self.jobs or any(not worker.chunk for worker in self.workers)

    def busy(self) -> bool:
        """Whether a worker has something to do."""
        return any(worker.chunk for worker in self.workers)

    def give(self, chunk: Chunk) -> None:
        """Give a chunk to an idle worker, or to a new one."""
        idle = next((worker for worker in self.workers if not worker.chunk), None)
        if idle is None:
            idle = _Worker.start(self.function, self.shared)
            self.workers.append(idle)
        idle.give(chunk)

    def collect(self) -> Iterator[tuple[Chunk, Ended | Died]]:
        """Yield the chunks that ended."""
        busy = {worker.results: worker for worker in self.workers if worker.chunk}
        for ready in wait(list(busy), timeout=POLL):
            worker = busy[ready]  # type: ignore[index]
            chunk, end = worker.collect()
            if isinstance(end, Died):
                self.workers.remove(worker)
            yield chunk, end

    def halt(self) -> None:
        """Tell every worker."""
        for worker in self.workers:
            worker.halt()

    def close(self) -> None:
        """End all workers. They are ordered first, and then waited for: many end as fast as one."""
        for act in (_Worker.release, _Worker.kill):
            for worker in self.workers:
                with suppress(Exception):  # none may keep another from its end
                    act(worker)


# -- the parent's side ---------------------------------------------------------------------------------------------

_parents_ends: set[Any] = set()
"""What a forked worker inherits and must close: the parent's ends of pipes, and locks. Each has ``close``.

A worker that kept the parent's end of a pipe open would keep the other workers from noticing that the parent has ended.
"""


def only_in_parent(end: Any) -> None:
    """Register an object that worker processes must close."""
    _parents_ends.add(end)


def closed_in_parent(end: Any) -> None:
    """Close a registered object in the parent."""
    _parents_ends.discard(end)
    end.close()


@attrs.define(eq=False)
class _Worker:
    """A worker process; ``chunk`` is what it runs, empty when it is idle."""

    process: Process
    orders: Connection
    results: Connection
    chunk: Chunk = ()
    halted: bool = False

    @classmethod
    def start(cls, function: Function, shared: Any) -> _Worker:
        """Start a process."""
        (read_orders, orders), (results, write_results) = Pipe(duplex=False), Pipe(duplex=False)
        only_in_parent(orders)
        only_in_parent(results)
        process = Process(target=_work, args=(function, shared, read_orders, write_results), daemon=True)
        process.start()
        # The parent closes its copies of the worker's ends. Otherwise it would not notice when the worker ends.
        read_orders.close()
        write_results.close()
        return cls(process, orders, results)

    def give(self, chunk: Chunk) -> None:
        """Order a chunk. If the worker has died, this is noticed when its result is collected."""
        self.chunk = chunk
        self._send(chunk)

    def halt(self) -> None:
        """Order the worker to begin nothing more."""
        if not self.halted:
            self.halted = True
            self._send(None)

    def _send(self, order: Chunk | None) -> None:
        try:
            self.orders.send(order)
        except OSError:
            return  # the worker has died; collect() reports it

    def collect(self) -> tuple[Chunk, Ended | Died]:
        """Return the chunk that has ended, and how."""
        chunk, self.chunk = self.chunk, ()
        try:
            return chunk, self.results.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            self.kill()
            return chunk, Died(_how(self.process.exitcode))

    def release(self) -> None:
        """Close the orders, which ends a healthy worker."""
        closed_in_parent(self.orders)

    def kill(self) -> None:
        """End the process at once."""
        self.release()
        self.process.join(POLL)
        self.process.kill()
        self.process.join()
        closed_in_parent(self.results)


def _how(code: int | None) -> str:
    """Say how a process ended."""
    if code is not None and code < 0:
        names = {number.value: number.name for number in signal.Signals}
        return f"its process was killed by {names.get(-code, f'signal {-code}')}"
    return f"its process ended with exit code {code}"


# -- the worker's side ---------------------------------------------------------------------------------------------


def _work(function: Function, shared: Any, orders: Connection, results: Connection) -> None:
    """The main function of a worker: run chunks as they are ordered.

    Signals from a terminal reach all processes of the group. Only the parent handles them; it then tells the workers.
    """
    for number in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, number):
            signal.signal(getattr(signal, number), signal.SIG_IGN)
    for end in _parents_ends:
        end.close()
    halted, chunks = threading.Event(), SimpleQueue[Chunk]()
    threading.Thread(target=_listen, args=(orders, chunks, halted), daemon=True).start()
    while True:
        raw = packed(ended(function, shared, chunks.get(), halted.is_set))
        try:
            results.send_bytes(raw)
        except OSError:
            os._exit(0)  # the parent has ended


def _listen(orders: Connection, chunks: SimpleQueue[Chunk], halted: threading.Event) -> None:
    """Read orders until the parent's end of the pipe is closed. Then end the process, even in the middle of a task."""
    try:
        while True:
            order = orders.recv()
            if order is None:
                halted.set()
            else:
                chunks.put(order)
    finally:
        os._exit(0)
