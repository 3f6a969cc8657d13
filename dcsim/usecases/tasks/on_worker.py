"""What a worker of a Dask cluster does: it runs chunks, one at a time."""

from __future__ import annotations

import pickle
import threading
from typing import Any

import attrs

from dcsim.usecases.tasks.fitness import fingerprint
from dcsim.usecases.tasks.task import Ended, Function, ended, packed

_one_at_a_time = threading.Lock()
"""Dask gives a worker several threads. They would share what dcsim keeps between tasks, and gain nothing in Python."""
_halted: dict[str, int] = {}
"""The jobs that were told to stop, with the level of the stop."""


class Unfit(Exception):
    """This process runs another dcsim than the one that asks."""


@attrs.frozen(eq=False)
class Job:
    """What all chunks share. ``mark`` is the fingerprint of the process that asks, ``name`` the name of the job."""

    function: Function
    shared: Any
    mark: str
    name: str


def opened(raw: bytes) -> Job:
    """Return the job from its bytes. Dask keeps it, and gives it to each chunk of this worker."""
    job: Job = pickle.loads(raw)  # noqa: S301 - a cluster runs whatever its clients send
    return job


def run(job: Job, raw: bytes) -> bytes:
    """Run a chunk. Unfit if another dcsim asks for it."""
    if job.mark != fingerprint():
        raise Unfit(job.mark)
    with _one_at_a_time:
        if _halted.get(job.name):
            return packed(Ended(()))
        chunk = pickle.loads(raw)  # noqa: S301 - as above
        return packed(ended(job.function, job.shared, chunk, lambda: _halted.get(job.name, 0)))


def halt(name: str, level: int) -> None:
    """Tell the tasks of a job to stop."""
    _halted[name] = level
