"""A value is written into a file's text as a person would write it, and nothing else changes."""

from importlib.resources import files
from pathlib import Path

import pytest

from dcsim.files.text_edits import SharedValueError, value_at, written_into
from dcsim.files.yaml_nodes import parse
from dcsim.usecases.sweep.settings import settings_in

EDITS = [
    ("link: {lag: 5m} # c\na: 1\n", ("link", "lag"), "7m", "link: {lag: 7m} # c\na: 1\n"),
    ("a: 1 # c\nsteps:\n  - x: 1\n", ("link", "lag"), "7m", "a: 1 # c\nlink: {lag: 7m}\nsteps:\n  - x: 1\n"),
    (
        "s:\n  - id: a\n    at: y # c\n  - {id: b}\n",
        ("s", 0, "t"),
        "7m",
        "s:\n  - id: a\n    at: y # c\n    t: 7m\n  - {id: b}\n",
    ),
    ("s:\n  - {id: b}\n", ("s", 0, "t"), "7m", "s:\n  - {id: b, t: 7m}\n"),
    ("policies:\nx: é\n", ("policies", "n"), "3", "policies: {n: 3}\nx: é\n"),
    ("\ufeffx: {é: 1, b: {}}\n", ("x", "b", "c"), "3", "\ufeffx: {é: 1, b: {c: 3}}\n"),
    ("x:\n  y:\n    z: 1\n", ("x", "q"), '"5"', 'x:\n  q: "5"\n  y:\n    z: 1\n'),
    ("a: 'x y'\n", ("a",), "0s", "a: 0s\n"),
    ("a: [1s, 2s]\n", ("a", 1), "9s", "a: [1s, 9s]\n"),
]


@pytest.mark.parametrize(("text", "keys", "scalar", "made"), EDITS)
def test_one_value_changes_and_comments_stay(text, keys, scalar, made):
    """Replaced where it is, or added: in braces at the end, in lines below a line."""
    assert written_into(text, {keys: scalar}) == made


@pytest.mark.parametrize("key", ["a", "b"])
def test_a_value_that_an_alias_shares_is_refused(key):
    """To change it would change another value, too, or leave the alias without what it names."""
    with pytest.raises(SharedValueError):
        written_into("a: &q 1\nb: *q\n", {(key,): "2"})


ROOT = Path(__file__).parent.parent.parent
BOOKS = [("runbook", path) for path in sorted((files("dcsim") / "builtin" / "runbooks").iterdir())]
BOOKS += [("rulebook", path) for path in sorted((files("dcsim") / "builtin" / "rulebooks").iterdir())]
BOOKS += [("scenario", path) for path in sorted((ROOT / "scenarios" / "failure-modes").glob("m0[1-4]*.yaml"))]


@pytest.mark.parametrize(("kind", "path"), BOOKS, ids=lambda part: getattr(part, "name", part))
def test_every_setting_of_a_file_can_be_written(kind, path):
    """Each path that is listed has a place: a word written there reads back, and the rest is as it was."""
    text = path.read_text()
    known = [one for one in settings_in({kind: text}) if one.book == kind]
    assert known
    for one in known:
        made = written_into(text, {one.keys: "other"})
        assert value_at(parse(made).value, one.keys) == "other"
        assert len(made.splitlines()) - len(text.splitlines()) in (0, 1)
        if one.written:
            assert written_into(made, {one.keys: repr(value_at(parse(text).value, one.keys))}).count("other") == (
                text.count("other")
            )
