"""`dcsim check` without `--ops`: one operation, then any number of them where few states are enough."""

import json
from pathlib import Path

import pytest

from dcsim.checker.explorers.budget import Budget
from dcsim.checker.question import any_operations
from dcsim.report.check import lines
from dcsim.usecases.check import Bounds, Who, check, load_subject

ROLL_BACK = ["--rulebook", "asx-24-bcp-2025", "--runbook", "roll-back"]
TWO_ACTS = Path(__file__).parent.parent / "unbounded" / "false_proofs" / "absent" / "scenario.yaml"
"""A weekend that needs two operations to break the promise: a user is created, and writes."""
FOR_ANY = "proved for any number of accounts and operations, 0 faults, 0 slips"
BOUNDED = "proved within these bounds"


def checked(budget=None, *, engine="auto", subject=None, **bounds):
    """A check by the use case, as the command line asks for it without `--ops`."""
    subject = subject or load_subject(None, ROLL_BACK[1], ROLL_BACK[3], Who())
    return check(subject, Bounds(then_any=True, **bounds), budget, engine=engine)


def untimed(text):
    return [line for line in text.splitlines() if not line.startswith("  engine ")]


def first(result):
    return next(iter(lines(result)))


def test_what_few_states_decide_is_proved_for_any_number(dcsim):
    """The verdict, its bounds and its JSON read as those of `--ops any`."""
    told = json.loads(dcsim("check", *ROLL_BACK, "--json")[1])
    asked = json.loads(dcsim("check", *ROLL_BACK, "--ops", "any", "--json")[1])
    assert told["bounds"]["ops"] == "any"
    assert {**told, "seconds": 0} == {**asked, "seconds": 0}
    assert first(checked(any_accounts=True)).startswith(FOR_ANY)


@pytest.mark.parametrize(
    "asked", [["--ops", "1"], ["--ops", "1", "--slips", "1"], ["--faults", "1"], ["--engine", "bfs"]]
)
def test_a_number_faults_or_an_engine_keep_the_bound(asked, dcsim):
    """They are asked for with one operation, and nothing is said of more."""
    told = json.loads(dcsim("check", *ROLL_BACK, *asked, "--json")[1])
    assert told["bounds"]["ops"] == 1
    assert told["why"] == ""


def test_where_states_are_not_enough_the_proof_with_one_operation_stands(dcsim, monkeypatch):
    """It says its own bounds, and in one line more that any number was not decided; the exit code is 0."""
    monkeypatch.setattr(any_operations, "MOST_PAIRS", 100)
    told, bounded = (dcsim("check", *ROLL_BACK, *asked) for asked in ([], ["--ops", "1"]))
    assert told[0] == bounded[0] == 0
    (more,) = set(untimed(told[1])) - set(untimed(bounded[1]))
    assert more == "  not decided: any number of operations: 100 states were not enough; --ops any has no such limit"
    assert told[1].startswith(BOUNDED)
    assert ["states/s" in text for _, text, _ in (told, bounded)] == [False, True]  # time was spent on other states


def test_it_is_not_the_time_that_decides_how_much_is_tried(monkeypatch):
    """The same states are tried on each machine: not one fewer, and not one more."""
    few = checked().answer.explored.states
    monkeypatch.setattr(any_operations, "MOST_PAIRS", few)
    assert first(checked()).startswith(FOR_ANY)
    monkeypatch.setattr(any_operations, "MOST_PAIRS", few - 1)
    assert first(checked()).startswith(BOUNDED)


def test_what_breaks_with_more_operations_is_shown(dcsim):
    """A weekend that one operation does not break is violated, by a scenario of two acts in a row."""
    assert dcsim("check", TWO_ACTS, "--ops", "1")[0] == 0
    code, printed, _ = dcsim("check", TWO_ACTS, "--json")
    told = json.loads(printed)
    assert code == 1
    assert told["status"] == "violated"
    assert [(found["invariant"], found["length"]) for found in told["counterexamples"]] == [("reset-applied", 2)]


def test_what_is_suspected_and_not_shown_leaves_the_proof_and_is_named(monkeypatch):
    """A break that no schedule shows is no violation; the proof with one operation stands and says what may break."""
    monkeypatch.setattr(any_operations, "_found", lambda *_: [])
    result = checked(subject=load_subject(TWO_ACTS, None, None, Who()))
    assert result.status == "proved"
    assert first(result).startswith(BOUNDED)
    assert "may break with several operations in a row: reset-applied; no schedule shows it" in result.answer.why


def test_a_time_that_runs_out_leaves_the_proof_with_one_operation(monkeypatch):
    """The budget that was asked for holds for both, and its own seconds are named."""
    real = any_operations.then_any

    def later(weekend, shown, budget, *rest):
        budget._start -= 60
        return real(weekend, shown, budget, *rest)

    monkeypatch.setattr("dcsim.usecases.check.then_any", later)
    result = checked(Budget(seconds=50))
    assert first(result).startswith(BOUNDED)
    assert result.answer.why.startswith("any number of operations: the time budget of 50 s ran out")


def test_a_violation_with_one_operation_is_all_that_is_said(dcsim):
    """What one operation breaks is shown within its bounds."""
    told = json.loads(dcsim("check", "--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy", "--json")[1])
    assert told["status"] == "violated"
    assert told["bounds"]["ops"] == 1


def test_requests_in_flight_keep_the_bound(dcsim, tmp_path):
    """Where any number of requests may wait, one operation is what is answered."""
    (tmp_path / "x.yaml").write_text(
        "scenario: x\ntitle: X\nrulebook: asx-24-bcp-2025\nrunbook: roll-back\n"
        "policies: {in-flight-at-close: commit}\naccounts: [{id: U1, kind: user, participant: P}]\n"
    )
    told = json.loads(dcsim("check", tmp_path / "x.yaml", "--json")[1])
    assert (told["status"], told["bounds"]["ops"], told["why"]) == ("proved", 1, "")
