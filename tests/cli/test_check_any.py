"""`dcsim check --ops any` and `--accounts any`: proofs without a bound, as a user sees them."""

import json

import pytest
from program import dcsim

RIGHT = ["check", "--rulebook", "seoch-2fa-2023", "--runbook", "snapshot-standby", "--kind", "user"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--ops", "any"], "proved for any number of accounts and operations, 0 faults, 0 slips"),
        (["--accounts", "any", "--ops", "2"], "proved for any number of accounts, 2 operations, 0 faults, 0 slips"),
    ],
)
def test_a_proof_names_what_has_no_bound(asked, says):
    """The first line says of what there may be any number, and within which faults and slips."""
    done = dcsim(*RIGHT, *asked)
    assert done.returncode == 0
    assert done.stdout.startswith(says)


def test_json_names_any():
    """In JSON, the number of operations is the word that was given."""
    done = dcsim(*RIGHT, "--ops", "any", "--json")
    assert json.loads(done.stdout)["bounds"]["ops"] == "any"


def test_a_violation_is_shown_by_a_weekend_that_runs(tmp_path):
    """What breaks is shown by a scenario, which the simulator breaks in the same way."""
    done = dcsim(
        "check", "--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy", "--ops", "any", "--save", str(tmp_path)
    )
    assert done.returncode == 1
    (file,) = tmp_path.rglob("discarded-absent*.yaml")
    assert "discarded-absent" in dcsim("run", str(file)).stdout


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (["--ops", "some"], "'some' is not a number from 0, nor 'any'"),
        (["--ops", "any", "--engine", "bfs"], "--engine bfs does not go with 'any'"),
        (["--ops", "any", "--non-interference"], "--non-interference needs numbers"),
    ],
)
def test_what_does_not_go_with_any_is_refused(asked, why):
    """A word that is no number, an engine, and a question that compares two runs."""
    done = dcsim(*RIGHT, *asked)
    assert done.returncode == 2
    assert why in done.stderr
