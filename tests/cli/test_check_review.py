"""`dcsim check` where an independent reader had found it wrong: each of these once came out otherwise."""

import json
from importlib.resources import files

import pytest
from program import dcsim

STANDBY = (files("dcsim") / "builtin" / "runbooks" / "snapshot-standby.yaml").read_text()
COPY = (files("dcsim") / "builtin" / "runbooks" / "failback-copy.yaml").read_text()


def check(runbook, tmp_path, *words):
    (tmp_path / "runbook.yaml").write_text(runbook)
    return dcsim("check", "--rulebook", "seoch-2fa-2023", "--runbook", "runbook.yaml", *words, cwd=tmp_path)


def test_a_lag_longer_than_a_drain_waits_is_no_proof(tmp_path):
    """What a drain cannot wait for makes it give up: Session 2 never opens, in the check as in the run."""
    found = check(STANDBY.replace("lag: 2s", "lag: 2h"), tmp_path)
    assert found.returncode == 1
    assert "window-served" in found.stdout


@pytest.mark.parametrize("early", ["-1s", "-1m", "-3m"])
def test_a_session_that_closes_early_is_shown(early, tmp_path):
    """The last act of a counterexample falls before the next event, however near that is."""
    step = "at: session-1 closes, do: close"
    found = check(STANDBY.replace(step, f"at: session-1 closes {early}, do: close"), tmp_path)
    assert found.returncode == 1
    assert "window-served in 0 steps" in found.stdout


@pytest.mark.slow
def test_two_slips_come_at_two_steps(tmp_path):
    """A scenario can say one slip a step; so does the check, and it confirms what it finds."""
    found = check(STANDBY, tmp_path, "--errors", "2", "--json", "--save", "out")
    answer = json.loads(found.stdout)
    assert (answer["status"], answer["why"]) == ("violated", "")
    assert dcsim("run", "out", "-q", cwd=tmp_path).returncode == 1


@pytest.mark.slow
def test_two_faults_of_the_link_decide_something(tmp_path):
    """A counterexample that no scenario can say is passed over for one that can be said."""
    found = check(STANDBY, tmp_path, "--faults", "2")
    assert found.returncode in (0, 1)


@pytest.mark.parametrize(
    ("runbook", "words"),
    [
        (COPY, ("--ops", "0")),
        ("\n".join(line for line in COPY.splitlines() if "id: open-session-1" not in line), ()),
    ],
    ids=["nothing is done", "all runs are given up"],
)
def test_two_runs_that_are_never_compared_prove_nothing(runbook, words, tmp_path):
    """Non-interference is proved by comparisons, and inconclusive without any."""
    found = check(runbook, tmp_path, "--non-interference", *words)
    assert (found.returncode, found.stdout[:12]) == (3, "inconclusive")


def test_an_account_without_email_is_checked_too(tmp_path):
    """E-mail can be registered between the sessions: the right runbook keeps that, one with an early mark does not."""
    assert check(STANDBY, tmp_path, "--ops", "1", "--accounts", "0", "--without-email", "1").returncode == 0
    early = STANDBY.replace("id: mark, at: session-2 opens -15m", "id: mark, at: session-2 opens -20m")
    found = check(early, tmp_path, "--accounts", "0", "--without-email", "1")
    assert found.returncode == 1
    assert "register-email" in found.stdout


def test_a_scenario_without_accounts_is_refused(tmp_path):
    """There is nothing to check."""
    lines = ["scenario: x", "title: t", "rulebook: seoch-2fa-2023", "runbook: snapshot-standby", "accounts: []"]
    (tmp_path / "none.yaml").write_text("\n".join([*lines, "steps: []"]) + "\n")
    found = dcsim("check", "none.yaml", cwd=tmp_path)
    assert found.returncode == 2
    assert "without an account there is nothing to run" in found.stderr


def test_a_folder_that_cannot_be_is_told_before_anything_is_explored(tmp_path):
    """--save into a file is refused at once, and so are options that another mode would ignore."""
    (tmp_path / "afile").write_text("")
    assert check(COPY, tmp_path, "--save", "afile").returncode == 2
    refused = check(COPY, tmp_path, "--non-interference", "--json")
    assert refused.returncode == 2
    assert "--json does not go with --non-interference" in refused.stderr


def test_no_time_is_no_violation(tmp_path):
    """Where the time is up before a counterexample is there, nothing is decided."""
    found = check(STANDBY, tmp_path, "--engine", "bfs", "--time", "50ms", "--errors", "1")
    assert found.returncode == 3
    assert "at most 0" not in found.stdout


HAND_OVER = """
runbook: hand-over
version: 1
title: The second site is opened the moment the first closes
sites: {primary: primary, secondary: standby}
link: {lag: 1m}
steps:
  - {at: session-1 opens, do: open, session: session-1, site: primary}
  - {at: session-1 closes, do: close, session: session-1}
  - {at: session-1 closes, do: drain, timeout: 5m}
  - {at: session-1 closes, do: restore-point, site: secondary, name: end}
  - {at: session-1 closes, do: activate, site: secondary}
  - {at: session-2 opens, do: open, session: session-2, site: secondary}
  - {at: session-2 closes, do: close, session: session-2}
  - {at: session-2 closes +1h, do: revert, site: secondary, to: end}
  - {at: monday opens, do: open, session: monday, site: primary}
  - {at: monday closes, do: close, session: monday}
"""


def test_clients_come_while_a_drain_waits(tmp_path):
    """A drain that puts off a printed opening is seen by whoever comes meanwhile, if only for the time of the lag."""
    book = (files("dcsim") / "builtin" / "rulebooks" / "seoch-2fa-2023.yaml").read_text()
    (tmp_path / "book.yaml").write_text(book.replace("opens: 2023-06-10 22:00", "opens: 2023-06-10 20:00"))
    (tmp_path / "runbook.yaml").write_text(HAND_OVER)
    found = dcsim("check", "--rulebook", "book.yaml", "--runbook", "runbook.yaml", cwd=tmp_path)
    assert found.returncode == 1
    assert "window-served in 1 step" in found.stdout
