"""Batches run in this process or in worker processes that end with this one, whatever ends it.

A worker reads its orders from a pipe in a thread of its own. When the pipe closes, because the parent closed it or is
gone, that thread ends the worker at once, also in the middle of a batch.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from collections.abc import Iterator
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from typing import Any

import attrs

import dcsim.usecases.known_names  # noqa: F401 - a process that does not inherit custom invariants has to load them
from dcsim.usecases.fuzz_batch import Abandoned, Batch, Stop, forget, run_batch
from dcsim.usecases.fuzz_campaign import Campaign, Part

GLANCE = 0.2
"""Seconds between two looks at whether to end."""


@attrs.frozen
class Died:
    """A batch that ended without a result, and how."""

    why: str


Outcome = Batch | Died | Exception | None
"""What a batch came to. An exception is one that the batch raised; None: it was given up on request."""


def alone(campaign: Campaign, parts: Iterator[Part], stop: Stop) -> Iterator[tuple[Part, Outcome]]:
    """The batches one after the other in this process, none begun after a stop."""
    while not stop() and (part := next(parts, None)):
        yield part, _outcome(campaign, part, stop)


def together(campaign: Campaign, parts: Iterator[Part], jobs: int, stop: Stop) -> Iterator[tuple[Part, Outcome]]:
    """The batches as worker processes finish them, none begun after a stop. A worker that died is replaced."""
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
            for ready in wait(list(busy), timeout=GLANCE):
                worker = busy[ready]  # type: ignore[index]
                part, outcome = worker.collect()
                if isinstance(outcome, Died):
                    workers.remove(worker)
                yield part, outcome
    finally:
        for worker in workers:
            worker.kill()


def _assign(campaign: Campaign, workers: list[_Worker], parts: Iterator[Part], jobs: int, stop: Stop) -> None:
    """Give every idle worker a batch; start workers while there are fewer than wanted."""
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
    """Run a batch and return whatever comes of it."""
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
"""What a forked worker inherits and must close: the parent's ends of pipes, and locks. Each has ``close``."""


def only_in_parent(end: Any) -> None:
    """Remember something that worker processes must not keep open."""
    _parents_ends.add(end)


def closed_in_parent(end: Any) -> None:
    """Close what was remembered."""
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
        # The ends of a worker are closed here, so that the other ends notice when the worker is gone.
        read_orders.close()
        write_results.close()
        return cls(process, orders, results)

    def give(self, part: Part) -> None:
        """Order a batch. A worker that has died meanwhile is noticed when its result is collected."""
        self.part = part
        self._send(part)

    def halt(self) -> None:
        """Order an end of the drawing."""
        if not self.halted:
            self.halted = True
            self._send(None)

    def _send(self, order: Part | None) -> None:
        try:
            self.orders.send(order)
        except OSError:
            return

    def collect(self) -> tuple[Part, Outcome]:
        """The batch that has ended, and its outcome."""
        part, self.part = self.part, None
        assert part is not None
        try:
            return part, self.results.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            self.kill()
            return part, Died(_how(self.process.exitcode))

    def kill(self) -> None:
        """End the process at once."""
        closed_in_parent(self.orders)
        self.process.join(GLANCE)
        self.process.kill()
        self.process.join()
        closed_in_parent(self.results)


def _how(code: int | None) -> str:
    """How a process ended, in words."""
    if code is not None and code < 0:
        names = {number.value: number.name for number in signal.Signals}
        return f"its process was killed by {names.get(-code, f'signal {-code}')}"
    return f"its process ended with exit code {code}"


# -- the worker's side ---------------------------------------------------------------------------------------------


def _work(campaign: Campaign, orders: Connection, results: Connection) -> None:
    """A worker's life: batches as they are ordered. Signals to the group of processes are the parent's to handle."""
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
            os._exit(0)  # nobody is there to take it


def _listen(orders: Connection, parts: SimpleQueue[Part], halted: threading.Event) -> None:
    """Take orders until the parent's end is closed; then end the process, whatever it is doing."""
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
    """An exception that can be sent, with the place where it was raised as a note."""
    where = "".join(traceback.format_exception(error))
    try:
        if str(pickle.loads(pickle.dumps(error))) == str(error):  # noqa: S301 - it was made here
            error.add_note(f"raised in a worker process:\n{where}")
            return error
    except Exception:  # noqa: BLE001, S110 - one that cannot be sent is told in words
        pass
    return RuntimeError(f"a worker process raised what cannot be sent from one process to another:\n{where}")
