"""Outcomes and lines that were taken amiss: texts that a logon shows, half set-ups, a logon that is missing."""

import pytest
import yaml
from day import ROOT, Day, small, write

RIGHT = "snapshot-standby"
USER = {"kind": "user", "participant": "B1", "email": "registered", "smartcard": "friday"}
SET_UP = {"at": "session-1 +5m", "account": "U1", "do": "initiate-2fa", "password": "P", "channel": "sms"}
LOGON = {"account": "U1", "do": "logon", "with": "otp", "password": "P"}


def day_of(folder, *steps):
    return Day(folder, small("seoch-2fa-2023", RIGHT, [{"id": "U1", **USER}], list(steps)), RIGHT)


@pytest.mark.parametrize("text", ["Function not available", "FUNCTION  NOT AVAILABLE", "Function not available."])
def test_the_text_that_a_logon_shows_is_an_accepted_logon(text, reconciled, tmp_path):
    """The log has what the user saw in place of an outcome: where the rulebook shows it, that is no finding."""
    day = day_of(tmp_path, SET_UP, {"at": "session-1 +6m", **LOGON}, {"at": "session-2 +6m", **LOGON})
    rows = [{**row, "outcome": text if row["act"] == "logon" else row["outcome"]} for row in day.rows]
    code, found = reconciled(day.path, write(tmp_path / "log.csv", rows), write(tmp_path / "dump.csv", day.dump()))
    assert (code, found["notes"], found["unread"]) == (0, [], [])
    log = write(tmp_path / "log.csv", [*rows[:1], {**rows[1], "password": "wrong"}])
    assert reconciled(day.path, log, None)[0] == 1


def test_a_text_where_no_logon_shows_it_is_noted(reconciled, tmp_path):
    """On Monday a logon shows nothing of the sort: it is taken as accepted, and told with its line."""
    day = day_of(tmp_path, SET_UP, {"at": "monday +9h", **LOGON})
    rows = [{**row, "outcome": "Function not available" if row["act"] == "logon" else "ok"} for row in day.rows]
    code, found = reconciled(day.path, write(tmp_path / "log.csv", rows), None)
    assert code == 0
    assert "taken as accepted: “Function not available” (line 3)" in found["notes"][0]


def test_only_rows_that_are_left_out_are_called_so(reconcile, tmp_path):
    """A row whose outcome is not understood is used all the same."""
    day = day_of(tmp_path, SET_UP)
    log = write(tmp_path / "log.csv", [{**day.rows[0], "outcome": "hmm"}])
    code, out, _ = reconcile(day.path, log)
    assert code == 1
    assert "left out" not in out
    assert "incomplete  1 row of the log with an outcome" in out


@pytest.mark.parametrize("method", ["smartcard", "otp"])
def test_a_logon_that_is_missing_is_found(method, reconciled, tmp_path):
    """A logout without a logon before it: the missing line is the logon."""
    password = {"with": method, "password": "friday" if method == "smartcard" else "P"}
    steps = ({"at": "session-1 +7m", **LOGON, **password}, {"at": "session-1 +9m", "account": "U1", "do": "logout"})
    day = day_of(tmp_path, SET_UP, *steps)
    code, found = reconciled(day.path, write(tmp_path / "log.csv", [day.rows[0], day.rows[2]]), None)
    assert code == 1
    assert "one line is missing: logon with" in found["unlike"][0]["explained"]
    assert found["unexplained"] == 0


HALF = sorted(
    path
    for path in (ROOT / "scenarios").rglob("*.yaml")
    if path.stem.startswith(("m08-half", "q06-")) and "initiate-2fa" in path.read_text()
)


@pytest.mark.parametrize("empty", ["", "none"])
@pytest.mark.parametrize("path", HALF, ids=lambda path: path.stem)
def test_a_half_set_up_is_no_false_alarm(path, empty, reconciled, tmp_path):
    """The log of a scenario in which a set-up lacks its channel: nothing differs but what breaks the promise."""
    scenario = yaml.safe_load(path.read_text())
    day = Day(tmp_path, scenario, scenario["runbook"])
    rows = [{**row, **{k: row[k] or empty for k in ("password", "channel")}} for row in day.rows]
    log = write(tmp_path / "log.csv", [{k: v for k, v in row.items() if k != "expect"} for row in rows])
    code, found = reconciled(day.path, log, write(tmp_path / "dump.csv", day.dump()))
    assert not found["differences"], found["differences"]
    assert code == 0


def test_a_plain_refusal_is_no_half_set_up_where_channels_are_not_recorded(reconciled, tmp_path):
    """A refused set-up that should have been accepted: an empty cell explains it only if the log has such cells."""
    day = day_of(tmp_path, SET_UP, {**SET_UP, "at": "session-1 +9m"})
    first = {**day.rows[0], "outcome": "refused"}
    whole = write(tmp_path / "log.csv", [{**first, "channel": ""}, day.rows[0] | {"time": day.rows[1]["time"]}])
    assert reconciled(day.path, whole, None)[0] == 0
    bare = write(tmp_path / "log.csv", [{key: cell for key, cell in first.items() if key != "channel"}])
    assert reconciled(day.path, bare, None)[0] == 1


def test_a_set_up_whose_parts_are_not_recorded_may_be_incomplete(reconciled, tmp_path):
    """A log without columns for passwords and channels, and a refusal as incomplete: some part was left out."""
    day = day_of(tmp_path, {key: value for key, value in SET_UP.items() if key != "channel"})
    assert day.rows[0]["outcome"] == "refused incomplete-set-up"
    rows = [{k: v for k, v in row.items() if k not in ("password", "channel")} for row in day.rows]
    assert reconciled(day.path, write(tmp_path / "log.csv", rows), None)[0] == 0
