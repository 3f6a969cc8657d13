"""What dcsim writes never destroys what it should not: devices, links, modes, inputs, other people's files."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from program import dcsim
from test_bad_input import GOOD

from dcsim.files import overwrite_guard
from dcsim.files.atomic_write import save
from dcsim.files.findings import InputError

BOOK, STEPS = "seoch-2fa-2023", "snapshot-standby"
CHECK = ["check", "--rulebook", BOOK, "--runbook", "no-drain", "--accounts", "1"]


@pytest.fixture(autouse=True)
def fresh():
    """Each test is a command of its own."""
    overwrite_guard.forget()


@pytest.fixture
def scenario(tmp_path):
    """A scenario that passes."""
    path = tmp_path / "x.yaml"
    path.write_text(GOOD)
    return path


def refused(path, text="new", **how):
    before = path.read_bytes()
    with pytest.raises(InputError) as error:
        save(path, text, **how)
    assert path.read_bytes() == before
    assert not list(path.parent.glob(".dcsim-*"))
    (finding,) = error.value.findings
    assert (finding.code, finding.path) == ("DC117", str(path))
    return str(finding)


# -- what stands there -------------------------------------------------------------------------------------------------


def test_a_regular_file_is_replaced_and_keeps_its_mode_and_owner(tmp_path):
    """Whatever the mode is that a new file would get."""
    path = tmp_path / "out"
    path.write_text("old")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 1235)
    before = path.stat()
    save(path, "new")
    after = path.stat()
    assert path.read_text() == "new"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_link_is_written_through(tmp_path):
    """The link stays a link; one that leads nowhere makes the file that it names."""
    (tmp_path / "file").write_text("old")
    for name, target in (("link", "file"), ("dangling", "made")):
        (tmp_path / name).symlink_to(target)
        save(tmp_path / name, "new")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / target).read_text() == "new"


def test_a_file_with_other_names_is_refused(tmp_path):
    """A hard link is never broken in silence."""
    (tmp_path / "one").write_text("old")
    os.link(tmp_path / "one", tmp_path / "two")
    assert "hard links" in refused(tmp_path / "one")
    assert (tmp_path / "one").samefile(tmp_path / "two")


def test_a_folder_is_refused(tmp_path):
    """It is told as one."""
    with pytest.raises(InputError, match="is a folder"):
        save(tmp_path, "new")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_file_is_refused(tmp_path):
    """Its mode says that it is to stay, though its folder would let it be replaced."""
    (tmp_path / "out").write_text("old")
    (tmp_path / "out").chmod(0o444)
    assert "read-only" in refused(tmp_path / "out")


def test_a_device_stays_a_device(scenario):
    """`--junit /dev/null` writes into it; a full device is told, and a pipe that is stdout takes the text."""
    assert dcsim("run", scenario, "--junit", "/dev/null").returncode == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    full = dcsim("run", scenario, "--junit", "/dev/full")
    assert (full.returncode, full.stderr.split(":")[0]) == (2, "DC117 /dev/full cannot be written")
    assert "<testsuite " in dcsim("run", scenario, "--junit", "/dev/stdout", "-q").stdout


def test_stdout_that_is_a_file_is_written_on(scenario, tmp_path):
    """`--junit /dev/stdout >file` loses neither the report nor what is printed."""
    with (tmp_path / "all").open("w") as file:
        words = [sys.executable, "-m", "dcsim", "run", scenario, "--junit", "/dev/stdout"]
        assert subprocess.run(words, stdout=file, check=False).returncode == 0
    text = (tmp_path / "all").read_text()
    assert "</testsuites>" in text
    assert "1 passed" in text


def test_a_pipe_stays_a_pipe(tmp_path):
    """It is written into where someone reads, and refused at once where nobody does."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="cannot be written"):
        save(pipe, "new")
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    text = "new" * 100_000
    for _ in range(500):
        try:
            save(pipe, text)
            break
        except InputError:
            time.sleep(0.01)
    reader.join(10)
    assert read == [text]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


# -- what is named twice -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", ["out", "./out", "folder/../out", "link"])
@pytest.mark.parametrize("there", [True, False])
def test_no_file_is_written_twice(tmp_path, monkeypatch, second, there):
    """However it is spelled, and whether it is there already: one of two texts would be lost without a word."""
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("link").symlink_to("out")
    if there:
        Path("out").write_text("old")
    overwrite_guard.is_named(Path("out"))
    overwrite_guard.is_named(Path("folder/out"))
    with pytest.raises(InputError, match=f"DC117 {Path(second)} is named twice"):
        overwrite_guard.is_named(Path(second))


