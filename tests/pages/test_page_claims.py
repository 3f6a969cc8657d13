"""A page claims nothing that its own run contradicts, and tells all that the run tells."""

import re
import sys

import pytest
from reading import read
from two_sites import CREW, TWO_FACTOR, case_of, page_of, runbook
from weekends import SCENARIOS, evidence_of

import dcsim
from dcsim.files.load import load_scenario
from dcsim.usecases.run_page.any_schedule import CountedBudget

MODULE = "dcsim.usecases.run_page.any_schedule"  # the package has a function of this name
TWICE = (
    "at: late +1m, account: C1, do: change-otp-channel, channel: sms, password: P0",
    "at: late +5m, account: C1, do: change-password, from: P0, to: P1",
)
ABSENT = ["{id: C1, kind: crew, status: absent}", f"{{id: M1, kind: mate, email: registered, {TWO_FACTOR}}}"]
CREATED = (
    "at: late +5m, account: M1, do: create-user, user: C1",
    "at: late +7m, account: C1, do: write, record: crane, value: 9",
)
ABORTS = runbook(dr="at: early closes, do: drain, timeout: 30m, on-timeout: abort")
DROPPED = "faults: [{link: drop, account: C1, nth: 1}]\nexpect: {violations: [window-served]}\n"
BERTH = "at: early +5m, account: C1, do: write, record: berth, value: 20"


def small(monkeypatch, looks):
    """Let a check of a page look at its budget only so often."""
    monkeypatch.setattr(sys.modules[MODULE], "CountedBudget", lambda **_: CountedBudget(looks=looks))


# -- every schedule ------------------------------------------------------------------------------------------------


def test_a_check_is_under_the_policies_of_the_scenario_however_many_accounts_there_are(tmp_path):
    """Four accounts, that begin alike, are checked as one under the same policies: what is in flight is committed."""
    crew = [f"{{id: C{n}, kind: crew}}" for n in range(1, 5)]
    case = case_of(tmp_path, [BERTH], accounts=crew, more="policies: {in-flight-at-close: commit}\n")
    sections, html = page_of(case, check=True)
    (row,) = sections["change"].schedules.rows
    assert (row.status, row.tone, row.proved) == ("violated", "bad", False)
    assert "under the policies that it sets (in-flight-at-close)" in html
    assert dcsim.run(case).status == "passed"


def test_a_run_that_breaks_the_promise_is_never_beside_a_proof_of_its_runbook(tmp_path, monkeypatch):
    """A user is created and writes in one session, which breaks it. One operation between ticks breaks nothing, and two
    do not fit the budget: the row says that the run itself breaks it.
    """
    small(monkeypatch, 3000)
    (row,) = page_of(case_of(tmp_path, CREATED, accounts=ABSENT), check=True)[0]["change"].schedules.rows
    assert (row.status, row.tone, row.proved) == ("violated", "bad", False)
    assert row.says.startswith("reset-applied, by the run on this page; the run itself is outside what was checked")


def test_a_run_that_does_more_than_was_checked_is_not_beside_a_proof(tmp_path, monkeypatch):
    """A run with two operations in a session passes, and only one is checked: that is inconclusive, and never green."""
    small(monkeypatch, 2000)
    (row,) = page_of(case_of(tmp_path, TWICE), check=True)[0]["change"].schedules.rows
    assert (row.status, row.tone, row.proved) == ("inconclusive", "warn", False)
    assert row.says.startswith("the run itself is outside what was checked: it has 2 operations between ticks")


def test_a_run_that_fits_the_bounds_is_within_them(tmp_path):
    """With two operations in a session, two are checked."""
    berths = [f"at: late +{n}m, account: C1, do: write, record: berth, value: {n}" for n in (1, 5)]
    case = case_of(tmp_path, berths, accounts=["{id: C1, kind: crew, records: {berth: 10}}"])
    (row,) = page_of(case, check=True)[0]["change"].schedules.rows
    assert (row.status, "2 operations between ticks" in row.bounds) == ("proved within bounds", True)


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("failure-modes/m23-skipped-mark", (0, 1)),
        ("failure-modes/m02-delayed-redo-survived", (2, 0)),
        ("circular/windows", (0, 0)),
    ],
)
def test_faults_and_slips_of_the_run_are_among_the_bounds(name, needs):
    """What happened in the run is counted; so no row claims less than the run does."""
    found = sys.modules[MODULE]._needs(evidence_of(f"{name}.yaml").recorder.events)
    assert (found.faults, found.slips) == needs
    assert found.ops >= 1


def test_a_check_that_time_ends_says_that_it_is_not_finished(tmp_path, monkeypatch):
    """A page never calls it a small budget where only the clock ended it."""
    monkeypatch.setattr(sys.modules[MODULE], "MOST_SECONDS", 0.0)
    (row,) = page_of(case_of(tmp_path, [BERTH]), check=True)[0]["change"].schedules.rows
    assert (row.status, row.tone) == ("inconclusive", "warn")
    assert row.says == "not finished within 0 s before all schedules were seen"


# -- what the run tells --------------------------------------------------------------------------------------------


