"""`dcsim check` as an architect uses it: a verdict with its bounds, and counterexamples that other commands read."""

import json
from pathlib import Path

import pytest
from program import dcsim

from dcsim.report.check import count_of
from dcsim.trace.itf import read_itf

FIRST = Path(__file__).parents[2] / "scenarios" / "circular" / "footnote-3.yaml"
RULES = ("--rulebook", "seoch-2fa-2023", "--runbook")


def test_a_proof_says_its_bounds():
    """Exit code 0, the bounds in full, and what never fired."""
    run = dcsim("check", *RULES, "snapshot-standby", "--ops", "1")
    assert run.returncode == 0
    for words in (
        "proved within these bounds",
        "at most 1 operation",
        "0 faults",
        "engine",
        "never accepted",
        "outside",
    ):
        assert words in run.stdout


@pytest.mark.parametrize("runbook", ["no-drain", "failback-copy", "restore-friday", "stale-restore-point"])
def test_a_counterexample_is_read_by_the_other_commands(runbook, tmp_path):
    """The scenario fails in `run` by the same invariant, its trace replays, and its states read back."""
    assert dcsim("check", *RULES, runbook, "--save", "found", cwd=tmp_path).returncode == 1
    scenarios = sorted((tmp_path / "found").glob("*.yaml"))
    assert scenarios
    for path in scenarios:
        run = dcsim("run", path, cwd=tmp_path)
        assert run.returncode == 1
        assert path.stem in run.stdout
        assert dcsim("replay", path.with_suffix(".trace.jsonl")).returncode == 0
        data = json.loads(path.with_suffix(".itf.json").read_text())
        assert data["#meta"]["status"] == "violation"
        assert len(read_itf(data).states) == len(data["states"])


@pytest.mark.slow
def test_json_has_the_answer():
    """Machines get the status, the bounds and what broke after which slip."""
    run = dcsim("check", *RULES, "snapshot-standby", "--errors", "1", "--json")
    answer = json.loads(run.stdout)
    assert run.returncode == 1
    assert (answer["dcsim-check"], answer["status"], answer["bounds"]["errors"]) == (2, "violated", 1)
    assert {"after": ["skip mark"], "invariants": ["standby-ready"]} in answer["broken"]
    assert "skip drain" in answer["survived"]


def test_a_budget_that_runs_out_exits_with_3():
    """Inconclusive is never green."""
    run = dcsim("check", *RULES, "snapshot-standby", "--ops", "3", "--time", "10ms")
    assert run.returncode == 3
    assert "inconclusive" in run.stdout


def test_one_state_is_no_plural():
    """A noun follows its count: one of them is no plural."""
    assert [count_of(number, "state") for number in (0, 1, 1000)] == ["0 states", "1 state", "1,000 states"]


def test_the_neighbourhood_of_a_scenario():
    """The right runbook keeps all within one edit; a wrong one is shown with the edits that break it."""
    assert "none breaks" in dcsim("check", FIRST, "--within", "1").stdout
    broken = dcsim("check", FIRST, "--within", "1", "--runbook", "failback-copy")
    assert broken.returncode == 1
    assert "discarded-absent" in broken.stdout


def test_non_interference():
    """What Session 2 did leaves no trace under the right runbook, and does when the secondary is copied back."""
    assert dcsim("check", *RULES, "snapshot-standby", "--non-interference").returncode == 0
    assert dcsim("check", *RULES, "failback-copy", "--non-interference").returncode == 1


@pytest.mark.parametrize(
    "words",
    [[], ["--rulebook", "seoch-2fa-2023"], ["--within", "1"], ["--ops", "-1"], [*RULES, "no-drain", "--time", "x"]],
)
def test_bad_usage(words):
    """A question that cannot be asked is a usage error."""
    assert dcsim("check", *words).returncode == 2