@pytest.mark.parametrize("command", [("run", "x.yaml", "--html", "out"), ("rules", "lint", BOOK, "--sarif", "out")])
def test_a_file_that_is_named_twice_is_told_before_anything_is_run(scenario, command):
    """Whatever the command is."""
    run = dcsim(*command, "--junit", "./out", cwd=scenario.parent)
    assert (run.returncode, run.stdout, run.stderr.split(":")[0][:24]) == (2, "", "DC117 out is named twice")
    assert not (scenario.parent / "out").exists()


def test_a_device_is_named_as_often_as_one_likes(scenario):
    """It takes one text after the other."""
    assert dcsim("run", scenario, "--html", "/dev/stdout", "--junit", "/dev/stdout").returncode == 0


# -- what is read ------------------------------------------------------------------------------------------------------

OWN = {
    "book.yaml": "rulebook: b\n",
    "x.yaml": GOOD,
    "y.yaml": GOOD.replace("rulebook: seoch-2fa-2023", "rulebook: ./book.yaml"),
}


@pytest.mark.parametrize(
    ("words", "target"),
    [
        (["run", "x.yaml", "--junit", "x.yaml"], "x.yaml"),
        (["run", "--junit", "./x.yaml", "x.yaml"], "x.yaml"),
        (["run", ".", "--junit", "x.yaml"], "x.yaml"),
        (["run", "x.yaml", "--junit", "link"], "x.yaml"),
        (["run", "y.yaml", "--junit", "book.yaml"], "book.yaml"),
        (["run", "x.yaml", "--rulebook", "./book.yaml", "--junit", "book.yaml"], "book.yaml"),
        (["rules", "show", "book.yaml", "--out", "book.yaml"], "book.yaml"),
        (["rules", "lint", "book.yaml", "--write-baseline", "book.yaml"], "book.yaml"),
        (["minimize", "y.yaml", "--out", "book.yaml"], "book.yaml"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else words,
)
def test_an_input_is_never_an_output(words, target, tmp_path):
    """Named directly, in a folder, by a link, or by another input: refused before anything is run."""
    for name, text in OWN.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "link").symlink_to("x.yaml")
    before = (tmp_path / target).read_bytes()
    run = dcsim(*words, cwd=tmp_path)
    assert run.returncode == 2
    assert "is read by this very command" in run.stderr, run.stderr
    assert run.stdout == ""
    assert (tmp_path / target).read_bytes() == before


# -- folders of dcsim's own --------------------------------------------------------------------------------------------


def test_a_foreign_file_in_a_folder_is_kept(tmp_path):
    """A name that dcsim would choose may be taken: by a file, a changed one of its own, a link or a folder."""
    path, data = tmp_path / "a.yaml", tmp_path / "a.trace.jsonl"
    path.write_text("mine")
    assert "is in the way" in refused(path, "scenario: x\n", ours=True)
    data.write_text('{"mine": 1}')
    assert "is in the way" in refused(data, '{"dcsim-trace":1}', ours=True)
    path.unlink()
    save(path, "scenario: x\n", ours=True)
    path.write_text(path.read_text() + "# my note\n")
    assert "changed since" in refused(path, "scenario: y\n", ours=True)


def test_a_pipe_or_a_link_in_a_folder_is_in_the_way(tmp_path):
    """Where dcsim chooses the name, nobody meant it to write into a pipe or through a link."""
    os.mkfifo(tmp_path / "a.yaml")
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "b.yaml").symlink_to("mine")
    for name in ("a.yaml", "b.yaml"):
        with pytest.raises(InputError, match="DC117"):
            save(tmp_path / name, "mine", ours=True)
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_file_of_dcsims_own_is_replaced(tmp_path):
    """A later run of the same check writes over what an earlier one wrote."""
    for name, texts in (
        ("a.yaml", ["scenario: x\n", "scenario: y\n"]),
        ("a.json", ['{"dcsim-x": 1}', '{"dcsim-x": 2}']),
    ):
        for text in texts:
            save(tmp_path / name, text, ours=True)
            assert (tmp_path / name).read_text().endswith(text)


