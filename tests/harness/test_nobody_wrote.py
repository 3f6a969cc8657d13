"""Files that nobody wrote: every command ends as it should, in time, and changes nothing."""

import attrs
import pytest
from forked import Run, digests, forked, warm
from nobody_wrote import campaign, raw_in, sound


def test_what_nobody_wrote_ends_well(tmp_path):
    """Exit codes 0 to 3, no traceback, under 5 s and 500 MB, nothing that was there changed."""
    seen = campaign(60, 0, tmp_path)
    assert sum(seen.values()) >= 40
    assert set(seen) >= {1, 2}, "sound files and faulty ones were among them"


@pytest.mark.slow
def test_what_nobody_wrote_ends_well_at_length(tmp_path):
    """As above, of more files."""
    campaign(900, 1, tmp_path)


GOOD = Run(("run",), 0, "pass\n", "", 0.1, 90.0)
BAD = {
    "exit code": {"code": 4},
    "a signal": {"code": -9},
    "a traceback": {"err": "Traceback (most recent call last):"},
    "time": {"seconds": 6.0},
    "memory": {"mebibytes": 600.0},
    "json": {"words": ("run", "--json")},
}


@pytest.mark.parametrize("what", BAD)
def test_each_bad_end_is_seen(what):
    """The harness itself can fail, by each of the things that it looks at."""
    sound(GOOD, {}, {})
    with pytest.raises((AssertionError, ValueError)):
        sound(attrs.evolve(GOOD, **BAD[what]), {}, {})


def test_a_changed_file_and_a_file_left_behind_are_seen(tmp_path):
    """A file that is new and hidden, and one that is not as it was."""
    (tmp_path / "a").write_text("1")
    before = digests(tmp_path)
    (tmp_path / "a").write_text("2")
    with pytest.raises(AssertionError, match="has changed"):
        sound(GOOD, before, digests(tmp_path))
    (tmp_path / "a").write_text("1")
    (tmp_path / ".a.1234").write_text("")
    with pytest.raises(AssertionError, match="left behind"):
        sound(GOOD, before, digests(tmp_path))


def test_raw_characters_are_seen():
    """What steers a terminal: controls of both kinds, and the marks of direction; but not letters."""
    assert raw_in("a\x1b[31m\x07\x85\u202eb\r") == {"\x1b", "\x07", "\x85", "\u202e", "\r"}
    assert not raw_in("é “quoted”\n\tU001 \U0001f600")


def test_a_forked_command_is_as_good_as_one_of_its_own(tmp_path):
    """What it prints and how it ends, also where it is given nothing it knows."""
    warm()
    assert forked("--version", folder=tmp_path).out.startswith("dcsim ")
    assert forked("no-such-command", folder=tmp_path).code == 2
    assert forked("init", folder=tmp_path).code == 0
    assert (tmp_path / "first.yaml").exists()
