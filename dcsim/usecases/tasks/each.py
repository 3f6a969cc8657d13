"""Run one function over many payloads, and yield each result as it arrives.

The same loop serves this process, processes of this machine, and a Dask cluster: it cuts payloads into chunks, hands
them out, runs once more what a lost process had begun, and stops. What differs is a ``Pool``, which carries chunks
there and back. Dask's executor is not used for ``-j``: Dask need not be installed for it, takes about a second to
start, and its workers do not end at once with a parent that is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any

import attrs

from dcsim.usecases.tasks.task import (
    Chunk,
    ClusterLost,
    Died,
    Ended,
    Function,
    Pool,
    Stop,
    Task,
    Workplace,
    ended,
    never,
)

CHUNK_SECONDS = 0.2
"""How long the tasks of a chunk take together, about: long for a network, short for somebody who waits."""


@attrs.frozen
class Again:
    """Work is done once more: these tasks (none: it is not known which), for this reason."""

    tasks: tuple[int, ...]
    why: str


def each(
    function: Function,
    shared: Any,
    payloads: Iterable[Any],
    place: Workplace,
    stop: Stop = never,
    listen: Callable[[Again], None] = lambda _: None,
) -> Generator[tuple[int, Any], None, None]:
    """Yield the number of each payload with its outcome, in the order in which they arrive.

    The outcome is what ``function(shared, payload, stop)`` returns, or the exception that it raises; or Died, if the
    process of the task ended twice. ``function`` is a function of a module, and what goes in and out can be pickled;
    ``shared`` is sent once to each worker. After ``stop``, no task begins, and those that were abandoned yield nothing.
    RequestError where the cluster cannot be used; ClusterLost where it is lost later, after what has arrived.
    """
    todo = _Todo(enumerate(payloads), listen)
    with closing(_pool(function, shared, place, stop, listen)) as pool:
        while True:
            while not stop() and pool.free() and (chunk := todo.chunk(pool.most)):
                pool.give(chunk)
            level = stop()
            if not pool.busy() or level > 1:
                return
            if level:
                pool.halt()
            for chunk, end in pool.collect():
                yield from todo.settled(chunk, end)


def in_order(arriving: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """Yield outcomes in the order of their payloads. Those after a gap wait until it is closed, or until the end, even
    if the end is that the cluster is lost.
    """
    waiting, due = dict[int, Any](), 0
    lost: ClusterLost | None = None
    try:
        for number, outcome in arriving:
            waiting[number] = outcome
            while due in waiting:
                yield due, waiting.pop(due)
                due += 1
    except ClusterLost as error:
        lost = error
    yield from sorted(waiting.items(), key=lambda pair: pair[0])
    if lost:
        raise lost


@attrs.define
class _Todo:
    """The tasks that are still to be run: ``back`` are those whose process has died, and they come next, each alone.

    ``size`` is how many tasks the next chunk should have, from how long the last ones took.
    """

    left: Iterator[Task]
    listen: Callable[[Again], None]
    back: list[Task] = attrs.field(factory=list)
    tried: set[int] = attrs.field(factory=set)
    size: int = 1

    def chunk(self, most: int) -> Chunk:
        """Return the next chunk; an empty one at the end."""
        return (self.back.pop(),) if self.back else tuple(islice(self.left, min(self.size, most)))

    def settled(self, chunk: Chunk, end: Ended | Died) -> Iterator[tuple[int, Any]]:
        """Yield the outcomes that are final. A task whose process died is put back, once."""
        if isinstance(end, Died):
            end = Ended(tuple((number, end) for number, _ in chunk))
        elif len(chunk) >= self.size and end.seconds > 0:
            self.size = max(1, min(2 * self.size, int(CHUNK_SECONDS * len(chunk) / end.seconds)))
        died = {number: end.why for number, end in end.outcomes if isinstance(end, Died) and number not in self.tried}
        self.tried.update(died)
        self.back += [task for task in reversed(chunk) if task[0] in died]
        for why in dict.fromkeys(died.values()):
            self.listen(Again(tuple(number for number in died if died[number] == why), why))
        yield from ((number, outcome) for number, outcome in end.outcomes if number not in died)


def _pool(function: Function, shared: Any, place: Workplace, stop: Stop, listen: Callable[[Again], None]) -> Pool:
    if place.cluster is not None:
        from dcsim.usecases.tasks.cluster import connected

        return connected(place.cluster, function, shared, lambda why: listen(Again((), why)))
    if place.jobs == 1:
        return _Here(function, shared, stop)
    from dcsim.usecases.tasks.processes import Processes

    return Processes(function, shared, place.jobs)


@attrs.define
class _Here:
    """This process: a task runs when its outcome is collected."""

    function: Function
    shared: Any
    stop: Stop
    given: Chunk = ()
    most: int = 1

    def free(self) -> bool:
        return not self.given

    def busy(self) -> bool:
        return bool(self.given)

    def give(self, chunk: Chunk) -> None:
        self.given = chunk

    def collect(self) -> Iterator[tuple[Chunk, Ended | Died]]:
        chunk, self.given = self.given, ()
        yield chunk, ended(self.function, self.shared, chunk, self.stop)

    def halt(self) -> None:
        """Do nothing: the task asks ``stop`` itself."""

    def close(self) -> None:
        self.given = ()
