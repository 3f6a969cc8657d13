"""The log's clock or timezone, and late sessions: what a log can tell apart, and what it cannot."""

from datetime import timedelta

import pytest
from day import Day, later, small, write

RIGHT = "snapshot-standby"
USER = {"kind": "user", "participant": "B1", "email": "registered", "smartcard": "friday"}
USERS = [f"U{n}" for n in range(1, 7)]


def scenario(steps):
    return small("seoch-2fa-2023", RIGHT, [{"id": name, **USER} for name in USERS], steps)


def everyone(at, do="logon", **given):
    """The same act of every user, one a second."""
    given = {"with": "otp", "password": "P"} if do == "logon" else given
    return [{"at": f"{at}{n}s", "account": name, "do": do, **given} for n, name in enumerate(USERS)]


SET_UP = everyone("session-1 +10m", "initiate-2fa", password="P", channel="sms")
OPENED = [*SET_UP, *everyone("session-2 +1m"), *everyone("session-2 +5m")]
CLOSED = [*SET_UP, *everyone("session-1 +119m3")]


def told(found):
    return [each["says"] for each in (*found["explanations"], *found["others"])]


@pytest.mark.parametrize("minutes", [2, 4])
def test_a_session_that_opened_late_is_never_a_clock_alone(minutes, reconciled, tmp_path):
    """Logons were refused within the printed window: that is a finding, and the late opening is told."""
    late = {**scenario(OPENED), "faults": [{"operator": "delay", "step": "open-session-2", "by": f"{minutes}m"}]}
    day = Day(tmp_path, late, RIGHT)
    plain = Day(tmp_path, scenario(OPENED), RIGHT)
    log = write(tmp_path / "log.csv", day.rows)
    code, found = reconciled(plain.path, log, None)
    assert code == 1
    assert "'open-session-2' had been late by 1m6s at least" in told(found)[0]
    assert any("clock had been 1m6s ahead" in says for says in told(found))
    assert "22:01:00" in found["until"]


def test_only_some_refused_acts_near_an_edge_are_no_clock(reconciled, tmp_path):
    """A session opened 4 min late: of the refused acts one alone is within reach of a clock that is off."""
    steps = [*SET_UP, *everyone("session-2 +2m")]
    late = {**scenario(steps), "faults": [{"operator": "delay", "step": "open-session-2", "by": "4m"}]}
    day = Day(tmp_path, late, RIGHT)
    plain = Day(tmp_path, scenario(steps), RIGHT)
    code, found = reconciled(plain.path, write(tmp_path / "log.csv", day.rows), None)
    assert code == 1
    assert not any("clock seems" in note for note in found["notes"])
    assert "'open-session-2' had been late by 2m6s" in told(found)[0]
    assert "22:02:00" in found["until"]


def test_a_clock_that_is_off_at_one_edge_is_told_beside_a_late_step(reconciled, tmp_path):
    """A log that is 75 s ahead has acts after the close of Session 1, which may as well have closed late."""
    day = Day(tmp_path, scenario(CLOSED), RIGHT)
    code, found = reconciled(day.path, write(tmp_path / "log.csv", later(day.rows, 75)), None)
    assert code == 1
    assert any("clock had been 51s ahead" in says for says in told(found)), told(found)
    assert any("'close-session-1' had been late by 51s" in says for says in told(found)), told(found)


@pytest.mark.parametrize("seconds", [75, -75])
def test_a_clock_that_is_off_at_several_edges_is_taken_as_right(seconds, reconciled, tmp_path):
    """No one step explains acts on the wrong side of three edges: the clock is told, and the day matches."""
    steps = [
        *CLOSED,
        *everyone("session-1 closes +0m"),
        *everyone("session-1 closes +119m"),
        *everyone("session-2 +1m"),
    ]
    day = Day(tmp_path, scenario(steps), RIGHT)
    code, found = reconciled(day.path, write(tmp_path / "log.csv", later(day.rows, seconds)), None)
    assert code == 0, told(found)
    assert "clock seems" in found["notes"][0]


def test_an_act_that_contradicts_a_clock_is_heard(reconciled, tmp_path):
    """An act that was accepted at the right instant of an edge: then the log's clock was right there."""
    steps = [*CLOSED, *everyone("session-2 +1m")]
    day = Day(tmp_path, scenario(steps), RIGHT)
    rows = [
        {**row, "time": row["time"] + timedelta(seconds=45)} if row["time"].minute == 59 else row for row in day.rows
    ]
    rows = [{**row, "outcome": "refused closed"} if row["time"].hour == 22 else row for row in rows]
    right = {**day.rows[0], "time": day.rows[0]["time"].replace(hour=22, minute=0, second=2)}
    right |= {"account": "U6", "act": "logon", "with": "otp", "channel": ""}
    code, found = reconciled(day.path, write(tmp_path / "log.csv", [*rows, right]), None)
    assert code == 1
    assert not any("clock seems" in note for note in found["notes"])


@pytest.mark.parametrize("hours", [-8, -1, 1, 5.75])
def test_another_timezone_is_the_first_explanation(hours, reconciled, tmp_path):
    """A log in UTC, or an hour off: the offset is told, with the mend, as the first explanation."""
    day = Day(
        tmp_path,
        scenario([*SET_UP, *CLOSED[6:], *OPENED[6:], *everyone("session-2 +50m"), *everyone("monday +2m")]),
        RIGHT,
    )
    code, found = reconciled(day.path, write(tmp_path / "log.csv", later(day.rows, hours * 3600)), None)
    assert code == 1
    way = "ahead" if hours > 0 else "behind"
    amount = {-8: "8h", -1: "1h", 1: "1h", 5.75: "5h45m"}[hours]
    first = told(found)[0]
    assert first.startswith(f"the log's times seem to be in another timezone: {amount} {way}; set timezone"), first
    assert found["unexplained"] == 0
