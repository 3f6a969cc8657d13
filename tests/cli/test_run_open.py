"""What the source leaves open, as `dcsim run` tells it: one table over a suite, and the lines of one scenario."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "scenarios"
HEAD = """\
scenario: {name}
title: {name}
rulebook: seoch-2fa-2023
runbook: {runbook}
accounts:
  - {{id: U001, kind: user, participant: B01234, email: registered, smartcard: C0}}
  - {{id: U002, kind: user, participant: B01234, email: registered, smartcard: C0}}
steps:
  - {{at: session-1 +5m, account: U001, do: change-password, with: smartcard, from: C0, to: C1}}
"""
SECOND = "  - {at: session-1 +6m, account: U002, do: change-password, with: smartcard, from: C0, to: C2}\n"
Q4 = "Do Session 1 changes other than initiation (smartcard password, a later 2FA password change) reach Session 2"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, runbook, more in (
        ("a", "snapshot-standby", SECOND),
        ("b", "snapshot-standby", ""),
        ("c", "restore-friday", ""),
    ):
        (tmp_path / f"{name}.yaml").write_text(HEAD.format(name=name, runbook=runbook) + more)
    return tmp_path


def test_a_passing_suite_prints_one_table(dcsim, folder):
    """Below the scenarios: each question with its words, each cell with scenarios, accounts, and what was done."""
    code, out, _ = dcsim("run", "a.yaml", "b.yaml")
    assert code == 0
    assert [line.split("  (open")[0] for line in out.splitlines()] == [
        "pass  a  a",
        "pass  b  b",
        f"open  Q4  {Q4}",
        "  or Monday?  [seoch-2fa-2023]",
        "      change-smartcard-password made in session-1 at session-2, monday: 2 scenarios, 3 accounts, carried",
        out.splitlines()[-1],
    ]
    assert out.splitlines()[0] == "pass  a  a  (open: Q4)"
    assert out.splitlines()[-1].startswith("2 passed, 2 open or flagged in ")


def test_what_runbooks_did_is_counted_where_they_differ(dcsim, folder):
    """A target at which all did the same is not mixed with one at which they did not."""
    out = dcsim("run", ".")[1]
    assert "made in session-1 at session-2: 3 scenarios, 4 accounts, carried" in out
    assert "made in session-1 at monday: 3 scenarios, 4 accounts, carried in 2, not carried in 1" in out


def test_scenarios_of_one_file_are_counted_one_by_one(dcsim, folder):
    """A row of a table of values is a scenario of its own; one that fails tells its open lines itself."""
    path = folder / "b.yaml"
    rows = "foreach:\n  - {new: C1}\n  - {new: C2}\naccounts:"
    path.write_text(path.read_text().replace("accounts:", rows, 1).replace("to: C1", "to: '${new}'"))
    out = dcsim("run", "b.yaml")[1]
    assert "at session-2, monday: 2 scenarios, carried" in out
    path.write_text(path.read_text().replace("from: C0, to", "from: C2, to"))
    out = dcsim("run", "b.yaml")[1]
    assert "(open:" not in out


def test_one_scenario_and_v_print_each_line_with_its_question(dcsim, folder):
    """As many lines as fields and targets; accounts that hold different values are one."""
    single, verbose = dcsim("run", "a.yaml")[1], dcsim("run", "a.yaml", "b.yaml", "-v")[1]
    line = "open  Q4: U001 (and 1 more account), smartcard at secondary: the source does not say whether"
    assert single.count("      open  Q4: ") == 2
    assert line in single
    assert line in verbose
    assert "open  Q4  Do" not in single


def test_a_cell_without_a_question_says_how_to_list_one(dcsim, folder):
    """The selectors to copy are those of the cell."""
    book = (ROOT / "dcsim/builtin/rulebooks/seoch-2fa-2023.yaml").read_text()
    (folder / "book.yaml").write_text(book[: book.index("open-questions:")])
    out = dcsim("run", "a.yaml", "b.yaml", "--rulebook", "./book.yaml")[1]
    flat = " ".join(out.split())
    assert (
        "open no question listed add one to 'open-questions': {id: ..., asks: ..., changes: change-smartcard-password"
        in flat
    )
    assert "made-in: session-1, at: [session-2, monday]}" in flat
    assert "open  no question listed: U001" in dcsim("run", "a.yaml", "--rulebook", "./book.yaml")[1]
    code, out, _ = dcsim("run", "a.yaml", "--rulebook", "./book.yaml", "--strict-open")
    assert (code, "add one to 'open-questions' of seoch-2fa-2023" in " ".join(out.split())) == (1, True)


def test_other_notes_are_folded_too(dcsim, folder):
    """Steps that were refused, and suspensions that a discard lifts, with the number of scenarios."""
    for name in ("a", "b"):
        path = folder / f"{name}.yaml"
        path.write_text(
            f"{path.read_text()}faults: [{{operator: skip, step: activate}}]\nexpect: {{violations: [window-served]}}\n"
        )
    out = dcsim("run", "a.yaml", "b.yaml", "--practices", "off")[1]
    refused = [line for line in out.splitlines() if line.startswith("note  open-session-2: the step was refused")]
    assert len(refused) == 1, out
    assert out.count("the step was refused (read-only)") == 1
    assert "2 scenarios" in out[out.index(refused[0]) :]


def test_an_account_is_counted_once_for_all_its_fields(dcsim, folder):
    """Accounts of different fields are added up; one that is in several counts once."""
    text = HEAD.format(name="x", runbook="snapshot-standby").replace(
        ", smartcard: C0}", ", two-factor: {password: P0, channel: email}}"
    )
    text = text[: text.index("  - {at:")]
    text += "  - {at: session-1 +5m, account: U001, do: initiate-2fa, password: P1, channel: email}\n"
    text += "  - {at: session-1 +6m, account: U002, do: initiate-2fa, password: P0, channel: app}\n"
    (folder / "x.yaml").write_text(text)
    (row,) = json.loads(dcsim("run", "x.yaml", "--json")[1])["open"]
    assert (row["change"], row["accounts"]) == ("repeat-2fa-set-up", 2)


def test_json_has_the_table_and_each_scenarios_cells(dcsim, folder):
    """What a machine sees is what the table is made of."""
    report = json.loads(dcsim("run", "a.yaml", "b.yaml", "--json")[1])
    (row,) = report["open"]
    assert {key: row[key] for key in ("questions", "change", "made_in", "targets", "scenarios", "accounts", "did")} == {
        "questions": ["Q4"],
        "change": "change-smartcard-password",
        "made_in": "session-1",
        "targets": ["session-2", "monday"],
        "scenarios": 2,
        "accounts": 3,
        "did": {"carried": 2},
    }
    cells = report["results"][0]["opened"]
    assert [(c["questions"], c["target"], c["did"], c["accounts"]) for c in cells] == [
        (["Q4"], "session-2", "carried", 2),
        (["Q4"], "monday", "carried", 2),
    ]


def test_strict_open_fails_on_what_is_not_acknowledged(dcsim, folder):
    """Each scenario by its name, with what to write; once that is written it passes, and says so nowhere."""
    code, out, _ = dcsim("run", "a.yaml", "b.yaml", "--strict-open")
    assert (code, out.count("does not acknowledge Q4: expected opens: [Q4], found opens: []")) == (1, 2)
    assert "Q4: change-smartcard-password made in session-1 at monday" in out
    assert "again: dcsim run a.yaml --strict-open" in out
    for name in ("a", "b"):
        path = folder / f"{name}.yaml"
        path.write_text(path.read_text().replace("accounts:", "opens: [Q4]\naccounts:", 1))
    assert dcsim("run", "a.yaml", "b.yaml", "--strict-open", "--strict")[0] == 0


def test_what_is_acknowledged_and_never_met_is_flagged(dcsim, folder):
    """A note, and a failure under --strict; what to write keeps what is acknowledged already."""
    path = folder / "a.yaml"
    path.write_text(path.read_text().replace("accounts:", "opens: [Q9]\naccounts:", 1))
    code, out, _ = dcsim("run", "a.yaml")
    assert (code, "note  acknowledges Q9, which nothing in this run opens" in out) == (0, True)
    assert dcsim("run", "a.yaml", "--strict")[0] == 1
    assert "expected opens: [Q4, Q9], found opens: [Q9]" in " ".join(dcsim("run", "a.yaml", "--strict-open")[1].split())


@pytest.mark.skipif(not SUITE.is_dir(), reason="needs the source tree")
def test_the_suite_acknowledges_all_that_it_opens(dcsim):
    """No scenario leaves a question unnamed, asserts nothing, or has a fault that never happens."""
    code, out, _ = dcsim("run", SUITE, "--strict", "--strict-open", "-q")
    assert (code, out.splitlines()[0].split(" passed")[1][:2]) == (0, ", "), out
    assert "no question listed" not in dcsim("run", SUITE)[1]
