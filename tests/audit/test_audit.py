"""A pack says what was promised, tried and proved; it is the same every time, and proves itself."""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packs import SCENARIOS, asked, files_of, manifest_of, sections

from dcsim.files.load import load_rulebook, load_runbook
from dcsim.usecases.audit import audit, pack

ROOT = Path(__file__).parent.parent.parent
ORDER = (
    "Scope and decision",
    "Obligations",
    "Assumptions and open questions",
    "Fate matrix",
    "Scenarios",
    "Plan",
    "Proofs and their bounds",
    "Why not another runbook",
    "Coverage, and what was not tried",
    "Back-out and the last safe moment",
    "Residual risk",
    "Sign-off",
    "Reproduction",
)


def program(*words, cwd, seed="0"):
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
    run = subprocess.run(
        [sys.executable, "-m", "dcsim", *words], capture_output=True, text=True, cwd=cwd, check=False, env=env
    )
    assert "Traceback" not in run.stderr, run.stderr
    return run


# -- the same every time -------------------------------------------------------------------------------------------


TWO = ("window.yaml", "configuration-rolled-back.yaml")


def test_the_same_inputs_elsewhere_make_the_same_bytes(tmp_path):
    """Whatever the folders are called, from wherever it is run, and whatever the hash seed."""
    packs = []
    for number, (folder, out, seed) in enumerate((("a", "one", "1"), ("b c/d", "deep/two", "2"))):
        here = tmp_path / folder
        (here / "given").mkdir(parents=True)
        for name in TWO:
            shutil.copy(SCENARIOS / "asx-24-bcp" / name, here / "given")
        book = here / "book.yaml"
        book.write_text(load_rulebook("asx-24-bcp-2025").text)
        words = ["--rulebook", str(book), "--runbook", "roll-back", "--scenarios", str(here / "given")]
        run = program(
            "audit", str(tmp_path / out), *words, "--faults", "0", "--slips", "0", cwd=(here, "/")[number], seed=seed
        )
        assert run.returncode == 0, run.stderr
        packs.append(files_of(tmp_path / out))
    assert packs[0] == packs[1]


@pytest.mark.parametrize(("of", "code"), [("made", 0), pytest.param("failing", 1, marks=pytest.mark.slow)])
def test_a_pack_makes_itself_once_more(of, code, tmp_path, request):
    """The command that it names, run in its own folder, makes the same bytes from its own copies."""
    folder = request.getfixturevalue(of)
    copy = Path(shutil.copytree(folder, tmp_path / "pack"))
    words = shlex.split(manifest_of(folder)["again"])
    run = program(*words[1:], cwd=copy)
    assert run.returncode == code, run.stderr
    assert files_of(copy.parent / "again") == files_of(folder)


def test_a_pack_names_no_folder_outside_it_and_no_date(made):
    """Nothing in it tells where or when it was made."""
    for name, raw in files_of(made).items():
        assert str(ROOT).encode() not in raw, name
        assert str(made.parent).encode() not in raw, name
        assert not re.search(rb"in \d+\.\d+ s|states/s", raw), name


# -- what it proves ------------------------------------------------------------------------------------------------


def test_its_traces_replay(made, dcsim):
    """`dcsim replay` of a pack takes every event of its runs once more, from their traces and from their pages."""
    code, out, _ = dcsim("replay", made)
    traces = [name for name in files_of(made) if name.endswith(".trace.jsonl") or name.startswith("runs/")]
    assert (code, out.count("all as recorded")) == (0, len(traces))
    assert len(traces) > 2


@pytest.mark.slow
def test_its_counterexamples_break_what_they_say(failing):
    """`dcsim run` plays each counterexample from its file, and `dcsim replay` of the pack takes their traces too."""
    run = program("replay", ".", cwd=failing)
    assert run.returncode == 0, run.stdout
    assert "counterexamples/" in run.stdout
    data = manifest_of(failing)
    examples = [name for check in (data["proof"], *data["rejected"]) for name in check["counterexamples"]]
    assert examples
    for name in examples:
        run = program("run", name, cwd=failing)
        assert run.returncode == 1, run.stdout
        assert f"\n      {Path(name).stem}  " in run.stdout


