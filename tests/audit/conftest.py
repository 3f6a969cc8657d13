"""Packs for tests, each made once."""

import shutil
import sys
from pathlib import Path

import pytest

from dcsim.files.overwrite_guard import forget
from dcsim.usecases.audit import AuditRequest, audit
from dcsim.usecases.check import Bounds

sys.path.insert(0, str(Path(__file__).parent))
from packs import SCENARIOS, asked


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A pack of a runbook that keeps its notice."""
    folder = tmp_path_factory.mktemp("packs") / "asx"
    audit(asked(), folder)
    forget()
    return folder


@pytest.fixture
def pack(made, tmp_path):
    """A copy of it, to be spoiled."""
    return Path(shutil.copytree(made, tmp_path / "pack"))


@pytest.fixture(scope="session")
def failing(tmp_path_factory):
    """A pack of a runbook that does not keep its notice, with two scenarios and another runbook beside it."""
    folder = tmp_path_factory.mktemp("packs") / "failback"
    names = ("footnote-3.yaml", "windows.yaml")
    request = AuditRequest(
        rulebook="seoch-2fa-2023",
        runbook="failback-copy",
        scenarios=tuple(SCENARIOS / "circular" / name for name in names),
        rejected=("snapshot-standby", "restore-friday"),
        bounds=Bounds(ops=1),
    )
    audit(request, folder)
    forget()
    return folder
