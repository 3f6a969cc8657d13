"""Faults in time on pages: a small timeline has a lane for them, and each is left out once, with all else as it was."""

from weekends import SCENARIOS

from dcsim.files.load import load_scenario, load_texts
from dcsim.files.resolver import source_of
from dcsim.report.pages.change import AnySchedule
from dcsim.report.pages.timeline import timeline
from dcsim.usecases.run import RunOptions, run
from dcsim.usecases.run_page.change import change
from dcsim.usecases.run_page.gather import gather
from dcsim.usecases.run_page.leave_out import leave_out
from dcsim.usecases.run_page.verdict import verdict

TWO = """
scenario: two
title: Two faults, of which one is to blame
rulebook: x
runbook: x
accounts: [{id: U1, kind: user, email: registered}]
steps:
  - {at: session-1 closes -1m, account: U1, do: initiate-2fa, password: P1, channel: email}
faults:
  - {operator: late, step: mark, by: {uniform: [1m, 9m]}}
  - {site: crash, of: secondary, after: open-session-2}
"""


def drawn(name):
    case = load_scenario(SCENARIOS / "failure-modes" / name)
    return timeline(case.rulebook, case.runbook, run(case, RunOptions(tracing=True)).trace)


def test_a_timeline_has_a_lane_for_faults_where_there_are_faults_in_time():
    """Every mark is in a lane that is drawn; what goes down and comes up is a mishap."""
    with_faults, without = drawn("m25-crash-twice-survived.yaml"), drawn("m02-drain-gives-up.yaml")
    assert with_faults.lanes == (*without.lanes, "faults")
    for each in (with_faults, without):
        assert {mark.lane for mark in each.marks} <= {*range(len(each.lanes))}
    marks = [mark for mark in with_faults.marks if mark.who == "fault"]
    assert [mark.says for mark in marks] == ["primary is down", "primary is back"]
    assert {(mark.sort, with_faults.lanes[mark.lane]) for mark in marks} == {("mishap", "faults")}


def test_each_fault_is_left_out_and_the_one_to_blame_is_named():
    """Without the crash the runbook finishes; without the late operator it does not. The page says both in words."""
    books = {"rulebook": source_of("rulebook", "seoch-2fa-2023").text}
    books["runbook"] = source_of("runbook", "snapshot-standby").text
    evidence = gather(load_texts({**books, "scenario": TWO}), RunOptions())
    without = leave_out(evidence)
    late, crash = without.faults
    assert late.name == "fault: operator late by between 1m and 9m, mark"
    assert "runbook-finishes" in late.broken
    assert crash.name == "fault: crash of secondary, after open-session-2, for good"
    assert not crash.broken
    assert without.causes == (crash,)
    schedules = AnySchedule(not_tried="not asked")
    assert late.name in [row.name for row in change(evidence, without, schedules).rows]


def test_a_session_that_never_opened_says_what_the_operator_waits_for():
    """The headline names the step, the site, and since when."""
    case = load_scenario(SCENARIOS / "failure-modes" / "m25-crash-at-the-cut-over.yaml")
    evidence = gather(case, RunOptions())
    said = str(verdict(evidence, leave_out(evidence), AnySchedule(not_tried="not asked")))
    assert "open-session-2 waits since Sat 10 Jun 22:00:00 for secondary" in said
