"""Pages of runs: what is asked for exists, a page replaces nobody's file, and it says what it carries."""

import json
import re
from pathlib import Path

import pytest
from test_bad_input import GOOD

from dcsim.files.file_name import file_name
from dcsim.trace.embedded import extract


@pytest.fixture
def report(dcsim, tmp_path, monkeypatch):
    """The command, in a folder of its own with a scenario of the given name."""
    monkeypatch.chdir(tmp_path)

    def call(*asked, name="x"):
        Path("x.yaml").write_text(named(name))
        return dcsim("report", "x.yaml", "--no-check", *asked)

    return call


def named(name):
    lines = (f"scenario: {json.dumps(name)}" if line.startswith("scenario:") else line for line in GOOD.splitlines())
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--account", "U999"], "there is no account 'U999'; expected one of"),
        (["--account", "U*"], "'U*' stands for several accounts; name one of them, such as U001"),
        (["--account", "U001", "--field", "nope"], "an account has no field 'nope'"),
        (["--suite", "nope"], "DC100 nope no such file or folder"),
        (["--suite", "empty"], "DC115 empty no scenario in this folder"),
        (["--suite", "x.yaml", "--suite", "nope"], "DC100 nope no such file or folder"),
        (["--suite", "bad.yaml"], "DC1"),
    ],
)
def test_what_does_not_exist_is_an_error(report, tmp_path, asked, says):
    """As it is for `why`, `predict` and `run`: nothing is written."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.yaml").write_text("scenario: bad\nsteps: 5\n")
    code, _, err = report(*asked)
    assert code == 2
    assert says in err
    assert not list(tmp_path.glob("*.html"))


def test_an_account_that_changed_nothing_has_a_page(report):
    """So has a field that nothing changed, of any account."""
    for asked in (["--account", "U001", "--field", "email"], ["--field", "email"]):
        assert report(*asked)[0] == 0
        assert "U001, email at the primary" in Path("x.html").read_text()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../evil", "evil"),
        ("/etc/evil", "etc-evil"),
        ("-x", "x"),
        ("a_b.c", "a_b.c"),
        ("..", "other"),
        ("", "other"),
        ("\u202e\x1b\x00", "other"),
        ("con", "other-con"),
        ("Nul.txt", "other-Nul.txt"),
        ("x" * 10_000, "x" * 80),
        ("a\\b:c", "a-b-c"),
    ],
)
def test_a_name_never_leads_out_of_the_folder(name, file):
    """Whatever it is, the file has a name of its own that every system takes."""
    assert file_name(name, "other") == file


def test_the_scenarios_name_cannot_choose_where_the_page_goes(report, tmp_path):
    """The page is in the working folder, and replaces an older page, but no file that is another's."""
    for _ in range(2):
        code, out, _ = report(name="../evil")
        assert (code, out.split(":")[0]) == (0, "evil.html")
    assert not (tmp_path.parent / "evil.html").exists()
    Path("index.html").write_text("<!DOCTYPE html>\n<title>mine</title>\n")
    code, _, err = report(name="index")
    assert (code, err.split()[0]) == (2, "DC117")
    assert "mine" in Path("index.html").read_text()


ROOT = Path(__file__).parents[2] / "scenarios"
LATE, ROLLED_BACK = ROOT / "circular" / "footnote-3.yaml", ROOT / "failure-modes" / "m16-revocation-rolled-back.yaml"


@pytest.fixture
def several(dcsim, tmp_path):
    """The page of several runs, and what `dcsim replay` says of it."""

    def call(*paths):
        page = tmp_path / "page.html"
        dcsim("run", *paths, "--html", page)
        code, out, err = dcsim("replay", page)
        return page.read_text(), code, out + err

    return call


def texts(page):
    return " ".join(re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def test_a_page_of_several_runs_carries_the_traces_of_those_that_failed(several, tmp_path):
    """It says of each whether it does, and of runs that all pass that it carries none."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(named(name).replace("{password: P1", "{password: P9"))
    page, code, says = several(tmp_path / "one.yaml", LATE, tmp_path / "two.yaml")
    assert [trace.id for trace in extract(page)] == ["dcsim-trace", "dcsim-trace-2"]
    assert code == 0
    assert says.count("all as recorded") == 2
    assert "carries the traces of all runs that failed" in texts(page)
    assert "carries its trace, as dcsim-trace-2 ." in texts(page)
    page, code, says = several(LATE, ROLLED_BACK)
    assert (code, "carries no trace" in says, "carries no trace" in texts(page)) == (2, True, True)


def test_traces_for_which_there_is_no_room_are_left_out(several, tmp_path, monkeypatch):
    """The page says so, in all and at the run."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(named(name).replace("{password: P1", "{password: P9"))
    page, _, _ = several(tmp_path / "one.yaml", tmp_path / "two.yaml")
    first, _ = extract(page)
    monkeypatch.setattr("dcsim.cli.run.MOST_TRACES", len(first.text) * 3 // 2)
    page, code, _ = several(tmp_path / "one.yaml", tmp_path / "two.yaml")
    assert (code, len(extract(page))) == (0, 1)
    assert "carries the traces of 1 of 2 runs that failed" in texts(page)
    assert "This page does not carry its trace." in texts(page)


def test_a_page_of_several_runs_shows_what_is_told_of_each(several):
    """What is open, and notes: as `dcsim run` prints them; none of it stays away because the run passes."""
    page, _, _ = several(LATE, ROLLED_BACK)
    assert "left open or noted" in texts(page)
    assert "is discarded: the account is active in monday" in texts(page)
