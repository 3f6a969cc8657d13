"""The page of a check says what `check --json` says, in words that a board reads, and no more than was computed."""

import json
import re
from pathlib import Path

import attrs
import pytest
from reading import sound

from dcsim.checker.explorers.engines import NOT_ATTRIBUTED
from dcsim.checker.explorers.protocol import Break
from dcsim.checker.question import any_operations
from dcsim.checker.question.coverage import Coverage
from dcsim.usecases.check import Bounds, Who, check, load_subject
from dcsim.usecases.proof_page import proof_page

BUILTIN = ["--rulebook", "seoch-2fa-2023", "--runbook"]
ROOT = Path(__file__).parent.parent.parent
CASES = {
    "proved": [*BUILTIN, "snapshot-standby", "--ops", "1"],
    "violated": [*BUILTIN, "failback-copy"],
    "practices": [*BUILTIN, "stale-restore-point"],
    "slips": [*BUILTIN, "snapshot-standby", "--ops", "0", "--slips", "1", "--faults", "1"],
    "off": [*BUILTIN, "no-drain", "--practices", "off"],
    "records": ["--rulebook", "asx-24-bcp-2025", "--runbook", "roll-back", "--ops", "1"],
    "scenario": [str(ROOT / "scenarios" / "circular" / "footnote-3.yaml"), "--runbook", "failback-copy"],
}
UNDECIDED = [*BUILTIN, "snapshot-standby", "--slips", "2", "--faults", "1", "--time", "1ms"]


ANY = ["--rulebook", "asx-24-bcp-2025", "--runbook", "roll-back"]
NOTHING = [*BUILTIN, "snapshot-standby", "--ops", "0"]


class Made:
    """A page, what the same command prints as JSON, and its path."""

    def __init__(self, dcsim, folder, words):
        self.path = folder / "proof.html"
        self.code, printed, err = dcsim("check", *words, "--json", "--html", self.path)
        assert self.code in (0, 1, 3), err
        self.text, self.data = self.path.read_text(encoding="utf-8"), json.loads(printed)
        self.root = sound(self.text)

    def section(self, name):
        return self.root.one(id=name)


PAGES = {}
"""The pages that were made: each check is run once."""


@pytest.fixture(params=CASES)
def made(request, dcsim, tmp_path_factory):
    if request.param not in PAGES:
        PAGES[request.param] = Made(dcsim, tmp_path_factory.mktemp("page"), CASES[request.param])
    return PAGES[request.param]


def test_the_verdict_and_what_was_explored_are_those_of_the_check(made):
    """Its word, the bounds, the states and the accounts, as `--json` has them."""
    data, badge = made.data, made.root.one(class_="badge").text
    assert {"proved": "PROVED", "violated": "VIOLATED"}[data["status"]] in badge
    bounds = made.section("bounds").text
    assert f"at most {data['bounds']['ops']} an account" in bounds
    assert f"faults of the link at most {data['bounds']['faults']}" in bounds
    assert f"slips of the operator at most {data['bounds']['errors']}" in bounds
    told = [row.text.split() for row in made.section("bounds").one("div", class_="columns").every("tr")]
    for account in data["bounds"]["accounts"]:
        assert any([account["id"], account["kind"]] == row[-len(row) :][i : i + 2] for row in told for i in (0, 1))
    assert f"{data['states']:,} states, {data['transitions']:,} transitions" in made.section("record").text


def test_every_counterexample_is_shown(made):
    """With its statement, its steps, what was found and the rules; and no other."""
    articles = list(made.root.every("article"))
    assert len(articles) == len(made.data["counterexamples"])
    for article, example in zip(articles, made.data["counterexamples"], strict=True):
        head = article.one("h3").text
        assert f"{example['invariant']} in {example['length']} step" in head
        assert head.endswith(f"after {' and '.join(example['after'])}" if example["after"] else "no slip and no fault")
        assert example["says"] in article.text
        steps = [line.removeprefix("- ") for line in article.one("pre").text.split(" - ")]
        assert steps == [" ".join(step.split()) for step in example["steps"]] or not example["steps"]
        for basis in example["rests_on"]:
            assert " ".join(f"by {basis}".split()) in article.text
        assert example["invariant"] in "".join(cell.text for cell in article.every("td"))


