"""`dcsim run` and `dcsim replay` as a person and as a pipeline use them."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

FIRST = Path(__file__).parents[2] / "scenarios" / "circular" / "footnote-3.yaml"


def dcsim(*words, cwd=None, **env):
    return subprocess.run(
        [sys.executable, "-m", "dcsim", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        env={**os.environ, **env},
    )


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


def traced(tmp_path):
    dcsim("run", FIRST, "--trace", tmp_path)
    (path,) = tmp_path.glob("*.jsonl")
    return path


def test_replay_finds_every_event_as_recorded(tmp_path):
    """A trace replays through the pure core to the same digests, with no file but itself."""
    run = dcsim("replay", traced(tmp_path), cwd=tmp_path)
    assert run.returncode == 0
    assert "all as recorded" in run.stdout


def edit(lines, number, **fields):
    line = json.loads(lines[number]) | fields
    return [*lines[:number], json.dumps(line), *lines[number + 1 :]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: edit(lines, 3, outcome="refused closed"), "event 3 differs in its outcome"),
        (lambda lines: edit(lines, 3, digest="0" * 16), "event 3 differs in its digest"),
        (lambda lines: [*lines[:4], *lines[5:]], "event 4"),
        (lambda lines: lines[:-2], "cut short"),
        (lambda lines: [lines[0].replace("fate: carry", "fate: discard", 1), *lines[1:]], "digest"),
    ],
)
def test_replay_says_where_a_trace_first_differs(change, words, tmp_path):
    """An edited trace is caught at the event that was edited."""
    path = traced(tmp_path)
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
    run = dcsim("replay", path)
    assert run.returncode == 1, run.stdout + run.stderr
    assert words in run.stdout


@pytest.mark.parametrize("text", ["", "{}", "nonsense", "[1]", '{"dcsim-trace": 1}', '{"dcsim-trace": 99}'])
def test_what_is_no_trace_is_told(text, tmp_path):
    """A file of another kind: a finding with its line, exit code 2."""
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    run = dcsim("replay", path)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert run.stderr.startswith("DC118")


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
    suite = ET.parse(path).getroot()[0]
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
