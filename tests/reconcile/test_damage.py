"""Days whose log is damaged or strange: lines missing or shuffled, clocks off, other columns, formats and hashes."""

import random
from datetime import timedelta

import pytest
import yaml
from day import ROOT, Day, bare, renamed, small, weekend, write

import dcsim

RIGHT, WRONG = "snapshot-standby", ("failback-copy", "no-drain", "restore-friday")
USER = {"kind": "user", "participant": "B1", "email": "registered", "smartcard": "friday"}


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """The days of one weekend, by runbook."""
    scenario, folder = weekend(3), tmp_path_factory.mktemp("days")
    return {runbook: Day(folder, scenario, runbook) for runbook in (RIGHT, *WRONG)}


def files(folder, day, rows=None, suffix=".csv"):
    return write(folder / f"log{suffix}", day.rows if rows is None else rows), write(
        folder / f"dump{suffix}", day.dump()
    )


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_each_format_says_the_same(suffix, days, reconciled, tmp_path):
    """CSV, JSON Lines and Parquet: a right day matches, and a wrong one has the same differences."""
    right, wrong = days[RIGHT], days["failback-copy"]
    assert reconciled(right.path, *files(tmp_path, right, suffix=suffix))[0] == 0
    code, found = reconciled(right.path, *files(tmp_path, wrong, suffix=suffix))
    _, plain = reconciled(right.path, *files(tmp_path, wrong))
    assert code == 1
    assert found["differences"] == plain["differences"] or suffix != ".csv"
    assert [d["what"] for d in found["differences"]] == [d["what"] for d in plain["differences"]]
    assert found["explanations"] == plain["explanations"]


def test_the_order_of_lines_does_not_matter(days, reconciled, tmp_path):
    """A shuffled log says the same as one in order."""
    for day in days.values():
        rows = random.Random(1).sample(day.rows, len(day.rows))
        code, found = reconciled(day.path, *files(tmp_path, day, rows))
        plain = reconciled(day.path, *files(tmp_path, day))
        assert (code, found["explanations"]) == (plain[0], plain[1]["explanations"])


@pytest.mark.parametrize("runbook", [RIGHT, *WRONG])
def test_secrets_may_be_known_by_their_hashes_alone(runbook, days, reconciled, tmp_path):
    """A scenario has labels for what stood before, and log and dump have other values: what is used first counts."""
    day = days[runbook]
    code, found = reconciled(bare(day), *files(tmp_path, day))
    assert code == (0 if runbook == RIGHT else 1)
    if code:
        assert f"runbook {runbook} " in found["explanations"][0]["says"]
        assert found["unexplained"] == 0


@pytest.mark.parametrize("runbook", [RIGHT, *WRONG])
def test_a_log_without_secrets_matches(runbook, days, reconciled, tmp_path):
    """A log that records no password: then the client presented what the site holds, and a new one is unknown."""
    day = days[runbook]
    rows = [{name: cell for name, cell in row.items() if name not in ("from", "to", "password")} for row in day.rows]
    code, _ = reconciled(bare(day), *files(tmp_path, day, rows))
    # What is not recorded cannot tell a copied password from a kept one; but what is missing altogether shows.
    assert code == (1 if runbook in ("no-drain", "restore-friday") else code)
    assert code == 0 or runbook != RIGHT


# -- clocks ------------------------------------------------------------------------------------------------------------


def edgy(folder, runbook=RIGHT):
    """A day on which acts fall just before an edge, and close upon each other."""
    accounts = [{"id": name, **USER} for name in ("U1", "U2")]
    steps = [
        {"at": "session-1 +119m58s", "account": "U1", "do": "initiate-2fa", "password": "A1", "channel": "sms"},
        {"at": "session-2 +1s", "account": "U1", "do": "logon", "with": "otp", "password": "A1"},
        {"at": "session-1 +10m", "account": "U2", "do": "initiate-2fa", "password": "B1", "channel": "sms"},
        {"at": "session-2 +5m", "account": "U2", "do": "change-password", "from": "B1", "to": "B2"},
        {"at": "session-2 +5m1s", "account": "U2", "do": "logon", "with": "otp", "password": "B2"},
        {"at": "session-2 +5m2s", "account": "U2", "do": "change-password", "from": "B2", "to": "B3"},
    ]
    return Day(folder, small("seoch-2fa-2023", RIGHT, accounts, steps), runbook)