def test_what_breaks_after_each_slip_and_fault_leads_to_its_counterexample(made):
    """Each name that no part of the combination breaks stands there; what survives is said to survive."""
    section, broken = made.section("mishaps"), {tuple(b["after"]): b["invariants"] for b in made.data["broken"]}
    if not made.data["bounds"]["errors"] + made.data["bounds"]["faults"]:
        assert "None was tried" in section.text
        return
    cells = {}
    for table in section.every("table"):
        head = [cell.text for cell in table.one("thead").every("th")]
        for row in table.one("tbody").every("tr"):
            name, *outcomes = [cell for cell in row.children if not isinstance(cell, str)]
            for slip, outcome in zip(head[1:], outcomes, strict=True):
                words = f"{slip} {name.text}" if head[0] == "step" else name.text
                cells[tuple(words.split(" and "))] = outcome
    for after, names in broken.items():
        if after:
            parts = [(), *((one,) for one in after if len(after) > 1)]
            added = {name for name in names if not any(name in broken.get(part, ()) for part in parts)}
            if added or len(after) == 1:
                assert {link.text for link in cells[after].every("a")} == added
                for link in cells[after].every("a"):
                    shown = made.root.one(id=link.attributes["href"][1:]).one("h3").text
                    assert shown.split()[1] == link.text
                    assert shown.endswith(f"after {' and '.join(after)}")
    survivors = {after for after, cell in cells.items() if "survives" in cell.text}
    assert survivors == {(one,) for one in made.data["survived"]}
    assert survivors
    assert any("✗" in cell.text for cell in cells.values())


def test_what_the_verdict_covers_is_told(made):
    """Rules that decided, and those that did not; what was never accepted; open cells; what is outside."""
    covered = made.data["covered"]
    section, outside = made.section("covered").text, made.section("outside").text
    for rule in (*covered["decided"], *covered["silent"], *covered["never"], *covered["open"], *covered["refused"]):
        assert rule in section
    assert all(sentence in outside for sentence in covered["outside"])
    fired = {row.one("td", class_="number").parent.text for row in made.root.one(id="fired").one("tbody").every("tr")}
    assert fired == {f"{name} {number:,}" for name, number in made.data["fired"].items()}
    for waived in made.data["waived"]:
        assert f"{waived['practice']}: {waived['basis']}" in section


def test_the_states_grow_up_to_those_of_the_check(made):
    """Each row is within smaller bounds and has no more states; the last one is the check."""
    rows = [row.text.replace(",", "").split() for row in made.section("bounds").one(class_="growth").every("tr")][1:]
    counts = [int(row[3]) for row in rows]
    assert counts == sorted(counts)
    assert counts[-1] == made.data["states"]
    assert rows[-1][:3] == [str(made.data["bounds"][name]) for name in ("ops", "faults", "errors")]
    assert len(rows) == 1 + sum(int(bound) for bound in rows[-1][:3])


def test_a_replay_of_the_page_verifies_each_trace(made, dcsim):
    """One for each counterexample, and all as recorded; a page without one has none."""
    code, printed, err = dcsim("replay", made.path)
    count = len(made.data["counterexamples"])
    if count:
        assert (code, printed.count("all as recorded")) == (0, count), printed + err
    else:
        assert code == 2
        assert "carries no trace" in err


