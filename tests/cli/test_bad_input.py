"""Bad input gives a code, a place and a sentence, exit code 2, no traceback; and no file is changed."""

# ruff: noqa: E501 - a table of cases, a line each

import os
import subprocess
import sys
from pathlib import Path

import pytest
from program import dcsim

from dcsim.cli.main import main
from dcsim.files import disk

GOOD = """
scenario: good
title: Good
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {id: U001, kind: user, participant: B01234, email: registered, smartcard: friday}
steps:
  - {at: session-1 +5m, account: U001, do: initiate-2fa, password: P1, channel: email}
expect:
  monday: {U001: {two-factor: {password: P1, channel: email}}}
"""
BOOK = """
rulebook: own
version: 1
title: Own
timezone: Asia/Hong_Kong
source: {title: A notice}
accounts: {user: {system: X}}
sessions:
  - {name: one, site: primary, opens: 2023-06-10 18:00, closes: 2023-06-10 20:00, assumption: because}
  - {name: two, site: secondary, opens: 2023-06-10 22:00, closes: 2023-06-10 23:00, assumption: because}
rules:
  - {id: r1, accounts: user, changes: initiate-2fa, made-in: one, at: two, fate: carry, assumption: because}
"""
RUN = """
runbook: own
version: 1
title: Own
sites: {primary: primary, secondary: standby}
steps:
  - {at: one opens, do: open, session: one, site: primary}
"""
OWN = "scenario: own\ntitle: Own\nrulebook: ./book.yaml\n"
OWN += "runbook: ./run.yaml\naccounts: [{id: U001, kind: user}]\n"
LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))

# name, what differs from a good set of files, the code that must come, and words that must stand in the message
CASES = {
    "not YAML": ({"x.yaml": "scenario: [1, 2"}, "DC103", "x.yaml:2:1"),
    "not UTF-8": ({"x.yaml": b"scenario: \xff\xfe"}, "DC102", "x.yaml:1:11"),
    "duplicate key": ({"x.yaml": GOOD + "title: Again\n"}, "", "title"),
    "unknown key": ({"x.yaml": GOOD.replace("account: U001, do", "acount: U001, do")}, "", "account"),
    "unknown action": ({"x.yaml": GOOD.replace("initiate-2fa", "initiate-2af")}, "DC104", "did you mean 'initiate-2fa'?"),
    "wrong type": ({"x.yaml": GOOD.replace("password: P1, channel: email}\n", "password: 17, channel: email}\n", 1)}, "", "17"),
    "unknown account": ({"x.yaml": GOOD.replace("account: U001", "account: U002")}, "", "U002"),
    "unknown session": ({"x.yaml": GOOD.replace("at: session-1 ", "at: session-9 ")}, "", "session-9"),
    "outside the session": ({"x.yaml": GOOD.replace("session-1 +5m", "session-1 +3h")}, "", "session-1"),
    "outside everything": ({"x.yaml": GOOD.replace("session-1 +5m", "2031-01-01 10:00")}, "", "2031"),
    "overlapping windows": ({"book.yaml": BOOK.replace("22:00", "19:00")}, "", "book.yaml"),
    "target before origin": ({"book.yaml": BOOK.replace("made-in: one, at: two", "made-in: two, at: one")}, "", "book.yaml"),
    "contradictory rules": ({"book.yaml": BOOK + BOOK.splitlines()[-1].replace("r1", "r2").replace("carry", "discard")}, "", "r2"),
    "no citation or reason": ({"book.yaml": BOOK.replace("fate: carry, assumption: because", "fate: carry")}, "", "citation"),
    "nested aliases": ({"x.yaml": LAUGHS + GOOD}, "", "x.yaml"),
    "cyclic alias": ({"x.yaml": GOOD + "faults: &a [*a]\n"}, "", "x.yaml"),
    "no such rulebook": ({"x.yaml": GOOD.replace("seoch-2fa-2023", "seoch-2fa-2024")}, "", "did you mean 'seoch-2fa-2023'?"),
}  # fmt: skip


