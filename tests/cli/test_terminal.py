"""Nothing that stands in a file or on the command line reaches the terminal as anything but text."""

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
from importlib import import_module
from pathlib import Path

import pytest
from program import dcsim

from dcsim import harmless
from dcsim.cli import terminal
from dcsim.cli.lazy_group import COMMANDS as LAZY
from dcsim.files.load import load_scenario
from dcsim.files.yaml_scalars import spelled
from dcsim.trace.embedded import embed

# What a terminal obeys, what turns or hides writing, what breaks a line; then words that a CI system obeys.
ODD = "\x1b[31m\x1b]0;t\x07\x9b1m\x85\u202e\u2066\u200f\u061c\u200b\u2028\u2029\ufeff\U000e0041\x7f"
HOSTILE = f"v{ODD}\n::error::forged\n   ::add-mask::x\r##[error]y ##vso[task.complete]z\rend"
COLOUR = re.compile(r"\x1b\[\d+m|\r\x1b\[K")


def quoted(text):
    return json.dumps(text).replace("\\udb40\\udc41", "\\U000e0041")


V = quoted(HOSTILE)
ESCAPED = V[1:-1]
BOOK = f"""
rulebook: {V}
version: 1
title: {V}
timezone: Asia/Hong_Kong
source: {{title: {V}, statements: [{{number: 1, place: {V}, says: {V}}}]}}
records: [{V}]
accounts: {{{V}: {{system: {V}}}}}
sessions:
  - {{name: one, site: primary, opens: 2023-06-10 18:00, closes: 2023-06-10 20:00, assumption: {V}}}
  - {{name: two, site: secondary, opens: 2023-06-10 22:00, closes: 2023-06-10 23:00, assumption: {V}}}
  - {{name: three, site: primary, opens: 2023-06-11 10:00, closes: 2023-06-11 12:00, citation: {{place: {V}, quote: {V}}}}}
rules:
  - {{id: {V}, accounts: {V}, changes: initiate-2fa, made-in: one, at: two, fate: carry, citation: {{place: {V}, quote: {V}}}}}
  - {{id: r2, accounts: {V}, changes: initiate-2fa, made-in: one, at: three, fate: discard, assumption: {V}}}
open-questions: [{{id: {V}, asks: {V}, stands-in: {V}}}]
"""  # noqa: E501 - a file's lines
RUN = f"""
runbook: {V}
version: 1
title: {V}
sites: {{primary: primary, secondary: standby}}
steps:
  - {{id: {V}, at: one opens, do: open, session: one, site: primary}}
  - {{at: one closes, do: close, session: one}}
"""
SCENARIO = f"""
scenario: {V}
title: {V}
rulebook: ./book.yaml
runbook: ./run.yaml
accounts: [{{id: {V}, kind: {V}, email: registered, records: {{{V}: {V}}}}}]
steps:
  - {{at: one +5m, account: {V}, do: initiate-2fa, password: {V}, channel: {V}}}
  - {{at: one +6m, account: {V}, do: write, record: {V}, value: {V}}}
expect:
  two: {{{V}: {{two-factor: {{password: other, channel: email}}}}}}
"""
CROWD = f"""
scenario: {V}
title: {V}
rulebook: ./book.yaml
runbook: ./run.yaml
population:
  {V}: {{count: 3, prefix: {V}}}
  behaviour:
    {V}: {{steps: [{{at: one +5m, spread: {{until: one +6m}}, do: initiate-2fa, password: {V}, channel: {V}}}]}}
steps:
  - {{at: one +9m, account: {V}, profile: {V}1, do: logout}}
"""
WRONG = (
    f"scenario: {V}\ntitle: {V}\nrulebook: ./book.yaml\nrunbook: ./run.yaml\n{V}: {V}\nsteps: [{{do: {V}, at: {V}}}]\n"
)
# Labels, links and times that are slips, so that each hint quotes them.
SLIPS = f"""
scenario: {V}
title: {V}
rulebook: ./book.yaml
runbook: ./run.yaml
accounts: [{{id: {V}, kind: {V}, smartcard: {V}}}]
steps:
  - {{at: one +5m, account: {V}, do: logon, with: smartcard, password: {quoted(HOSTILE + "?")}, link: {V}, portal: {V}}}
  - {{at: one +6m, account: {V}, do: change-password, from: {V}, to: {V}, expect: {quoted("refused " + HOSTILE)}}}
"""
MANY = f"""
scenario: "${{name}}"
title: "${{name}} {ESCAPED}"
rulebook: ./book.yaml
runbook: ./run.yaml
tags: [odd]
note: {V}
foreach: [{{name: {V}, word: {V}}}, {{name: {quoted(HOSTILE + "b")}, word: other}}]
include: shared.yaml
accounts: [{{csv: accounts.csv}}, {{names: [a, b], prefix: {V}, kind: {V}}}]
groups: {{{quoted(HOSTILE + "g")}: [{quoted(HOSTILE + "1")}]}}
steps:
  - {{at: one +5m, account: {quoted(HOSTILE + "g")}, do: initiate-2fa, password: "${{word}}", channel: {V}}}
"""
SHARED = f"steps: [{{at: one +6m, account: {quoted(HOSTILE + 'a')}, do: logon, with: otp, password: {V}}}]\n"


