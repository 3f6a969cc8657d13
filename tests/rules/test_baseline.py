"""What stood before the first session: rules speak of it as of something made in the baseline, field by field."""

import json

import attrs
import pytest

from dcsim.domain.account import BASELINE
from dcsim.domain.rulebook import Rule
from dcsim.files.lint_rulebook import rulebook_flaws
from dcsim.files.load import load_rulebook
from dcsim.report.fate_matrix import matrix_of
from dcsim.report.matrix_json import as_json
from dcsim.report.matrix_markdown import as_markdown
from dcsim.report.matrix_text import lines
from dcsim.report.pages.matrix_page import as_html
from dcsim.rules.conflicts import both_decide, flaws_against
from dcsim.rules.decision_space import RuleCell, matrix
from dcsim.rules.diff import diff
from dcsim.rules.lint import flaws
from dcsim.rules.mutants import rule_mutants
from dcsim.rules.witness import witnesses
from dcsim.rules.witness_runbooks import runbooks
from dcsim.usecases.distinguish import Distinguisher

BOOK = """\
rulebook: resting
version: 1
title: Resting orders
timezone: Asia/Hong_Kong
source: {title: A notice}
accounts: {user: {system: terminal}, da: {system: administration, administers: user}}
records: [order, limit]
sessions:
  - {name: test, site: east, opens: 2023-06-10 18:00, closes: 2023-06-10 20:00, assumption: x}
  - {name: monday, site: east, opens: 2023-06-12 00:00, closes: 2023-06-13 00:00, assumption: x}
rules:
  - {id: rest, accounts: user, changes: order, made-in: baseline, at: [test, monday], fate: discard, assumption: x}
"""


def loaded(folder, text):
    path = folder / "book.yaml"
    path.write_text(text)
    return load_rulebook(path).value


@pytest.fixture
def book(tmp_path):
    return loaded(tmp_path, BOOK)


def rule(name, changes="order", fate="carry", **given):
    default = {"accounts": ("user",), "made_in": (BASELINE,), "at": ("monday",), "assumption": "x"}
    return Rule(id=name, changes=(changes,), fate=fate, **(default | given))


def with_rules(book, *rules):
    return attrs.evolve(book, rules=rules)


def codes(found):
    return [flaw.code for flaw in found]


# -- what loads --------------------------------------------------------------------------------------------------------


def test_a_rule_may_name_the_baseline_beside_sessions_and_gaps(tmp_path):
    """Friday's orders, those of a gap and those of a session by one rule."""
    text = BOOK.replace("made-in: baseline, at: [test, monday]", "made-in: [baseline, after-test, test], at: monday")
    book = loaded(tmp_path, text)
    assert book.rules[0].made_in == (BASELINE, "after-test", "test")
    assert list(rulebook_flaws(book)) == []


def test_nothing_stands_before_what_stood_before(book):
    """A discard of what stood before has nothing to fall back to."""
    back = rule("back", fate="discard", baseline=BASELINE)
    assert codes(rulebook_flaws(with_rules(book, back))) == ["DC143"]


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        (("order", "carry"), ("order", "discard"), True),
        (("order", "carry"), ("limit", "discard"), False),
        # Both write the password.
        (("initiate-2fa", "carry"), ("change-2fa-password", "discard"), True),
        (("change-2fa-password", "carry"), ("change-otp-channel", "discard"), False),
        (("initiate-2fa", "discard"), ("reset-user", "discard"), False),
    ],
)
def test_rules_on_what_stood_before_contradict_each_other_field_by_field(book, one, other, contradict):
    """Whatever kind of change they name: a password that stood before is there or it is not."""
    both = with_rules(book, rule("one", *one), rule("other", *other))
    found = [flaw for flaw in rulebook_flaws(both) if flaw.code == "DC144"]
    assert bool(found) == contradict
    if contradict and one[0] != other[0]:
        assert (
            "the password of a user as it stood before, at monday, is carried (assumed: x) and disc" in found[0].message
        )


