"""`--json` and `--junit` of fuzz, replay and minimize: one object, one suite, and the same exit codes."""

import json
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from dcsim.files.load import load_scenario, load_texts

ROOT = Path(__file__).parents[2]
FOOTNOTE = ROOT / "scenarios" / "circular" / "footnote-3.yaml"
WRONG = ("--rulebook", "seoch-2fa-2023", "--runbook", "failback-copy", "--max-examples", "60")
RIGHT = (*WRONG[:3], "snapshot-standby", *WRONG[4:])


def suite(path):
    """The test cases of a file: what became of each, with the message. The counts must be those of the cases."""
    root = ET.fromstring(path.read_text())
    found = list(root.iter("testcase"))
    cases = {}
    for case in found:
        ends = [(child.tag, child.get("message")) for child in case if child.tag in ("failure", "error")]
        assert len(ends) <= 1
        cases[case.get("name")] = ends[0] if ends else ("passed", None)
    counts = tuple(int(root.get(name)) for name in ("tests", "failures", "errors"))
    ended = [end for end, _ in cases.values()]
    assert counts == (len(found), ended.count("failure"), ended.count("error"))
    return cases


@pytest.mark.parametrize("save", [True, False], ids=["saved", "not saved"])
def test_fuzz_tells_each_finding_with_its_scenario(save, dcsim, tmp_path):
    """What broke, how large it is, where it is, and the scenario itself, which loads."""
    words = ("--save", tmp_path / "out") if save else ()
    code, said, err = dcsim("fuzz", *WRONG, *words, "--json", "--junit", tmp_path / "x.xml")
    data = json.loads(said)
    assert (code, err, data["dcsim-fuzz"], data["status"], data["examples"]) == (1, "", 1, "violated", 60)
    (found,) = data["findings"]
    assert (found["invariant"], found["steps"], found["faults"]) == ("discarded-absent", 1, 0)
    assert found["file"] == (f"{tmp_path / 'out'}/discarded-absent.yaml" if save else None)
    assert found["reproduce"].startswith("dcsim run" if save else "dcsim fuzz")
    (tmp_path / "x.yaml").write_text(found["scenario"])
    assert len(load_scenario(tmp_path / "x.yaml").scenario.steps) == 1
    cases = suite(tmp_path / "x.xml")
    assert cases == {"campaign": ("passed", None), "discarded-absent": ("failure", found["statement"])}