def table(*rows):
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


FOLDER = HOSTILE.replace("/", "").replace("\n", "\r")[:60]
FUZZ = ["fuzz", "--rulebook", "book.yaml", "--runbook", "run.yaml", "--engine", "random"]
PACK = ["--rulebook", "book.yaml", "--runbook", "run.yaml", "--scenarios", "x.yaml", "--faults", "0", "--slips", "0"]
SWEEP = ["sweep", "x.yaml", "--vary", "link.lag=0s,9h"]
COMMANDS = [
    ["run", "x.yaml"],
    ["run", "-vv", "x.yaml"],
    ["run", "--json", "x.yaml"],
    ["run", "--figures", "x.yaml"],
    ["run", "--figures", "--json", "x.yaml"],
    ["run", "x.yaml", "--junit", "/dev/stdout"],
    ["run", "x.yaml", "--html", "/dev/stdout"],
    ["run", FOLDER, "--html", "/dev/stdout"],
    ["report", "x.yaml", "--out", "/dev/stdout"],
    ["run", "wrong.yaml"],
    ["run", "x.yaml", "--format", "github"],
    ["run", "many.yaml", "slips.yaml", "--format", "github"],
    ["run", "wrong.yaml", "--format", "github"],
    ["explore", "wrong.yaml", "--no-browser"],
    ["explore", "x.yaml", "--runbook", HOSTILE],
    ["run", "--strict", "x.yaml"],
    ["run", "--account", HOSTILE, "-v", "x.yaml"],
    ["run", "--tag", HOSTILE, "x.yaml"],
    ["run", "-k", HOSTILE, "x.yaml"],
    ["run", FOLDER],
    ["run", FOLDER, "--json"],
    ["run", f"{FOLDER}/x.yaml", "--trace", f"{FOLDER}/out"],
    ["run", "odd.yaml"],
    ["run", "tabs.yaml"],
    ["run", "slips.yaml"],
    ["run", "utf16.yaml"],
    ["predict", "x.yaml"],
    ["predict", "x.yaml", "--json"],
    ["predict", "x.yaml", "--csv", "/dev/stdout"],
    ["predict", "x.yaml", "--account", HOSTILE, "--at", HOSTILE],
    ["predict", "x.yaml", "--site", HOSTILE],
    ["predict", f"{FOLDER}/x.yaml"],
    ["why", "x.yaml", "--account", HOSTILE, "--field", "password", "--at", "two"],
    ["why", "x.yaml", "--account", HOSTILE, "--field", HOSTILE, "--json", "--at", "one +10m"],
    ["why", "x.yaml", "--account", "other", "--field", HOSTILE],
    ["run", "crowd.yaml"],
    ["run", "whole-crowd.yaml"],
    ["run", "whole-crowd.yaml", "--json"],
    ["run", "whole-crowd.yaml", "--results", "/dev/stdout"],
    ["run", "whole-crowd.yaml", "--results", "/dev/stdout.x"],
    ["run", "many.yaml"],
    ["run", "many.yaml", "-v"],
    ["run", "many.yaml", "--json"],
    ["run", "many.yaml", "--junit", "/dev/stdout"],
    ["run", "tables.yaml"],
    ["reconcile", "x.yaml", "--log", "log.csv", "--dump", "dump.csv"],
    ["reconcile", "x.yaml", "--log", "log.csv", "--dump", "dump.csv", "--json"],
    ["reconcile", "x.yaml", "--log", "log.csv", "--dump", "dump.csv", "--csv", "/dev/stdout"],
    ["reconcile", "x.yaml", "--log", "log.csv", "--dump", "dump.csv", "--map", "map.yaml"],
    ["reconcile", "x.yaml", "--log", "broken.csv", "--map", "map.yaml", "--try", HOSTILE],
    ["reconcile", "x.yaml", "--log", HOSTILE],
    ["run", "x.yaml", "--rulebook", HOSTILE],
    ["run", HOSTILE],
    ["run", f"{HOSTILE}.yaml"],
    ["check", "--rulebook", "book.yaml", "--runbook", "run.yaml", "--time", "2s"],
    ["check", "--rulebook", "book.yaml", "--runbook", "run.yaml", "--time", "2s", "--json", "--save", HOSTILE],
    ["check", "--rulebook", "book.yaml", "--runbook", "run.yaml", "--time", "2s", "--junit", "/dev/stdout"],
    ["check", "x.yaml", "--time", "2s", "--format", "github"],
    ["check", "x.yaml", "--within", "1", "--time", "2s"],
    ["check", "--rulebook", "book.yaml", "--runbook", "run.yaml", "--kind", HOSTILE],
    ["check", "--rulebook", "book.yaml", "--runbook", "run.yaml", "--non-interference", "--time", "2s"],
    ["fuzz", "--rulebook", "book.yaml", "--runbook", "run.yaml", "--engine", "random", "--max-examples", "20"],
    ["fuzz", "--rulebook", HOSTILE, "--runbook", HOSTILE],
    [*SWEEP],
    [*SWEEP, "--json"],
    [*SWEEP, "--csv", "/dev/stdout"],
    [*SWEEP, "--html", "/dev/stdout"],
    [*SWEEP, "--by", "link.lag", "--save", FOLDER],
    [*SWEEP, "--check", "--time", "2s"],
    [*SWEEP, "--find", HOSTILE],
    [*SWEEP, "--show", HOSTILE],
    [*SWEEP, "--vary", HOSTILE],
    ["sweep", "x.yaml", "--vary", f"accounts.{HOSTILE}.kind={HOSTILE}"],
    ["sweep", "x.yaml", "--vary", f"runbook={HOSTILE},run.yaml"],
    ["sweep", f"{FOLDER}/x.yaml", "--paths"],
    ["minimize", "x.yaml", "--time", "2s"],
    ["minimize", "x.yaml", "--time", "2s", "--invariant", HOSTILE],
    ["replay", "x.yaml"],
    ["replay", "x.trace.jsonl"],
    ["replay", "x.page.html"],
    ["replay", "manifest.json"],
    ["replay", HOSTILE],
    ["replay", FOLDER, "--json"],
    ["replay", "x.yaml", "--junit", "/dev/stdout"],
    ["replay", "x.yaml", "x.trace.jsonl", "--format", "github"],
    ["findings", "merge", HOSTILE, "--into", f"{FOLDER}/merged"],
    ["minimize", "x.yaml", "--time", "2s", "--json"],
    ["minimize", "x.yaml", "--time", "2s", "--junit", "/dev/stdout"],
    [*FUZZ, "--max-examples", "9", "--json"],
    [*FUZZ, "--max-examples", "9", "--junit", "/dev/stdout"],
    [*FUZZ, "--max-examples", "9", "--format", "github"],
    ["check", "--rulebook", f"{FOLDER}/book.yaml", "--runbook", f"{FOLDER}/run.yaml", "--time", "2s"],
    ["rules", "lint", f"{FOLDER}/book.yaml"],
    ["rules", "show", f"{FOLDER}/book.yaml", "--all"],
    ["rules", "mutate", "book.yaml", "--runbook", "run.yaml", "--time", "1s", "--markdown"],
    ["rules", "mutate", "book.yaml", "--runbook", "run.yaml", "--time", "1s", "--json"],
    ["rules", "lint", "book.yaml"],
    ["rules", "lint", "book.yaml", "--json"],
    ["rules", "lint", "book.yaml", "--sarif", "/dev/stdout"],
    ["rules", "lint", "book.yaml", "--junit", "/dev/stdout"],
    ["rules", "lint", "book.yaml", "--format", "github"],
    ["rules", "lint", "run.yaml", "--format", "github"],
    ["rules", "lint", "book.yaml", "--baseline", "baseline.json"],
    ["rules", "show", "book.yaml"],
    ["rules", "show", "book.yaml", "--html", "/dev/stdout"],
    ["rules", "show", "book.yaml", "--markdown"],
    ["rules", "show", "book.yaml", "--json"],
    ["rules", "diff", "book.yaml", "other.yaml"],
    ["rules", "diff", "book.yaml", "other.yaml", "--json"],
    ["rules", "diff", "book.yaml", "other.yaml", "--html", "/dev/stdout"],
    ["rules", "lint", "book.yaml", "--html", "/dev/stdout"],
    ["check", "--rulebook", "book.yaml", "--runbook", "run.yaml", "--time", "2s", "--html", "/dev/stdout"],
    [*FUZZ, "--max-examples", "20", "--html", "/dev/stdout"],
    ["rules", "diff", HOSTILE, "other.yaml"],
    ["rules", "mutate", "book.yaml", "--runbook", "run.yaml", "--time", "1s"],
    ["rules", "diff", "book.yaml", "other.yaml", "--packs", "packs"],
    ["rules", "diff", "other.yaml", "book.yaml", "--packs", "packs", "--json"],
    ["rules", "diff", "book.yaml", "other.yaml", "--packs", HOSTILE],
    ["audit", f"{FOLDER}/pack", *PACK],
    ["audit", "x.yaml", *PACK],
    ["audit", HOSTILE, "--verify"],
    ["audit", "packs/one", "--verify"],
    ["rules", HOSTILE],
    ["explain", HOSTILE],
    ["explain", "--json", HOSTILE],
    ["schema", HOSTILE],
    ["init", f"x/{HOSTILE}"],
    [HOSTILE],
    [f"--{HOSTILE}"],
    ["run", f"--{HOSTILE}"],
    ["run", "--seed", HOSTILE, "x.yaml"],
    ["check", "--time", HOSTILE],
    ["check", "--memory", HOSTILE],
    ["fuzz", "--rulebook", "book.yaml", "--runbook", "run.yaml", "--shard", HOSTILE],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files that are hostile in every field."""
    made = tmp_path_factory.mktemp("hostile")
    texts = {"x.yaml": SCENARIO, "wrong.yaml": WRONG, "book.yaml": BOOK, "run.yaml": RUN}
    texts["other.yaml"] = BOOK.replace("fate: discard", "fate: carry")
    texts["x.trace.jsonl"] = json.dumps({"dcsim-trace": 1, "version": HOSTILE}) + "\n"
    texts["x.page.html"] = f'<script id="dcsim-trace">{embed(texts["x.trace.jsonl"])}</script>{HOSTILE}</html>'
    texts["manifest.json"] = json.dumps({"dcsim-findings": 1, "findings": [{"file": HOSTILE, "invariant": HOSTILE}]})
    texts["baseline.json"] = json.dumps({"dcsim-baseline": HOSTILE})
    texts["odd.yaml"] = f"{SCENARIO}\ufeff\u200b： “{ODD[1:]}"
    texts["tabs.yaml"] = f"{SCENARIO}\t- {V}：“x”\n"
    texts["slips.yaml"] = SLIPS
    texts |= {
        "crowd.yaml": CROWD,
        "whole-crowd.yaml": CROWD[: CROWD.index("steps:\n  -")],
        "many.yaml": MANY,
        "shared.yaml": SHARED,
        "tables.yaml": SCENARIO.replace("accounts: [", "accounts: [{csv: bad.csv}, "),
    }
    texts["accounts.csv"] = table(
        ["id", "kind", "participant", "smartcard", "group"], [HOSTILE + "1", HOSTILE, HOSTILE, HOSTILE, "g"]
    )
    texts["bad.csv"] = table(["id", "kind", HOSTILE], [HOSTILE, HOSTILE, HOSTILE])
    texts["log.csv"] = table(
        ["time", "account", "act", "with", "password", "channel", "outcome"],
        ["2023-06-10 18:05:00", HOSTILE, "initiate-2fa", "", HOSTILE, HOSTILE, "accepted"],
        ["2023-06-10 18:06:00", HOSTILE, "logon", "otp", HOSTILE + "2", "", "accepted"],
        ["2023-06-10 18:07:00", HOSTILE + "9", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE],
    )
    texts["dump.csv"] = table(["account", "password", "channel", HOSTILE], [HOSTILE, HOSTILE, HOSTILE, HOSTILE])
    texts["broken.csv"] = table([HOSTILE, "account"], [HOSTILE])
    texts["map.yaml"] = f"log: {{time: {V}, account: {V}, act: {{column: {V}, values: {{{V}: {V}}}}}, {V}: {V}}}\n"
    (made / FOLDER).mkdir()
    for name, text in texts.items():
        (made / name).write_text(text, encoding="utf-8")
        (made / FOLDER / name).write_text(text, encoding="utf-8")
    assert dcsim("audit", "packs/one", *PACK, cwd=made).returncode == 1
    (made / "utf16.yaml").write_bytes(SCENARIO.encode("utf-16"))
    return made


# What dcsim may ask of GitHub: to show a text beside a line. ``tests/formats`` reads what the texts are.
ANNOTATION = re.compile(r"::(error|warning|notice) [a-z]+=[^:,]*(,[a-z]+=[^:,]*)*::(?!.*##\w*\[).*")


def dangers(text, annotations=False):
    """What a terminal or a CI system would obey in a text that dcsim printed; apart from annotations, if wanted."""
    plain = COLOUR.sub("", text)
    odd = {c for c in plain if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn") and c not in "\n\t"}
    lines = [line for line in plain.split("\n") if line.lstrip().startswith("::") or re.search(r"##\w*\[", line)]
    return odd, [line for line in lines if not (annotations and ANNOTATION.fullmatch(line))]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words).replace(HOSTILE, "HOSTILE"))
def test_nothing_hostile_is_printed(words, folder):
    """By no command, on neither stream, with colours or without; and colours are dcsim's own."""
    words = [word.replace("\0", "") for word in words]
    twice = words[1:] in (["x.yaml"], ["lint", "book.yaml"])
    for env in ({"FORCE_COLOR": "1"}, {"NO_COLOR": "1"})[: 1 + twice]:
        run = dcsim(*words, cwd=folder, **env)
        assert run.returncode in (0, 1, 2, 3), run.stderr
        assert run.stdout + run.stderr
        assert dangers(run.stdout, "github" in words) == dangers(run.stderr) == (set(), [])
        if "NO_COLOR" in env:
            assert "\x1b" not in run.stdout + run.stderr


def formats(command):
    """The options of a command that choose what is printed or written."""
    options = {name for parameter in command.params for name in parameter.opts}
    return options & {"--json", "--junit", "--html", "--markdown", "--csv", "--format", "--sarif"}


def test_every_command_and_every_format_is_among_them():
    """A new command, or a new format of one, must be tried with hostile files too."""
    for name in (name for name in LAZY if name not in ("rules", "findings")):
        tried = [words for words in COMMANDS if words[0] == name]
        assert tried, name
        assert formats(import_module(f"dcsim.cli.{name}").command) <= set().union(*tried), name
    for name, command in import_module("dcsim.cli.rules").command.known.items():
        tried = [words for words in COMMANDS if words[:2] == ["rules", name]]
        assert tried, (name, command)
        assert formats(import_module(f"dcsim.cli.rules_{name}").command) <= set().union(*tried), name


FILES = [
    (["run", "x.yaml", "--trace", "out"], "out/*"),
    (["run", "x.yaml", "--perfetto", "tracks"], "tracks/*"),
    (["run", "x.yaml", "--itf", "itf"], "itf/*"),
    (["rules", "lint", "book.yaml", "--sarif", "x.sarif"], "x.sarif"),
    (["run", "x.yaml", "--junit", "x.xml"], "x.xml"),
    (["predict", "x.yaml", "--csv", "x.csv"], "x.csv"),
    (["rules", "show", "book.yaml", "--all", "--html", "x.html"], "x.html"),
    (["rules", "show", "book.yaml", "--markdown", "--all", "--out", "x.md"], "x.md"),
    (["rules", "show", "book.yaml", "--json", "--out", "x.json"], "x.json"),
    (["minimize", "x.yaml", "--time", "2s", "--out", "min.yaml"], "min.yaml"),
    (["rules", "lint", "book.yaml", "--write-baseline", "base.json"], "base.json"),
    (["rules", "diff", "book.yaml", "other.yaml", "--save", "diff"], "diff/*"),
    (["audit", "pack", *PACK], "pack/**/*"),
    (["rules", "diff", "book.yaml", "other.yaml", "--html", "diff.html"], "diff.html"),
    (["rules", "lint", "book.yaml", "--html", "lint.html"], "lint.html"),
    (
        ["check", "--rulebook", "book.yaml", "--runbook", "run.yaml", "--time", "9s", "--html", "proof.html"],
        "proof.html",
    ),
    ([*FUZZ, "--max-examples", "20", "--html", "fuzz.html"], "fuzz.html"),
    ([*SWEEP, "--html", "sweep.html"], "sweep.html"),
    ([*SWEEP, "--csv", "sweep.csv"], "sweep.csv"),
    (["report", "x.yaml", "--no-check", "--suite", ".", "--out", "run.html"], "run.html"),
    ([*FUZZ, "--max-examples", "20", "--save", "found"], "found/*"),
]


@pytest.mark.parametrize(("words", "pattern"), FILES, ids=lambda value: value if isinstance(value, str) else "")
def test_nothing_hostile_is_written(words, pattern, folder):
    """Files are shown in terminals too: whoever prints one with `cat` sees text."""
    run = dcsim(*words, cwd=folder)
    assert run.returncode in (0, 1), run.stderr
    written = [path for path in folder.glob(pattern) if path.is_file()]
    assert written
    for path in written:
        assert dangers(path.read_bytes().decode("utf-8"))[0] == set(), path


def test_the_hostile_files_are_run_and_not_only_refused(folder):
    """So that reports, and not only findings, are among what the other tests see."""
    assert dcsim("run", "many.yaml", cwd=folder).returncode == 1
    assert dcsim("reconcile", "x.yaml", "--log", "log.csv", "--dump", "dump.csv", cwd=folder).returncode == 1
    run = dcsim("run", "x.yaml", cwd=folder)
    assert run.returncode == 1, run.stderr
    assert "FAIL  v\\x1b[31m" in run.stdout
    assert len([line for line in run.stdout.splitlines() if "::error::" in line and line[0] not in "F "]) == 0


def test_what_is_printed_as_a_file_loads_and_is_the_same(folder, tmp_path):
    """The scenario of `minimize` holds the hostile names, in escapes that YAML reads."""
    run = dcsim("minimize", "x.yaml", "--time", "2s", cwd=folder)
    assert run.returncode == 0, run.stderr
    (folder / "again.yaml").write_text(run.stdout, encoding="utf-8")
    again = load_scenario(folder / "again.yaml").scenario
    assert again.accounts[0].id == HOSTILE
    assert json.loads(dcsim("run", "x.yaml", "--json", cwd=folder).stdout)["results"][0]["title"] == HOSTILE


def test_a_forged_colour_is_shown_as_text(monkeypatch, capsys):
    """What looks like a colour in a text is none, within a painted text and beside it."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    terminal.say(terminal.paint("\x1b[31mred", "bold") + "\x1b[0m")
    assert capsys.readouterr().out == "\x1b[1m\\x1b[31mred\x1b[0m\\x1b[0m\n"


def test_text_that_people_write_is_left_alone(capsys):
    """Chinese, accents, blanks of any width, private characters, tabs and colons within a line."""
    said = "二零二三年　é\tA\xa0B \ue000 a::b 😀"
    terminal.say(said)
    assert capsys.readouterr().out == f"{said}\n"


@pytest.mark.parametrize("character", sorted(set(HOSTILE) - {"\n"}))
def test_json_and_yaml_escape_what_the_terminal_would(character):
    """And read it back."""
    for written in (harmless.to_json([character]), spelled(f"x {character}")):
        assert dangers(written) == (set(), [])
    assert json.loads(harmless.to_json([character])) == [character]


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", "-Infinity", "1e999", "[" * 100_000, '{"a":' * 100_000, "9" * 41, '{"a":1,"a":2}']
)
def test_json_that_nobody_means_is_refused(text):
    """By a ValueError, not by what Python runs into."""
    with pytest.raises(ValueError, match=r"no number|too large|deep|digits|twice"):
        harmless.from_json(text)


def test_a_bracket_within_text_does_not_nest():
    """Only those that are structure count."""
    assert harmless.from_json(json.dumps(["[" * 1000, '"{\\' * 500])) == ["[" * 1000, '"{\\' * 500]


def test_the_inner_workings_are_told_harmlessly():
    """What structlog prints with -vv is made harmless as well."""
    code = f"from dcsim.cli.terminal import debugger; debugger(2)('ran', scenario={HOSTILE!r})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    printed = run.stdout + run.stderr
    assert "forged" in printed
    assert dangers(printed) == (set(), [])


def test_only_the_terminal_prints():
    """No file of the command line writes to a stream by itself, save the entry point, before anything is imported."""
    for path in Path(terminal.__file__).parent.glob("*.py"):
        if path.name not in ("terminal.py", "main.py"):
            assert not re.search(r"click\.(s?echo)|sys\.std(out|err)\.w|\bprint\(", path.read_text()), path