def test_check_and_diff_keep_foreign_files(tmp_path):
    """Of the names that they choose; what they found is told or refused, never written over."""
    out = tmp_path / "out"
    assert dcsim(*CHECK, "--save", out).returncode == 1
    again = dcsim(*CHECK, "--save", out)
    assert again.returncode == 1, again.stderr
    victim = min(out.glob("*.yaml"))
    victim.write_text("mine")
    run = dcsim(*CHECK, "--save", out)
    assert run.returncode == 2
    assert str(victim) in run.stderr
    assert victim.read_text() == "mine"


def test_traces_are_written_over_only_if_they_are_traces(scenario, tmp_path):
    """`run --trace` as well chooses names."""
    assert dcsim("run", scenario.name, "--trace", "t", cwd=tmp_path).returncode == 0
    (trace,) = (tmp_path / "t").iterdir()
    assert dcsim("run", scenario.name, "--trace", "t", cwd=tmp_path).returncode == 0
    trace.write_text("mine")
    assert dcsim("run", scenario.name, "--trace", "t", cwd=tmp_path).returncode == 2
    assert trace.read_text() == "mine"


@pytest.mark.parametrize(
    "words",
    [
        ["run", "x.yaml", "--trace", "x.yaml/t"],
        ["check", "x.yaml", "--save", "x.yaml"],
        ["fuzz", "--rulebook", BOOK, "--runbook", STEPS, "--save", "x.yaml", "--max-examples", "1"],
    ],
    ids=lambda words: words[0],
)
def test_a_folder_that_cannot_be_made_is_a_finding(words, scenario, tmp_path):
    """With its code, like any other file that cannot be written."""
    run = dcsim(*words, cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.startswith("DC117 x.yaml"), run.stderr


# -- what is left behind -----------------------------------------------------------------------------------------------

SLOW = """
import os, signal, sys
from dcsim.files import atomic_write
sync, name = os.fsync, sys.argv.pop(1)
def stop(handle):
    sync(handle)
    os.kill(os.getpid(), getattr(signal, name))
atomic_write.os.fsync = stop
from dcsim.cli.main import main
main()
"""


@pytest.mark.parametrize(
    ("name", "left", "code"), [("SIGINT", 0, 130), ("SIGTERM", 0, 130), ("SIGHUP", 0, 130), ("SIGKILL", 1, -9)]
)
def test_a_signal_leaves_nothing_half_written(name, left, code, scenario, tmp_path):
    """What was written aside is removed; after SIGKILL by the next that writes there."""
    (tmp_path / "j.xml").write_text("old")
    words = [sys.executable, "-c", SLOW, name, "run", str(scenario), "--junit", str(tmp_path / "j.xml")]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == code, run.stderr
    assert (tmp_path / "j.xml").read_text() == "old"
    assert len(list(tmp_path.glob(".dcsim-*.tmp"))) == left
    assert "Traceback" not in run.stderr
    if left:
        assert dcsim("run", scenario, "--junit", tmp_path / "j.xml").returncode == 0
        assert sorted(p.name for p in tmp_path.iterdir()) == ["j.xml", "x.yaml"]


def test_a_failed_write_leaves_nothing(scenario, tmp_path):
    """A limit on the size of files stands for a disk that is full."""
    import resource

    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    (tmp_path / "j.xml").write_text("old")
    words = [sys.executable, "-m", "dcsim", "run", str(scenario), "--junit", str(tmp_path / "j.xml")]
    run = subprocess.run(words, capture_output=True, text=True, check=False, preexec_fn=small)
    assert run.returncode == 2
    assert run.stderr.startswith("DC117")
    assert (tmp_path / "j.xml").read_text() == "old"
    assert not list(tmp_path.glob(".dcsim-*"))


def test_a_saved_scenario_is_signed_and_still_a_scenario(tmp_path):
    """The first line is a comment; the trace beside it holds the text as it stands."""
    out = tmp_path / "out"
    dcsim(*CHECK, "--save", out)
    path = min(out.glob("*.yaml"))
    assert path.read_text().startswith("# written by dcsim; digest of the rest: ")
    assert dcsim("run", path).returncode == 1
    head = json.loads(path.with_suffix(".trace.jsonl").read_text().split("\n")[0])
    assert head["sources"]["scenario"] == path.read_text()