def moved(rows, index, seconds):
    return [
        {**row, "time": row["time"] + timedelta(seconds=seconds)} if n == index else row for n, row in enumerate(rows)
    ]


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize("seconds", [-4, -3, 3, 4])
def test_an_act_may_be_off_by_some_seconds(index, seconds, reconciled, tmp_path):
    """Each act earlier or later within the tolerance, over an edge or a neighbour: the day matches all the same."""
    day = edgy(tmp_path)
    code, found = reconciled(day.path, *files(tmp_path, day, moved(day.rows, index, seconds)))
    assert code == 0, found
    assert not found["differences"]


def test_the_tolerance_has_an_end(reconciled, tmp_path):
    """An act that is off by more than the tolerance differs; with a larger tolerance it does not."""
    day = edgy(tmp_path)
    # One act early and another late: no offset of the whole clock explains both.
    rows = moved(moved(day.rows, 0, 9), 2, -9)
    assert reconciled(day.path, *files(tmp_path, day, rows), "--tolerance", "2s")[0] == 1
    assert reconciled(day.path, *files(tmp_path, day, rows), "--tolerance", "10s")[0] == 0


# -- missing lines -----------------------------------------------------------------------------------------------------


def test_a_missing_line_is_found(days, reconciled, tmp_path):
    """Each set-up and each change of a password left out of the log: it is told, if anything can show it."""
    day = days[RIGHT]
    told = 0
    for index, row in enumerate(day.rows):
        if row["act"] not in ("initiate-2fa", "change-password") or row["outcome"] != "accepted":
            continue
        code, found = reconciled(day.path, *files(tmp_path, day, [*day.rows[:index], *day.rows[index + 1 :]]))
        later_on = [r for r in day.rows[index + 1 :] if r["account"] == row["account"] and r["outcome"] == "accepted"]
        if row["act"] == "initiate-2fa" or any(r["password"] == row["to"] for r in later_on):
            assert code == 1
            explained = found["unlike"][0]["explained"]
            assert f"one line is missing: {row['act']}" in explained, explained
            assert (row["password"] or row["to"]) in explained
            told += 1
    assert told >= 5


def test_a_line_that_is_there_twice_is_found(reconciled, tmp_path):
    """A change of a password that the log has twice: the second one cannot have been accepted."""
    day = edgy(tmp_path)
    rows = [*day.rows[:4], *moved(day.rows[3:4], 0, 60), *day.rows[4:]]
    code, found = reconciled(day.path, *files(tmp_path, day, sorted(rows, key=lambda row: row["time"])))
    assert code == 1
    assert "is left out" in found["unlike"][0]["explained"]


# -- columns -----------------------------------------------------------------------------------------------------------

NAMES = {
    "TS": "time",
    "USER_ID": "account",
    "EVENT": "act",
    "RC": "outcome",
    "PW_OLD": "from",
    "PW_NEW": "to",
    "PW": "password",
    "CH": "channel",
    "TARGET": "user",
    "METHOD": "with",
}
MAP = """
log:
  time: {column: TS, format: "%d/%m/%Y %H.%M.%S"}
  account: USER_ID
  act:
    column: EVENT
    values: {SETUP_2FA: initiate-2fa, LOGIN: logon, LOGIN_CARD: {do: logon, with: smartcard}, CHG_PWD: change-password,
             CHG_OTP: change-otp-channel, DA_SUSP: suspend-user, DA_RESET: reset-user}
    ignore: [HEARTBEAT]
  outcome: {column: RC, values: {"0": accepted, "49": refused wrong-password, "50": refused, "53": refused closed}}
  arguments:
    from: PW_OLD
    to: PW_NEW
    password: PW
    channel: {column: CH, values: {E: email, S: sms, A: app}}
    user: TARGET
dump:
  account: UID
  fields:
    password: HASH
    channel: {column: CH, values: {E: email, S: sms, A: app}}
    email: {column: HAS_MAIL, values: {J: true, N: false}}
    locked: {column: LCK, values: {X: true}}
"""
EVENTS = {
    "initiate-2fa": "SETUP_2FA",
    "change-password": "CHG_PWD",
    "change-otp-channel": "CHG_OTP",
    "suspend-user": "DA_SUSP",
    "reset-user": "DA_RESET",
}
CODES = {"accepted": 0, "refused wrong-password": 49, "refused closed": 53}


