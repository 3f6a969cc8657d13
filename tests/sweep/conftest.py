"""Files for sweeps: the first scenario, and a runbook without a drain."""

import sys
from importlib.resources import files
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "cli"))

BUILTIN = files("dcsim") / "builtin"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder with first.yaml, and weekend.yaml: a runbook that neither drains nor sends again."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first.yaml").write_text((BUILTIN / "first.yaml").read_text())
    lines = (BUILTIN / "runbooks" / "snapshot-standby.yaml").read_text().splitlines(keepends=True)
    kept = [line for line in lines if "do: drain" not in line and "do: resend" not in line]
    (tmp_path / "weekend.yaml").write_text("".join(kept))
    return tmp_path
