"""The page of a run is one file that a browser reads without anything else."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dcsim.files.load import load_scenario
from dcsim.usecases.run_page import run_page

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ROOT / "scenarios"


@pytest.fixture(scope="module")
def failing():
    return run_page(load_scenario(SCENARIOS / "circular" / "footnote-3.yaml", runbook="failback-copy")).html


def test_a_page_loads_nothing(failing):
    """No reference of a page leads out of the page, and its policy forbids every load."""
    assert not [to for to in re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)""", failing) if not to.startswith("#")]
    assert "url(" not in failing
    assert "@import" not in failing
    assert "default-src 'none'" in failing


def test_a_page_is_the_same_every_time(failing):
    """The same run gives the same page, byte for byte."""
    again = run_page(load_scenario(SCENARIOS / "circular" / "footnote-3.yaml", runbook="failback-copy")).html
    assert again == failing


def test_no_command_imports_the_templates_library_before_it_makes_a_page():
    """`dcsim run` does not pay for pages."""
    code = "import dcsim.usecases.run_page, dcsim.cli.report, sys; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_the_page_of_several_runs_tells_what_went_wrong_in_each(tmp_path, dcsim):
    """`run --html` of several scenarios is one page: each failing one with its sentence, and the command again."""
    page = tmp_path / "suite.html"
    _, printed, _ = dcsim("run", SCENARIOS / "circular", "--runbook", "failback-copy", "--html", page)
    text = page.read_text()
    failed = re.findall(r"^FAIL  (\S+)", printed, re.MULTILINE)
    assert len(failed) > 3
    assert re.findall(r"<h3>✗ (\S+)</h3>", text) == failed
    assert f"Of 23 scenarios, {len(failed)} fail." in text
    assert "circular --runbook failback-copy" in text


@pytest.mark.parametrize("runbook", ["failback-copy", "snapshot-standby"])
def test_a_page_can_be_verified_and_made_again(runbook, tmp_path, dcsim):
    """`dcsim replay` of a page replays the trace inside, and an edited page is found out."""
    page = tmp_path / "page.html"
    dcsim("report", SCENARIOS / "circular" / "footnote-3.yaml", "--runbook", runbook, "--out", page)
    code, printed, _ = dcsim("replay", page)
    assert (code, "26 events replayed, all as recorded" in printed) == (0, True)
    page.write_text(page.read_text().replace('"password":"P1"', '"password":"P9"', 1))
    assert dcsim("replay", page)[0] == 1