def test_the_same_check_gives_the_same_page(dcsim, tmp_path):
    """Byte for byte, wherever it is written; there is no time in it."""
    for name in ("one", "other"):
        dcsim("check", *CASES["violated"], "--html", tmp_path / f"{name}.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "other.html").read_bytes()


@pytest.mark.parametrize("accounts", ["300", "100000"])
def test_states_may_be_too_many_for_a_float(accounts, dcsim, tmp_path):
    """They are told with an exponent, or as a formula, as on the terminal; the growth has no bar for a formula."""
    path = tmp_path / "crowd.html"
    code, printed, err = dcsim("check", *CASES["violated"], "--accounts", accounts, "--html", path)
    assert code == 1, err
    told = re.search(r"engine factored: (?:at most )?(\S+)", printed)[1]
    root = sound(path.read_text(encoding="utf-8"))
    assert told in root.one(id="record").text
    assert len(list(root.one(class_="growth").every("tr"))) == 3


def test_a_board_reads_one_sentence(dcsim, tmp_path):
    """What it says depends on what was found: a broken practice is no broken promise."""
    says = {}
    for name in ("proved", "violated", "practices"):
        says[name] = Made(dcsim, tmp_path, CASES[name]).root.one("h1").text
    assert "snapshot-standby keeps what the notice promises, in every schedule" in says["proved"]
    assert "failback-copy breaks what the notice promises, even if nothing goes wrong" in says["violated"]
    assert "stale-restore-point keeps what the notice promises, and breaks good practice" in says["practices"]


@pytest.mark.parametrize(("words", "why"), [(UNDECIDED, "ran out"), (NOTHING, "no rule decided anything")])
def test_what_is_not_decided_is_never_green(words, why, dcsim, tmp_path):
    """It is amber, says why, and claims neither survival nor a proof."""
    made = Made(dcsim, tmp_path, words)
    assert (made.code, made.data["status"]) == (3, "inconclusive")
    assert not list(made.root.one("main").every(class_="good"))
    assert "warn" in made.root.one(class_="badge").attributes["class"]
    assert why in made.root.one(id="verdict").text.lower()
    assert ("Not known: the search was not complete" in made.section("covered").text) == (words is UNDECIDED)
    assert not re.search(r"✓|keeps what the notice promises, in every", made.text)


@pytest.mark.parametrize("mode", [["--within", "1"], ["--non-interference"]])
def test_other_questions_have_no_page(mode, dcsim, tmp_path):
    """Bad usage, and no file."""
    code, _, err = dcsim("check", *CASES["scenario"], *mode, "--html", tmp_path / "x.html")
    assert code == 2
    assert f"--html does not go with {mode[0]}" in err
    assert not list(tmp_path.iterdir())


def test_the_command_stands_in_the_page_without_where_it_writes(dcsim, tmp_path):
    """So that whoever reads it can have the answer again."""
    dcsim("check", *CASES["violated"], "--json", "--html", tmp_path / "x.html", f"--save={tmp_path / 'found'}")
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "dcsim check --rulebook seoch-2fa-2023 --runbook failback-copy<" in text
    assert str(tmp_path) not in text


@pytest.fixture
def part_of():
    """The page of a search with slips that was cut off: a whole one, of which something is said not to be known."""
    subject = load_subject(None, "asx-24-bcp-2025", "roll-back", Who())
    result = check(subject, Bounds(ops=0, slips=1))
    explored = result.answer.explored
    broken = {NOT_ATTRIBUTED: tuple(sorted(explored.invariants))}
    history = tuple(Break(name, NOT_ATTRIBUTED) for name in broken[NOT_ATTRIBUTED])
    explored = attrs.evolve(explored, complete=False, why="the time budget ran out", broken=history)
    fields = {"status": "inconclusive", "explored": explored, "broken": broken, "survived": (), "covered": Coverage()}
    answer = attrs.evolve(result.answer, **fields, counterexamples=(), why=explored.why)
    return proof_page(attrs.evolve(result, answer=answer, traces=()), subject, "again")


def test_a_search_that_was_cut_off_says_what_is_known_and_no_more(part_of):
    """No slip "never happened", no rule "decided nothing", no count of survivors, and each name once."""
    root = sound(part_of.html)
    text = root.one("main").text
    assert "never happened" not in text
    assert "happened; not decided" in root.one(id="mishaps").text
    assert root.one("h1").text.startswith("It is not decided")
    lead = root.one(id="verdict").text
    assert lead.count("not told apart") == 1
    assert "single slips and faults break" not in text
    assert "bad" not in {card.attributes["class"].split()[-1] for card in root.every("div", class_="card")}
    bounds = root.one(id="bounds").text
    assert "Every order of" not in bounds
    assert "cut off" in bounds
    assert "no state is more than" not in bounds
    assert "not finished: the time budget ran out" in root.one(class_="growth").text
    fired = {name.removeprefix("rule ") for name, _ in part_of.fired if name.startswith("rule ")}
    assert {rule for rule, _ in part_of.decided} == fired


def test_practices_and_faults_that_were_not_looked_at_are_said(dcsim, tmp_path):
    """Without practices nothing is said to break "anything"; faults that cannot happen are no survivors."""
    words = ["--rulebook", "asx-24-bcp-2025", "--runbook", "roll-back", "--ops", "0", "--faults", "1"]
    made = Made(dcsim, tmp_path, [*CASES["proved"], "--practices", "off"])
    assert "Practices were not looked at" in made.section("verdict").text
    assert "none breaks anything" not in made.text
    made = Made(dcsim, tmp_path, words)
    assert not any(name.startswith("fault") for name in made.data["fired"])
    assert "No fault could happen" in made.section("mishaps").text
    assert "nothing more breaks" not in made.text


@pytest.mark.parametrize("pairs", [16_000, 50])
def test_any_number_is_told_where_it_was_decided(pairs, dcsim, tmp_path, monkeypatch):
    """Operations and accounts of any number; or the bounds of one operation, and that more of them was not decided."""
    monkeypatch.setattr(any_operations, "MOST_PAIRS", pairs)
    page = Made(dcsim, tmp_path, ANY)
    bounds, verdict = page.section("bounds").text, page.section("verdict").text
    whole = pairs == 16_000
    assert ("however many accounts and operations there are" in verdict) is whole
    assert ("operations any number" in bounds) is whole
    assert ("More slips or faults than the bounds were not tried" in page.section("outside").text) is whole
    assert ("and any number that begin as one of them" in bounds) is whole
    assert ("Not decided: any number of operations: 50 states were not enough" in bounds) is not whole
    assert ("at most 1 an account" in bounds) is not whole