def test_the_manifest_has_the_digest_of_every_file(made):
    """As any other program computes it."""
    files = files_of(made)
    files.pop("manifest.json")
    assert manifest_of(made)["files"] == {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}


# -- what it says --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", ["made", pytest.param("failing", marks=pytest.mark.slow)])
def test_everything_of_the_notice_and_the_plan_is_in_it(of, request):
    """In the order that a board reads: each rule with its words, each session, question, policy, step and scenario."""
    folder = request.getfixturevalue(of)
    assert tuple(sections(folder)) == ORDER
    book = load_rulebook(folder / "sources/rulebook.yaml").value
    steps = load_runbook(folder / "sources/runbook.yaml").value.steps
    text = plain((folder / "pack.md").read_text())
    said = [rule.basis for rule in book.rules] + [session.name for session in book.sessions]
    said += [question.asks for question in book.open_questions] + [f"policy {name}" for name in book.policies]
    said += [step.id for step in steps] + [one["name"] for one in manifest_of(folder)["scenarios"]]
    page = plain(re.sub("<[^>]+>", "", (folder / "pack.html").read_text()))
    for words in said:
        assert plain(words) in text, words
        assert plain(words) in page, words


def plain(text):
    """Words only, as neither form escapes them."""
    text = re.sub(r"&#?\w+;", "", text)
    return re.sub(r"[^\w]+", "", text.replace("\\", ""))


def test_page_and_markdown_say_the_same(made):
    """Every cell of every table of the one is in the other."""
    page = plain(re.sub("<[^>]+>", "", (made / "pack.html").read_text()))
    for line in (made / "pack.md").read_text().splitlines():
        if line.startswith("| ") and "---" not in line:
            for cell in re.split(r"(?<!\\)\|", line)[1:-1]:
                assert plain(re.sub(r"\]\([^)]*\)", "]", cell)) in page, cell


def test_the_verdict_and_the_exit_code(dcsim, tmp_path):
    """0 only where scenarios pass and the proof is made; 1 for a finding; 3 where something is not decided."""
    green = ["--rulebook", "asx-24-bcp-2025", "--runbook", "roll-back", "--faults", "0", "--slips", "0"]
    suite = ["--scenarios", SCENARIOS / "asx-24-bcp" / "window.yaml"]
    code, out, _ = dcsim("audit", tmp_path / "a", *green, *suite)
    assert (code, "passed" in out) == (0, True)
    code, out, _ = dcsim("audit", tmp_path / "b", *green)
    assert (code, "no scenario was run" in out) == (3, True)
    code, out, _ = dcsim("audit", tmp_path / "c", *green, *suite, "--time", "1ms")
    assert (code, "inconclusive" in out) == (3, True)
    assert "INCONCLUSIVE" in (tmp_path / "c" / "pack.html").read_text()
    assert "✓ proved" not in (tmp_path / "c" / "pack.md").read_text()


@pytest.mark.slow
def test_a_failing_runbook_fails_and_says_where(failing):
    """The scenario that fails, the schedule that breaks, and the step that does the harm."""
    parts, data = sections(failing), manifest_of(failing)
    assert data["status"] == "failed"
    assert [(one["name"], one["status"]) for one in data["scenarios"]] == [
        ("footnote-3", "failed"),
        ("windows", "passed"),
    ]
    assert data["proof"]["broken"][0]["promise"] == ["discarded-absent"]
    assert re.search(r"`copy-back`.*does harm", parts["Plan"])
    assert re.search(r"`open-monday`.*load-bearing", parts["Plan"])
    assert re.search(r"`mark`.*cannot be left out.*unknown restore point", parts["Plan"])
    # The two that were not chosen: one would have been right.
    assert "not rejected" in parts["Why not another runbook"]
    assert "carried-survives" in parts["Why not another runbook"]


