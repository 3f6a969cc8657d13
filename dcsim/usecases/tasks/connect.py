"""Connect to a Dask cluster, and refuse one whose processes would not do the same as this process."""

from __future__ import annotations

import asyncio
import logging
import pydoc
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any

from dcsim import __version__
from dcsim.usecases.request import RequestError
from dcsim.usecases.tasks.fitness import fingerprint, python

CONNECT, ANSWER = 5.0, 20.0
"""Seconds after which a scheduler must have answered, or have a worker; and after which it must have told all."""
SCHEDULER, VERSION = "the scheduler", "dcsim.__version__"
OTHER_SOURCES = "has other sources of dcsim, or of an invariant of your own"
LONGEST = 200
"""The most characters of an error that is quoted."""
SHOWN = 3
"""So many workers are named that cannot be used."""
LOGGERS = ("distributed", "distributed.client", "distributed.core", "tornado", "tornado.application", "asyncio")


class Quiet:
    """Keeps Dask from logging to stderr: what is worth knowing is told as an error of the command."""

    def __init__(self) -> None:
        self.before = {name: logging.getLogger(name).level for name in LOGGERS}
        for name in self.before:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)

    def over(self) -> None:
        """Log as before."""
        for name, level in self.before.items():
            logging.getLogger(name).setLevel(level)


def dask() -> Any:
    """Import Dask, an extra: few users need it, and it is large. RequestError where it is missing."""
    try:
        return import_module("distributed")
    except ImportError:
        raise RequestError("--cluster needs Dask: install it with `pip install 'dcsim[dask]'`") from None


def connect(distributed: Any, address: str) -> Any:
    """Return a client of a cluster. RequestError where there is none, where it has no worker, or where one is unfit.

    Whatever answers at an address may keep Dask waiting for ever. So Dask waits in a thread of its own.
    """
    ends = SimpleQueue[Any]()

    def end() -> None:
        try:
            ends.put(_connected(distributed, address))
        except BaseException as error:  # noqa: BLE001 - it is raised in the other thread
            ends.put(error)

    threading.Thread(target=end, daemon=True).start()
    try:
        told = ends.get(timeout=ANSWER)
    except Empty:
        raise RequestError(f"no Dask scheduler answers at {address}: nothing came in {ANSWER:.0f} s") from None
    if isinstance(told, BaseException):
        raise told
    return told


def _connected(distributed: Any, address: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask compares versions as well; those that matter are compared below
        try:
            _ask(distributed, address)
            client = distributed.Client(address, timeout=CONNECT, set_as_default=False, name="dcsim")
        except Exception as error:  # noqa: BLE001 - whatever answers there, it is no scheduler
            raise RequestError(f"no Dask scheduler answers at {address}: {_line(error)}") from None
        try:
            _examine(client, address)
        except Exception as error:
            with suppress(Exception):
                client.close(timeout=CONNECT)
            if isinstance(error, RequestError):
                raise
            raise RequestError(f"the cluster at {address} cannot be examined: {_line(error)}") from None
    return client


def _ask(distributed: Any, address: str) -> None:
    """Ask what answers at the address who it is. A client that is begun in vain does not end well."""
    security = distributed.Security().get_connection_args("client")

    async def identity() -> Any:
        async with distributed.rpc(address, timeout=CONNECT, connection_args=security) as server:
            return await asyncio.wait_for(server.identity(), CONNECT)

    kind = asyncio.run(identity()).get("type")
    if kind != "Scheduler":
        raise RequestError(f"it is a {_line(kind).lower()}")


def _examine(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECT)
    except TimeoutError:
        raise RequestError(f"the cluster at {address} has no worker; start one: dask worker {address}") from None
    wrong = list(_unfit(client))
    if wrong:
        more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        ours = f"{__version__}, Python {python()}"
        wanted = f"install the dcsim of this machine ({ours}) for the scheduler and every worker"
        raise RequestError(f"the cluster at {address} cannot be used: {'; '.join(wrong[:SHOWN])}{more}; {wanted}")


def _unfit(client: Any) -> Iterator[str]:
    """Yield what is wrong with the scheduler and with each worker."""
    versions = client.get_versions()
    pythons = {SCHEDULER: versions["scheduler"], **versions["workers"]}
    found = {SCHEDULER: client.run_on_scheduler(pydoc.locate, VERSION)}
    found |= client.run(pydoc.locate, VERSION, on_error="return")
    for name, version in found.items():
        theirs = str(pythons.get(name, {}).get("host", {}).get("python", "unknown"))
        who = name if name == SCHEDULER else f"worker {name}"
        if theirs.split(".")[:2] != python().split("."):
            yield f"{who} has Python {theirs}"
        elif version is None:
            yield f"{who} has no dcsim"
        elif version != __version__:
            yield f"{who} has dcsim {_line(version)}"
    if all(version == __version__ for version in found.values()):
        marks = client.run(fingerprint, on_error="return")
        yield from (f"worker {name} {OTHER_SOURCES}" for name, mark in marks.items() if mark != fingerprint())


def _line(what: object) -> str:
    """An error, or another thing that came from elsewhere, on one short line."""
    text = " ".join(str(what).split()) or type(what).__name__
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
