"""`dcsim run` and `dcsim replay` as a person and as a pipeline use them."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from program import dcsim

from dcsim.report.run_formats import as_junit
from dcsim.report.run_view import RunResult

MANY = """
scenario: <name>
title: Many
rulebook: seoch-2fa-2023
runbook: snapshot-standby
accounts:
  - {population: <count>, prefix: U, kind: user, participant: B01234, email: registered, smartcard: friday}
steps:
  - {at: session-1 +5m, account: U*, do: initiate-2fa, password: P1, channel: email}
  - {at: session-2 +5m, account: U*, do: change-password, from: P1, to: P2}<steps>
"""
FIRST = Path(__file__).parents[2] / "scenarios" / "circular" / "footnote-3.yaml"


def test_a_failure_says_what_where_by_which_rule_and_how_to_see_it_again(tmp_path):
    """Expected against actual, the citation, and a command that fails in the same way."""
    run = dcsim("run", FIRST, "--runbook", "failback-copy", cwd=tmp_path)
    assert run.returncode == 1
    for words in ("discarded-absent", "footnote 3", "expected P1", "found P2", "again: dcsim run"):
        assert words in run.stdout
    again = next(line for line in run.stdout.splitlines() if "again:" in line).split("again: dcsim ")[1]
    assert dcsim(*again.split(), cwd=tmp_path).stdout.split(" in ")[0] == run.stdout.split(" in ")[0]


def test_a_trace_is_the_same_byte_for_byte_under_any_hash_seed(tmp_path):
    """Same inputs and seed, other PYTHONHASHSEED: the same file."""
    texts = []
    for seed in ("0", "1", "4242"):
        folder = tmp_path / seed
        assert dcsim("run", FIRST.parent, "--trace", folder, PYTHONHASHSEED=seed).returncode == 0
        texts.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert texts[0] == texts[1] == texts[2]
    assert len(texts[0]) > 10


def test_replay_needs_no_file_but_the_trace(tmp_path):
    """As a person types it: run, then replay."""
    dcsim("run", FIRST, "--trace", tmp_path)
    (path,) = tmp_path.glob("*.jsonl")
    run = dcsim("replay", path, cwd=tmp_path)
    assert run.returncode == 0
    assert "all as recorded" in run.stdout


def write(folder, place, **changes):
    """A scenario of its own name, with what is to be different."""
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    text = MANY
    for old, new in changes.items():
        text = text.replace(f"<{old}>", str(new))
    path.write_text(text.replace("<count>", "3").replace("<name>", "many").replace("<steps>", ""))
    return path


def test_each_scenario_has_a_trace_of_its_own(tmp_path):
    """Paths that come to the same file name get numbers; so do those that differ in case only."""
    for name in ("a/b-c.yaml", "a/b/c.yaml", "A/B/c.yaml", "x.yaml", "sub/../../x.yaml"):
        write(tmp_path / "here", name)
    (tmp_path / "here" / "sub").mkdir(exist_ok=True)
    words = ("a/b-c.yaml", "a/b/c.yaml", "A/B/c.yaml", "x.yaml", "../x.yaml")
    run = dcsim("run", *words, "--trace", "traces", cwd=tmp_path / "here")
    assert run.returncode == 0, run.stdout + run.stderr
    names = sorted(path.name for path in (tmp_path / "here" / "traces").iterdir())
    assert names == sorted(f"{name}.trace.jsonl" for name in ("a-b-c", "a-b-c-2", "A-B-c-3", "x", "x-2")), names


def test_without_events_a_violation_has_no_number_and_v_says_why(tmp_path):
    """Above 2000 accounts events are not kept, unless a trace asks for them."""
    path = write(tmp_path, "x.yaml", count=2001)
    out = dcsim("run", path, "--runbook", "failback-copy", "-v").stdout
    assert "[event " not in out
    assert "[events are not kept for so many accounts]" in out
    assert "events are not kept above 2000 accounts, unless --trace asks for them" in out
    kept = dcsim("run", path, "--runbook", "failback-copy", "-v", "--trace", tmp_path).stdout
    assert "[event " in kept
    assert "not kept" not in kept


@pytest.mark.parametrize(("count", "words"), [(1, "U1, "), (2, "U1 (and 1 more account), "), (3, "2 more accounts), ")])
def test_accounts_are_counted_in_good_english(count, words, tmp_path):
    """One more account, two more accounts."""
    out = dcsim("run", write(tmp_path, "x.yaml", count=count), "--runbook", "failback-copy").stdout
    assert words in " ".join(out.split()), out


def test_verbose_spells_requests_and_commits_as_a_scenario_does(tmp_path):
    """Their keys and values are those of a scenario's step, and no Python."""
    steps = """
  - {at: session-1 +20m, account: U1, do: change-password, from: P1, to: P3, takes: 2s}
  - {at: session-1 +30m, account: U1, do: logon, with: otp, password: P3, otp-age: 90s, expect: any}"""
    out = dcsim("run", write(tmp_path, "x.yaml", steps=steps), "-v").stdout
    assert "U1 request change-password from=P1 to=P3: accepted" in out
    assert "U1 commit change-password from=P1 to=P3: accepted" in out
    assert "otp-age=1m30s" in out
    assert "{" not in out


def test_junit_is_well_formed_whatever_a_label_holds(tmp_path):
    """Non-characters and control characters are none of XML's."""
    path = tmp_path / "junit.xml"
    dcsim("run", write(tmp_path, "x.yaml", name='"n \\uFFFF \\uFFFE \\x07 é \\U0001F600"'), "--junit", path)
    assert ET.parse(path).getroot().find(".//testcase").get("name") == "n ? ? ? é \U0001f600"
    half = RunResult(path="\udcff", name="\ud800", title="", rulebook="", runbook="", status="passed", actions=0)
    ET.fromstring(as_junit([half], 0).encode())