def strange(day):
    """The day as a strange system exports it."""
    rows = []
    for row in day.rows:
        event = EVENTS.get(row["act"]) or ("LOGIN_CARD" if row["with"] == "smartcard" else "LOGIN")
        cells = {
            **row,
            "time": row["time"].strftime("%d/%m/%Y %H.%M.%S"),
            "act": event,
            "channel": row["channel"][:1].upper(),
            "outcome": CODES.get(row["outcome"], 50),
        }
        rows += renamed([cells], {old: new for new, old in NAMES.items() if old != "with"})
    rows.insert(3, {**dict.fromkeys(rows[0], ""), "TS": rows[0]["TS"], "USER_ID": "MONITOR", "EVENT": "HEARTBEAT"})
    held = [
        {
            "UID": row["account"],
            "HASH": row["password"] or "",
            "CH": (row["channel"] or "")[:1].upper(),
            "HAS_MAIL": "J" if row["email"] else "N",
            "LCK": "X" if row["locked"] else "",
        }
        for row in day.dump()
    ]
    return rows, held


@pytest.mark.parametrize("runbook", [RIGHT, *WRONG])
def test_an_export_with_other_columns_and_words_is_read_by_a_mapping(runbook, days, reconciled, tmp_path):
    """With a mapping, the export of a strange system says the same as the plain files."""
    day = days[runbook]
    rows, held = strange(day)
    log, dump = write(tmp_path / "export.csv", rows), write(tmp_path / "accounts.csv", held)
    (tmp_path / "columns.yaml").write_text(MAP)
    code, found = reconciled(bare(day), log, dump, "--map", tmp_path / "columns.yaml")
    assert code == (0 if runbook == RIGHT else 1), found
    if code:
        assert f"runbook {runbook} " in found["explanations"][0]["says"]
        assert found["unexplained"] == 0


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_understood(delimiter, days, reconciled, tmp_path):
    """A spreadsheet may have written semicolons, tabs or bars in place of commas."""
    day = days[RIGHT]
    log, dump = files(tmp_path, day)
    for path in (log, dump):
        path.write_text(path.read_text().replace(",", delimiter))
    assert reconciled(day.path, log, dump)[0] == 0


def test_two_acts_of_one_second_may_stand_in_either_order(reconciled, tmp_path):
    """A log whose clock has whole seconds, shuffled: the acts of one second match in the order that fits."""
    day = edgy(tmp_path)
    rows = [*day.rows[:3], *(moved([row], 0, -after)[0] for after, row in enumerate(day.rows[3:]))]
    assert len({row["time"] for row in rows[3:]}) == 1
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)):
        again = [*rows[:3], *(rows[3 + place] for place in order)]
        code, found = reconciled(day.path, *files(tmp_path, day, again))
        assert code == 0, found


# -- faults and readings -----------------------------------------------------------------------------------------------


def test_lost_redo_of_one_account_is_found(reconciled, tmp_path):
    """A runbook that sends nothing again, and one account whose redo was lost: told, beside other explanations."""
    runbook = ROOT / "scenarios" / "runbooks" / "drain-gives-up.yaml"
    plain = {**weekend(2), "runbook": str(runbook)}
    day = Day(tmp_path, {**plain, "faults": [{"link": "drop", "account": "U006"}]}, runbook)
    Day(tmp_path, plain, runbook)
    code, found = reconciled(day.path, *files(tmp_path, day))
    assert code == 1
    assert found["unlike"][0]["account"] == "U006"
    assert "redo of the account had been lost" in found["unlike"][0]["explained"]


