"""Secrets of a log and of a dump never appear: neither in reports nor in redacted copies nor in findings."""

import json

import pytest
from day import HEAD, Day, bare, weekend, write

RIGHT, WRONG = "snapshot-standby", "failback-copy"


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """A right and a wrong day of one weekend."""
    scenario, folder = weekend(4), tmp_path_factory.mktemp("days")
    return {runbook: Day(folder, scenario, runbook) for runbook in (RIGHT, WRONG)}


def files(folder, day):
    return write(folder / "log.csv", day.rows), write(folder / "dump.csv", day.dump())


def secrets(day):
    """Every value of the log and of the dump that is a secret."""
    cells = [row[name] for row in day.rows for name in ("from", "to", "password", "channel")]
    cells += [row[name] for row in day.dump() for name in ("password", "smartcard", "channel")]
    return {cell for cell in cells if cell and cell not in ("email", "app")}


@pytest.mark.parametrize("runbook", [RIGHT, WRONG])
def test_no_report_shows_a_secret(runbook, days, reconcile, tmp_path):
    """Text, JSON and CSV show values that the scenario does not have as hashes alone."""
    day = days[runbook]
    known = secrets(day)
    assert len(known) > 20
    for words in ((), ("--json",), ("--csv", tmp_path / "accounts.csv")):
        _, out, err = reconcile(bare(day), *files(tmp_path, day), *words)
        shown = out + err + (tmp_path / "accounts.csv").read_text() if words[:1] == ("--csv",) else out + err
        assert not [secret for secret in known if secret in shown]
    assert runbook == RIGHT or "#" in out


def test_words_of_the_scenario_are_shown(days, reconcile, tmp_path):
    """What the scenario's own file says is no secret: its labels are shown."""
    _, out, _ = reconcile(days[WRONG].path, *files(tmp_path, days[WRONG]))
    assert "-P2, not U0" in out


@pytest.mark.parametrize("runbook", [RIGHT, WRONG])
@pytest.mark.parametrize("salted", [True, False])
def test_redacted_copies_reconcile_equally(runbook, salted, days, reconcile, tmp_path):
    """The copies hold no secret, and say the same: with the salt also the same hashes."""
    day = days[runbook]
    (tmp_path / "salt").write_text("some words that nobody guesses\n")
    salt = ("--salt-file", tmp_path / "salt") if salted else ()
    log, dump = files(tmp_path, day)
    first = reconcile(bare(day), log, dump, "--json", "--redact", tmp_path / "out", *salt)
    copies = (tmp_path / "out" / "log.csv", tmp_path / "out" / "dump.csv")
    assert not [secret for secret in secrets(day) if any(secret in copy.read_text() for copy in copies)]
    again = reconcile(bare(day), *copies, "--json", *salt)
    assert first[0] == again[0]
    one, other = json.loads(first[1]), json.loads(again[1])
    if not salted:
        for each in (one, other):
            each.pop("differences")
            each.pop("unlike")
    assert one == other


def test_a_hash_needs_its_salt(days, reconcile, tmp_path):
    """Without the salt file, every run has hashes of its own: nobody can try passwords against them."""
    shown = {reconcile(bare(days[WRONG]), *files(tmp_path, days[WRONG]))[1] for _ in range(2)}
    assert len(shown) == 2


BAD = {
    "no head": lambda rows: ["U001,Secr3t!,email", "U002,Secr3t!,email"],
    "another length": lambda rows: [",".join(HEAD), "Secr3t!,U001,logon"],
    "no time": lambda rows: [",".join(HEAD), ",".join(["Secr3t!", "U001", "logon", *[""] * 9])],
    "no outcome": lambda rows: [",".join(HEAD), *rows, rows[0].replace("accepted", "failed with Secr3t!")],
    "no such way": lambda rows: [",".join(HEAD), rows[0].replace("smartcard", "Secr3t!").replace("otp", "Secr3t!")],
    "an open quote": lambda rows: [",".join(HEAD), '"Secr3t!'],
}


@pytest.mark.parametrize("name", BAD)
def test_no_finding_about_a_bad_log_shows_a_cell(name, days, reconcile, tmp_path):
    """A file that is not as it should be ends with a finding that quotes none of its cells."""
    day = days[RIGHT]
    log, dump = files(tmp_path, day)
    rows = [row.replace("card-U001", "Secr3t!") for row in log.read_text().splitlines()[1:]]
    log.write_text("\n".join(BAD[name](rows)) + "\n")
    code, out, err = reconcile(bare(day), log, dump)
    assert code == (1 if name == "no outcome" else 2), out + err
    assert "Secr3t!" not in out + err
    assert "DC" in err or "outcome that is not understood" in out