def test_changes_of_one_field_do_not_contradict_each_other_but_for_the_baseline(book):
    """What a session makes is told apart by kind of change."""
    made = {"made_in": ("test",)}
    both = with_rules(
        book, rule("a", "initiate-2fa", "carry", **made), rule("b", "change-2fa-password", "discard", **made)
    )
    assert codes(rulebook_flaws(both)) == []


def test_two_rulebooks_contradict_each_other_about_what_stood_before(book):
    """A notice keeps the set-up of Friday, its amendment deletes the passwords."""
    notice = with_rules(book, rule("kept", "initiate-2fa"))
    amendment = with_rules(book, rule("gone", "change-2fa-password", "discard"))
    assert both_decide(amendment, notice) == 1
    (flaw,) = flaws_against(amendment, notice, "notice")
    assert flaw.code == "DC210"
    assert flaw.message.startswith(
        "change-2fa-password of user, standing in the baseline, at monday: discarded ('gone'"
    )


# -- the matrix --------------------------------------------------------------------------------------------------------


def test_the_matrix_has_the_baseline_first_where_a_rule_speaks_of_it(book):
    """In every format; a rulebook that speaks of changes only shows nothing of it."""
    for made, shown in ((book, True), (with_rules(book, rule("x", made_in=("test",))), False)):
        view = matrix_of(made)
        text = "\n".join(lines(view))
        assert ("standing in the baseline" in text) == shown
        assert ("standing in the baseline" in as_html(view)) == shown
        assert ("| baseline | order | user | discarded" in as_markdown(view)) == shown
        assert json.loads(as_json(view))["origins"][0] == (BASELINE if shown else "before-test")
    text = "\n".join(lines(matrix_of(book)))
    assert text.index("standing in the baseline") < text.index("made in test")


def test_what_stood_before_stays_where_no_rule_speaks_of_it(book):
    """It is neither open nor a gap, and a row in which nothing else is to be said is left out."""
    view = matrix_of(book)
    cells = {
        tuple(cell[k] for k in ("account", "change", "origin", "target")): cell
        for cell in json.loads(as_json(view))["cells"]
    }
    assert cells["user", "order", BASELINE, "monday"]["fate"] == "discarded"
    assert cells["user", "limit", BASELINE, "monday"]["fate"] == "stays"
    assert cells["user", "limit", BASELINE, "monday"]["why"] == "no rule speaks of what stood before, which stays"
    assert view.counts["stays"] == len([cell for cell in matrix(book) if cell.origin == BASELINE]) - 2
    rows = [row for row in view.rows(view.targets) if row.origin == BASELINE]
    assert [(row.changes, row.accounts) for row in rows] == [(("order",), ("user",))]
    assert not [flaw for flaw in flaws(book) if flaw.code == "DC200" and "baseline" in flaw.message]


def test_a_kind_of_change_that_writes_more_than_is_spoken_of_is_told_by_field(book):
    """The channel is gone, the password stays: the set-up shows both, and the rule."""
    made = with_rules(book, rule("gone", "change-otp-channel", "discard"))
    shown = matrix_of(made).cells
    assert shown[RuleCell("user", "initiate-2fa", BASELINE, "monday")].says == (
        "password as it stood; channel and credential discarded"
    )
    assert shown[RuleCell("user", "change-otp-channel", BASELINE, "monday")].says == "discarded"
    assert shown[RuleCell("user", "change-2fa-password", BASELINE, "monday")].kind == "stays"


# -- the lint ----------------------------------------------------------------------------------------------------------


def test_a_rule_that_only_adds_what_is_said_of_a_field_is_needless(book):
    """Whoever deletes the set-up of Friday deletes its password."""
    both = with_rules(book, rule("all", "initiate-2fa", "discard"), rule("part", "change-2fa-password", "discard"))
    assert [flaw.message for flaw in flaws(both) if flaw.code == "DC202"] == ["rule 'part' adds nothing to 'all'"]


