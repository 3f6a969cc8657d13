"""An amended notice voids the packs of which something that they rest on is another thing now, and no others."""

import json
from typing import get_args

import pytest
from packs import asked

from dcsim.files.load import load_rulebook
from dcsim.report.packs import Standing
from dcsim.report.words import WORDS
from dcsim.rules.decision_space import RuleCell
from dcsim.usecases.audit import audit
from dcsim.usecases.audit.gather import Status
from dcsim.usecases.audit.quoted import other_words

TEXT = load_rulebook("asx-24-bcp-2025").text
OLD = "asx-24-bcp-2025"


def test_each_standing_and_verdict_is_explained():
    """`dcsim explain` knows every word that is said of a pack."""
    assert set(get_args(Standing)) == set(WORDS["standing of a pack"])
    assert set(get_args(Status)) == set(WORDS["verdict of a pack"])


def amended(folder, old, new, text=TEXT):
    assert old in text
    (folder / "new.yaml").write_text(text.replace(old, new, 1))
    return folder / "new.yaml"


def told(dcsim, old, new, *packs):
    code, out, err = dcsim("rules", "diff", old, new, "--json", *(word for pack in packs for word in ("--packs", pack)))
    assert code in (0, 1, 3), err
    return code, json.loads(out)["packs"]


def test_other_words_for_the_same_promise_void_nothing(made, tmp_path, dcsim):
    """A title may change, and what is quoted; the pack stands, and the other words are named."""
    new = amended(tmp_path, "quote: all configuration changes", "quote: each and every configuration change")
    code, [pack] = told(dcsim, OLD, new, made)
    assert (code, pack["standing"], pack["reasons"]) == (0, "stands", [])
    assert "the amended notice has other words for" in pack["remarks"][0]


OTHER_WORDS = [
    ("assumption: The summary names no method of logging on", "assumption: By telephone", "session test"),
    ("quote: Mon 30 Jun", "quote: Tuesday at noon", "session monday"),
    ("says: Transactions made in the test are", "says: Transactions made in the test MAY be", "statement 3"),
    ("id: absent\n", "id: absent2\n", "the rule absent is called absent2 in the amended notice"),
    (
        "open-questions:\n",
        "open-questions:\n  - {id: Q10, asks: All of it?}\n",
        "new open question Q10: All of it?; it names",
    ),
    (
        "open-questions:\n",
        "open-questions:\n  - {id: Q10, asks: All?, accounts: user, made-in: test, at: monday}\n",
        "scenarios that touch it: mine",
    ),
    ("    - {number: 3,", "    - {number: 9, says: More., place: x}\n    - {number: 3,", "not quote: statement 9"),
]


@pytest.mark.parametrize(("old", "new", "said"), OTHER_WORDS)
def test_whatever_a_pack_quotes_is_compared(tmp_path, old, new, said):
    """Of sessions, statements, rules by any name, and questions: other words are named, though they void nothing."""
    cell = RuleCell("user", "change-2fa-password", "test", "monday")
    before = load_rulebook(OLD).value
    after = load_rulebook(amended(tmp_path, old, new)).value
    assert list(other_words(before, before, {})) == []
    assert said in " ".join(other_words(before, after, {cell: ["mine"]}))


CHANGES = [
    (
        "fate: discard\n    baseline: baseline",
        "fate: carry",
        ["is carried", "scenarios that touch it", "passed before, failed", "the proof does not hold any more"],
    ),
    ("closes: 2025-06-28 17:00", "closes: 2025-06-28 16:00", ["2025-06-28 16:00"]),
]


@pytest.mark.parametrize(("old", "new", "said"), CHANGES)
def test_what_it_rests_on_voids_a_pack(made, tmp_path, dcsim, old, new, said):
    """Another fate, another window: the rule, the cells, the scenarios and the counterexample are named."""
    code, [pack] = told(dcsim, OLD, amended(tmp_path, old, new), made)
    assert (code, pack["standing"]) == (1, "void")
    text = "\n".join(pack["reasons"])
    assert [words for words in said if words not in text] == [], text


@pytest.mark.slow
@pytest.mark.parametrize(("fate", "standing"), [("discard", "stands"), ("carry", "void")])
def test_what_no_evidence_of_a_pack_touches_does_not_void_it(tmp_path, dcsim, fate, standing):
    """A cell to which neither a scenario nor the proof comes is named; whether the proof still holds is asked anew."""
    text = load_rulebook("seoch-2fa-2023").text
    rule = "rules:\n  - {id: more, accounts: user, changes: register-email, made-in: session-2, at: monday, "
    new = amended(tmp_path, "rules:\n", rule + f"fate: {fate}, assumption: a test}}\n", text)
    audit(asked(rulebook="seoch-2fa-2023", runbook="snapshot-standby", scenarios=()), tmp_path / "pack")
    _, [pack] = told(dcsim, "seoch-2fa-2023", new, tmp_path / "pack")
    assert pack["standing"] == standing
    assert "register-email of user" in pack["remarks"][0]
    assert all("the proof does not hold any more" in reason for reason in pack["reasons"])


def test_a_damaged_pack_never_stands(pack, dcsim):
    """Even where nothing was amended."""
    with (pack / "pack.md").open("a") as file:
        file.write("x")
    code, [found] = told(dcsim, OLD, OLD, pack)
    assert (code, found["standing"]) == (1, "damaged")
    assert "DC221" in found["findings"][0]


@pytest.mark.slow
def test_packs_of_other_rulebooks_are_told_apart(made, failing, dcsim):
    """Nothing is said of them."""
    code, found = told(dcsim, OLD, OLD, made, failing)
    assert (code, [each["standing"] for each in found]) == (0, ["stands", "another rulebook"])


def test_where_nothing_is_said_of_any_pack_that_is_no_success(made, dcsim):
    """The only pack is one of another rulebook."""
    assert told(dcsim, "eurex-t7-dr-2019", "eurex-t7-dr-2019", made)[0] == 3


def test_without_time_nothing_is_said(made, dcsim):
    """A proof that cannot be made again leaves the pack undecided."""
    code, out, _ = dcsim("rules", "diff", OLD, OLD, "--packs", made, "--time", "1ms")
    assert (code, out.startswith("inconclusive")) == (3, True)


def test_a_notice_for_another_weekend_voids_a_pack(made, dcsim):
    """Its scenarios cannot be run, and its runbook does not fit."""
    code, [pack] = told(dcsim, OLD, "seoch-2fa-2023", made)
    assert (code, pack["standing"]) == (1, "void")
    assert any("does not fit" in reason for reason in pack["reasons"])


def test_a_folder_without_packs_is_a_finding(tmp_path, dcsim):
    """And no success; packs deep within a folder are found."""
    assert dcsim("rules", "diff", OLD, OLD, "--packs", tmp_path)[0] == 2
    assert dcsim("rules", "diff", OLD, OLD, "--packs", tmp_path / "none")[0] == 2
    assert dcsim("rules", "diff", OLD, OLD, "--packs", tmp_path, "--save", tmp_path)[0] == 2
