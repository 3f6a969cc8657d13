"""What would change the verdict is what came of runs: each claim is held against a run through the public API."""

import re
import sys
from itertools import pairwise
from pathlib import Path

import attrs
import pytest
from weekends import spoilt_on_monday

import dcsim
from dcsim.files.load import load_scenario, load_texts
from dcsim.report.pages.change import BarMark
from dcsim.report.pages.drawing.boxes import width_of
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page import run_page
from dcsim.usecases.run_page.any_schedule import CountedBudget
from dcsim.usecases.run_page.gather import gather
from dcsim.usecases.run_page.last_had import _in_rows
from dcsim.usecases.run_page.leave_out import leave_out

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ROOT / "scenarios"
BUILTIN = ROOT / "dcsim" / "builtin" / "runbooks"


def tried(name, runbook=None):
    case = load_scenario(SCENARIOS / f"{name}.yaml", runbook=runbook)
    return leave_out(gather(case, RunOptions(runbook=runbook)))


def changed(name, runbook=None, *, check=False):
    case = load_scenario(SCENARIOS / f"{name}.yaml", runbook=runbook)
    page = run_page(case, RunOptions(runbook=runbook), check=check)
    return next(section.value for section in page.sections if section.anchor == "change")


def without_line(text, step):
    """A runbook's text without the line of one step. A drain that would go on with it goes on with the next one."""
    lines = text.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if re.search(rf"\{{id: {re.escape(step)},", line))
    following = re.search(r"\{id: ([\w-]+),", lines[at + 1]) if at + 1 < len(lines) else None
    rest = "".join(lines[:at] + lines[at + 1 :])
    return re.sub(rf"on-timeout: {re.escape(step)}\b", f"on-timeout: {following[1] if following else 'abort'}", rest)


@pytest.mark.parametrize(
    ("name", "runbook"),
    [
        ("circular/footnote-3", "failback-copy"),
        ("circular/footnote-3", "snapshot-standby"),
        ("circular/footnote-1", "no-drain"),
        ("asx-24-bcp/password-rolled-back", "roll-back"),
        ("mcx-launch/mock-trades-cleared", "mocks-to-live"),
        ("eurex-t7-dr/access-copied-in", "dr-copy-no-return"),
    ],
)
def test_a_step_left_out_is_the_file_without_its_line(tmp_path, name, runbook):
    """Each row says what `dcsim.run` says of a runbook from whose text the step's line was cut."""
    text = (BUILTIN / f"{runbook}.yaml").read_text()
    found = tried(name, runbook)
    assert [each.name for each in found.steps] == re.findall(r"\{id: ([\w-]+),", text)
    for each in found.steps:
        path = tmp_path / f"{each.name}.yaml"
        path.write_text(without_line(text, each.name))
        try:
            case = dcsim.load_scenario(SCENARIOS / f"{name}.yaml", runbook=path)
        except dcsim.InputError as error:
            codes = {finding.code for finding in error.findings if finding.severity == "error"}
            assert each.result is None
            assert {flaw.code for flaw in each.flaws} == codes
            continue
        alone = dcsim.run(case)
        assert each.result is not None, each.name
        assert each.result.status == alone.status, each.name
        assert each.broken == alone.trace.invariants, each.name
        assert each.unmet == sum(problem.kind == "expectation" for problem in alone.problems), each.name


def test_a_fault_left_out_is_the_file_without_it(tmp_path):
    """A fault without which nothing is broken is a cause, and so it is in a file without it; it is no mend."""
    text = (SCENARIOS / "failure-modes" / "m23-skipped-mark.yaml").read_text()
    found = tried("failure-modes/m23-skipped-mark")
    assert [each.name for each in found.faults] == ["slip: skip mark"]
    assert found.causes == found.faults
    assert found.mends == ()
    path = tmp_path / "m23.yaml"
    path.write_text(re.sub(r"faults:\n(  - .*\n)+|faults: \[.*\]\n", "", text).replace("../", f"{SCENARIOS}/"))
    assert dcsim.run(path).trace.invariants == ()


def test_a_step_on_which_another_rests_cannot_be_left_out_alone():
    """The finding that keeps the runbook from being used is shown, and no verdict."""
    rows = {row.name: row for row in changed("circular/footnote-3", "failback-copy").rows}
    assert rows["mark"].mark == "cannot be left out alone"
    assert rows["mark"].then.startswith("DC126")
    assert [name for name, row in rows.items() if row.mends] == ["copy-back"]


def test_only_where_nothing_left_out_mends_are_steps_moved():
    """Further changes are tried only then, and the page says how many."""
    assert changed("circular/footnote-3", "failback-copy").moved_tried == 0
    moved = changed("eurex-t7-dr/copied-too-early")
    assert moved.moved_tried > 0
    assert any("copy-in" in row.name for row in moved.moved)


def test_a_passing_run_names_the_steps_it_needs():
    """The card names exactly the steps without which the run does not pass."""
    case = load_scenario(SCENARIOS / "circular" / "footnote-3.yaml")
    page = run_page(case, check=False)
    head = next(section.value for section in page.sections if section.anchor == "verdict")
    bearing = [each.name for each in tried("circular/footnote-3").bearing]
    assert head.cards[2].notes[0].says.endswith(f"{', '.join(bearing)}.")
    assert "drain" not in bearing
    assert "revert" in bearing


