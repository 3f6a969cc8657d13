"""What tasks and those who run them have in common: where they run, how they are stopped, and how they end."""

from __future__ import annotations

import pickle
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import attrs

MOST_JOBS = 256
"""The most processes of this machine."""

Stop = Callable[[], int]
"""A function that is called often and says whether to stop. 0: continue. 1: begin nothing more. 2: stop at once."""


def never() -> int:
    """Never stop."""
    return 0


@attrs.frozen
class Workplace:
    """Where tasks run: in this process, in ``jobs`` processes of this machine, or at a cluster's address."""

    jobs: int = 1
    cluster: str | None = None


HERE = Workplace()


class Abandoned(Exception):
    """A task was stopped before it had a result."""


@attrs.frozen
class Died:
    """The end of a task whose process ended without a result, or that ran out of memory."""

    why: str


class ClusterLost(Exception):
    """A cluster cannot go on, and some tasks have no result. The message says why."""


Task = tuple[int, Any]
"""The number of a payload, and the payload."""
Chunk = tuple[Task, ...]
"""Tasks that are sent together."""
Function = Callable[[Any, Any, Stop], Any]
"""What tasks do: from what they share, and the payload, to a result."""


@attrs.frozen
class Ended:
    """How the tasks of a chunk ended, by their numbers, and how long they took. Abandoned ones are left out."""

    outcomes: tuple[tuple[int, Any], ...]
    seconds: float = 0.0


class Pool(Protocol):
    """Whoever runs chunks. ``most`` is the number of tasks that a chunk may have."""

    most: int

    def free(self) -> bool:
        """Whether one more chunk may be given."""

    def busy(self) -> bool:
        """Whether a chunk has not ended yet."""

    def give(self, chunk: Chunk) -> None:
        """Begin a chunk, or put it into the queue."""

    def collect(self) -> Iterable[tuple[Chunk, Ended | Died]]:
        """Wait a little, and return the chunks that have ended since."""

    def halt(self) -> None:
        """Tell tasks that have begun to come to an end, and begin no other."""

    def close(self) -> None:
        """Give up whatever has not ended."""


# -- where tasks run -------------------------------------------------------------------------------------------------


def ended(function: Function, shared: Any, chunk: Chunk, stop: Stop) -> Ended:
    """Run the tasks of a chunk, one after the other. After a stop, none begins."""
    started, outcomes = time.monotonic(), list[tuple[int, Any]]()
    for place, (number, payload) in enumerate(chunk):
        if place and stop():
            break
        try:
            outcomes.append((number, function(shared, payload, stop)))
        except Abandoned:
            continue
        except MemoryError:
            outcomes.append((number, Died("it ran out of memory")))
        except Exception as error:  # noqa: BLE001 - it is reported as itself
            outcomes.append((number, error))
    return Ended(tuple(outcomes), time.monotonic() - started)


def packed(end: Ended) -> bytes:
    """Return the bytes that carry the end of a chunk to another process."""
    told = attrs.evolve(end, outcomes=tuple((number, _portable(outcome)) for number, outcome in end.outcomes))
    try:
        return pickle.dumps(told)
    except Exception as error:  # noqa: BLE001 - what cannot be sent is told in words
        unsent = tuple((number, _portable(error)) for number, _ in end.outcomes)
        return pickle.dumps(attrs.evolve(end, outcomes=unsent))


def _portable(outcome: Any) -> Any:
    """Return an exception that can be pickled, with the traceback of the original as a note; a result as it is."""
    if not isinstance(outcome, Exception):
        return outcome
    where = "".join(traceback.format_exception(outcome))
    try:
        if str(pickle.loads(pickle.dumps(outcome))) == str(outcome):  # noqa: S301 - it was pickled here
            outcome.add_note(f"raised in a worker process:\n{where}")
            return outcome
    except Exception:  # noqa: BLE001, S110 - an exception that cannot be pickled is replaced below
        pass
    return RuntimeError(f"a worker process raised what cannot be sent from one process to another:\n{where}")