def test_fuzz_tells_a_green_campaign_and_one_that_drew_nothing(dcsim, tmp_path):
    """The one passes; the other is inconclusive, and an error of the suite."""
    code, said, _ = dcsim("fuzz", *RIGHT, "--json", "--junit", tmp_path / "x.xml")
    assert (code, json.loads(said)["status"], json.loads(said)["findings"]) == (0, "passed", [])
    assert suite(tmp_path / "x.xml") == {"campaign": ("passed", None)}
    code, said, _ = dcsim("fuzz", *RIGHT, "--time", "0s", "--json", "--junit", tmp_path / "x.xml")
    assert (code, json.loads(said)["status"]) == (3, "inconclusive")
    assert suite(tmp_path / "x.xml") == {"campaign": ("error", "nothing was drawn")}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A trace, a finding that still fails, one that is fixed, and one that cannot be run."""
    from dcsim.semantics.model import Model
    from dcsim.simulate.weekend import simulate
    from dcsim.trace.jsonl import dump

    place = tmp_path_factory.mktemp("recorded")
    case = load_scenario(FOOTNOTE)
    trace = simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario, tracing=True)
    lines = list(dump(case.texts, 0, trace))
    (place / "good.trace.jsonl").write_text("".join(lines))
    (place / "short.trace.jsonl").write_text("".join(lines[:-1]))
    (place / "none.trace.jsonl").write_text("nonsense\n")
    text = FOOTNOTE.read_text()
    (place / "failed.yaml").write_text(text.replace("snapshot-standby", "failback-copy"))
    (place / "fixed.yaml").write_text(text)
    (place / "error.yaml").write_text("scenario: [")
    return place


ENDS = {
    "good.trace.jsonl": ("AS-RECORDED", 0, "passed"),
    "short.trace.jsonl": ("DIFFERS", 1, "failure"),
    "none.trace.jsonl": ("ERROR", 2, "error"),
    "failed.yaml": ("FAILED", 1, "failure"),
    "fixed.yaml": ("FIXED", 0, "passed"),
    "error.yaml": ("ERROR", 2, "error"),
}


@pytest.mark.parametrize("names", [*((name,) for name in ENDS), tuple(ENDS)], ids=[*ENDS, "all"])
def test_replay_tells_each_trace_and_finding(names, recorded, dcsim, tmp_path):
    """Its status, with what is different; and the gravest end decides."""
    paths = [recorded / name for name in names]
    code, said, _ = dcsim("replay", *paths, "--json", "--junit", tmp_path / "x.xml")
    data, cases = json.loads(said), suite(tmp_path / "x.xml")
    assert (code, data["dcsim-replay"]) == (max(ENDS[name][1] for name in names), 1)
    assert {Path(one["path"]).name: one["status"] for one in data["results"]} == {n: ENDS[n][0] for n in names}
    assert {Path(name).name: end for name, (end, _) in cases.items()} == {n: ENDS[n][2] for n in names}
    assert all(one["says"] for one in data["results"] if one["status"] != "FIXED")
    counts = {"fixed": "FIXED", "failed": "FAILED", "errors": "ERROR", "as-recorded": "AS-RECORDED"}
    for key, status in counts.items():
        assert data[key] == [ENDS[name][0] for name in names].count(status)


def test_minimize_tells_before_and_after(dcsim, tmp_path):
    """Sizes, label, how it still fails, and the text; with --out the path as well, and the file is that text."""
    words = ("minimize", FOOTNOTE, "--runbook", "failback-copy", "--json", "--junit", tmp_path / "x.xml")
    code, said, _ = dcsim(*words)
    data = json.loads(said)
    assert (code, data["dcsim-minimize"], data["label"], data["file"]) == (0, 1, "shortest", None)
    assert (data["invariant"], data["fails-by"]) == ("discarded-absent", "discarded-absent")
    assert data["before"] == {"steps": 7, "faults": 0, "accounts": 1}
    assert data["after"] == {"steps": 1, "faults": 0, "accounts": 1}
    case = load_scenario(FOOTNOTE, runbook="failback-copy")
    assert len(load_texts({**case.texts, "scenario": data["scenario"]}).scenario.steps) == 1
    assert suite(tmp_path / "x.xml") == {str(FOOTNOTE): ("passed", None)}
    out = tmp_path / "short.yaml"
    data = json.loads(dcsim(*words, "--out", out)[1])
    assert (data["file"], data["scenario"]) == (str(out), out.read_text())
    assert data["reproduce"] == f"dcsim run {out}"


@pytest.mark.parametrize("json_", [True, False], ids=["json", "text"])
@pytest.mark.parametrize("command", ["fuzz", "replay", "minimize"])
def test_results_that_cannot_be_written_are_printed_first(command, json_, dcsim, tmp_path):
    """All of them; then the path is told, with exit code 2."""
    words = {"fuzz": WRONG, "replay": (FOOTNOTE,), "minimize": (FOOTNOTE, "--runbook", "failback-copy")}[command]
    words = (command, *words, *(("--json",) if json_ else ()))
    code, said, err = dcsim(*words, "--junit", tmp_path / "no" / "x.xml")
    assert (code, "DC117 " in err) == (2, True), err
    whole = dcsim(*words)[1]
    assert len(said.splitlines()) == len(whole.splitlines())


@pytest.mark.parametrize("out", ["no/x.yaml", "/proc/x.yaml", "/dev/null/x.yaml"])
def test_a_minimised_scenario_that_cannot_be_written_is_printed(out, dcsim, tmp_path, monkeypatch):
    """As if no file had been named."""
    monkeypatch.chdir(tmp_path)
    code, said, err = dcsim("minimize", FOOTNOTE, "--runbook", "failback-copy", "--out", out)
    assert (code, "DC117 " in err, "do: initiate-2fa" in said) == (2, True, True), err
    (tmp_path / "x.yaml").write_text(said)
    assert len(load_scenario(tmp_path / "x.yaml").scenario.steps) == 1


def test_a_label_that_xml_cannot_hold_does_no_harm(dcsim, tmp_path):
    """A control character in a scenario's title or a password."""
    path = tmp_path / "x.yaml"
    shutil.copy(FOOTNOTE, path)
    path.write_text(path.read_text().replace("P1", '"\\x01\\uffff]]><&"').replace("snapshot-standby", "failback-copy"))
    for words in (("replay", path), ("minimize", path)):
        code, _, err = dcsim(*words, "--junit", tmp_path / "x.xml")
        assert (code in (0, 1), err) == (True, ""), err
        suite(tmp_path / "x.xml")


SLOWLY = """
import sys, time
from dcsim.cli.main import main
from dcsim.usecases import minimise, replay


def slow(act):
    def acting(*given):
        print("ready", file=sys.stderr, flush=True)
        time.sleep(0.2)
        return act(*given)

    return acting


real = minimise.delta.minimise
minimise.delta.minimise = lambda start, fails, *rest: real(start, slow(fails), *rest)
replay.again = slow(replay.again)
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("command", ["minimize", "replay"])
def test_an_interruption_ends_with_what_there_is(command, number, tmp_path):
    """130, no traceback, and the result so far: a scenario that still fails; what was replayed."""
    text = FOOTNOTE.read_text().replace("snapshot-standby", "failback-copy")
    head, steps = text.split("steps:\n", 1)
    one = "  - {at: session-1 +%ds, account: U001, do: logon, with: smartcard, password: C%d, expect: any}\n"
    many = "".join(one % (1000 + n, n % 3) for n in range(300))
    for name in range(60):
        (tmp_path / f"{name:02}.yaml").write_text(f"{head}steps:\n{many}{steps}")
    words = {"minimize": ("minimize", "00.yaml", "--time", "1h"), "replay": ("replay", ".")}[command]
    running = subprocess.Popen(
        [sys.executable, "-c", SLOWLY, *words, "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert running.stderr.readline() == "ready\n"
    running.send_signal(number)
    said, complained = running.communicate(timeout=60)
    assert (running.returncode, "Traceback" in complained) == (130, False), complained
    data = json.loads(said)
    assert data["interrupted"] is True
    if command == "minimize":
        assert data["label"] == "minimised"
        assert data["after"]["steps"] >= 1
    else:
        assert len(data["results"]) < 60
