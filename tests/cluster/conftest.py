"""A real scheduler and two workers on this machine, started once; tests are skipped where Dask is not installed."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "cli")]


@pytest.fixture(scope="session")
def dask_of(tmp_path_factory):
    """Make a cluster of processes with so many workers. It ends with the tests."""
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'dcsim[dask]'")
    from dask_processes import DaskProcesses

    started = []

    def make(workers):
        started.append(DaskProcesses(tmp_path_factory.mktemp("dask")))
        for _ in range(workers):
            started[-1].worker()
        return started[-1]

    yield make
    for each in started:
        each.end()


@pytest.fixture(scope="session")
def _two(dask_of):
    return dask_of(0)


@pytest.fixture
def cluster(_two):
    """The cluster that tests share, with two workers, whatever the test before has done to them."""
    _two.complete(2)
    return _two
