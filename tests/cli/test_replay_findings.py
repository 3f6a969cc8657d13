"""`dcsim replay` of saved findings: FIXED, FAILED or ERROR, and which steps behave differently."""

import json
import shutil
from pathlib import Path

import pytest

from dcsim.files.load import load_scenario

ROOT = Path(__file__).parents[2]
BUILTIN = ROOT / "dcsim" / "builtin" / "runbooks"
FOOTNOTE = ROOT / "scenarios" / "circular" / "footnote-3.yaml"
SCENARIO = """\
scenario: {name}
title: X
rulebook: seoch-2fa-2023
runbook: ./runbook.yaml
accounts:
  - {{id: U001, kind: user, participant: B01234, email: registered, smartcard: friday}}
steps:
  - {{at: session-2 +1m, account: U001, do: initiate-2fa, password: P1, channel: email}}
  - {{at: monday +9h, account: U001, do: logon, with: otp, password: P1, expect: any}}
"""


@pytest.fixture
def folder(tmp_path):
    """A finding of a wrong runbook, on disk, with its runbook beside it."""
    (tmp_path / "x.yaml").write_text(SCENARIO.format(name="discarded-absent"))
    use(tmp_path, "failback-copy")
    return tmp_path


def use(folder, runbook):
    shutil.copy(BUILTIN / f"{runbook}.yaml", folder / "runbook.yaml")


def manifest(folder, *entries, **more):
    findings = [{"file": file, "invariant": name, "digest": "0"} for file, name in entries]
    path = folder / "manifest.json"
    path.write_text(json.dumps({"dcsim-findings": 1, "version": "0", "findings": findings} | more))
    return path


@pytest.mark.parametrize("how", ["folder", "manifest", "manifest's folder", "scenario"])
def test_a_finding_fails_until_it_is_mended(how, folder, dcsim):
    """By its file, folder or manifest: FAILED and 1 under the wrong runbook, FIXED and 0 under the right one."""
    path = {"scenario": folder / "x.yaml", "manifest": folder / "manifest.json"}.get(how, folder)
    if "manifest" in how:
        manifest(folder, ("x.yaml", "discarded-absent"))
    code, out, _ = dcsim("replay", path)
    assert (code, out.startswith("FAILED  "), "0 fixed, 1 failed, 0 errors" in out) == (1, True, True), out
    assert "discarded-absent: U001, password at primary" in out
    use(folder, "snapshot-standby")
    code, out, _ = dcsim("replay", path)
    assert (code, out.startswith("FIXED "), "1 fixed, 0 failed, 0 errors" in out) == (0, True, True), out


def test_only_its_own_invariant_counts(folder, dcsim):
    """A finding that breaks another invariant than the one it was saved for is fixed."""
    manifest(folder, ("x.yaml", "one-writer"))
    assert dcsim("replay", folder)[0] == 0


def test_a_scenario_of_another_name_counts_for_whatever_it_breaks(folder, dcsim):
    """But for what it expects; and an expectation that is not met is a failure of its own."""
    path = folder / "y.yaml"
    path.write_text(SCENARIO.format(name="mine"))
    assert dcsim("replay", path)[0] == 1
    path.write_text(SCENARIO.format(name="mine") + "expect: {violations: [discarded-absent]}\n")
    assert dcsim("replay", path)[0] == 0
    path.write_text(SCENARIO.format(name="mine").replace("expect: any", "expect: refused"))
    use(folder, "snapshot-standby")
    assert dcsim("replay", path)[0] == 0
    path.write_text(SCENARIO.format(name="mine").replace("expect: any", "expect: accepted"))
    code, out, _ = dcsim("replay", path)
    assert (code, "U001, logon: expected accepted, found refused not-initiated" in out) == (1, True), out


def test_one_that_cannot_be_run_is_an_error_and_the_others_are_run(folder, dcsim):
    """A file that is gone, one that is no scenario, an invariant that there is not: ERROR, and 2."""
    (folder / "bad.yaml").write_text("scenario: [")
    (folder / "odd.yaml").write_text(SCENARIO.format(name="odd").replace("U001, do", "U9, do"))
    entries = [("gone.yaml", "one-writer"), ("bad.yaml", "one-writer"), ("odd.yaml", "one-writer")]
    manifest(folder, *entries, ("x.yaml", "no-such"), ("x.yaml", "discarded-absent"), ("x.yaml", "one-writer"))
    code, out, err = dcsim("replay", folder)
    assert (code, "Traceback" in out + err) == (2, False)
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")][:6] == [
        "ERROR",
        "ERROR",
        "ERROR",
        "ERROR",
        "FAILED",
        "FIXED",
    ]
    assert "1 fixed, 1 failed, 4 errors" in out
    assert "unknown account 'U9'" in out


