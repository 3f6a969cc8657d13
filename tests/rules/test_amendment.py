"""A notice and its amendment: whose times are told, and when a session was moved in the open."""

from datetime import timedelta

import attrs
import pytest

from dcsim.files.load import load_rulebook
from dcsim.rules.conflicts import flaws_against
from dcsim.rules.diff import diff

BOOK = load_rulebook("seoch-2fa-2023").value
WEEK = timedelta(days=7)


def moved(*, openly):
    """The notice with its last session a week later."""
    *others, last = BOOK.sessions
    since = (last.opens,) if openly else ()
    late = attrs.evolve(last, opens=last.opens + WEEK, closes=last.closes + WEEK, moved_from=since)
    return attrs.evolve(BOOK, sessions=(*others, late))


@pytest.mark.parametrize(("openly", "found"), [(True, []), (False, ["opens", "closes"])])
def test_a_session_that_was_moved_in_the_open_is_no_finding_whichever_book_says_so(openly, found):
    """`moved-from` may stand in the amendment or in the notice that it is held against."""
    for one, other in ((moved(openly=openly), BOOK), (BOOK, moved(openly=openly))):
        assert [flaw.keys[-1] for flaw in flaws_against(one, other, "notice")] == found


def test_another_day_than_the_one_it_was_moved_from_is_a_finding():
    """What `moved-from` names must be the day that the other has."""
    *others, last = moved(openly=True).sessions
    wrong = attrs.evolve(last, moved_from=(last.opens - 2 * WEEK,))
    book = attrs.evolve(BOOK, sessions=(*others, wrong))
    assert len(list(flaws_against(book, BOOK, "notice"))) == 2
    assert len(list(flaws_against(BOOK, book, "notice"))) == 2


def test_the_windows_of_a_difference_are_each_in_their_own_timezone():
    """The same times of day in another zone are other windows, and each is told with its zone."""
    there = attrs.evolve(BOOK, timezone="Asia/Tokyo")
    first = BOOK.sessions[0]
    times = f"{first.opens:%Y-%m-%d %H:%M} to {first.closes:%Y-%m-%d %H:%M}"
    for one, other in ((BOOK, there), (there, BOOK)):
        said = [aspect.says for aspect in diff(one, other).aspects if aspect.topic == "window"]
        assert len(said) == len(BOOK.sessions)
        assert f"{first.name}: {times} {one.timezone}, and {times} {other.timezone}" in said
