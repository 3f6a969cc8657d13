"""Run batches in this process, or in worker processes that end when this process ends, even if it is killed.

A worker reads its orders from a pipe in a separate thread. When the pipe closes, because the parent closed it or has
ended, that thread ends the worker at once, even in the middle of a batch.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from collections.abc import Generator, Iterator
from contextlib import suppress
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from typing import Any

import attrs

import dcsim.usecases.known_names  # noqa: F401 - a process that does not inherit custom invariants has to load them
from dcsim.usecases.fuzz_batch import Abandoned, Batch, Stop, forget, run_batch
from dcsim.usecases.fuzz_campaign import Campaign, Part

POLL = 0.2
"""Seconds between two calls of ``stop``."""


@attrs.frozen
class Died:
    """A batch that ended without a result, and why."""

    why: str


Outcome = Batch | Died | Exception | None
"""The outcome of a batch. An exception: the batch raised it. None: the batch was stopped on request."""


def alone(campaign: Campaign, parts: Iterator[Part], stop: Stop) -> Generator[tuple[Part, Outcome], None, None]:
    """Run the batches one after the other in this process. After a stop, no batch begins."""
    while not stop() and (part := next(parts, None)):
        yield part, _outcome(campaign, part, stop)


def together(
    campaign: Campaign, parts: Iterator[Part], jobs: int, stop: Stop
) -> Generator[tuple[Part, Outcome], None, None]:
    """Run the batches in ``jobs`` worker processes and yield them as they finish.

    After a stop, no batch begins. A worker that died is replaced.
    """
    workers: list[_Worker] = []
    try:
        while True:
            _assign(campaign, workers, parts, jobs, stop)
            busy = {worker.results: worker for worker in workers if worker.part}
            level = stop()
            if not busy or level > 1:
                return
            if level:
                _halt(workers)
            for ready in wait(list(busy), timeout=POLL):
                worker = busy[ready]  # type: ignore[index]
                part, outcome = worker.collect()
                if isinstance(outcome, Died):
                    workers.remove(worker)
                yield part, outcome
    finally:
        # Ordered first, and then waited for: many workers end as fast as one. None may keep another from its end.
        for act in (_Worker.release, _Worker.kill):
            for worker in workers:
                with suppress(Exception):
                    act(worker)


def _assign(campaign: Campaign, workers: list[_Worker], parts: Iterator[Part], jobs: int, stop: Stop) -> None:
    """Give every idle worker a batch. Start workers while there are fewer than ``jobs``."""
    while not stop():
        idle = next((worker for worker in workers if not worker.part), None)
        if idle is None and len(workers) >= jobs:
            return
        part = next(parts, None)
        if part is None:
            return
        if idle is None:
            idle = _Worker.start(campaign)
            workers.append(idle)
        idle.give(part)


def _halt(workers: list[_Worker]) -> None:
    for worker in workers:
        worker.halt()


def _outcome(campaign: Campaign, part: Part, stop: Stop) -> Outcome:
    """Run a batch. Return its result, or its exception."""
    try:
        return run_batch(campaign, *part, stop)
    except Abandoned:
        return None
    except MemoryError:
        forget()
        return Died("it ran out of memory")
    except Exception as error:  # noqa: BLE001 - it is reported as itself
        return error


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
    """A worker process; ``part`` is the batch that it runs, None when it is idle."""

    process: Process
    orders: Connection
    results: Connection
    part: Part | None = None
    halted: bool = False

    @classmethod
    def start(cls, campaign: Campaign) -> _Worker:
        """Start a process."""
        (read_orders, orders), (results, write_results) = Pipe(duplex=False), Pipe(duplex=False)
        only_in_parent(orders)
        only_in_parent(results)
        process = Process(target=_work, args=(campaign, read_orders, write_results), daemon=True)
        process.start()
        # The parent closes its copies of the worker's ends. Otherwise it would not notice when the worker ends.
        read_orders.close()
        write_results.close()
        return cls(process, orders, results)

    def give(self, part: Part) -> None:
        """Order a batch. If the worker has died, this is noticed when its result is collected."""
        self.part = part
        self._send(part)

    def halt(self) -> None:
        """Order the worker to draw nothing more."""
        if not self.halted:
            self.halted = True
            self._send(None)

    def _send(self, order: Part | None) -> None:
        try:
            self.orders.send(order)
        except OSError:
            return  # the worker has died; collect() reports it

    def collect(self) -> tuple[Part, Outcome]:
        """Return the batch that has ended, and its outcome."""
        part, self.part = self.part, None
        assert part is not None
        try:
            return part, self.results.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            self.kill()
            return part, Died(_how(self.process.exitcode))

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


def _work(campaign: Campaign, orders: Connection, results: Connection) -> None:
    """The main function of a worker: run batches as they are ordered.

    Signals from a terminal reach all processes of the group. Only the parent handles them; it then tells the workers.
    """
    for number in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, number):
            signal.signal(getattr(signal, number), signal.SIG_IGN)
    for end in _parents_ends:
        end.close()
    halted, parts = threading.Event(), SimpleQueue[Part]()
    threading.Thread(target=_listen, args=(orders, parts, halted), daemon=True).start()
    while True:
        outcome = _outcome(campaign, parts.get(), halted.is_set)
        try:
            results.send(_portable(outcome) if isinstance(outcome, Exception) else outcome)
        except OSError:
            os._exit(0)  # the parent has ended


def _listen(orders: Connection, parts: SimpleQueue[Part], halted: threading.Event) -> None:
    """Read orders until the parent's end of the pipe is closed. Then end the process, even in the middle of a batch."""
    try:
        while True:
            order = orders.recv()
            if order is None:
                halted.set()
            else:
                parts.put(order)
    finally:
        os._exit(0)


def _portable(error: Exception) -> Exception:
    """Return an exception that can be pickled, with the traceback of the original as a note."""
    where = "".join(traceback.format_exception(error))
    try:
        if str(pickle.loads(pickle.dumps(error))) == str(error):  # noqa: S301 - it was pickled here
            error.add_note(f"raised in a worker process:\n{where}")
            return error
    except Exception:  # noqa: BLE001, S110 - an exception that cannot be pickled is replaced below
        pass
    return RuntimeError(f"a worker process raised what cannot be sent from one process to another:\n{where}")