@pytest.mark.parametrize(
    "line", ['{"time": "Secr3t!"', '{"time": ["Secr3t!"]}', '{"Secr3t!": 1}', '["Secr3t!"]', "Secr3t!"]
)
def test_no_finding_about_bad_json_shows_a_cell(line, days, reconcile, tmp_path):
    """Lines that are not JSON, or not a row."""
    (tmp_path / "log.jsonl").write_text(line + "\n")
    code, out, err = reconcile(bare(days[RIGHT]), tmp_path / "log.jsonl")
    assert code == 2
    assert "Secr3t!" not in out + err
    assert "log.jsonl:1:1" in err


@pytest.mark.parametrize(
    "row", ["U001,Secr3t!,maybe", "U001,Secr3t!,yes\nU001,Secr3t!,yes", "U001,Secr3t!", "X1,Secr3t!,yes"]
)
def test_no_finding_about_a_bad_dump_shows_a_cell(row, days, reconcile, tmp_path):
    """A flag that is none, an account twice, a short row, nobody that is known."""
    log, dump = files(tmp_path, days[RIGHT])
    dump.write_text(f"account,password,email\n{row}\n")
    code, out, err = reconcile(bare(days[RIGHT]), log, dump)
    assert code == 2
    assert "Secr3t!" not in out + err
    assert "DC" in err


def test_a_secret_in_the_wrong_column_is_hidden(days, reconcile, tmp_path):
    """An unknown act or account that holds a known secret is told without it."""
    day = days[RIGHT]
    log, dump = files(tmp_path, day)
    secret = next(row["password"] for row in day.rows if row["act"] == "initiate-2fa")
    with log.open("a") as file:
        file.write(f"2023-06-10 18:30:00,U001,typed {secret},,,,,,,,,\n")
        file.write(f"2023-06-10 18:30:00,{secret},logout,,,,,,,,,\n")
    code, out, err = reconcile(bare(day), log, dump)
    assert code == 1
    assert secret not in out + err
    assert "scenario does not know: #" in out
    assert "nor the mapping knows: #" in out
    assert f"(line {len(day.rows) + 2})" in out


WRONG_PLACES = {
    "account": lambda row, secret: {**row, "account": secret},
    "act": lambda row, secret: {**row, "act": f"logon {secret}"},
    "outcome": lambda row, secret: {**row, "outcome": f"bad: {secret}"},
    "portal": lambda row, secret: {**row, "act": "logon", "portal": f"http://{secret}"},
    "unknown act": lambda row, _: {**row, "act": "Typed-Secr3t!"},
    "unknown outcome": lambda row, _: {**row, "outcome": "Typed-Secr3t!"},
    "unknown account": lambda row, _: {**row, "account": "Typed-Secr3t!"},
    "by": lambda row, secret: {**row, "act": "reset-user", "user": row["account"], "account": secret},
}


@pytest.mark.parametrize("place", WRONG_PLACES)
def test_a_word_that_nobody_knows_is_in_no_report_and_no_copy(place, days, reconcile, tmp_path):
    """A secret of another row, or a word of no list, in any column: hashed in copies and reports, told by its line."""
    day = days[RIGHT]
    secret = next(row["password"] for row in day.rows if row["act"] == "initiate-2fa")
    rows = [{**row, "portal": ""} for row in day.rows]
    wrong = next(row for row in rows if row["act"] == "logon" and not row["password"].startswith(secret[:4]))
    log, dump = write(tmp_path / "log.csv", [*rows, WRONG_PLACES[place](wrong, secret)]), tmp_path / "dump.csv"
    write(dump, day.dump())
    (tmp_path / "salt").write_text("some words that nobody guesses\n")
    words = ("--json", "--salt-file", tmp_path / "salt")
    first = reconcile(bare(day), log, dump, *words, "--redact", tmp_path / "copies", "--csv", tmp_path / "all.csv")
    assert first[0] == 1, first
    copies = [(tmp_path / "copies" / name) for name in ("log.csv", "dump.csv")]
    seen = "".join((*first[1:], (tmp_path / "all.csv").read_text(), *(copy.read_text() for copy in copies)))
    assert secret not in seen
    assert "Secr3t" not in seen
    again = reconcile(bare(day), *copies, *words)
    assert again[0] == 1
    assert json.loads(again[1])["incomplete"] == json.loads(first[1])["incomplete"]
    assert f"line {len(rows) + 2}" in first[1]


def test_an_account_twice_in_a_dump_is_not_quoted_unless_it_is_known(days, reconcile, tmp_path):
    """The name of an account that the scenario lacks may be a secret in the wrong column."""
    log, dump = files(tmp_path, days[RIGHT])
    dump.write_text("account,password\nSecr3t!,1\nSecr3t!,1\n")
    code, out, err = reconcile(bare(days[RIGHT]), log, dump)
    assert (code, "Secr3t!" in out + err) == (2, False)
    assert "also on line 2" in err
