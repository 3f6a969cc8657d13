"""Moments and durations as a person writes them: the finding proposes the right spelling."""

import re
import time
from datetime import timedelta

import pytest

from dcsim.domain.moment import duration, epoch, instant, moment
from dcsim.files.findings import FlawError, InputError
from dcsim.files.lint_common import Times
from dcsim.files.load import load_rulebook, load_texts
from dcsim.files.loose_times import duration_hint, when_hint
from dcsim.files.moment_hints import moment_hint
from dcsim.files.resolver import source_of
from dcsim.files.scalar_parsers import at, milliseconds, when
from dcsim.files.yaml_nodes import parse

BOOK = load_rulebook("seoch-2fa-2023").value
TIMES = Times(BOOK)
QUOTED = re.compile(r"'([^']+)'")

# what a person writes, and the instants that it can mean (10 June is the Saturday, 12 June the Monday)
MOMENTS = """
    18:05                       10 18:05, 12 18:05
    18:05:30                    10 18:05:30, 12 18:05:30
    9am                         12 09:00
    9:30 pm                     12 21:30
    9 Uhr                       12 09:00
    18h05                       10 18:05, 12 18:05
    noon                        12 12:00
    １８：０５                  10 18:05, 12 18:05
    monday 09:00                12 09:00
    Monday, 9 am                12 09:00
    monday at 09:00             12 09:00
    Montag 9:00                 12 09:00
    session-2 22:15             10 22:15
    Session 2 22:15             10 22:15
    session-2 18:10             10 18:10
    Sat 18:05                   10 18:05
    18:05 on Saturday           10 18:05
    sunday 10:00                11 10:00
    Sat 10 Jun 18:05:00         10 18:05
    Mon 12 Jun 09:00:00         12 09:00
    10 June 2023 6:05 PM        10 18:05
    June 10, 2023 18:05         10 18:05
    10/06/2023 18:05            10 18:05
    06/10/2023 18:05            10 18:05
    10.06.2023 18.05            10 18:05
    2023/06/10 18:05            10 18:05
    2023-6-10 18:05             10 18:05
    2023-06-10 6pm              10 18:00
    2023-06-10T18:05Z           11 02:05
    2023-06-10T18:05+02:00      11 00:05
    2023-06-10 18:05 UTC        11 02:05
    +5 min                      10 18:05, 10 22:05, 12 00:05
    5 min                       10 18:05, 10 22:05, 12 00:05
    1.5h                        10 19:30, 12 01:30
    session-1 + 5 minutes       10 18:05
    session-1 +5min             10 18:05
    session 1 +5m               10 18:05
    Session-1 +5m               10 18:05
    SESSION_1 +5m               10 18:05
    session1 +5m                10 18:05
    sessoin-1 +5m               10 18:05
    session-1 5m                10 18:05
    session-1 +0:05             10 18:05
    session-1 +５m              10 18:05
    session-1 ＋5m              10 18:05
    “session-1 +5m”             10 18:05
    session-1 +1h 5m            10 19:05
    session-1 +1,5h             10 19:30
    session-1 plus 5m           10 18:05
    session-1 closes – 5 min    10 19:55
    session-1-5m                10 17:55
    Session 2 ends + 1 hour     10 23:00, 11 00:00
    5m after session-1          10 18:05
    5m after session-1 closes   10 20:05
    5 minutes before monday     11 23:55
    monday 9h                   12 09:00
    monday +٩h                  12 09:00
"""
MOMENTS = [re.split(r"\s{2,}", row.strip()) for row in MOMENTS.strip().splitlines()]
NOT_TOLD = [
    "soon!",
    "tomorrow 18:00",
    "24:00",
    "25:00",
    "2023-06-10 18:05 CEST",
    "32 June 2023 18:05",
    "!",
    "-",
    "+",
    "??:??",
]


def instants(row):
    days = (part.strip().split() for part in row.split(","))
    return {epoch(when(f"2023-06-{day} {clock}"), BOOK) for day, clock in days}


def proposals(hint):
    return [moment(text) for text in QUOTED.findall(hint)]


@pytest.mark.parametrize(("text", "meant"), MOMENTS, ids=lambda value: value)
def test_the_right_spelling_of_a_moment_is_proposed(text, meant):
    """With the rulebook, every proposal can be read, lies where it may lie, and is what was meant."""
    found = proposals(moment_hint(text, BOOK))
    assert found
    for each in found:
        assert not list(TIMES.flaws(each, ()))
        assert instant(each, BOOK) in instants(meant)


@pytest.mark.parametrize("text", NOT_TOLD)
def test_what_cannot_be_told_is_not_proposed(text):
    """Then the finding gives the general forms."""
    assert moment_hint(text, BOOK) == moment_hint(text) == ""
    with pytest.raises(FlawError) as caught:
        at(text)
    assert "expected one such as" in caught.value.flaw.hint


