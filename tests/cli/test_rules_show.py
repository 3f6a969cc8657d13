"""`dcsim rules show` as a person and as a pipeline use it."""

import json
import re
import subprocess
import sys

import pytest
from program import dcsim

FORMATS = ["", "--json", "--markdown"]


def show(*words, cwd=None, **env):
    return dcsim("rules", "show", *filter(None, words), cwd=cwd, **env)


@pytest.fixture(scope="module")
def text():
    from dcsim.files.resolver import source_of

    return source_of("rulebook", "seoch-2fa-2023").text


def write(folder, text):
    path = folder / "book.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_matrix_is_shown_with_the_words_that_decide_it():
    """Fates beside their rules, the rules in full below, open cells as such, and the counts."""
    run = show("seoch-2fa-2023")
    assert run.returncode == 0
    assert run.stderr == ""
    for words in ("carried [fn1]", "[fn3]", "OPEN", "the source does not say", "footnote 1: “Initiation of 2FA"):
        assert words in run.stdout
    assert "carried 4, discarded 10, reset 0, open 67, cannot happen 171; 252 in all" in run.stdout


def test_a_deleted_rule_opens_its_cells(tmp_path, text):
    """The matrix is made from the file that is read, and from nothing else."""
    without = re.sub(r"  - id: fn3\n(?:    .*\n)+", "", text)
    assert without != text
    before, after = (json.loads(show(book, "--json").stdout) for book in ("seoch-2fa-2023", write(tmp_path, without)))
    assert len(before["cells"]) == len(after["cells"])
    opened = [old for old, new in zip(before["cells"], after["cells"], strict=True) if old != new]
    assert len(opened) == 5
    assert {old["rules"][0]["id"] for old in opened} == {"fn3"}
    assert after["counts"]["open"] == before["counts"]["open"] + 5


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("all_", ["", "--all"])
def test_two_runs_give_the_same_bytes(format_, all_):
    """Under any hash seed."""
    one, other = (show("seoch-2fa-2023", format_, all_, PYTHONHASHSEED=seed) for seed in ("0", "4242"))
    assert one.returncode == 0
    assert one.stdout == other.stdout


@pytest.mark.parametrize("format_", FORMATS)
def test_out_writes_what_would_be_printed(tmp_path, format_):
    """Without colours, whatever the terminal; and prints nothing."""
    run = show("seoch-2fa-2023", format_, "--out", tmp_path / "matrix", FORCE_COLOR="1", COLUMNS="70")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert (tmp_path / "matrix").read_text(encoding="utf-8") == show("seoch-2fa-2023", format_).stdout
    assert [path.name for path in tmp_path.iterdir()] == ["matrix"]


@pytest.mark.parametrize("all_", ["", "--all"])
def test_the_page_is_written_beside_what_is_printed(tmp_path, all_):
    """As by every command that has `--html FILE`; the same bytes under any hash seed."""
    pages = []
    for seed in ("0", "4242"):
        run = show("seoch-2fa-2023", all_, "--html", tmp_path / f"{seed}.html", PYTHONHASHSEED=seed)
        assert (run.returncode, run.stdout, run.stderr) == (0, show("seoch-2fa-2023", all_).stdout, "")
        pages.append((tmp_path / f"{seed}.html").read_bytes())
    assert pages[0] == pages[1]
    assert b"OPEN" in pages[0]


def test_all_shows_what_cannot_happen_and_the_open_questions():
    """With its reason; without --all one sentence stands for it."""
    short, full = show("seoch-2fa-2023").stdout, show("seoch-2fa-2023", "--all").stdout
    assert "– [b]" in full
    assert "[b] nobody administers da" in full
    assert "Q27 Is the Primary reachable" in full
    assert "left out" not in full
    assert "– [" not in short
    assert "--all shows them" in short


@pytest.mark.parametrize("width", ["40", "80", "100", "300"])
def test_the_terminal_may_be_narrow(width):
    """From 60 columns on no line is too long; nothing breaks below that, and nothing is stretched."""
    run = show("seoch-2fa-2023", COLUMNS=width)
    assert run.returncode == 0
    assert max(map(len, run.stdout.splitlines())) <= min(max(60, int(width)), 118)


def test_colour_is_never_the_only_word():
    """NO_COLOR takes the colours and nothing else."""
    painted = show("seoch-2fa-2023", FORCE_COLOR="1").stdout
    assert "\x1b[32mcarried [fn1]\x1b[0m" in painted
    assert re.sub(r"\x1b\[\d+m", "", painted) == show("seoch-2fa-2023", NO_COLOR="1").stdout


def test_a_rulebook_that_contradicts_itself_is_shown(tmp_path, text):
    """And where: in the matrix, and on stderr with the line."""
    cell = "accounts: user, changes: initiate-2fa, made-in: session-1, at: monday"
    more = f"  - {{id: x1, {cell}, fate: discard, assumption: so}}"
    run = show(write(tmp_path, text.replace("rules:\n", f"rules:\n{more}\n")), "--all")
    assert run.returncode == 0
    assert "CONTRADICTION" in run.stdout
    assert "contradictory 1" in run.stdout
    assert "DC144" in run.stderr


def test_a_rulebook_with_other_errors_is_refused(tmp_path, text):
    """Every finding on stderr, nothing on stdout, exit code 2; no file is written."""
    path = write(tmp_path, text.replace("changes: initiate-2fa", "changes: initiate-2af", 1))
    run = show(path, "--out", tmp_path / "matrix")
    assert (run.returncode, run.stdout) == (2, "")
    assert "did you mean 'initiate-2fa'?" in run.stderr
    assert not (tmp_path / "matrix").exists()


def test_oddities_of_an_own_file_are_told_on_stderr(tmp_path, text):
    """A warning does not hide the matrix, and does not get into it."""
    run = show(write(tmp_path, text), "--json")
    assert run.returncode == 0
    assert "warning" in run.stderr
    assert json.loads(run.stdout)["dcsim-rules-show"] == 1


@pytest.mark.parametrize(
    "words",
    [
        ["seoch-2fa-2024"],
        ["nowhere.yaml"],
        [],
        ["seoch-2fa-2023", "--json", "--markdown"],
        ["seoch-2fa-2023", "--html"],
        ["seoch-2fa-2023", "--out", "nowhere/matrix"],
        ["seoch-2fa-2023", "--out", "."],
    ],
)
def test_bad_usage_is_a_sentence_and_exit_code_2(words, tmp_path):
    """No matrix on stdout, and no file."""
    run = show(*words, cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_is_no_error():
    """As in `dcsim rules show BOOK | head -1`."""
    with subprocess.Popen(
        [sys.executable, "-m", "dcsim", "rules", "show", "seoch-2fa-2023", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:
        run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == b""
        assert run.wait() == 0