def test_a_step_that_cannot_be_left_out_alone_breaks_nothing_and_is_told_apart():
    """The card does not count what was never played."""
    case = load_scenario(SCENARIOS / "circular" / "footnote-3.yaml")
    sections = {section.anchor: section.value for section in run_page(case, check=False).sections}
    rows = sections["change"].rows
    bound = [row.name for row in rows if row.mark == "cannot be left out alone"]
    failing = [row.name for row in rows if row.mark == "✗ fails"]
    card = sections["verdict"].cards[2]
    assert bound
    assert card.says == f"{len(failing)} of {len(rows)} steps, each alone"
    assert [note.says.partition(": ")[2] for note in card.notes[:2]] == [
        f"{', '.join(failing)}.",
        f"{', '.join(bound)}.",
    ]


EXPECTS_SILENCE = """scenario: silent
title: A session that never opens is no mend
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts: [{id: U001, kind: user, email: registered, two-factor: {password: P0, channel: email}}]
steps:
  - {at: session-1 +5m, account: U001, do: change-password, from: P0, to: P1}
  - {at: session-2 closes +5m, account: U001, do: logon, with: otp, password: P1, expect: any}
faults: [{operator: delay, step: close-session-2, by: 50m}]
expect: {violations: [window-served]}
"""


def test_what_passes_because_another_promise_is_broken_is_no_mend(tmp_path):
    """The scenario expects a violation that comes about where a session never opens: it passes then, and no better."""
    path = tmp_path / "silent.yaml"
    path.write_text(EXPECTS_SILENCE)
    page = run_page(load_scenario(path), check=False)
    rows = {row.name: row for row in next(s.value for s in page.sections if s.anchor == "change").rows}
    assert dcsim.run(dcsim.load_scenario(path)).status == "failed"
    assert not [name for name, row in rows.items() if row.mends]
    assert (rows["open-session-2"].mark, rows["open-session-2"].then) == ("✗ broken", "window-served")
    head = next(section.value for section in page.sections if section.anchor == "verdict")
    assert "delay close-session-2, nothing is broken, but the scenario expects that something is" in head.mends


def test_what_brings_the_value_back_was_run(tmp_path):
    """The steps that the page adds mend the run in a file of their own."""
    last = changed("circular/footnote-3", "failback-copy").last
    assert last.rescued
    assert "flash the secondary back to end-of-session-1, then copy the secondary over the primary" in last.rescue
    text = (BUILTIN / "failback-copy.yaml").read_text()
    added = (
        "  - {at: monday opens -1h, do: flashback, site: secondary, to: end-of-session-1}\n"
        "  - {at: monday opens -1h, do: copy, source: secondary, target: primary}\n"
    )
    path = tmp_path / "rescued.yaml"
    path.write_text(text.replace("  - {id: open-monday", f"{added}  - {{id: open-monday"))
    assert dcsim.run(dcsim.load_scenario(SCENARIOS / "circular" / "footnote-3.yaml", runbook=path)).status == "passed"


def test_the_bars_are_where_the_value_was():
    """The promised value left the primary with the copy, and the secondary with the change and with the copy out."""
    rows = {row.place: row for row in changed("circular/footnote-3", "failback-copy").last.rows}
    assert [bar.says.partition(" until ")[2].split(",")[0] for bar in rows["primary"].bars] == ["event 17"]
    assert [bar.says.partition(" until ")[2].split(",")[0] for bar in rows["secondary"].bars] == [
        "event 12",
        "event 19",
    ]
    assert rows["restore point end-of-session-1 of secondary"].bars[0].says.endswith("still at the end")


def test_what_is_lost_after_the_opening_is_told_and_tried_after_it():
    """The opening stands where the session opens, the damage at its event; and what is added comes after both."""
    spoilt = spoilt_on_monday()
    page = run_page(spoilt.case, check=False)
    last = next(section.value for section in page.sections if section.anchor == "change").last
    opened, lost = (next(e.n for e in spoilt.trace.events if e.step == step) for step in ("open-monday", "oops"))
    events = len([event for event in spoilt.trace.events if event.n <= lost])
    at = {mark.says: round(mark.at * (events + 1) / 100) for mark in last.marks}
    assert at == {"Monday opens": opened, "oops": lost}
    assert last.says.startswith("When Monday opened, the primary held the value. It left the primary with event 25,")
    assert "after event 25, it is still at: secondary, restore point" in last.says
    assert last.rescue.startswith(
        "Added after it was lost: close Monday, then copy the secondary over the primary, then"
    )
    assert last.rescue.endswith("the primary holds it again; what was found before is not undone.")
    assert not last.rescued


