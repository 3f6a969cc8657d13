"""The rule cells of an open question are checked as those of a rule are."""

import pytest

QUESTIONS = "\nopen-questions:\n  - {id: Q1, asks: What?, CELLS}\n"


def found(weekend, cells):
    path = weekend.folder / "rulebook.yaml"
    head = path.read_text().split("\nopen-questions:")[0]
    path.write_text(head + QUESTIONS.replace("CELLS", cells))
    return [finding for finding in weekend.findings() if "rulebook.yaml" in finding]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (
            "accounts: [user, usr]",
            "DC190 rulebook.yaml:LINE:COL warning: unknown account kind 'usr'; did you mean 'user'?",
        ),
        ("changes: initiate", "DC190 rulebook.yaml:LINE:COL warning: unknown change kind 'initiate'"),
        ("made-in: session-3", "DC190 rulebook.yaml:LINE:COL warning: unknown session or gap 'session-3'"),
        ("at: after-session-1", "DC190 rulebook.yaml:LINE:COL warning: unknown session 'after-session-1'"),
        (
            "made-in: session-2, at: [monday, session-1]",
            "open question 'Q1': 'session-1' does not come after 'session-2'",
        ),
        ("made-in: [session-1, session-1]", "'session-1' stands in this list already"),
    ],
)
def test_an_unknown_or_impossible_cell_is_a_finding(weekend, cells, says):
    """Its names, and targets that come before what is made."""
    for part in says.split("LINE:COL"):
        assert part.strip() in "\n".join(found(weekend, cells))


@pytest.mark.parametrize(
    "cells",
    [
        "stands-in: nothing",
        "accounts: da, changes: account-changes, made-in: [session-1, after-session-2], at: [session-2, monday]",
        "made-in: [before-session-1, baseline]",
        "at: session-1",
    ],
)
def test_a_question_about_cells_that_there_are_has_no_finding(weekend, cells):
    """Sets of changes, gaps and the baseline are names as well; what is left out stands for all."""
    assert found(weekend, cells) == []
