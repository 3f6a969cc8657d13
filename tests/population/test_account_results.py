"""The table of all accounts: what each opening should find of each, what it found, and the verdict."""

import csv
import json
from collections import Counter

import pytest
from crowds import PROFILES, case_of, crowd

from dcsim.files.load import load_scenario
from dcsim.semantics.invariant_registry import spell
from dcsim.usecases.predict import predict

OPEN = """
    changes-at-once:
      weight: 2
      steps:
        - {at: session-1 +5m, do: initiate-2fa, password: P1, channel: email}
        - {after: 10m, do: change-password, from: P1, to: P2}
"""
"""What the notice leaves open: whether a change made in Session 1 is carried."""


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def ran(tmp_path, dcsim):
    """A run with a table of accounts: its exit code, and the path of the table."""

    def call(text, name="r.csv"):
        (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
        code, _, _ = dcsim("run", tmp_path / "x.yaml", "-q", "--results", tmp_path / name)
        return code, tmp_path / name

    return call


def test_the_table_says_of_each_account_what_predict_says(tmp_path, ran):
    """For each session, accounts, values and verdicts are those of `dcsim predict` at its opening."""
    _, path = ran(crowd(profiles=PROFILES + OPEN).replace("snapshot-standby", "failback-copy"))
    rows = table(path)
    case = load_scenario(tmp_path / "x.yaml")
    for session in ("session-1", "session-2", "monday"):
        told = {row["account"]: row for row in rows if row["session"] == session}
        predicted = {each.account: each for each in predict(case, session).accounts}
        assert told.keys() == predicted.keys()
        for account, row in told.items():
            fields = {each.field: each for each in predicted[account].fields}
            found = dict(part.split(" ", 1) for part in row["found"].split("; "))
            permitted = dict(part.split(" ", 1) for part in row["predicted"].split("; "))
            assert found == {field: spell(fields[field].value) for field in found}
            assert permitted == {f: " or ".join(map(spell, fields[f].permitted)) for f in permitted}
            wrong = [field for field, each in fields.items() if not each.kept]
            undecided = [field for field, each in fields.items() if each.open]
            assert (row["verdict"], row["fields"]) == (
                "broken" if wrong else "open" if undecided else "kept",
                ", ".join(wrong or undecided),
            )
            assert row["kind"] == predicted[account].kind
    verdicts = Counter(row["verdict"] for row in rows if row["session"] == "monday")
    assert min(verdicts[each] for each in ("broken", "open", "kept")) > 3


def test_profiles_are_told_and_counted(tmp_path, dcsim):
    """Each account has its profile in the table, and the run says how many have each."""
    (tmp_path / "x.yaml").write_text(crowd(), encoding="utf-8")
    _, out, _ = dcsim("run", tmp_path / "x.yaml", "--json", "--results", tmp_path / "r.csv")
    (told,) = json.loads(out)["results"]
    monday = [row for row in table(tmp_path / "r.csv") if row["session"] == "monday"]
    users = Counter(row["profile"] for row in monday if row["kind"] == "user")
    assert told["profiles"]["USER*"] == users
    assert users.total() == 60
    assert "account_rows" not in told


def test_the_formats_hold_the_same(ran):
    """CSV, JSON Lines and Parquet have the same rows."""
    parquet = pytest.importorskip("pyarrow.parquet")
    _, path = ran(crowd())
    rows = table(path)
    _, lines = ran(crowd(), "r.jsonl")
    assert [json.loads(line) for line in lines.read_text().splitlines()] == rows
    _, packed = ran(crowd(), "r.parquet")
    assert parquet.read_table(packed).to_pylist() == rows


def test_an_opening_that_never_came_is_no_verdict(ran):
    """Where a session was never opened, each account has a row that says so, and nothing was found."""
    text = crowd() + "\nfaults: [{operator: skip, step: open-monday}]\n"
    _, path = ran(text)
    monday = [row for row in table(path) if row["session"] == "monday"]
    assert {(row["verdict"], row["found"]) for row in monday} == {("never opened", "")}
    assert len(monday) == 70


def test_any_scenario_has_the_table_and_several_share_it(tmp_path, dcsim):
    """Scenarios without a population are in it too, one after the other, told apart by their names."""
    one = case_of(crowd()).texts["scenario"]
    (tmp_path / "a.yaml").write_text(one.replace("scenario: crowd", "scenario: a"), encoding="utf-8")
    plain = (
        "scenario: b\ntitle: t\nrulebook: seoch-2fa-2023\nrunbook: snapshot-standby\n"
        "accounts: [{id: '=1+1', kind: user, email: registered}]\n"
        "steps: [{at: session-1 +5m, account: '=1+1', do: initiate-2fa, password: P1, channel: email}]\n"
    )
    (tmp_path / "b.yaml").write_text(plain, encoding="utf-8")
    assert dcsim("run", tmp_path, "-q", "--results", tmp_path / "all.csv")[0] == 0
    rows = table(tmp_path / "all.csv")
    assert [row["scenario"] for row in rows] == ["a"] * 210 + ["b"] * 3
    assert rows[-1]["found"] == "status active; email yes; password P1; channel email; credential 1"


@pytest.mark.parametrize("name", ["r.txt", "x.yaml", "no/such/r.csv"])
def test_a_table_that_cannot_be_written_is_refused(tmp_path, ran, name):
    """A suffix of no table, the scenario itself, a folder that is not there: exit code 2, and the scenario is left."""
    code, path = ran(crowd(), name)
    assert code == 2
    assert name == "x.yaml" or not path.exists()
    assert (tmp_path / "x.yaml").read_text(encoding="utf-8") == crowd()