def test_what_is_added_after_the_loss_is_what_a_runbook_does():
    """With the same steps in the runbook's text, the primary holds the value again and nothing more breaks."""
    spoilt = spoilt_on_monday().case.texts
    at = "{at: monday opens +10h1m, do:"
    added = (
        f"  - {at} close, session: monday}}\n  - {at} copy, source: secondary, target: primary}}\n"
        f"  - {at} open, session: monday, site: primary}}\n"
    )
    texts = {**spoilt, "runbook": spoilt["runbook"].replace("  - {id: close-monday", f"{added}  - {{id: close-monday")}
    again = gather(load_texts(texts), RunOptions())
    assert again.trace.invariants == ("reset-applied",)
    assert again.stages("U001")[-1].lane.store("primary")["channel"].value == "email"


@pytest.mark.parametrize("width", [200, 330, 600])
def test_names_below_the_bars_do_not_meet(width):
    """On whatever screen, two names in one row stand beside each other, however long they are."""
    names = ["change-password", "copy-back", "write", "revert", "a-very-long-name-of-a-step-" * 9, "Monday opens"]
    marks = [BarMark(at=at, says=says, ends=at > 35) for at, says in zip((8, 30, 33, 52, 71, 90), names, strict=True)]
    rows = {}
    for mark in _in_rows(marks):
        x, wide = mark.at * width / 100, width_of(mark.says)
        rows.setdefault(mark.row, []).append((x - wide, x) if mark.ends else (x, x + wide))
    for row in rows.values():
        assert all(one[1] <= other[0] for one, other in pairwise(sorted(row)))
    assert len(rows) > 1


def test_the_check_beside_says_what_dcsim_check_says():
    """The rows are those of `dcsim.check` with the same bounds: as it is, and without the step that mends."""
    rows = changed("circular/footnote-3", "failback-copy", check=True).schedules.rows
    assert [row.status for row in rows] == ["violated", "proved within bounds", "proved within bounds"]
    assert [row.chosen for row in rows] == [False, True, False]
    assert rows[2].runbook == "snapshot-standby, which the scenario names"
    alone = dcsim.check("seoch-2fa-2023", "failback-copy", accounts=1, ops=2)
    assert alone.status == "violated"
    assert "discarded-absent after 1 act" in rows[0].says


def test_a_check_that_is_too_large_is_inconclusive_and_never_green(monkeypatch):
    """A budget that runs out is told as that: no proof, no states, and the same words every time."""
    module = sys.modules["dcsim.usecases.run_page.any_schedule"]  # the package has a function of this name
    monkeypatch.setattr(module, "CountedBudget", lambda **_: CountedBudget(looks=5))
    row, *_ = changed("circular/footnote-3", check=True).schedules.rows
    assert (row.status, row.tone, row.proved, row.states) == ("inconclusive", "warn", False, 0)
    assert row.says == "the budget of a page ran out before all schedules were seen"


POPULATION = """scenario: many
title: Many accounts
rulebook: seoch-2fa-2023
runbook: failback-copy
accounts: [{population: 2500, prefix: U, kind: user, participant: B01234, email: registered}]
steps:
  - {at: session-1 +5m, account: "U*", do: initiate-2fa, password: P1, channel: email}
  - {at: session-2 +5m, account: "U*", do: change-password, from: P1, to: P2}
"""


def page_of_many(folder, more=""):
    path = folder / "many.yaml"
    path.write_text(POPULATION + more)
    page = run_page(load_scenario(path), check=False)
    return {section.anchor: section.value for section in page.sections}, page.html


def test_of_many_accounts_one_of_each_history_is_run_and_the_page_says_so(tmp_path):
    """A reduced scenario is called reduced, and is used only if it breaks the same."""
    sections, html = page_of_many(tmp_path)
    assert [row.name for row in sections["change"].rows if row.mends] == ["copy-back"]
    assert any("of 2,500 accounts 1 took part" in line for line in sections["change"].not_tried)
    assert "of 2,500 accounts 1 took part" in html
    assert "with one account of each history" in sections["verdict"].mends


def test_an_account_that_lives_another_life_takes_part(tmp_path):
    """One of many that is named alone has a history of its own, and is run as well."""
    logon = "  - {at: session-2 +6m, account: U2400, do: logon, with: otp, password: P2}\n"
    sections, _ = page_of_many(tmp_path, logon)
    assert any("of 2,500 accounts 2 took part" in line for line in sections["change"].not_tried)
    assert [row.name for row in sections["change"].rows if row.mends] == ["copy-back"]


def test_where_a_few_do_not_stand_for_all_nothing_is_left_out(tmp_path, monkeypatch):
    """Where the representatives break something else, the page says that nothing was tried."""
    module = sys.modules["dcsim.usecases.run_page.leave_out"]  # the package has a function of this name
    monkeypatch.setattr(module, "reduced", lambda case, *_: without_acts(case))
    sections, _ = page_of_many(tmp_path)
    assert sections["change"].rows == ()
    assert any(line.startswith("Nothing was left out") for line in sections["change"].not_tried)
    assert "was not tried" in sections["verdict"].mends


def without_acts(case):
    """A case of one account that does nothing."""
    user = attrs.evolve(case.scenario.populations[0].like, id="U1")
    return attrs.evolve(case, scenario=attrs.evolve(case.scenario, accounts=(user,), populations=(), steps=()))