MANIFESTS = {
    "no JSON": ("{", "not JSON"),
    "a list": ("[]", "expected an object"),
    "another format": ('{"dcsim-findings": 2, "findings": []}', "expected 'dcsim-findings': 1, found 2"),
    "no format": ('{"findings": []}', "found null"),
    "a flag": ('{"dcsim-findings": true, "findings": []}', "found true"),
    "no findings": ('{"dcsim-findings": 1}', "'findings' is not a list"),
    "a finding that is none": ('{"dcsim-findings": 1, "findings": [5]}', "finding 1 has no 'file'"),
    "a file that is a number": ('{"dcsim-findings": 1, "findings": [{"file": 5, "invariant": "x"}]}', "finding 1"),
    "a file elsewhere": ('{"dcsim-findings": 1, "findings": [{"file": "../x", "invariant": "x"}]}', "no file of this"),
    "deep": ("[" * 100_000, "not JSON"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_is_none_is_told_and_exits_2(name, folder, dcsim):
    """Without a traceback, and nothing is run."""
    text, says = MANIFESTS[name]
    (folder / "manifest.json").write_text(text)
    code, out, err = dcsim("replay", folder)
    assert (code, out, says in err, "Traceback" in err) == (2, "", True, False), err


@pytest.mark.parametrize("words", [["gone"], ["gone.yaml"], [""], ["empty"], [FOOTNOTE, "gone.json"]])
def test_a_path_that_leads_nowhere_exits_2(words, dcsim, tmp_path, monkeypatch):
    """A missing file, an empty folder: a sentence, and no traceback."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    code, out, err = dcsim("replay", *words)
    assert (code, out, "Traceback" in err, bool(err)) == (2, "", False, True)


def record(folder, dcsim, name="x"):
    """A trace beside the scenario, under the runbook there is."""
    dcsim("run", folder / f"{name}.yaml", "--trace", folder / "t")
    (written,) = (folder / "t").iterdir()
    written.rename(folder / f"{name}.trace.jsonl")


def test_steps_that_behave_differently_are_marked(folder, dcsim):
    """Where a trace lies beside the scenario: the outcome recorded, and the outcome now."""
    record(folder, dcsim)
    code, out, _ = dcsim("replay", folder / "x.yaml")
    assert (code, "differs" in out) == (1, False), out
    use(folder, "snapshot-standby")
    code, out, _ = dcsim("replay", folder / "x.yaml")
    assert code == 0
    marked = [line.strip() for line in out.splitlines() if "differs" in line]
    assert len(marked) == 1
    assert marked[0].startswith("differs: Mon 12 Jun 09:00:00 U001 logon: recorded ")
    assert marked[0].endswith(", now refused not-initiated")
    assert "its runbook was edited since the trace was recorded" in out


def test_a_scenario_edited_since_is_told(folder, dcsim):
    """A step that the trace has and the scenario has no more comes to nothing."""
    record(folder, dcsim)
    path = folder / "x.yaml"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    _, out, _ = dcsim("replay", path)
    assert "its scenario was edited since the trace was recorded" in out
    assert ", now nothing" in out


@pytest.mark.parametrize("text", ["", "{}\n", "[]\n", '{"dcsim-trace": 1}\n'])
def test_a_trace_beside_that_is_none_is_told_and_the_verdict_stands(text, folder, dcsim):
    """The scenario is what counts."""
    (folder / "x.trace.jsonl").write_text(text)
    code, out, _ = dcsim("replay", folder / "x.yaml")
    assert (code, "is no trace to hold it against" in out) == (1, True), out


def test_traces_and_findings_go_together(folder, dcsim, tmp_path):
    """Several paths in one call, and the gravest end decides; a folder of traces only is replayed trace by trace."""
    record(folder, dcsim)
    traces = tmp_path / "traces"
    traces.mkdir()
    for name in ("a", "b"):
        shutil.copy(folder / "x.trace.jsonl", traces / f"{name}.trace.jsonl")
    code, out, _ = dcsim("replay", traces)
    assert (code, out.count("all as recorded")) == (0, 2)
    code, out, _ = dcsim("replay", traces, folder / "x.yaml")
    assert (code, out.count("all as recorded"), "0 fixed, 1 failed" in out) == (1, 2, True)
    (traces / "c.trace.jsonl").write_text("x")
    code, out, err = dcsim("replay", traces, folder / "x.yaml")
    assert (code, out.count("all as recorded"), "DC118" in err) == (2, 2, True)


def test_what_fuzz_saves_can_be_replayed(folder, dcsim):
    """Every finding of a campaign fails again, by the invariant that its manifest names."""
    words = ["--rulebook", "seoch-2fa-2023", "--max-examples", "60", "--save", folder / "found"]
    assert dcsim("fuzz", "--runbook", "failback-copy", *words)[0] == 1
    found = json.loads((folder / "found" / "manifest.json").read_text())["findings"]
    code, out, _ = dcsim("replay", folder / "found")
    assert (code, f"0 fixed, {len(found)} failed, 0 errors" in out) == (1, True), out


def test_what_minimize_writes_can_be_replayed(dcsim, tmp_path):
    """It is named after its invariant, so it fails until that holds."""
    out = tmp_path / "short.yaml"
    dcsim("minimize", FOOTNOTE, "--runbook", "failback-copy", "--out", out)
    assert dcsim("replay", out)[0] == 1
    out.write_text(out.read_text().replace("failback-copy", "snapshot-standby"))
    assert load_scenario(out).runbook.runbook == "snapshot-standby"
    assert dcsim("replay", out)[0] == 0
