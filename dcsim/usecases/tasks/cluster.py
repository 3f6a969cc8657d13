"""A Dask cluster (not yet)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dcsim.usecases.request import RequestError
from dcsim.usecases.tasks.task import Function, Pool


def connected(address: str, function: Function, shared: Any, note: Callable[[str], None]) -> Pool:
    """Connect to a cluster."""
    raise RequestError(f"{address}: not yet")
