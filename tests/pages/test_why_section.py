"""Why a value is there, and what hangs on a reading: each row is what the rules say, or what came of a run."""

import re
from pathlib import Path

import pytest

import dcsim
from dcsim.files.load import load_scenario
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page import run_page

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ROOT / "scenarios"
BOOKS = ROOT / "dcsim" / "builtin" / "rulebooks"


def section(anchor, name, runbook=None):
    case = load_scenario(SCENARIOS / f"{name}.yaml", runbook=runbook)
    page = run_page(case, RunOptions(runbook=runbook), check=False)
    return next(each.value for each in page.sections if each.anchor == anchor)


@pytest.fixture(scope="module")
def failing():
    return section("why", "circular/footnote-3", "failback-copy")


def test_the_chain_leads_from_the_act_to_where_it_was_found(failing):
    """The chain is that of `dcsim why`, and ends at the event at which the value was found."""
    why = dcsim.why(
        dcsim.load_scenario(SCENARIOS / "circular/footnote-3.yaml", runbook="failback-copy"), "U001", "password"
    )
    events = [step.event for step in failing.chain if step.event]
    assert events == [*(link.event for link in why.chain), 21]
    assert failing.chain[0].chip.text == failing.chain[-1].chip.text == why.found
    assert "discarded-absent" in failing.chain[-1].says


def test_each_rule_is_held_against_the_change(failing):
    """A rule decides where every selector fits; what keeps the others out is what `dcsim why` names."""
    why = dcsim.why(
        dcsim.load_scenario(SCENARIOS / "circular/footnote-3.yaml", runbook="failback-copy"), "U001", "password"
    )
    for rule in failing.rules:
        assert rule.decides == all(selector.fits for selector in rule.selectors)
        kept_out = [out for out in why.kept_out if out.rule == rule.rule]
        if kept_out:
            assert sum(not selector.fits for selector in rule.selectors) == len(kept_out)
    assert [rule.rule for rule in failing.rules if rule.decides] == ["fn3"]
    assert {rule.rule: rule.so for rule in failing.rules}["fn1"] == "no word on this; P1: carried"
    assert {name for name, _ in failing.found} == {"account", "change", "made in", "at"}


@pytest.mark.parametrize("runbook", ["failback-copy", "snapshot-standby"])
def test_another_baseline_is_run_as_a_rulebook_that_says_so(tmp_path, runbook):
    """Each row about what Monday reverts to is what a run says under a rulebook with this baseline in its text."""
    readings = section("why", "circular/footnote-3", runbook).readings
    rows = [row for row in readings.rows if row.question == "Q8"]
    assert [row.taken for row in rows] == [True, False, False]
    text = (BOOKS / "seoch-2fa-2023.yaml").read_text()
    lines = {
        "end of Session 1": "    baseline: session-1\n",
        "nothing": "",
        "before the weekend": "    baseline: baseline\n",
    }
    head, tail = text.split("  - id: fn3\n")
    for row in rows:
        line = next(line for words, line in lines.items() if words in row.reading)
        path = tmp_path / "book.yaml"
        path.write_text(head + "  - id: fn3\n" + tail.replace("    baseline: session-1\n", line, 1))
        case = dcsim.load_scenario(SCENARIOS / "circular/footnote-3.yaml", rulebook=path, runbook=runbook)
        if row.permitted:
            assert row.mark.endswith({"passed": "passes", "failed": "fails"}[dcsim.run(case).status])
            (predicted,) = dcsim.predict(case, accounts="U001").accounts
            (field,) = (field for field in predicted.fields if field.field == "password")
            assert [chip.text for chip in row.permitted] == [str(value) for value in field.permitted]
        else:
            assert row.mark == "the rules contradict"


def test_an_open_question_is_tried_both_ways():
    """Where the notice is silent, both answers are run, and only the one that this runbook gives passes."""
    readings = section("why", "open-questions/q04-smartcard-password-carried").readings
    rows = [row for row in readings.rows if row.question == "Q4"]
    assert [(row.reading.split(" reach")[0].rsplit(" ", 1)[-1], row.tone) for row in rows] == [
        ("1", "good"),
        ("not", "bad"),
    ]
    assert "hangs on them" in readings.says


