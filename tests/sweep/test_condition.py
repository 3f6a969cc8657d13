"""Conditions say what they say, and never more than is known."""

import itertools

import pytest

from dcsim.usecases.request import RequestError
from dcsim.usecases.sweep.condition import condition
from dcsim.usecases.sweep.expectations import expected

UNITS = {"rto": "duration", "rpo": "count", "stale-accounts": "count", "passed": "flag", "slack.drain": "duration"}
UNITS |= {"last-safe-moment.drain": "instant"}


def read(text):
    return condition(text, UNITS.get, tuple(UNITS))


JUDGED = [
    ("stale-accounts == 0", {"stale-accounts": 0}, True),
    ("rto <= 10m", {"rto": 600_000}, True),
    ("rto < 10m", {"rto": 600_000}, False),
    ("rto <= 10m and rpo == 0", {"rto": 0, "rpo": 1}, False),
    ("rto <= 10m or rpo == 0", {"rto": 0, "rpo": 1}, True),
    ("not passed", {"passed": 0}, True),
    ("passed == false", {"passed": 0}, True),
    ("not (rpo > 0 or rto > 0s) and passed", {"rpo": 0, "rto": 0, "passed": 1}, True),
    ("slack.drain >= -10m", {"slack.drain": -600_000}, True),
    ("rto == slack.drain", {"rto": 5, "slack.drain": 5}, True),
    ("passed or rpo == 0 and rto == 0s", {"passed": 1, "rpo": 9, "rto": 9}, True),
    ("rpo == 0", {}, None),
    ("rpo == 0 and passed", {"passed": 0}, False),
    ("rpo == 0 or passed", {"passed": 1}, True),
    ("not rpo == 0", {}, None),
]


@pytest.mark.parametrize(("text", "figures", "answer"), JUDGED)
def test_a_condition_is_judged(text, figures, answer):
    """Each comparison, and what joins them; what hangs on an unknown figure is unknown. Its text reads back to it."""
    made = read(text)
    assert made.judge(figures) is answer
    assert read(str(made)) == made


@pytest.mark.parametrize("text", [text for text, _, _ in JUDGED])
def test_a_known_answer_stands_whatever_is_not_known(text):
    """If some figures are unknown and the answer is known, every value of them gives that answer."""
    made = read(text)
    names = sorted({name for one in made.comparisons for name in (one.figure, one.other) if name})
    values = [None, 0, 1, 600_000, -600_000]
    for given in itertools.product(values, repeat=len(names)):
        known = dict(zip(names, given, strict=True))
        answer = made.judge(known)
        if answer is None:
            assert None in given
            continue
        free = [name for name in names if known[name] is None]
        for filled in itertools.product(values[1:], repeat=len(free)):
            assert made.judge({**known, **dict(zip(free, filled, strict=True))}) is answer


WRONG = [
    ("stale-acounts == 0", "did you mean 'stale-accounts'"),
    ("rto <= 10", "write the unit, '10s'"),
    ("rpo <= 10m", "is a number"),
    ("rto", "'rto' is a duration; compare it"),
    ("rpo", "'rpo' is a number; compare it"),
    ("passed and not rpo", "'rpo' is a number; compare it"),
    ("5m < rto", "'5m' is no figure; a figure comes first"),
    ("rpo = 1", "write '=='"),
    ("(rpo == 1", "missing"),
    ("rpo == 1)", "nothing can follow"),
    ("rpo ==", "missing"),
    ("", "missing"),
    ("rto == rpo", "is a duration"),
    ("(" * 60 + "passed", "too deep"),
    ("not " * 60 + "passed", "too deep"),
    ("passed " * 500, "characters"),
    ("__import__('os')", "no figure"),
    ("last-safe-moment.drain == 0", "instant"),
    ("rto <= 10q", "not a duration"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_what_is_no_condition_is_refused(text, says):
    """With a reason, and never run as code."""
    with pytest.raises(RequestError, match=says.replace("(", r"\(").replace(")", r"\)")):
        read(text)


EXPECTED = [
    ("stale-accounts == 0", {("expect", "stale-accounts"): "0"}),
    ("rto <= 10m and slack.drain > 1h", {("expect", "rto"): '"<= 10m"', ("expect", "slack.drain"): '"> 1h"'}),
    ("passed", {}),
    ("rpo == 0 or rto == 0s", {}),
    ("not rpo == 0", {}),
    ("rto == slack.drain", {}),
    ("rpo > 0 and rpo < 3", {}),
]


@pytest.mark.parametrize(("text", "places"), EXPECTED)
def test_a_condition_becomes_what_a_scenario_expects(text, places):
    """If a scenario can expect it; otherwise nothing is written."""
    assert expected(read(text)) == places