def test_what_is_carried_may_build_on_what_stood_before(book):
    """A password of Session 1 on Monday, where the set-up of Friday is deleted, or one part of it."""
    carried = rule("carried", "change-2fa-password", made_in=("test",))
    gone = rule("gone", "change-otp-channel", "discard")
    found = {flaw.code: flaw.message for flaw in flaws(with_rules(book, carried, gone))}
    assert "change-2fa-password of user, standing in the baseline, at monday: as it stood, and" in found["DC205"]
    found = {f.code: f.message for f in flaws(with_rules(book, carried, rule("gone", "initiate-2fa", "discard")))}
    assert "but initiate-2fa, standing in the baseline, is discarded ('gone')" in found["DC204"]


def test_kinds_of_account_fare_differently_in_what_stood_before(book):
    """A rule for one kind only is told, unless it says what would be so without it."""
    found = [flaw.message for flaw in flaws(book) if flaw.code == "DC206"]
    assert found == [
        "order, standing in the baseline, at test and monday: discarded ('rest') for user; as it stood for da"
    ]
    assert "DC206" not in codes(flaws(with_rules(book, rule("kept"))))


# -- differences -------------------------------------------------------------------------------------------------------


def test_silence_about_what_stood_before_says_that_it_stays(book):
    """A rule that carries it, in the words of whichever kind of change, makes no difference."""
    silent = with_rules(book)
    assert diff(silent, with_rules(book, rule("kept"), rule("set-up", "initiate-2fa"))).equivalent
    parts = [rule(f"r{n}", kind, "discard") for n, kind in enumerate(("change-2fa-password", "change-otp-channel"))]
    assert diff(with_rules(book, *parts), with_rules(book, rule("all", "initiate-2fa", "discard"))).equivalent


def test_what_stood_before_is_compared_cell_by_cell(book):
    """One rulebook deletes Friday's orders at both targets, another at one of them, and it does not matter which is
    asked first.
    """
    other = with_rules(book, attrs.evolve(book.rules[0], at=("monday",)))
    for one, two in ((book, other), (other, book)):
        found = diff(one, two)
        assert [d.cell for d in found.differences] == [RuleCell("user", "order", BASELINE, "test")]
        assert not found.apart


def test_what_stood_before_is_told_apart_by_an_account_that_does_nothing(book):
    """It holds something in every field, and its orders are kept or emptied before the target opens."""
    cell = RuleCell("user", "order", BASELINE, "monday")
    (scenario,) = witnesses(book, with_rules(book), cell)
    (account,) = scenario.accounts
    assert scenario.steps == ()
    assert dict(account.start.own)["order"].value == "V0"
    assert account.start.failures.value
    names = [runbook.runbook for runbook in runbooks(book, with_rules(book), cell, idle=True)]
    assert names == ["keep-everything", *["heed-order-of-user-that-stood"] * 2]


@pytest.mark.parametrize("fate", [{"fate": "carry"}, {"fate": "reset", "to": "V1"}])
def test_a_weekend_on_which_nobody_does_anything_shows_what_becomes_of_what_stood(book, fate):
    """Friday's orders are kept, emptied or replaced: one rulebook is kept, and the other is broken."""
    other = with_rules(book, attrs.evolve(book.rules[0], **fate))
    telling = Distinguisher(book, other).distinguish(RuleCell("user", "order", BASELINE, "monday"))
    assert (telling.scenario.steps, telling.scenario.violations) == ((), ())
    assert telling.broken


# -- mutants -----------------------------------------------------------------------------------------------------------


def test_mutants_move_rules_into_the_baseline_and_out_of_it(book):
    """Only where the rulebook speaks of what stood before: elsewhere nobody would mistake a session for it."""
    names = {mutant.name for mutant in rule_mutants(book)}
    assert {"rest deleted", "rest negated", "rest made in before-test", "rest made in test"} <= names
    both = with_rules(book, *book.rules, rule("made", made_in=("test",)))
    assert "made made in baseline" in {mutant.name for mutant in rule_mutants(both)}
    assert not [m for m in rule_mutants(with_rules(book, rule("made", made_in=("test",)))) if BASELINE in m.name]