@pytest.mark.slow
def test_the_last_safe_moment_is_told_place_by_place(failing):
    """The wholesale copy takes the state of Session 1 from the primary, then from the secondary; the point keeps it."""
    part = sections(failing)["Back-out and the last safe moment"]
    assert re.search(r"\n- primary: holds it .*until copy-back \(Sat 10 Jun 23:30:00\), and not after it", part)
    assert re.search(r"\n- secondary: holds it .*until copy-out \(Sun 11 Jun 00:30:00\), and not after it", part)
    assert re.search(r"\n- restore point end-of-session-1 of secondary: holds it from mark .* to the end", part)
    rows = {line.split("|")[1].strip(" `"): line for line in part.splitlines() if line.startswith("| `")}
    assert "primary;" in rows["close-session-2"]
    assert "primary (in 1 of 2 runs" in rows["copy-back"]
    assert "open-monday" not in rows


@pytest.mark.slow
def test_of_very_many_accounts_one_is_looked_at_for_all_that_lived_alike(tmp_path):
    """So the way back is known for a population, too, and a hundred thousand accounts take no longer than one."""
    (tmp_path / "x.yaml").write_text(
        "scenario: x\ntitle: y\nrulebook: asx-24-bcp-2025\nrunbook: roll-back\naccounts:\n"
        "  - {population: 100000, prefix: U, kind: user, two-factor: {password: P0, channel: token}}\n"
        'steps: [{at: test +5m, account: "U*", do: change-password, from: P0, to: P1}]\n'
    )
    found = pack(asked(scenarios=(tmp_path / "x.yaml",)))
    text = found.files["pack.md"].decode()
    assert "| `close-test` | Sat 28 Jun 17:00:00 | primary; restore point before-the-test of alternate |" in text
    assert sum(map(len, found.files.values())) < 2_000_000


def test_what_no_scenario_tries_is_said(made):
    """A cell that a rule decides is tried by a scenario, or named among those that none tries."""
    part = sections(made)["Coverage, and what was not tried"]
    tried, of = map(int, re.search(r"(\d+) of (\d+) rule cells", part).groups())
    assert 0 < tried <= of
    assert (tried < of) == ("none: each is tried" not in part)


def test_scenarios_for_another_runbook_are_left_aside(made):
    """What is written to show how another runbook fails is no failure of this one, and is named."""
    assert "test-switched-back" in sections(made)["Scenarios"].split("Left aside")[1]
    assert "test-switched-back" not in [one["name"] for one in manifest_of(made)["scenarios"]]
    assert (made / "sources/scenarios/runbooks/test-switched-back.yaml").is_file()


def test_a_check_that_gives_up_is_no_proof_of_a_steps_worth(tmp_path):
    """Without the time to look at every schedule, no step is called needless."""
    found = pack(asked(seconds=0.000001))
    assert {fate.by for fate in found.evidence.worth.values()} <= {"nothing", "lint"}
    assert found.status == "inconclusive"
    assert "not load-bearing" not in found.files["pack.md"].decode()


def test_an_included_file_above_the_folder_comes_along(tmp_path):
    """A scenario may include steps from a folder above it: the copies keep their places, and run."""
    inside = tmp_path / "suite" / "in"
    inside.mkdir(parents=True)
    (tmp_path / "suite" / "shared.yaml").write_text(
        "accounts: [{id: U1, kind: user, two-factor: {password: P0, channel: token}}]\n"
    )
    (inside / "x.yaml").write_text(
        "scenario: x\ntitle: y\nrulebook: asx-24-bcp-2025\nrunbook: roll-back\ninclude: ../shared.yaml\n"
        "steps: [{at: test +5m, account: U1, do: change-password, from: P0, to: P1}]\n"
    )
    found = audit(asked(scenarios=(inside,)), tmp_path / "pack")
    assert found.status == "passed"
    run = program("run", "sources/scenarios", cwd=tmp_path / "pack")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "pack/sources/scenarios/shared.yaml").is_file()
