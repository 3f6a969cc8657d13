"""The verdict of a run's page is a sentence composed from what was found, and what stands beside it was computed."""

import re
from pathlib import Path

import pytest
import yaml

from dcsim.domain.account import FIELDS
from dcsim.domain.change_kinds import KINDS
from dcsim.files.load import load_scenario
from dcsim.semantics.invariant_registry import INVARIANTS
from dcsim.usecases.run import RunOptions
from dcsim.usecases.run_page import page_of, run_page
from dcsim.usecases.run_page.gather import gather
from dcsim.usecases.run_page.gravity import GRAVEST_FIRST
from dcsim.usecases.run_page.headline import headline
from dcsim.usecases.run_page.sentences import CHANGES, NOUNS, OF_A_VALUE, OF_THE_SITES
from dcsim.usecases.run_page.tally import tally

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ROOT / "scenarios"


def evidence(name, runbook=None, **options):
    case = load_scenario(SCENARIOS / f"{name}.yaml", runbook=runbook)
    return gather(case, RunOptions(runbook=runbook, **options))


TABLE = yaml.safe_load((Path(__file__).parent / "sentences.yaml").read_text())


@pytest.mark.parametrize(("name", "sentence"), TABLE["expected"].items())
def test_an_expected_violation_is_told_as_expected(name, sentence):
    """Where the scenario expects the violation, the run passes and the sentence says both."""
    assert headline(evidence(name)).sentence == f"As the scenario expects, {sentence}"


@pytest.mark.parametrize(("name", "sentence"), TABLE["passing"].items())
def test_a_passing_run_says_what_reached_what(name, sentence):
    """A passing run says no more than the rules decided of its changes."""
    assert headline(evidence(name)).sentence == sentence


def test_the_sentence_of_the_notice_that_is_not_kept():
    """The discarded password works, and the promised one does not."""
    found = headline(evidence("circular/footnote-3", "failback-copy"))
    says = "A password that the notice discards works on Monday, and the one that it promises is refused."
    assert found.sentence == says
    assert not found.as_expected


@pytest.mark.parametrize("told", TABLE["own"], ids=lambda told: told["sentence"])
def test_what_only_the_scenario_asks_for_is_no_promise_of_the_notice(tmp_path, told):
    """A run that fails by its expectations alone says that no rule is broken."""
    parts = {name: part for name, part in told.items() if name != "sentence"}
    assert headline(gather(own(tmp_path, **parts), RunOptions())).sentence == told["sentence"]


def test_the_title_has_no_part_in_the_sentence(tmp_path):
    """The same events under another name and title give the same sentence."""
    text = (SCENARIOS / "circular" / "footnote-3.yaml").read_text()
    text = re.sub(r"scenario: .*\ntitle: .*", "scenario: other\ntitle: Nothing is wrong here", text)
    path = tmp_path / "other.yaml"
    path.write_text(text)
    other = gather(load_scenario(path, runbook="failback-copy"), RunOptions(runbook="failback-copy"))
    assert headline(other).sentence == headline(evidence("circular/footnote-3", "failback-copy")).sentence


def own(folder, **parts):
    """A case of one user."""
    user = {"id": "U001", "kind": "user", "participant": "B01234", "email": "registered"}
    books = {"rulebook": "seoch-2fa-2023", "runbook": "snapshot-standby"}
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump({"scenario": "own", "title": "It", **books, "accounts": [user], **parts}))
    return load_scenario(path)


def test_what_is_expected_and_did_not_break_is_not_counted_as_broken(tmp_path):
    """Each sort of problem is counted apart."""
    act = {"at": "session-1 +5m", "account": "U001", "do": "initiate-2fa", "password": "P1", "channel": "email"}
    case = own(
        tmp_path,
        steps=[act, {**act, "at": "session-1 +6m", "expect": "refused"}],
        faults=[{"operator": "skip", "step": "open-session-2"}, {"operator": "skip", "step": "revert"}],
        expect={"violations": ["one-writer"]},
    )
    says = "1 invariant broken, 1 practice broken, 1 expected violation missing, 1 expectation not met"
    assert tally(gather(case, RunOptions())) == says


@pytest.mark.parametrize(
    "parts",
    [
        {"runbook": "failback-copy"},
        {"expect": {"monday": {"U001": {"two-factor": {"password": "P9", "channel": "email"}}}}},
        {"runbook": "failback-copy", "faults": [{"operator": "skip", "step": "open-session-2"}]},
    ],
    ids=["broken", "not expected", "sites"],
)
def test_the_cards_are_about_the_account_that_was_asked_for(tmp_path, parts):
    """The sentence is the run's and says about whom it is; no card shows what is found or expected of another one."""
    users = [{"id": name, "kind": "user", "participant": "B01234", "email": "registered"} for name in ("U001", "U002")]
    begin = {"do": "initiate-2fa", "password": "P1", "channel": "email", "at": "session-1 +5m"}
    steps = [{**begin, "account": "U001"}, {**begin, "account": "U002"}]
    steps += [{"at": "session-2 +5m", "account": "U001", "do": "change-password", "from": "P1", "to": "P2"}]
    case = own(tmp_path, accounts=users, steps=[{**step, "expect": "any"} for step in steps], **parts)
    plain = gather(case, RunOptions())
    about = gather(case, RunOptions(), "U002", "password")
    head = sections(page_of(about, check=False))["verdict"]
    promised, found, _ = head.cards
    assert head.word == "✗ FAILED"
    assert head.sentence.startswith(headline(plain).sentence)
    assert head.sentence.endswith("; the cards and the reasons are about U002’s password on Monday.")
    assert promised.head == "Promised on Monday, U002’s password"
    assert promised.notes == ()
    assert ([chip.text for chip in found.chips], found.edge) == (["P1"], "two")


