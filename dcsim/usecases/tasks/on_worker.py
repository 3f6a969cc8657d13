"""What a worker of a Dask cluster does: it keeps jobs, and runs their chunks, one at a time."""

from __future__ import annotations

import pickle
import threading
from typing import Any

import attrs

from dcsim.usecases.tasks.fitness import fingerprint
from dcsim.usecases.tasks.task import Ended, Function, ended, packed

MOST_JOBS_KEPT = 8
"""Commands that may use a worker at the same time. One that is forgotten is sent again."""
_one_at_a_time = threading.Lock()
"""Dask gives a worker several threads. They would share what dcsim keeps between tasks, and gain nothing in Python."""


class Unfit(Exception):
    """This process runs another dcsim than the one that asks."""


class JobMissing(Exception):
    """This process does not have the job of a chunk."""


@attrs.define(eq=False)
class Job:
    """What all chunks of a command share. ``mark`` is the fingerprint of the process that asks.

    ``halted`` is set on the worker: 1 or 2, once the tasks are told to stop.
    """

    name: str
    mark: str
    function: Function
    shared: Any
    halted: int = 0


_jobs: dict[str, Job] = {}


def keep(name: str, raw: bytes) -> None:
    """Keep a job, once. Unfit if another dcsim asks."""
    if name in _jobs:
        return
    job: Job = pickle.loads(raw)  # noqa: S301 - a cluster runs whatever its clients send
    if job.mark != fingerprint():
        raise Unfit
    _jobs[name] = job
    for oldest in list(_jobs)[:-MOST_JOBS_KEPT]:
        del _jobs[oldest]


def halt(name: str, level: int) -> None:
    """Tell the tasks of a job to stop; 2: the job is not needed any more, either."""
    job = _jobs.pop(name, None) if level > 1 else _jobs.get(name)
    if job:
        job.halted = level


def run(name: str, raw: bytes) -> bytes:
    """Run a chunk. JobMissing if its job is not here."""
    job = _jobs.get(name)
    if job is None:
        raise JobMissing
    with _one_at_a_time:
        if job.halted:
            return packed(Ended(()))
        chunk = pickle.loads(raw)  # noqa: S301 - as above
        return packed(ended(job.function, job.shared, chunk, lambda: job.halted))