def write(folder, files):
    texts = {"x.yaml": OWN, "book.yaml": BOOK, "run.yaml": RUN} | files
    for name, text in texts.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return {path: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_told_and_nothing_is_changed(name, tmp_path):
    """The finding has its code and place, the exit code is 2, and every file is as it was."""
    files, code, words = CASES[name]
    before = write(tmp_path, files)
    run = dcsim("run", "x.yaml", cwd=tmp_path)
    assert run.returncode == 2, run.stdout + run.stderr
    assert code in run.stderr
    assert words in run.stderr
    assert all(line.startswith("DC") for line in run.stderr.splitlines()), run.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("own", [True, False])
def test_the_good_files_pass(own, tmp_path):
    """What the cases differ from is in order, so that each case is red for its own reason."""
    write(tmp_path, {} if own else {"x.yaml": GOOD})
    run = dcsim("run", "x.yaml", cwd=tmp_path)
    assert run.returncode == (1 if own else 0), run.stdout + run.stderr


@pytest.mark.parametrize("path", ["missing.yaml", "empty", "empty/missing/x.yaml", "\udcff.yaml"])
def test_paths_that_hold_no_scenario(path, tmp_path):
    """A missing file, a folder with no scenario, a path through nothing, a name that is no text."""
    (tmp_path / "empty").mkdir()
    run = dcsim("run", path, cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.startswith("DC1")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    """100 MB of nested aliases is refused by its size, at once."""
    with (tmp_path / "x.yaml").open("wb") as file:
        file.write(LAUGHS.encode())
        file.truncate(100_000_000)
    run = dcsim("run", "x.yaml", cwd=tmp_path)
    assert run.returncode == 2
    assert "DC111" in run.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_file_is_told(tmp_path):
    """A file without read permission is a finding."""
    path = tmp_path / "x.yaml"
    path.write_text(GOOD)
    path.chmod(0)
    run = dcsim("run", "x.yaml", cwd=tmp_path)
    assert run.returncode == 2
    assert "DC101" in run.stderr


def test_several_faults_are_told_at_once(tmp_path):
    """Every fault of every file, in one go."""
    text = (
        GOOD.replace("initiate-2fa", "initiate-2af")
        .replace("kind: user", "kind: usr")
        .replace("U001: {two", "U9: {two")
    )
    write(tmp_path, {"x.yaml": text, "y.yaml": GOOD.replace("title: Good\n", "")})
    run = dcsim("run", "x.yaml", "y.yaml", cwd=tmp_path)
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) >= 3
    assert "y.yaml" in run.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["rnu"],
        ["run"],
        ["run", "--seed", "x", "a"],
        ["schema", "nothing"],
        ["replay"],
        ["--nothing"],
        ["run", "--trace"],
    ],
)
def test_bad_usage_exits_with_2(words, tmp_path):
    """Unknown commands, options and values are usage errors with a sentence."""
    run = dcsim(*words, cwd=tmp_path)
    assert run.returncode == 2
    assert "Error" in run.stderr


def test_an_output_that_cannot_be_written_is_told(tmp_path):
    """A JUnit file in a folder that does not exist: exit 2, and nothing half written."""
    (tmp_path / "x.yaml").write_text(GOOD)
    run = dcsim("run", "x.yaml", "--junit", "no/such/junit.xml", cwd=tmp_path)
    assert run.returncode == 2
    assert not list(tmp_path.glob("**/*junit*"))


def test_init_never_overwrites(tmp_path):
    """`dcsim init` writes a scenario that passes, once."""
    assert dcsim("init", cwd=tmp_path).returncode == 0
    assert dcsim("run", "first.yaml", cwd=tmp_path).returncode == 0
    before = (tmp_path / "first.yaml").read_text()
    again = dcsim("init", cwd=tmp_path)
    assert again.returncode == 2
    assert Path(tmp_path / "first.yaml").read_text() == before


@pytest.mark.parametrize(
    "words",
    [["run", ""], ["replay", ""], ["init", ""], ["run", "x.yaml", "--trace", ""], ["run", "x.yaml", "--junit", ""]],
)
def test_an_empty_path_is_refused(words, tmp_path):
    """It stands for the working folder nowhere, and nothing is read or written there."""
    before = write(tmp_path, {})
    run = dcsim(*words, cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.startswith("DC100 ''"), run.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_unreadable_path_is_a_finding_and_no_usage(tmp_path, monkeypatch, capsys):
    """What may not be read is told with its code, however it was named."""
    (tmp_path / "x.yaml").write_text(GOOD)
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    monkeypatch.setattr(disk, "_read_bytes", closed)
    monkeypatch.setattr(sys, "argv", ["dcsim", "run", str(tmp_path / "x.yaml")])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith(f"DC101 {tmp_path / 'x.yaml'} ")


def closed(path, shown):
    raise PermissionError(13, "Permission denied", str(path))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("words", [["--version"], ["schema"], ["run", "x.yaml"]])
def test_a_full_disk_is_told_in_a_sentence(words, tmp_path):
    """Whatever prints, --version too: no traceback, neither at once nor when Python ends."""
    (tmp_path / "x.yaml").write_text(GOOD)
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "dcsim", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            check=False,
        )
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1, run.stderr


def test_a_closed_output_is_no_error(tmp_path):
    """Where there is no stdout at all, nothing is printed on it."""
    (tmp_path / "x.yaml").write_text(GOOD)
    run = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m dcsim run x.yaml >&-"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_a_file_name_that_is_no_text_can_be_printed(tmp_path):
    """Some systems let a name be any bytes."""
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml")
    Path(path).write_text(
        GOOD.replace(
            "expect:\n  monday: {U001: {two-factor: {password: P1",
            "expect:\n  monday: {U001: {two-factor: {password: P2",
        )
    )
    run = dcsim("run", path, cwd=tmp_path)
    assert run.returncode == 1, run.stderr
    assert "\\udcff.yaml" in run.stdout
