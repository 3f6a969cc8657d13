"""The runbooks that are made to show a difference: which are tried for a cell, and what they do before a target."""

import attrs
import pytest

from dcsim.domain.account import BASELINE
from dcsim.files.load import load_rulebook
from dcsim.rules.decision_space import RuleCell
from dcsim.rules.witness_runbooks import follow, follow_baseline, keep, runbooks

BOOK = load_rulebook("seoch-2fa-2023").value
ROUTINE = ("drain", "switch", "open", "close")


def ruled(origin, **fates):
    """The rulebook with one rule a target, on a change of the channel; a value that is no fate is reset to."""
    plain = attrs.evolve(BOOK.rules[0], changes=("change-otp-channel",), made_in=(origin,))
    given = {target.replace("_", "-"): fate for target, fate in fates.items()}
    rules = (
        attrs.evolve(plain, id=at, at=(at,), fate=fate)
        if fate in ("carry", "discard")
        else attrs.evolve(plain, id=at, at=(at,), fate="reset", to=fate)
        for at, fate in given.items()
    )
    return attrs.evolve(BOOK, rules=tuple(rules))


def cell(origin, target="monday"):
    return RuleCell("user", "change-otp-channel", origin, target)


def special(runbook, target):
    """What the runbook does at a target beside the routine, at the primary; a flashback says where it goes to."""
    steps = (step for step in runbook.steps if step.at.session == target and not step.id.startswith(ROUTINE))
    at_primary = (step for step in steps if step.site == "primary" and step.at.offset == 0)
    return [" ".join(map(str, _words(step))) for step in at_primary]


def _words(step):
    if step.verb == "reset":
        return (step.verb, *step.fields, step.to)
    return step.verb, step.to if step.verb == "flashback" else step.name


@pytest.mark.parametrize(
    ("session_2", "monday", "at_session_2", "at_monday"),
    [
        ("carry", "carry", ["restore-point made"], []),
        ("discard", "discard", ["restore-point made", "flashback beginning"], []),
        ("carry", "discard", ["restore-point made"], ["flashback beginning"]),
        ("discard", "carry", ["restore-point made", "flashback beginning"], ["flashback made"]),
        ("carry", "app", ["restore-point made"], ["flashback made", "reset channel credential app"]),
        (
            "app",
            "app",
            ["restore-point made", "flashback made", "reset channel credential app"],
            ["reset channel credential app"],
        ),
    ],
)
def test_a_change_fares_at_each_target_as_the_rulebook_says(session_2, monday, at_session_2, at_monday):
    """What was made is kept in a restore point; a fate that differs from the one before goes back."""
    book = ruled("session-1", session_2=session_2, monday=monday)
    made = follow(book, ruled("session-1"), cell("session-1"))
    assert (special(made, "session-2"), special(made, "monday")) == (at_session_2, at_monday)


@pytest.mark.parametrize(
    ("session_2", "monday", "at_session_2", "at_monday"),
    [
        ("carry", "carry", [], []),
        ("discard", "discard", ["reset channel None", "reset credential 0"], []),
        ("discard", "carry", ["reset channel None", "reset credential 0"], ["flashback beginning"]),
        (
            "app",
            "phone",
            ["reset channel app", "reset credential app"],
            ["reset channel phone", "reset credential phone"],
        ),
        ("carry", "app", [], ["reset channel app", "reset credential app"]),
    ],
)
def test_what_stood_before_fares_at_each_target_as_the_rulebook_says(session_2, monday, at_session_2, at_monday):
    """It is emptied, replaced or brought back where its fate changes."""
    book = ruled(BASELINE, session_2=session_2, monday=monday)
    made = follow_baseline(book, BOOK, cell(BASELINE, "session-2"))
    assert (special(made, "session-2"), special(made, "monday")) == (at_session_2, at_monday)


@pytest.mark.parametrize(
    ("baseline", "fall_back"), [(None, []), (BASELINE, []), ("session-1", ["back-to-session-1-at-monday"])]
)
def test_the_plainest_runbook_is_tried_first(baseline, fall_back):
    """All is kept, then lost, then what a rule falls back to, then the fate that each of the two rulebooks gives."""
    one = ruled("session-2", monday="discard")
    one = attrs.evolve(one, rules=tuple(attrs.evolve(rule, baseline=baseline) for rule in one.rules))
    names = [made.runbook for made in runbooks(one, ruled("session-2"), cell("session-2"), idle=False)]
    follows = ["heed-change-otp-channel-of-user-made-in-session-2"] * 2
    assert names == ["keep-everything", "lose-everything-at-monday", *fall_back, *follows]
    names = [made.runbook for made in runbooks(one, ruled("session-2"), cell("session-2"), idle=True)]
    assert names == follows


def test_the_routine_of_a_weekend_waits_for_the_standby_before_each_session_but_the_first():
    """The sites switch only where the next session is at the other one."""
    assert [(step.verb, step.at.session, step.at.edge) for step in keep(BOOK).steps] == [
        ("open", "session-1", "opens"),
        ("close", "session-1", "closes"),
        ("drain", "session-1", "closes"),
        ("switch", "session-2", "opens"),
        ("open", "session-2", "opens"),
        ("close", "session-2", "closes"),
        ("drain", "session-2", "closes"),
        ("switch", "monday", "opens"),
        ("open", "monday", "opens"),
        ("close", "monday", "closes"),
    ]
