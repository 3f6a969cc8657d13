"""Annotations for GitHub, read by a parser written from GitHub's documentation of workflow commands.

The runner takes a line that begins with two colons, after blanks, for a command: a name, a blank, properties as
``key=value`` with commas between them, two colons, and a message. It decodes ``%25``, ``%0D`` and ``%0A``; in
properties also ``%3A`` and ``%2C``. An older form, ``##[command]``, it takes anywhere in a line.
"""

import json
import shutil
from pathlib import Path

import attrs
import pytest

from dcsim.report.annotations import MOST, Annotation, commands

ROOT = Path(__file__).parents[2]
FOOTNOTE = "scenarios/circular/footnote-3.yaml"
HOSTILE = [
    "x\n::stop-commands::token",
    "\r\n::error::forged",
    "::set-output name=a::b",
    "  ::add-mask::x",
    "a,title=forged,b",
    "a::b",
    "::",
    "100%0A::error::x",
    "%25",
    "##[error]x",
    "##vso[task.complete]",
    "\u202eabc\x1b[31m\x07\u2028",
    "</script>",
    "x" * 10_000,
]


@attrs.frozen
class Command:
    """What the runner makes of a line."""

    name: str
    properties: dict
    message: str


def decoded(text, more=()):
    for code, sign in (*more, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def parsed(line):
    """The command of a line; None if the runner prints the line as it is."""
    line = line.lstrip()
    if not line.startswith("::"):
        assert "##[" not in line, line
        return None
    head, message = line[2:].split("::", 1)
    name, _, rest = head.partition(" ")
    pairs = (pair.split("=", 1) for pair in rest.split(",") if pair)
    more = (("%3A", ":"), ("%2C", ","))
    return Command(name, {key.strip().lower(): decoded(value, more) for key, value in pairs}, decoded(message))


def annotations(out):
    """Every command of an output, which may hold annotations only."""
    found = [command for command in map(parsed, out.splitlines()) if command]
    for command in found:
        assert command.name in ("error", "warning", "notice")
        assert command.properties.keys() <= {"file", "line", "col", "title"}
        assert command.properties["title"]
        assert command.message
        assert all(command.properties.get(key, "1").isdecimal() for key in ("line", "col"))
    return found


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_a_run_tells_each_problem_beside_its_line(dcsim):
    """With its sentence, its rule and the command that repeats it; the exit code and the text are as without."""
    words = ["run", FOOTNOTE, "--runbook", "failback-copy"]
    plain = dcsim(*words)
    code, out, err = dcsim(*words, "--format", "github")
    assert (code, err) == (plain[0], plain[2]) == (1, "")
    text = [line for line in out.splitlines() if not parsed(line)]
    assert text[:-1] == plain[1].splitlines()[:-1]  # the last line has the seconds
    problems = json.loads(dcsim(*words, "--format", "json")[1])["results"][0]["problems"]
    found = annotations(out)
    assert [c.name for c in found] == ["error"] * len(problems)
    for command, problem in zip(found, problems, strict=True):
        assert (command.properties["file"], command.properties["line"]) == (FOOTNOTE, str(problem["line"]))
        assert problem["kind"] in command.properties["title"]
        assert all(part in command.message for part in (problem["expected"], problem["actual"], *problem["rests_on"]))
        assert command.message.endswith(f"again: dcsim run {FOOTNOTE} --runbook failback-copy")


def test_a_run_that_passes_has_none(dcsim):
    """Nothing is wrong, so nothing is said."""
    code, out, _ = dcsim("run", FOOTNOTE, "--format", "github")
    assert (code, annotations(out)) == (0, [])


@pytest.mark.parametrize("among", [True, False], ids=["among others", "alone"])
def test_a_file_that_cannot_be_run_is_told_at_its_fault(among, dcsim, tmp_path):
    """Once, whether other scenarios were run or not."""
    path = tmp_path / "x.yaml"
    path.write_text((ROOT / FOOTNOTE).read_text().replace("do: logon", "do: lgon", 1))
    code, out, err = dcsim("run", path, *([FOOTNOTE] if among else []), "--format", "github")
    assert code == 2
    (found,) = annotations(out)
    place, line, col = err.split()[1].rsplit(":", 2)
    assert found.properties == {"file": place, "line": line, "col": col, "title": "DC104 unknown action"}
    assert "did you mean 'logon'?" in found.message


def test_warnings_are_warnings(dcsim, tmp_path):
    """A file that is odd but runs."""
    path = tmp_path / "x.yaml"
    text = (ROOT / FOOTNOTE).read_text()
    steps = [line for line in text.splitlines() if line.startswith("  - {at")]
    path.write_text(text.replace(steps[0], "").replace(steps[1], f"{steps[1]}\n{steps[0]}"))
    code, out, err = dcsim("run", path, "--format", "github")
    assert "warning" in err
    assert [c.name for c in annotations(out)].count("warning") == err.count("warning: ")
    assert code in (0, 1)


def test_a_lint_tells_each_finding(dcsim, tmp_path):
    """Those of one's own files with their places; a file that comes with dcsim is not in the user's repository."""
    path = tmp_path / "ours.yaml"
    shutil.copy(ROOT / "dcsim" / "builtin" / "rulebooks" / "seoch-2fa-2023.yaml", path)
    for name, own in ((path, True), ("seoch-2fa-2023", False)):
        told = json.loads(dcsim("rules", "lint", name, "--json")[1])["findings"]
        code, out, _ = dcsim("rules", "lint", name, "--strict", "--format", "github")
        found = [c for c in annotations(out) if c.name != "notice"]
        assert code == 1
        assert len(found) == min(len(told), MOST) > 0
        for command, finding in zip(found, told, strict=False):
            assert finding["message"] in command.message
            assert command.name == finding["severity"]
            assert command.properties.get("file") == (str(path) if own else None)
            assert command.properties.get("line") == (str(finding["line"]) if own else None)


def test_a_lint_of_what_is_no_rulebook_tells_why(dcsim, tmp_path):
    """Errors that end a command are annotations as well."""
    (tmp_path / "x.yaml").write_text("rulebook: [\n")
    code, out, _ = dcsim("rules", "lint", tmp_path / "x.yaml", "--format", "github")
    (found,) = annotations(out)
    assert (code, found.properties["title"], found.properties["file"]) == (
        2,
        "DC103 not YAML",
        str(tmp_path / "x.yaml"),
    )


def test_a_check_tells_what_breaks_at_the_runbook(dcsim, tmp_path):
    """With the schedule; or at the counterexample, where it was written. What was not decided is a warning."""
    runbook = tmp_path / "ours.yaml"
    shutil.copy(ROOT / "dcsim" / "builtin" / "runbooks" / "failback-copy.yaml", runbook)
    words = ["check", "--rulebook", "seoch-2fa-2023", "--runbook", runbook, "--accounts", "1", "--format", "github"]
    code, out, _ = dcsim(*words)
    (found,) = annotations(out)
    assert (code, found.properties) == (1, {"file": str(runbook), "title": "discarded-absent is broken"})
    assert "do: initiate-2fa" in found.message
    (found,) = annotations(dcsim(*words, "--save", tmp_path / "found")[1])
    assert found.properties["file"] == str(tmp_path / "found" / "discarded-absent.yaml")
    code, out, _ = dcsim(*words, "--ops", "3", "--time", "0s")
    assert (code, [c.name for c in annotations(out)]) == (3, ["warning"])


def test_a_campaign_and_a_replay_tell_what_they_found(dcsim, tmp_path):
    """A finding at its file; what still fails, when it is replayed."""
    words = ["fuzz", "--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy", "--max-examples", "60"]
    code, out, _ = dcsim(*words, "--save", tmp_path / "found", "--format", "github")
    (found,) = annotations(out)
    file = str(tmp_path / "found" / "discarded-absent.yaml")
    assert (code, found.name, found.properties["file"]) == (1, "error", file)
    code, out, _ = dcsim("replay", file, "--format", "github")
    (found,) = annotations(out)
    assert (code, found.name, found.properties["file"]) == (1, "error", file)
    code, out, _ = dcsim(*words[:4], "snapshot-standby", *words[5:], "--time", "0s", "--format", "github")
    assert (code, [c.name for c in annotations(out)]) == (3, ["warning"])


def test_what_github_does_not_show_is_counted():
    """Of each level, ten are shown; a notice says how many more there are."""
    many = [Annotation(title=f"t{n}", message="m", level=level) for n in range(25) for level in ("error", "warning")]
    found = annotations("\n".join(commands([*many, *many])))
    names = [command.name for command in found]
    assert [names.count(level) for level in ("error", "warning", "notice")] == [MOST, MOST, 1]
    assert found[-1].message.startswith("15 more errors, 15 more warnings")
    assert not list(commands([]))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:30])