@pytest.mark.parametrize(("text", "meant"), MOMENTS, ids=lambda value: value)
def test_without_a_rulebook_no_wrong_spelling_is_proposed(text, meant):
    """The parser alone knows no session's hours: what it proposes is what was meant, or it proposes nothing. Where the
    order of day and month is open, it proposes both; a name of a session that it cannot know stays as it was written.
    """
    for each in proposals(moment_hint(text)):
        known = each.session is None or each.session in BOOK.by_name
        assert not known or each.local == when("2023-10-06 18:05") or instant(each, BOOK) in instants(meant)


SLOPPY = [
    lambda t: f"{t:%d %B %Y %H:%M:%S}",
    lambda t: f"{t:%B %d, %Y at %H:%M:%S}",
    lambda t: f"{t:%Y/%m/%d, %H:%M:%S}",
    lambda t: f"{t:%a %d %b %Y %I:%M:%S %p}",
    lambda t: f"{t:%A %H:%M:%S}",
    lambda t: f"{t:%H:%M:%S} {t:%a}",
    lambda t: f"{t:%Y-%m-%dT%H:%M:%S}+08:00",
    lambda t: f"“{t:%Y-%m-%d %H:%M:%S}”",
]


@pytest.mark.parametrize("form", SLOPPY)
def test_whatever_the_time_the_proposal_is_that_time(form):
    """Every eleven minutes from the first opening to the last close, in each way of writing it."""
    first = when("2023-06-10 18:00:07")
    for number in range(0, 54 * 60, 11):
        local = first + timedelta(minutes=number)
        found = proposals(moment_hint(form(local), BOOK))
        assert found, form(local)
        assert {instant(each, BOOK) for each in found} == {epoch(local, BOOK)}, form(local)


DURATIONS = [
    ("5 min", "5m"),
    ("5 minutes", "5m"),
    ("+5m", "5m"),
    ("5M", "5m"),
    ("1.5h", "1h30m"),
    ("1,5 h", "1h30m"),
    ("90 sec.", "90s"),
    ("1h and 5 min", "65m"),
    ("1h 5m", "65m"),
    ("0:05", "5m"),
    ("1:30:00", "90m"),
    ("PT1H30M", "90m"),
    ("１０ｍ", "10m"),
    ("500 milliseconds", "500ms"),
    ("2 Stunden", "2h"),
]


@pytest.mark.parametrize(("text", "meant"), DURATIONS)
def test_the_right_spelling_of_a_duration_is_proposed(text, meant):
    """It can be read, and it is as long as what was meant."""
    with pytest.raises(FlawError) as caught:
        milliseconds(text)
    [proposed] = QUOTED.findall(caught.value.flaw.hint)
    assert duration(proposed) == duration(meant)


@pytest.mark.parametrize("text", ["half an hour", "-5m", "0.0001s", "1:75", "5 parsecs", "", "m"])
def test_no_duration_is_made_up(text):
    """What is no duration gets no proposal."""
    assert duration_hint(text) == ""


def test_a_number_needs_its_unit():
    """90 may be seconds or minutes: both are shown."""
    with pytest.raises(FlawError) as caught:
        milliseconds(90)
    assert caught.value.flaw.hint == "write its unit, '90s' or '90m'"


@pytest.mark.parametrize("text", ["10 June 2023 18:00", "2023-06-10T18:00", "2023-06-10 6 pm", "10.6.2023 18:00"])
def test_the_right_spelling_of_a_date_and_time_is_proposed(text):
    """As a rulebook has it."""
    assert when("2023-06-10 18:00") in [when(proposed) for proposed in QUOTED.findall(when_hint(text))]


TEXTS = {
    "scenario": "scenario: s\ntitle: t\nrulebook: r\nrunbook: b\naccounts: [{id: U1, kind: user}]\n"
    "steps: [{at: WHEN, account: U1, do: logout, expect: any}]\n",
    "rulebook": "seoch-2fa-2023",
    "runbook": "snapshot-standby",
}


@pytest.mark.parametrize(("text", "meant"), MOMENTS, ids=lambda value: value)
def test_a_scenario_with_the_proposal_loads(text, meant):
    """The finding of a scenario shows the proposal, and what it proposes is accepted in its place."""
    texts = {kind: source_of(kind, TEXTS[kind]).text for kind in ("rulebook", "runbook")}
    with pytest.raises(InputError) as caught:
        load_texts(texts | {"scenario": TEXTS["scenario"].replace("WHEN", f"'{text}'")})
    [finding] = [finding for finding in caught.value.findings if finding.severity == "error"]
    spellings = QUOTED.findall(finding.hint)
    assert spellings
    assert (finding.line, finding.col) == (6, 14)
    for spelling in spellings:
        assert parse(f"at: {spelling}").value == {"at": spelling}
        load_texts(texts | {"scenario": TEXTS["scenario"].replace("WHEN", spelling)})


@pytest.mark.parametrize("part", ["5", "+", "session-1 ", "1h ", "12:00 ", "after ", "１", "-1"])
def test_a_long_text_takes_no_long_time(part):
    """No time is that long, so nothing is looked for in it."""
    started = time.process_time()
    for hint in (moment_hint(part * 50_000, BOOK), moment_hint(part * 50_000), duration_hint(part * 50_000)):
        assert hint == ""
    for number in range(1, 60):
        moment_hint(part * number, BOOK)
        duration_hint(part * number)
    assert time.process_time() - started < 3
