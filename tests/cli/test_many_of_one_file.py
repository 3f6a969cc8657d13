"""Scenarios that share files and tables of values: every command takes them, and evidence needs no other file."""

import json
import re
import shlex

import pytest
from program import dcsim

EACH = """scenario: each
title: "A password that ${kind} changes in Session 2"
rulebook: seoch-2fa-2023
runbook: "${runbook}"
tags: ["${kind}", slow]
foreach:
  - {kind: user, runbook: snapshot-standby}
  - {kind: da, runbook: snapshot-standby}
  - {kind: user, runbook: failback-copy}
include: [shared/first.yaml]
accounts: {csv: a.csv, kind: "${kind}"}
steps:
  - {at: session-2 +5m, account: all, every: 1s, do: change-password, from: P1, to: P2}
expect:
  monday: {all: {two-factor: {password: P1}}}
"""
SHARED = """groups: {all: [A*]}
steps:
  - {at: session-1 +5m, account: all, every: 1s, do: initiate-2fa, password: P1, channel: email, expect: accepted}
"""
TABLE = "id,email,smartcard\nA1,registered,friday\nA2,registered,friday\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "first.yaml").write_text(SHARED)
    (tmp_path / "a.csv").write_text(TABLE)
    (tmp_path / "each.yaml").write_text(EACH)
    return tmp_path


def names(run):
    return re.findall(r"^(?:pass|FAIL)  (\S+)", run.stdout, re.MULTILINE)


def test_each_row_has_a_result_and_a_command_of_its_own(folder):
    """The folder holds three scenarios; the command that a failure prints runs that row and no other."""
    run = dcsim("run", ".", cwd=folder)
    assert (run.returncode, names(run)) == (1, ["each[1]", "each[2]", "each[3]"])
    again = re.search(r"again: dcsim (.*)", run.stdout)[1]
    run = dcsim(*shlex.split(again), cwd=folder)
    assert (run.returncode, names(run)) == (1, ["each[3]"])
    data = json.loads(dcsim("run", "each.yaml", "--json", cwd=folder).stdout)
    assert [result["name"] for result in data["results"]] == ["each[1]", "each[2]", "each[3]"]
    assert data["passed"] == 2


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        (["-k", "each[2]"], ["each[2]"]),
        (["-k", "each and not [3]"], ["each[1]", "each[2]"]),
        (["--tag", "da"], ["each[2]"]),
        (["--tag", "!da"], ["each[1]", "each[3]"]),
    ],
)
def test_rows_are_chosen_by_name_and_tag(folder, options, chosen):
    """A tag may come from the row."""
    assert names(dcsim("run", "each.yaml", *options, cwd=folder)) == chosen


def test_a_failed_expectation_of_a_shared_step_stands_in_its_file(folder):
    """With the line there."""
    shared = folder / "shared" / "first.yaml"
    shared.write_text(SHARED.replace("expect: accepted", "expect: refused"))
    run = dcsim("run", "each.yaml#1", cwd=folder)
    assert run.returncode == 1
    assert "expected refused, found accepted [shared/first.yaml:3]" in " ".join(run.stdout.split())


def test_traces_hold_every_file(folder, tmp_path):
    """They replay where no other file is; each row has its own."""
    run = dcsim("run", ".", "--trace", "traces", cwd=folder)
    assert run.returncode == 1
    assert sorted(path.name for path in (folder / "traces").iterdir()) == [
        f"each-{row}.trace.jsonl" for row in (1, 2, 3)
    ]
    head = json.loads((folder / "traces" / "each-2.trace.jsonl").read_text().split("\n")[0])
    texts = {"scenario": EACH, "row": "2", "shared/first.yaml": SHARED, "a.csv": TABLE}
    assert texts.items() <= head["sources"].items()
    for name in ("each.yaml", "a.csv"):
        (folder / name).unlink()
    run = dcsim("replay", "traces", cwd=folder)
    assert (run.returncode, run.stdout.count("as recorded")) == (0, 3)


def test_a_saved_row_is_held_against_its_own_trace(folder):
    """And what was edited since is named."""
    dcsim("run", ".", "--trace", ".", cwd=folder)
    run = dcsim("replay", "each.yaml", cwd=folder)
    assert [line.split() for line in run.stdout.splitlines() if "each.yaml" in line] == [
        ["FIXED", "each.yaml#1"],
        ["FIXED", "each.yaml#2"],
        ["FAILED", "each.yaml#3"],
    ]
    assert "differs" not in run.stdout
    (folder / "a.csv").write_text(TABLE.replace("friday", "sunday"))
    run = dcsim("replay", "each.yaml#1", cwd=folder)
    assert "its a.csv was edited since the trace was recorded" in run.stdout


def test_one_row_is_minimised_to_a_plain_scenario(folder):
    """Which needs no file beside it."""
    run = dcsim("minimize", "each.yaml#3", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert not re.search("foreach|include|csv|groups", run.stdout)
    (folder / "new").mkdir()
    (folder / "new" / "x.yaml").write_text(run.stdout)
    assert "discarded-absent" in dcsim("run", "x.yaml", cwd=folder / "new").stdout


def test_a_command_that_takes_one_scenario_asks_for_a_row(folder):
    """And checks the one that is named."""
    for command in ("check", "minimize", "predict"):
        run = dcsim(command, "each.yaml", cwd=folder)
        assert run.returncode == 2
        assert "name one of them by its number, as each.yaml#1" in run.stderr
    assert dcsim("check", "each.yaml#1", "--ops", "1", cwd=folder).returncode == 0
    assert dcsim("check", "each.yaml#3", cwd=folder).returncode == 1
    assert "U" not in dcsim("predict", "each.yaml#2", cwd=folder).stderr


def test_a_file_of_shared_steps_is_no_scenario(folder):
    """A folder passes it over; named itself, it says what it is."""
    run = dcsim("run", "shared/first.yaml", cwd=folder)
    assert run.returncode == 2
    assert "this file holds only shared steps, and is no scenario" in run.stderr
    assert "no scenario in this folder" in dcsim("run", "shared", cwd=folder).stderr


def test_a_fault_that_all_rows_have_is_told_once(folder):
    """Another says which rows have it."""
    (folder / "each.yaml").write_text(EACH.replace("to: P2", "too: P2").replace("kind: da", "kind: dad"))
    run = dcsim("run", "each.yaml", cwd=folder)
    assert run.returncode == 2
    assert [line[:30] for line in run.stderr.splitlines()] == [
        "DC124 each.yaml:8:12 unknown a",
        "DC107 each.yaml:13:5 missing k",
        "DC106 each.yaml:13:81 unknown ",
    ]
    assert "(row 2 of foreach)" in run.stderr.splitlines()[0]


def test_a_row_that_cannot_be_run_does_not_keep_the_others_from_running(folder):
    """It is an error of its own."""
    (folder / "each.yaml").write_text(EACH.replace("kind: da", "kind: dad"))
    run = dcsim("run", "each.yaml", cwd=folder)
    assert (run.returncode, names(run)) == (2, ["each[1]", "each[3]"])
    assert "ERROR  each.yaml#2  DC124 each.yaml:8:12 unknown account kind 'dad'; did you mean 'da'?" in run.stdout