@pytest.mark.parametrize("where", ["title", "message", "file"])
def test_no_text_begins_a_command_or_another_property(where, text):
    """Whatever a title, a message or a path holds: one line, one command, with its own properties."""
    given = {"title": "t", "message": "m", "file": "f", where: text}
    (line,) = commands([Annotation(line=3, col=4, **given)])
    assert len(line.splitlines()) == 1
    (found,) = annotations(line)
    assert (found.name, found.properties["line"], found.properties["col"]) == ("error", "3", "4")
    kept = {"title": found.properties["title"], "message": found.message, "file": found.properties["file"]}
    assert all(kept[key] == given[key] for key in given if key != where)
    for line in kept[where].splitlines():
        assert parsed(line) is None


def test_the_terminal_prints_no_other_command(capsys):
    """Even where a line is given that looks like one."""
    from dcsim.cli.terminal import say_commands

    lines = ["::error title=a::b", "::stop-commands::x", "::error title=a::b\n::stop-commands::x", "::error::x", "::"]
    say_commands(lines)
    printed = capsys.readouterr().out.splitlines()
    assert [bool(parsed(line)) for line in printed] == [True, False, False, False, False]


@pytest.mark.parametrize("command", ["run", "check", "fuzz", "replay", "rules lint"])
def test_json_is_a_short_way_and_excludes_others(command, dcsim):
    """`--json` is `--format json`, and with another format it is refused."""
    books = ["--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy"]
    words = {
        "run": [FOOTNOTE],
        "check": [*books, "--accounts", "1"],
        "fuzz": [*books, "--max-examples", "5"],
        "replay": [FOOTNOTE],
        "rules lint": ["seoch-2fa-2023"],
    }[command]
    one, other = (json.loads(dcsim(*command.split(), *words, *how)[1]) for how in (["--json"], ["--format", "json"]))
    one.pop("seconds", None), other.pop("seconds", None)
    assert one == other
    code, _, err = dcsim(*command.split(), *words, "--json", "--format", "github")
    assert (code, "--json does not go with --format github" in err) == (2, True)
