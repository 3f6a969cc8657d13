"""A site that opens with a stale or partial store is one explanation, and no unlogged act of an administrator each."""

import pytest
from day import ROOT, Day, small, write

RIGHT = "snapshot-standby"
USER = {"kind": "user", "participant": "B1", "email": "registered", "smartcard": "friday"}
ADMINISTRATOR = {"id": "DA1", "kind": "da", "participant": "B1", "email": "registered", "smartcard": "friday"}


def scenario(users):
    names = [f"U{n:02}" for n in range(users)]
    given = {"password": "P", "channel": "sms"}
    logon = {"do": "logon", "with": "otp", "password": "P"}
    steps = [{"at": f"session-1 +{n}m", "account": u, "do": "initiate-2fa", **given} for n, u in enumerate(names, 5)]
    steps += [{"at": f"session-2 +2m{n}s", "account": u, **logon} for n, u in enumerate(names)]
    steps += [{"at": f"monday +9h{n}s", "account": u, **logon} for n, u in enumerate(names)]
    return small("seoch-2fa-2023", RIGHT, [ADMINISTRATOR, *({"id": u, **USER} for u in names)], steps)


@pytest.mark.parametrize("runbook", ["stale-standby", "partial-copy"])
def test_a_stale_or_partial_store_is_the_explanation(runbook, reconciled, tmp_path):
    """Every account is refused in Session 2: one hypothesis about the store explains them all."""
    day = Day(tmp_path, scenario(8), ROOT / "scenarios" / "runbooks" / f"{runbook}.yaml")
    log, dump = write(tmp_path / "log.csv", day.rows), write(tmp_path / "dump.csv", day.dump())
    Day(tmp_path, scenario(8), RIGHT)
    code, found = reconciled(day.path, log, dump)
    assert (code, found["unexplained"]) == (1, 0)
    told = [each["says"] for each in (*found["explanations"], *found["others"])]
    assert told[0] == "as if nothing of session-1 had reached session-2"
    assert any("only some fields of session-1 had reached session-2" in says for says in told)
    assert len(told) == len({says.partition(": ")[0] for says in told})
    assert not any("missing" in each["explained"] for each in found["unlike"])
    assert [row["accounts"] for row in found["differences"]] == [8]


@pytest.mark.parametrize(("suspended", "believed"), [(2, True), (6, False)])
def test_many_unlogged_acts_of_administrators_are_not_believed(suspended, believed, reconciled, tmp_path):
    """Two accounts that are suspended on Monday may have been suspended off the log; half of them were not."""
    day = Day(tmp_path, scenario(12), RIGHT)
    rows = day.dump()
    for row in rows[1 : 1 + suspended]:
        row["status"] = "suspended"
    log = write(tmp_path / "log.csv", [row for row in day.rows if row["time"].hour == 18])
    code, found = reconciled(day.path, log, write(tmp_path / "dump.csv", rows))
    assert code == 1
    assert found["unexplained"] == (0 if believed else suspended)
    assert any("missing: suspend-user" in each["explained"] for each in found["unlike"]) is believed
    assert any("would each need an unlogged act" in note for note in found["notes"]) is not believed
