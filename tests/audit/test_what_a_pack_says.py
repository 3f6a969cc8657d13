"""What a pack says of scenarios that are no plain proof, of places, and of what no check tried."""

from itertools import product

import attrs
import pytest
from markdown_it import MarkdownIt
from packs import asked

from dcsim.checker.question.coverage import Coverage
from dcsim.files.load import load_rulebook, load_runbook
from dcsim.usecases.audit import pack
from dcsim.usecases.audit.decision import risk, sentence
from dcsim.usecases.audit.document import document
from dcsim.usecases.audit.obligations import assumptions
from dcsim.usecases.audit.plan import _stretches, scenarios
from dcsim.usecases.audit.proofs import coverage, proofs

HEAD = "title: A test\nrulebook: asx-24-bcp-2025\nrunbook: roll-back\n"
ACCOUNTS = "accounts: [{id: U1, kind: user, two-factor: {password: P0, channel: token}}]\n"
LOGON = "steps: [{at: monday +8h1m, account: U1, do: logon, with: otp, password: P0}]\n"
FILES = {
    "slip": LOGON + "faults: [{operator: skip, step: open-test}]\nexpect: {violations: [window-served]}\n",
    "own": LOGON + "policies: {changes-in-gaps: [order]}\n",
    "unused": LOGON + "faults: [{link: drop, account: U1, nth: 1}]\n",
}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    """A pack of three scenarios: one expects a break, one has its own policy, one has a fault that never happens."""
    folder = tmp_path_factory.mktemp("three")
    for name, text in FILES.items():
        (folder / f"{name}.yaml").write_text(f"scenario: {name}\n{HEAD}{ACCOUNTS}{text}")
    return pack(asked(scenarios=(folder,), rejected=("roll-back",))).evidence


def words(block):
    """The words of a part of a pack."""
    if isinstance(block, str):
        return block
    if hasattr(block, "text"):
        return block.text
    parts = block if isinstance(block, tuple) else attrs.astuple(block, recurse=False)
    return " ".join(map(words, parts)) if isinstance(parts, tuple) else ""


def test_a_scenario_that_breaks_what_it_expects_keeps_nothing(evidence):
    """It is counted apart, and a pack that has only such ones is not green."""
    assert evidence.status == "passed"
    says = sentence(evidence)
    assert "in 2 scenarios (1 of them with policies" in says
    assert "1 more scenario shows how it breaks" in says
    only = attrs.evolve(evidence, runs=evidence.broken_as_expected)
    assert only.status == "inconclusive"
    assert "keeps" not in sentence(only).replace("is kept", "")


def test_what_runs_flag_and_which_policies_they_set_is_in_the_pack(evidence):
    """In the row of the scenario, among what was assumed, and in the residual risk."""
    text = words(tuple(block for section in (risk(evidence),) for block in section.blocks))
    flagged = next(run.flagged for run in evidence.runs if run.result.name == "unused")
    assert flagged
    assert all(says in text for says in flagged)
    rows = words(scenarios(evidence).blocks)
    assert all(says in rows for says in flagged)
    assert "played with the policy changes-in-gaps: order" in rows
    assert "policy changes-in-gaps order nothing" in words(assumptions(evidence).blocks)


def test_a_check_that_was_cut_off_says_nothing_of_what_it_did_not_reach(evidence):
    """Not that no rule decided anything, and not that nothing is survived."""
    result = evidence.proof.result
    explored = attrs.evolve(result.answer.explored, complete=False, why="no time")
    answer = attrs.evolve(result.answer, status="inconclusive", explored=explored, covered=Coverage(), survived=())
    part = attrs.evolve(evidence.proof, result=attrs.evolve(result, answer=answer))
    section = proofs(attrs.evolve(evidence, proof=part, mishaps=part))
    text = words(section.blocks)
    assert "Not every order" in section.lead
    assert "Rules that decided a value: not known" in text
    assert "survived, each alone" not in text
    assert "Every order" in proofs(evidence).lead


def test_what_no_check_tried_is_said(evidence):
    """An act that no schedule accepts, and accounts that do not exist at the start."""
    result = evidence.proof.result
    covered = attrs.evolve(result.answer.covered, never=("create-user", "unlock-user"))
    result = attrs.evolve(result, answer=attrs.evolve(result.answer, covered=covered))
    text = words(coverage(attrs.evolve(evidence, proof=attrs.evolve(evidence.proof, result=result))).blocks)
    assert "accounts that do not exist at the start" in text
    assert "unlock-user: it was accepted in no schedule" in text
    assert "accounts that do not exist" not in words(coverage(evidence).blocks)


@pytest.mark.parametrize("held", list(product([True, False], repeat=4)))
def test_each_gap_of_a_place_is_named(held):
    """From where, without which steps, and until when: the words say of each step what the table says."""
    steps = list(load_runbook("roll-back").value.steps[:4])
    says = _stretches(steps, list(held), load_rulebook("asx-24-bcp-2025").value)
    first = next((n for n, holds in enumerate(held) if holds), None)
    if first is None:
        assert says == "holds it after no step in every run"
        return
    assert ("to the end" in says) == (held[-1] and not all(held))
    last = max(n for n, holds in enumerate(held) if holds)
    gaps = [step.id for step, holds in zip(steps[first:last], held[first:last], strict=True) if not holds]
    named = (
        says.split("but not after ")[1].split(";")[0].replace(" and ", ", ").split(", ") if "but not" in says else []
    )
    assert named == gaps
    if first:
        assert f"from {steps[first].id} (" in says
    if not held[-1]:
        assert f"until {steps[last + 1].id} (" in says


def test_no_star_of_the_markdown_is_shown(made, evidence):
    """A reader of Markdown that is not dcsim's takes every star for markup."""
    for markdown in ((made / "pack.md").read_text(), document(evidence).markdown):
        tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
        texts = [child.content for token in tokens for child in token.children or () if child.type == "text"]
        assert len(texts) > 100
        assert [text for text in texts if "**" in text] == []