def test_another_answer_to_an_open_question_is_told_as_such(reconciled, tmp_path):
    """A smartcard password changed in Session 1 that the day did not carry: permitted, with the open question's id."""
    account = {"id": "U1", **USER}
    card = {"account": "U1", "with": "smartcard"}
    steps = [
        {"at": "session-1 +5m", **card, "do": "change-password", "from": "friday", "to": "C1"},
        {"at": "session-2 +5m", **card, "do": "logon", "password": "C1"},
    ]
    runbook = ROOT / "scenarios" / "runbooks" / "only-2fa-reaches-session-2.yaml"
    day = Day(tmp_path, small("seoch-2fa-2023", RIGHT, [account], steps), runbook)
    assert day.rows[1]["outcome"] == "refused wrong-password"
    code, found = reconciled(day.path, *files(tmp_path, day))
    assert code == 1
    assert [difference["verdict"] for difference in found["differences"]] == ["open"]
    assert "(Q4)" in found["differences"][0]["rests_on"][0]
    assert not found["explanations"]
    assert found["unexplained"] == 0


def test_a_lockout_is_reconciled(reconciled, tmp_path):
    """Failed logons that lock an account: with the wrong passwords in the log, without them, and by hashes alone."""
    account = {"id": "U1", **USER, "two-factor": {"password": "P0", "channel": "sms"}}
    typed = {"account": "U1", "do": "logon", "with": "otp", "password": "oops"}
    wrong = [{"at": f"session-1 +{n}m", **typed} for n in (1, 2, 3)]
    late = {"at": "session-1 +9m", "account": "U1", "do": "logon", "with": "otp", "password": "P0"}
    scenario = {**small("seoch-2fa-2023", RIGHT, [account], [*wrong, late]), "policies": {"lockout-after": 3}}
    day = Day(tmp_path, scenario, RIGHT)
    assert day.rows[-1]["outcome"] == "refused locked"
    log, dump = files(tmp_path, day)
    assert reconciled(day.path, log, dump)[0] == 0
    assert reconciled(day.path, log, dump, "--redact", tmp_path / "copies")[0] == 0
    assert reconciled(day.path, tmp_path / "copies" / "log.csv", tmp_path / "copies" / "dump.csv")[0] == 0
    unrecorded = [{name: cell for name, cell in row.items() if name != "password"} for row in day.rows]
    assert reconciled(day.path, write(log, unrecorded), dump)[0] == 0


# -- dumps of other instants and sites ---------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["session-1 +30m", "session-2", "session-2 +12m", "session-2 closes +1h", "monday +10h"])
@pytest.mark.parametrize("site", ["primary", "secondary"])
def test_a_dump_may_be_of_any_instant_and_site(at, site, days, reconciled, tmp_path):
    """What is predicted for an instant and a site matches a dump that was taken then and there."""
    day = days[RIGHT]
    predicted = dcsim.predict(day.path, at, site=site)
    rows = [{"account": each.account, **{f.field: f.value for f in each.fields}} for each in predicted.accounts]
    log, dump = write(tmp_path / "log.csv", day.rows), write(tmp_path / "dump.csv", rows)
    assert reconciled(day.path, log, dump, "--at", at, "--site", site)[0] == 0
    rows[3]["status"] = "absent"
    assert reconciled(day.path, log, write(dump, rows), "--at", at, "--site", site)[0] == 1


def test_accounts_may_be_numbered_and_grouped(reconciled, tmp_path):
    """A population with digits, several names that are alike, and a group: their rows are found by their names."""
    accounts = [
        {"population": 20, "prefix": "U", "digits": 3, **USER},
        {"names": ["N1", "N2", "N3"], **USER},
        {"id": "X", **USER},
    ]
    steps = [
        {"at": "session-1 +5m", "account": "U0*", "every": "1s", "do": "initiate-2fa", "password": "P", "channel": "s"}
    ]
    path = tmp_path / "numbered.yaml"
    path.write_text(yaml.safe_dump(small("seoch-2fa-2023", RIGHT, accounts, steps) | {"groups": {"all": ["U*", "X"]}}))
    log = tmp_path / "log.csv"
    log.write_text("time,account,act,password,channel,outcome\n2023-06-10 18:05,U007,initiate-2fa,Q,s,accepted\n")
    dump = tmp_path / "dump.csv"
    names = [*(f"U{n:03}" for n in range(1, 21)), "N1", "N2", "N3", "X"]
    dump.write_text("account,password\n" + "".join(f"{name},{'Q' if name == 'U007' else ''}\n" for name in names))
    code, found = reconciled(path, log, dump)
    assert code == 0, found
    assert found["accounts"] == 24
