"""Days of every runbook against the prediction of the right one: no false alarm, and the cause is named."""

import pytest
from day import ROOT, Day, small, weekend, write

OWN = sorted((ROOT / "scenarios" / "runbooks").glob("*.yaml"))
RIGHT, WRONG = "snapshot-standby", ("failback-copy", "no-drain", "restore-friday", "stale-restore-point")
# Those of the project's other runbooks that can be followed under the circular's rulebook.
OTHERS = [
    *("blind-apply", "copy-back-email", "credential-left-behind", "drain-gives-up", "forced-fail-over", "locks-copied"),
    *("only-2fa-reaches-session-2", "partial-copy", "stale-standby", "switch-over-and-back", "wrong-site"),
]


@pytest.fixture(scope="module", params=(1, pytest.param(2, marks=pytest.mark.slow)))
def days(request, tmp_path_factory):
    """The days of one weekend, by runbook; each is made once."""
    made, scenario, folder = {}, weekend(request.param), tmp_path_factory.mktemp("days")

    def day(runbook):
        if runbook not in made:
            made[runbook] = Day(folder, scenario, runbook)
        return made[runbook]

    return day


def path_of(runbook):
    return next((path for path in OWN if path.stem == runbook), runbook)


@pytest.mark.parametrize("runbook", [RIGHT, *WRONG, *OTHERS])
def test_a_day_matches_if_it_is_as_the_right_runbook_makes_it(runbook, days, reconciled, tmp_path):
    """A day whose log and dump are those of the right runbook has no finding; every other day has one."""
    day, right = days(path_of(runbook)), days(RIGHT)
    log, dump = write(tmp_path / "log.csv", day.rows), write(tmp_path / "dump.csv", day.dump())
    code, found = reconciled(day.path, log, dump)
    assert (code == 0) is (day.told() == right.told())
    assert (found["status"] == "passed") is (code == 0)


@pytest.mark.parametrize("runbook", WRONG)
def test_a_wrong_runbook_that_comes_with_dcsim_is_the_best_explanation(runbook, days, reconciled, tmp_path):
    """It explains every account that differs and contradicts none, and it is named, or something as good is."""
    day = days(runbook)
    if day.told() == days(RIGHT).told():
        return
    log, dump = write(tmp_path / "log.csv", day.rows), write(tmp_path / "dump.csv", day.dump())
    _, found = reconciled(day.path, log, dump)
    best = found["explanations"][0]
    assert (best["accounts"], best["contradicts"], found["unexplained"]) == (best["of"], 0, 0)
    assert f"runbook {runbook} " in " ".join(each["says"] for each in (best, *found["others"]))


@pytest.mark.parametrize("runbook", OTHERS)
def test_a_runbook_that_the_user_names_explains_its_own_day(runbook, days, reconciled, tmp_path):
    """With --try, each day that differs is explained by its runbook, in every account."""
    path = path_of(runbook)
    day = days(path)
    if day.told() == days(RIGHT).told():
        return
    log, dump = write(tmp_path / "log.csv", day.rows), write(tmp_path / "dump.csv", day.dump())
    _, found = reconciled(day.path, log, dump, "--try", path)
    best = found["explanations"][0]
    assert (best["accounts"], best["contradicts"], found["unexplained"]) == (best["of"], 0, 0)


@pytest.mark.parametrize("slip", ["skip", "delay"])
@pytest.mark.parametrize("step", ["open-session-2", "close-session-1", "activate", "mark", "open-monday"])
def test_a_slip_is_the_best_explanation_of_its_day(slip, step, days, reconciled, tmp_path):
    """A day with one slip of the operator is explained by a slip, in every account, whichever has this effect."""
    plain = days(RIGHT)
    scenario = {**plain.scenario, "faults": [{"operator": slip, "step": step}]}
    day = Day(tmp_path, scenario, RIGHT)
    if day.held is None or day.told() == plain.told():
        return
    log, dump = write(tmp_path / "log.csv", day.rows), write(tmp_path / "dump.csv", day.dump())
    _, found = reconciled(plain.path, log, dump)
    best = found["explanations"][0]
    assert (best["accounts"], best["contradicts"], found["unexplained"]) == (best["of"], 0, 0)


# -- other rulebooks -------------------------------------------------------------------------------------------------

TESTED = [
    {"id": f"T{n}", "kind": "user", "email": "registered", "two-factor": {"password": f"T{n}-P0", "channel": "email"}}
    | {"records": {"configuration": f"T{n}-old"}}
    for n in (1, 2, 3)
]
IN_THE_TEST = [
    step
    for n in (1, 2, 3)
    for step in (
        {"at": f"test +{n}m", "account": f"T{n}", "do": "change-password", "from": f"T{n}-P0", "to": f"T{n}-P1"},
        {"at": f"test +1{n}m", "account": f"T{n}", "do": "write", "record": "configuration", "value": f"T{n}-new"},
        {"at": f"test +2{n}m", "account": f"T{n}", "do": "write", "record": "order", "value": f"T{n}-order"},
        {"at": f"monday +{n}h", "account": f"T{n}", "do": "logon", "with": "otp", "password": f"T{n}-P0"},
    )
]


@pytest.mark.parametrize(
    ("runbook", "named"), [("roll-back", ""), (ROOT / "scenarios/runbooks/test-switched-back.yaml", "nothing is lost")]
)
def test_a_test_at_an_alternate_site_is_reconciled(runbook, named, reconciled, tmp_path):
    """Passwords and records of a test that must be rolled back: a day on which they were not is told as such."""
    day = Day(tmp_path, small("asx-24-bcp-2025", "roll-back", TESTED, IN_THE_TEST), runbook)
    log, dump = write(tmp_path / "log.csv", day.rows), write(tmp_path / "dump.csv", day.dump())
    code, found = reconciled(day.path, log, dump)
    assert code == (1 if named else 0)
    told = " ".join(each["says"] for each in (*found["explanations"], *found["others"]))
    assert named in told


def test_mocks_whose_orders_were_not_cleared_are_a_skipped_step(reconciled, tmp_path):
    """Live opens with the orders of the mocks: the step that clears them was skipped."""
    accounts = [{"id": f"M{n}", "kind": "user", "email": "registered"} for n in (1, 2)]
    steps = [
        step
        for n in (1, 2)
        for step in (
            {"at": f"mock-1 +{n}m", "account": f"M{n}", "do": "initiate-2fa", "password": f"M{n}-P", "channel": "sms"},
            {"at": f"mock-2 +{n}m", "account": f"M{n}", "do": "write", "record": "order", "value": f"M{n}-order"},
        )
    ]
    scenario = small("mcx-launch-2023", "mocks-to-live", accounts, steps)
    right = Day(tmp_path, scenario, "mocks-to-live")
    log, dump = write(tmp_path / "log.csv", right.rows), write(tmp_path / "dump.csv", right.dump())
    assert reconciled(right.path, log, dump)[0] == 0
    wrong = Day(tmp_path, {**scenario, "faults": [{"operator": "skip", "step": "clear"}]}, "mocks-to-live")
    write(tmp_path / "dump.csv", wrong.dump())
    Day(tmp_path, scenario, "mocks-to-live")
    code, found = reconciled(right.path, log, dump)
    assert code == 1
    assert "'clear' had been skipped" in found["explanations"][0]["says"]
