"""`dcsim rules mutate`: every mutant of the built-in rulebook and of its runbook is told, or proved equivalent."""

import json
import re
from pathlib import Path

import pytest
from program import dcsim

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "explanation" / "load-bearing.md"
PAIR = ("seoch-2fa-2023", "--runbook", "snapshot-standby")


def mutate(*words, cwd=ROOT):
    return dcsim("rules", "mutate", *words, cwd=cwd)


@pytest.fixture(scope="module")
def told():
    """The whole bench: lint, the shipped scenarios, the check."""
    run = mutate(*PAIR, "--suite", "scenarios", "--json")
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr
    return json.loads(run.stdout)


@pytest.mark.slow
def test_no_mutant_survives(told):
    """Each mistake in the rules, and each in the runbook that is not proved to be harmless, is noticed."""
    assert {of: score["told"] == score["of"] > 30 for of, score in told["score"].items()} == {
        "rules": True,
        "runbook": True,
    }
    assert not [mutant["mutant"] for mutant in told["mutants"] if mutant["by"] == "nothing"]


@pytest.mark.slow
def test_the_page_lists_every_mutant(told):
    """The table in the docs is the bench's: the same mutants, told by the same means."""
    rows = re.findall(r"^\| (rules|runbook) \| (.+?) \| (\S+) \|", PAGE.read_text(), re.MULTILINE)
    assert rows == [(mutant["of"], mutant["mutant"], mutant["by"]) for mutant in told["mutants"]]


@pytest.mark.slow
def test_each_slip_is_told_exactly(told):
    """By how long a step is put off, with which others, and what it is still taken before; with which it is swapped.

    `check --errors 1` puts a step off past the next one, which is another slip, and may break what this one does not.
    """
    slips = {mutant["mutant"]: mutant for mutant in told["mutants"] if mutant["of"] == "runbook"}
    assert "delay revert by 1d30m, still before open-monday" in slips
    assert "delay close-session-1 by 30m, with drain, still before resend" in slips
    assert "delay close-monday by 1h" in slips
    assert "swap revert with open-monday" in slips
    assert "repeat revert at once" in slips
    equivalent = {name: slip["how"] for name, slip in slips.items() if slip["by"] == "equivalent"}
    assert equivalent
    for name, how in equivalent.items():
        assert how.startswith("not load-bearing") == name.startswith("skip"), how


@pytest.mark.slow
def test_without_a_suite_rules_that_only_permit_more_survive():
    """The check cannot tell a deleted rule: the right runbook keeps what is no longer asked. Survivors fail."""
    run = mutate(*PAIR, "--json")
    assert run.returncode == 1
    survivors = [m["mutant"] for m in json.loads(run.stdout)["mutants"] if m["by"] == "nothing"]
    assert "fn1 deleted" in survivors
    assert "fn1 negated" not in survivors


def test_bad_usage_is_refused(tmp_path):
    """Without a runbook, or with one that does not exist, there is nothing to mutate."""
    assert mutate("seoch-2fa-2023").returncode == 2
    assert mutate("seoch-2fa-2023", "--runbook", "no-such-runbook", cwd=tmp_path).returncode == 2


def test_without_time_no_mutant_is_said_to_be_harmless():
    """A check that gives up decides nothing: such a mutant is not told, and no step is proved needless."""
    run = mutate("asx-24-bcp-2025", "--runbook", "roll-back", "--time", "1ms", "--json")
    assert run.returncode == 1, run.stderr
    mutants = json.loads(run.stdout)["mutants"]
    open_ = [mutant for mutant in mutants if mutant["how"].startswith("not decided: ")]
    assert {mutant["of"] for mutant in open_} == {"rules", "runbook"}
    assert {mutant["by"] for mutant in open_} == {"nothing"}
    assert {mutant["by"] for mutant in mutants if mutant["of"] == "runbook"} <= {"lint", "nothing"}