def test_every_way_to_break_a_promise_has_a_sentence():
    """No invariant of the promise falls back to its bare statement, and no sentence is for one that is not there."""
    promised = {name for name, each in INVARIANTS.items() if each.family == "promise" and each.check is None}
    assert promised == {*OF_A_VALUE, *OF_THE_SITES}
    assert sorted(promised) == sorted(GRAVEST_FIRST)


def test_every_field_and_kind_of_change_has_words():
    """A new field, or a new kind of change, needs its words."""
    assert {*NOUNS} == {*FIELDS}
    assert {*CHANGES} == {*KINDS}


def test_the_card_of_what_was_found_shows_the_logons():
    """Each logon that hangs on the value is told with its outcome, and whether the promise gives it."""
    section = sections(run_page(load_scenario(SCENARIOS / "circular" / "footnote-3.yaml", runbook="failback-copy")))
    promised, found, mend = section["verdict"].cards
    assert [chip.text for chip in promised.chips] == ["P1"]
    assert {quote.rule for quote in promised.quotes} == {"fn1", "fn3"}
    assert [(note.verdict, note.tone, note.event) for note in found.notes] == [
        ("accepted", "bad", 22),
        ("refused wrong-password", "bad", 23),
    ]
    assert mend.code == "copy-back"
    assert "proved within bounds" in [note.verdict for note in mend.notes]


def sections(page):
    return {section.anchor: section.value for section in page.sections}


@pytest.mark.parametrize(
    ("name", "tone"),
    [("circular/footnote-3", "good"), ("failure-modes/m13-split-brain", "warn")],
)
def test_a_run_that_passes_by_breaking_is_not_green(name, tone):
    """A violation that is expected passes, and its badge says so in another tone than a promise that is kept."""
    page = run_page(load_scenario(SCENARIOS / f"{name}.yaml"), check=False)
    assert sections(page)["verdict"].tone == tone


@pytest.mark.parametrize(
    ("name", "check", "edge"),
    [
        ("circular/footnote-3", True, "good"),
        ("circular/footnote-3", False, "warn"),
        # The mended runbook keeps this run, and the check finds another schedule that breaks it.
        ("failure-modes/m16-revocation-rolled-back", True, "warn"),
    ],
)
def test_the_card_of_the_mend_is_green_only_where_the_mended_runbook_is_proved(name, check, edge):
    """One run that passes is no proof."""
    case = load_scenario(SCENARIOS / f"{name}.yaml", runbook="failback-copy")
    card = sections(run_page(case, RunOptions(runbook="failback-copy"), check=check))["verdict"].cards[2]
    assert (card.code, card.edge) == ("copy-back", edge)


def test_without_a_check_nothing_is_called_proved():
    """With --no-check no card and no table speaks of a proof."""
    page = run_page(load_scenario(SCENARIOS / "circular" / "footnote-3.yaml"), RunOptions(), check=False)
    assert "not checked" in page.html
    assert "proved within" not in page.html


def test_several_problems_are_listed_below_the_first():
    """What the sentence is not about is listed, each problem once."""
    case = load_scenario(SCENARIOS / "circular" / "footnote-3.yaml", runbook="failback-copy")
    head = sections(run_page(case, RunOptions(runbook="failback-copy"), check=False))["verdict"]
    assert len(head.others) == 3
    assert head.others_head == "3 more things went wrong in this run"


def test_what_the_sentence_says_is_not_listed_once_more(tmp_path):
    """Of two fields whose values are wrong the list has the other one; and where nothing broke, it has nothing."""
    act = {"at": "session-2 +5m", "account": "U001", "do": "initiate-2fa", "password": "P1", "channel": "email"}
    case = own(tmp_path, runbook="failback-copy", steps=[act])
    (other,) = sections(page_of(gather(case, RunOptions(), "U001", "channel"), check=False))["verdict"].others
    assert other.says.startswith("U001, password")
    case = own(tmp_path, steps=[act], expect={"violations": ["one-writer"]})
    assert sections(run_page(case, check=False))["verdict"].others == ()


@pytest.mark.parametrize("name", ["circular/footnote-3", "failure-modes/m12-wrong-site", "circular/windows"])
@pytest.mark.parametrize("runbook", [None, "failback-copy"])
def test_links_within_the_page_lead_somewhere(name, runbook):
    """Every link has its anchor in the page, and no anchor stands twice."""
    html = run_page(load_scenario(SCENARIOS / f"{name}.yaml", runbook=runbook), check=False).html.split("<script", 1)[0]
    anchors = re.findall(r'\sid="([^"]+)"', html)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(anchors)