def test_notes_of_a_run_stand_at_its_verdict(tmp_path):
    """A fault that never happened is told at the verdict, and the record does not say that it happened."""
    sections, html = page_of(case_of(tmp_path, [BERTH], more="faults: [{link: drop, account: C1, nth: 5}]\n"))
    note = "fault 1 (drop, C1, entry 5): it never happened"
    assert note in sections["verdict"].notes
    assert note in read(html).one("section", id="verdict").text
    said = sections["record"].not_said
    assert not [line for line in said if line.startswith("No other fault")]
    assert "The scenario asks for this, and it never happened: fault of the link: drop entry 5 of C1." in said


def test_all_that_the_terminal_tells_is_on_the_page():
    """Each warning and note of a run is on its page."""
    path = SCENARIOS / "failure-modes" / "m16-revocation-rolled-back.yaml"
    result, (sections, _) = dcsim.run(path), page_of(load_scenario(path))
    assert result.warnings
    assert {*result.warnings, *result.notes} <= {*sections["verdict"].notes}


def test_a_run_without_practices_says_so_at_its_verdict(tmp_path):
    """Who reads only the verdict must see what was not looked at."""
    case = case_of(tmp_path, [BERTH])
    assert "--practices off" in page_of(case, practices=False)[0]["verdict"].notes[0]
    assert not page_of(case)[0]["verdict"].notes


# -- what the notice leaves open -----------------------------------------------------------------------------------


def test_what_the_notice_leaves_open_is_not_called_promised(tmp_path):
    """A value that two readings permit is left open, and the verdict hangs on them only if the run ends otherwise."""
    steps = ["at: early +5m, account: C1, do: change-otp-channel, channel: sms, password: P0"]
    more = "expect:\n  monday: {C1: {two-factor: {channel: email}}}\n"
    sections, _ = page_of(case_of(tmp_path, steps, more=more))
    head = sections["verdict"]
    assert head.cards[0].head == "The notice leaves open, on Monday, C1’s OTP channel"
    assert "the notice does not say whether a change of the OTP channel made in the early session" in head.cause
    assert "password=" not in head.cause
    assert sections["why"].readings.says.endswith("; the run ends the same under each.")


# -- a session that never opens ------------------------------------------------------------------------------------


def test_of_a_session_that_never_opened_the_page_says_why(tmp_path):
    """The drain stopped the runbook: the verdict, the question and the chain say so."""
    sections, _ = page_of(case_of(tmp_path, [BERTH], trial=ABORTS, more=DROPPED))
    head, why = sections["verdict"], sections["why"]
    assert (head.step, "gave up at its timeout, and the runbook stopped there" in head.cause) == ("dr", True)
    assert why.head == "Why did the late session never open?"
    assert why.chain[-1].says.startswith("Monday never opened")


def test_a_session_that_no_step_opens_never_opens(tmp_path):
    """Without its step, the reason is that there is none."""
    case = case_of(tmp_path, [BERTH], trial=runbook(without=("cb", "o3", "c3")))
    assert page_of(case)[0]["verdict"].cause == "No step of the runbook opens it"


def test_a_fault_is_a_cause_and_no_mend(tmp_path):
    """Nobody can leave a fault out: the card looks for a change of the runbook, and says what it found."""
    sections, _ = page_of(case_of(tmp_path, [BERTH], trial=ABORTS, more=DROPPED))
    head = sections["verdict"]
    assert "Without the fault of the link: drop entry 1 of C1, nothing is broken." in head.mends
    assert head.cards[2].says != "leave out"
    assert not [row for row in sections["change"].rows if row.what == "fault" and row.mends]
    assert sections["change"].moved_tried > 0


# -- words ---------------------------------------------------------------------------------------------------------


def test_steps_that_set_the_value_and_pass_the_account_by_are_named(tmp_path):
    """It is not said that nothing set a value which two steps set."""
    head = page_of(case_of(tmp_path, CREATED, accounts=ABSENT))[0]["verdict"]
    assert head.cause == "Steps s1 and s2 set the crane to 1, but not that of C1, which is absent at the east"


def test_a_value_that_no_step_sets_is_told_in_plain_words(tmp_path):
    """A step that is missing in the runbook is missed in the words of the board."""
    steps = ["at: late +7m, account: C1, do: write, record: crane, value: 9"]
    head = page_of(case_of(tmp_path, steps, trial=runbook(without=("cb", "s1", "s2"))))[0]["verdict"]
    assert head.cause == "No step set C1’s crane to 1"


def test_a_change_that_reached_nothing_is_not_said_to_have_arrived(tmp_path):
    """Of two changes of a field in one session, only the last is there later: the sentence speaks of that one."""
    steps = [f"at: early +{n}m, account: C1, do: write, record: berth, value: {n}" for n in (1, 5)]
    sentence = page_of(case_of(tmp_path, steps))[0]["verdict"].sentence
    assert sentence.startswith("Of each field, the last change that the notice carries to a session was there")


def test_one_is_not_written_as_several(tmp_path):
    """No plural stands behind a one."""
    question = "open-questions: [{id: Q1, asks: Is it?, changes: [crane], made-in: early, at: late}]\n"
    book = (sys.modules["tests.pages.two_sites"].BOOK) + question
    _, html = page_of(case_of(tmp_path, [BERTH], accounts=[CREW], book=book), check=False)
    one = re.findall(r"\b1 (?:more |open |other )*(?:questions|assumptions|outcomes|rules|changes|steps)\b", html)
    assert not one