WARNED = """
rulebook: own
version: 1
title: Own
timezone: Asia/Hong_Kong
source: {title: A notice, dates: [{printed: 10 June 2022 (Saturday), event: a drill, place: page 1}]}
accounts: {user: {system: X}}
sessions:
  - {name: session-1, site: primary, opens: 2023-06-10 18:00, closes: 2023-06-10 20:00, assumption: because}
  - {name: session-2, site: secondary, opens: 2023-06-10 22:00, closes: 2023-06-10 23:00, assumption: because}
  - {name: monday, site: primary, opens: 2023-06-12 00:00, closes: 2023-06-13 00:00, assumption: because}
"""


def test_warnings_about_ones_own_files_are_always_shown(tmp_path):
    """A wrong weekday in one's own rulebook is told at once; what is odd in a built-in one, with -v."""
    (tmp_path / "own.yaml").write_text(WARNED)
    path = write(tmp_path, "x.yaml")
    assert "DC147 own.yaml:6:" in dcsim("run", path, "--rulebook", "./own.yaml", cwd=tmp_path).stderr
    assert "DC147" not in dcsim("run", path).stderr
    assert "DC147 dcsim/builtin/" in dcsim("run", path, "-v").stderr


@pytest.mark.parametrize("rulebook", ["./own.yaml", "seoch-2fa-2023"])
def test_warnings_never_come_before_errors(rulebook, tmp_path):
    """The first line is what the person must mend; a built-in rulebook is not theirs to mend at all."""
    (tmp_path / "own.yaml").write_text(WARNED)
    write(tmp_path, "x.yaml", steps="\n  - {at: session-1 +1m, account: U9, do: logout}")
    write(tmp_path, "y.yaml", steps="\n  - {at: session-1 +1m, account: U8, do: logout}")
    run = dcsim("run", "x.yaml", "y.yaml", "--rulebook", rulebook, cwd=tmp_path)
    own = ["DC147"] if rulebook == "./own.yaml" else []
    assert [line[:5] for line in run.stderr.splitlines()] == ["DC120", "DC120", *own]


def test_a_fault_that_never_happens_is_noted(tmp_path):
    """A link fault on an entry that never comes, a slip at a step that is never reached, a swap with nothing."""
    faults = """
faults:
  - {link: drop, account: U1, nth: 9}
  - {link: delay, account: U2, nth: 1, by: 1s}
  - {operator: repeat, step: resend}
  - {operator: swap, step: close-monday}
"""
    path = write(tmp_path, "x.yaml", steps=faults.replace("\n", "\n", 1))
    run = dcsim("run", path)
    notes = [line.split("note", 1)[1].strip() for line in run.stdout.splitlines() if " note " in line]
    assert [note.split(":")[0] for note in notes] == ["fault 1 (drop, U1, entry 9)", "fault 4 (swap, close-monday)"]
    report = json.loads(dcsim("run", path, "--json").stdout)
    assert [note.split(":")[0] for note in report["results"][0]["notes"]] == [note.split(":")[0] for note in notes]


def test_json_is_one_object_with_a_version():
    """Machines get everything that people get."""
    run = dcsim("run", FIRST, "--runbook", "failback-copy", "--json")
    report = json.loads(run.stdout)
    assert run.returncode == 1
    assert (report["dcsim-report"], report["passed"], report["failed"]) == (1, 0, 1)
    kinds = {problem["kind"] for problem in report["results"][0]["problems"]}
    assert "discarded-absent" in kinds


def test_junit_has_a_case_for_each_scenario(tmp_path):
    """A pipeline sees each scenario, and each failure with its sentence."""
    path = tmp_path / "junit.xml"
    dcsim("run", FIRST.parent, "--runbook", "failback-copy", "--junit", path)
    suite = ET.parse(path).getroot()
    assert int(suite.get("tests")) == len(list(FIRST.parent.glob("*.yaml")))
    assert int(suite.get("failures")) == len(suite.findall(".//failure")) >= 1


def test_colour_follows_no_color_and_force_color():
    """No colour in a pipe, colour when forced, and NO_COLOR wins."""
    assert "\x1b[" not in dcsim("run", FIRST).stdout
    assert "\x1b[" in dcsim("run", FIRST, FORCE_COLOR="1").stdout
    assert "\x1b[" not in dcsim("run", FIRST, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_quiet_shows_failures_and_the_closing_line():
    """-q: one line when all is well."""
    assert len(dcsim("run", FIRST.parent, "-q").stdout.splitlines()) == 1


def test_verbose_shows_every_event():
    """-v: the weekend as it went, event by event."""
    out = dcsim("run", FIRST, "-v").stdout
    assert "initiate-2fa password=P1" in out
    assert "open-session-2" in out


def test_a_closed_pipe_is_no_error():
    """`dcsim run ... | head -1` ends quietly."""
    command = f"{sys.executable} -m dcsim run {FIRST.parent} -v | head -1"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr
    assert len(run.stdout.splitlines()) == 1


@pytest.mark.parametrize("name", ["scenario", "rulebook", "runbook"])
def test_schemas_are_printed(name):
    """`dcsim schema` prints a JSON Schema for editors."""
    assert json.loads(dcsim("schema", name).stdout)["$schema"].endswith("2020-12/schema")
