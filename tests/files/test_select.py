"""Which scenarios a choice of names and tags leaves."""

from types import SimpleNamespace

import pytest

from dcsim.usecases.request import RequestError
from dcsim.usecases.select import selected

NAMES = {
    "footnote-1": ("smoke", "da"),
    "footnote-3": ("smoke",),
    "password[1]": ("slow", "da"),
    "password[12]": ("slow",),
    "Lock-Out": (),
}
CASES = [SimpleNamespace(scenario=SimpleNamespace(scenario=name, tags=tags)) for name, tags in NAMES.items()]


def names(words="", tags=()):
    return [case.scenario.scenario for case in selected(CASES, words, tags)]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("", list(NAMES)),
        ("footnote", ["footnote-1", "footnote-3"]),
        ("footnote and not 3", ["footnote-1"]),
        ("lock-out or FOOTNOTE-3", ["footnote-3", "Lock-Out"]),
        ("not (footnote or password)", ["Lock-Out"]),
        ("not footnote or footnote-1", ["footnote-1", "password[1]", "password[12]", "Lock-Out"]),
        ("password[1]", ["password[1]"]),
        ("foot*3", ["footnote-3"]),
        ("*[1]", ["password[1]"]),
        ("*ou?", ["Lock-Out"]),
        ("note*", []),
        ("nothing", []),
    ],
)
def test_words_choose_names_as_those_of_pytest_do(words, left):
    """Parts of names in any case, joined by and, or, not; and patterns for whole names."""
    assert names(words) == left


@pytest.mark.parametrize(
    ("tags", "left"),
    [
        (["da"], ["footnote-1", "password[1]"]),
        (["da", "smoke"], ["footnote-1", "footnote-3", "password[1]"]),
        (["!slow"], ["footnote-1", "footnote-3", "Lock-Out"]),
        (["da", "!slow"], ["footnote-1"]),
        (["!never"], list(NAMES)),
    ],
)
def test_tags_choose_scenarios(tags, left):
    """One of several tags is enough; what has a tag after '!' is left out."""
    assert names("", tags) == left


def test_both_must_choose_a_scenario():
    """Words and tags together leave what both choose."""
    assert names("footnote", ["da"]) == ["footnote-1"]


@pytest.mark.parametrize(
    ("words", "lacks"),
    [
        ("a b", "'and' or 'or' is missing before 'b'"),
        ("and", "a word is missing before 'and'"),
        ("not", "a word is missing at the end"),
        ("(a", "a ')' is missing at the end"),
        ("a)", "a '(' is missing before ')'"),
        ("a and", "a word is missing at the end"),
        ("or b", "a word is missing before 'or'"),
        ("( )", "a word is missing before ')'"),
    ],
)
def test_what_is_no_expression_is_refused(words, lacks):
    """The message quotes it, and says what is missing and where, and what may stand between words."""
    with pytest.raises(RequestError) as refused:
        names(words)
    assert str(refused.value) == f"'{words}' is no choice of names: {lacks}; join words by and, or"


def test_a_tag_that_no_scenario_has_is_refused():
    """Nothing would be run, and the tag that was meant is proposed."""
    with pytest.raises(RequestError, match="no scenario has the tag 'smok'; did you mean 'smoke'"):
        names("", ["smok"])
