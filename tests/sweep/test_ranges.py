"""Values of a setting: ranges, lists, words, in the units of the setting; and what cannot be one."""

import pytest

from dcsim.usecases.request import RequestError
from dcsim.usecases.sweep.ranges import varied
from dcsim.usecases.sweep.settings import Setting


def setting(sort, now="", words=()):
    return Setting("runbook.x", "runbook", ("x",), sort, words, now)


LAG, COUNT, AT = setting("duration", "2s"), setting("count", "3"), setting("moment", "session-1 +5m")
OPENS, LOCAL = setting("time", "2023-06-10 18:00"), setting("moment", "2023-06-10 20:30")
FLAG, WORD, PART = setting("flag"), setting("word", words=("blind", "checked")), setting("number")
GIVEN = [
    (LAG, "0s..30m", "0s 5m 10m 15m 20m 25m 30m"),
    (LAG, "0s..30m/4", "0s 10m 20m 30m"),
    (LAG, "0s..30m by 20m", "0s 20m 30m"),
    (LAG, "1s..1h log/3", "1s 1m 1h"),
    (LAG, "90s, 0s,2h", "1m30s 0s 2h"),
    (LAG, "7s,7s", "7s"),
    (COUNT, "0..100", "0 10 20 30 40 50 60 70 80 90 100"),
    (COUNT, "1..3,1_000", "1 2 3 1000"),
    (PART, "0..1/3", "0 0.5 1"),
    (FLAG, "true,false", "true false"),
    (WORD, "checked", "checked"),
    (OPENS, "-1h,+0s,+30s", "2023-06-10 17:00:00|2023-06-10 18:00|2023-06-10 18:00:30"),
    (LOCAL, "-1s", '"2023-06-10 20:29:59"'),
    (AT, "-10m,+0s,+1h", "session-1 opens -5m|session-1 +5m|session-1 opens +1h5m"),
    (AT, "session-2 closes", "session-2 closes"),
]


@pytest.mark.parametrize(("one", "text", "written"), GIVEN)
def test_values_are_written_as_a_file_has_them(one, text, written):
    """Durations with units, moments from the edge from which they count, a moment that is not moved as it stands."""
    split = (
        written.split("|") if "|" in written or " " in text or one.sort in ("moment", "time") else written.split(" ")
    )
    split = written.split(" ") if one.sort not in ("moment", "time") else split
    assert [value.written for value in varied(one, text).values] == split


def test_a_range_of_moments_meets_what_the_file_has():
    """Between earlier and later, the file's own moment is one of the points."""
    assert 0 in [value.number for value in varied(AT, "-10m..+2h").values]


WRONG = [
    (LAG, "30..40", "not a duration"),
    (LAG, "5m..1m", "begins with its end"),
    (LAG, "0s..1d by 1ms", "more than 10,000"),
    (LAG, "0s..1h by 0s", "longer than zero"),
    (LAG, "0s..1h log", "above zero"),
    (LAG, "400d", "longer than a year"),
    (LAG, "", "no value"),
    (WORD, "chekced", "did you mean 'checked'"),
    (FLAG, "yes", "true or false"),
    (COUNT, "many", "a whole number"),
    (AT, "session-1 +five", "not a moment"),
    (setting("moment"), "+5m", "in no file"),
    (OPENS, "+1ms", "whole seconds"),
]


@pytest.mark.parametrize(("one", "text", "says"), WRONG)
def test_what_cannot_be_a_value_is_refused(one, text, says):
    """With the path, and what it takes."""
    with pytest.raises(RequestError, match=says):
        varied(one, text)