def test_a_policy_that_changes_the_run_is_told(tmp_path):
    """Another value of a policy that no source gives has a row exactly where the run ends otherwise."""
    name = "open-questions/q05-set-up-repeated"
    told = {row.reading: row for row in section("why", name).readings.rows if row.reading.startswith("policy ")}
    text = (BOOKS / "seoch-2fa-2023.yaml").read_text()
    for policy, old, new in (("repeat-set-up", "allowed", "refused"), ("logons-at-close", "end", "stay")):
        path = tmp_path / f"{policy}.yaml"
        assert f"{policy}: {{value: {old}," in text
        path.write_text(text.replace(f"{policy}: {{value: {old},", f"{policy}: {{value: {new},"))
        status = dcsim.run(dcsim.load_scenario(SCENARIOS / f"{name}.yaml", rulebook=path)).status
        assert (f"policy {policy}: {new}" in told) == (status == "failed")
    assert told["policy repeat-set-up: refused"].question == "Q5"
    assert told["policy repeat-set-up: refused"].tone == "bad"


def test_a_run_without_changes_has_no_value_to_explain():
    """Then the section says so."""
    why = section("why", "circular/windows")
    assert why.nothing
    assert why.chain == why.rules == ()


def test_the_record_tells_what_the_run_is_made_of():
    """Digests of every text, the statements shown, and each open question once: met, or not."""
    case = load_scenario(SCENARIOS / "open-questions" / "q04-smartcard-password-carried.yaml")
    record = section("record", "open-questions/q04-smartcard-password-carried")
    names = [fact.name for fact in record.facts]
    assert names.index("run") == 0
    assert {"scenario", "rulebook", "runbook", "trace", "source", "timezone", "again"} <= set(names)
    assert [each.name for each in record.met] == ["Q4"]
    questions = {question.id for question in case.rulebook.open_questions}
    assert {each.name for each in (*record.met, *record.others)} == questions
    assert "No other schedule was checked." in record.not_said


def test_the_record_tells_faults_and_waivers():
    """What went wrong on purpose is told, and a waived practice with its reason."""
    record = section("record", "failure-modes/m23-skipped-mark")
    assert any("slip: skip mark" in line for line in record.not_said)
    waiving = section("record", "eurex-t7-dr/copied-back")
    case = load_scenario(SCENARIOS / "eurex-t7-dr" / "copied-back.yaml")
    assert [each.name for each in waiving.waived] == [waiver.practice for waiver in case.runbook.waives]


FOLDERS = ("asx-24-bcp", "eurex-t7-dr", "mcx-launch", "how-to")


@pytest.mark.parametrize(
    "name", sorted(f"{folder}/{path.name}" for folder in FOLDERS for path in (SCENARIOS / folder).glob("*.yaml"))
)
def test_any_rulebook_has_its_page(name):
    """Other notices, with records of their own and other sessions, have a page in the same words."""
    for case in dcsim.load_scenarios(SCENARIOS / name):
        html = run_page(case, check=False).html
        assert "None" not in re.sub(r"<[^>]*>", " ", html.split("<main")[1].split("</main>")[0]).split()


HOSTILE = "</script><script>alert(1)</script>\u202e\u0007"


def test_hostile_text_is_only_text(tmp_path):
    """Names and labels of a scenario cannot become markup, controls or directions of writing."""
    text = (SCENARIOS / "circular" / "footnote-3.yaml").read_text()
    label = HOSTILE.encode("unicode_escape").decode()
    text = text.replace("password: P2", f'password: "{label}"').replace("to: P2", f'to: "{label}"')
    path = tmp_path / "hostile.yaml"
    path.write_text(re.sub("title: .*", lambda _: f'title: "{label}"', text))
    html = run_page(load_scenario(path, runbook="failback-copy"), check=False).html
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert "\u0007" not in html
    assert "&lt;/script&gt;" in html
