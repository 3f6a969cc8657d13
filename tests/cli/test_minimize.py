"""`dcsim minimize`: short and plain, failing alike, and never over the input."""

import random
import time
from pathlib import Path

import pytest

from dcsim.files.disk import discover
from dcsim.files.load import load_scenario
from dcsim.semantics.model import Model
from dcsim.simulate.weekend import simulate
from dcsim.trace.verdict import verdict

ROOT = Path(__file__).parents[2]
FOOTNOTE = ROOT / "scenarios" / "circular" / "footnote-3.yaml"
HEAD = """\
scenario: {name}
title: "A: long one"
rulebook: seoch-2fa-2023
runbook: {runbook}
accounts:
  - {{id: U001, kind: user, participant: B01234, email: registered, smartcard: friday}}
"""
ACTS = (
    "do: initiate-2fa, password: {0}, channel: pigeon",
    "do: change-password, from: {0}, to: {1}",
    "do: change-otp-channel, password: {0}, channel: app",
    "do: logon, with: otp, password: {1}",
    "do: register-email",
)
ONE = "  - {at: session-2 +1m, account: U001, do: initiate-2fa, password: P1, channel: email, expect: any}\n"
PASSWORDS = ("Tr0ub4dor", "S3cret!")


def long_one(seed, runbook="failback-copy", expect=""):
    """A one-step counterexample among 30 steps, 3 faults and 4 accounts that have nothing to do with it."""
    draw = random.Random(seed)
    text = HEAD.format(name="long", runbook=runbook)
    text += "".join(
        f"  - {{id: X{n}, kind: user, participant: B01234, email: registered, smartcard: C1}}\n" for n in range(4)
    )
    text += "steps:\n" + ONE
    for _ in range(30):
        when = draw.choice(("session-1", "session-2", "monday"))
        act = draw.choice(ACTS).format(*draw.sample(PASSWORDS, 2))
        who, at = f"X{draw.randrange(4)}", draw.randrange(1, 3000)
        text += f"  - {{at: {when} +{at}s, account: {who}, {act}, expect: any}}\n"
    text += "faults:\n"
    text += "".join(f"  - {{link: duplicate, account: X{n}, nth: {draw.randrange(1, 3)}}}\n" for n in range(3))
    return text + expect


@pytest.fixture
def put(tmp_path):
    """Write a scenario file."""

    def call(text, name="long.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return call


def run(path):
    case = load_scenario(path)
    return case.scenario, simulate(Model(case.rulebook, case.runbook, case.scenario.policies), case.scenario)


@pytest.mark.parametrize("seed", range(4))
def test_the_result_fails_by_the_same_invariant_and_is_as_short_as_the_check_has_it(seed, dcsim, put, tmp_path):
    """A one-step counterexample in 31 steps, 3 faults and 5 accounts comes out alone, labelled the shortest."""
    out = tmp_path / "short.yaml"
    code, said, err = dcsim("minimize", put(long_one(seed)), "--out", out)
    assert (code, err) == (0, "")
    assert "31 steps, 3 faults, 5 accounts -> 1 step\n" in said
    assert "shortest: it still fails by discarded-absent" in said
    assert f"again: dcsim run {out}" in said
    scenario, trace = run(out)
    assert "discarded-absent" in trace.invariants
    assert (len(scenario.steps), len(scenario.faults), len(scenario.accounts)) == (1, 0, 1)
    assert (scenario.scenario, scenario.label) == ("discarded-absent", "shortest")


def test_only_what_it_is_about_fails(dcsim, put, tmp_path):
    """Steps expect what came of them, and nothing else is expected."""
    out = tmp_path / "short.yaml"
    dcsim("minimize", put(long_one(1, expect="expect: {monday: {U001: {status: suspended}}}\n")), "--out", out)
    scenario, trace = run(out)
    result = verdict(scenario, trace)
    assert (trace.failures, result.missing) == ((), ())
    assert [step.expect for step in scenario.steps] == ["accepted"]
    assert "discarded-absent" in {broken.violation.invariant for broken in result.unexpected}


def test_stdout_is_a_scenario_file(dcsim, put):
    """Without --out the text is printed, with what was removed as comments: it can be sent into a file."""
    code, said, _ = dcsim("minimize", put(long_one(1)))
    assert code == 0
    assert said.startswith("# ")
    assert "-> 1 step" in said.splitlines()[0]
    assert "discarded-absent" in run(put(said, "again.yaml"))[1].invariants


def test_the_same_file_gives_the_same_text(dcsim, put):
    """And the result, minimised again, stays as it is."""
    path = put(long_one(2))
    first, again = dcsim("minimize", path)[1], dcsim("minimize", path)[1]
    assert first == again
    short = put(first, "short.yaml")
    once = [line for line in dcsim("minimize", short)[1].splitlines() if not line.startswith("#")]
    assert once == [line for line in first.splitlines() if not line.startswith("#")]


def test_the_input_is_never_overwritten_unless_out_says_so(dcsim, put, tmp_path):
    """Nothing is written without --out; with it, only that file, whole."""
    path = put(long_one(1))
    before = path.read_bytes()
    dcsim("minimize", path)
    dcsim("minimize", path, "--out", tmp_path / "short.yaml")
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["long.yaml", "short.yaml"]
    assert dcsim("minimize", path, "--out", path)[0] == 0
    assert path.read_bytes() == (tmp_path / "short.yaml").read_bytes()


def test_an_expectation_that_is_not_met_stays(dcsim, put):
    """What the failure needs stays with it; it is called minimised, for the check knows no expectations of steps."""
    text = HEAD.format(name="wish", runbook="snapshot-standby") + (
        "steps:\n"
        "  - {at: session-1 +5m, account: U001, do: initiate-2fa, password: Alpha, channel: pigeon}\n"
        "  - {at: session-1 +9m, account: U001, do: change-otp-channel, password: Alpha, channel: app}\n"
        "  - {at: session-2 +7m, account: U001, do: change-password, from: Alpha, to: Gamma}\n"
        "  - {at: monday +9h, account: U001, do: logon, with: otp, password: Gamma}\n"
        "expect: {monday: {U001: {status: active}}}\n"
    )
    code, said, err = dcsim("minimize", put(text))
    assert (code, err) == (0, "")
    assert "4 steps, 1 account -> 2 steps" in said
    assert "minimised: it still fails by logon: expected accepted, found refused wrong-password" in said
    scenario, trace = run(put(said, "short.yaml"))
    assert (scenario.scenario, len(scenario.steps), scenario.seen) == ("wish", 2, ())
    assert [(f.where, f.expected) for f in trace.failures] == [("logon", "accepted")]


def test_an_expected_violation_that_does_not_come_is_a_failure(dcsim, put):
    """What is left is the expectation, for which no step is needed."""
    text = HEAD.format(name="wish", runbook="snapshot-standby") + "expect: {violations: [one-writer]}\n"
    code, said, _ = dcsim("minimize", put(text))
    assert (code, "one-writer: expected to be violated, and is not" in said) == (0, True), said


def test_a_violation_that_is_expected_is_minimised_when_it_is_asked_for(dcsim, put):
    """By its name; without it, the scenario passes and there is nothing to do."""
    short = HEAD.format(name="x", runbook="failback-copy") + "steps:\n" + ONE
    path = put(short + "expect: {violations: [discarded-absent]}\n")
    assert dcsim("minimize", path)[0] == 2
    code, said, _ = dcsim("minimize", path, "--invariant", "discarded-absent")
    assert (code, "violations" in said) == (0, False), said


def test_files_that_the_scenario_names_are_found_from_where_the_result_is(dcsim, put, tmp_path, monkeypatch):
    """A runbook beside the scenario is called by its path from the result's folder."""
    (tmp_path / "own.yaml").write_text((ROOT / "dcsim/builtin/runbooks/failback-copy.yaml").read_text())
    (tmp_path / "deep").mkdir()
    path = put(long_one(1, runbook="./own.yaml"))
    assert dcsim("minimize", path, "--out", tmp_path / "deep" / "short.yaml")[0] == 0
    assert "discarded-absent" in run(tmp_path / "deep" / "short.yaml")[1].invariants
    monkeypatch.chdir(tmp_path)
    assert dcsim("minimize", "long.yaml", "--out", "short.yaml")[0] == 0
    assert "discarded-absent" in run(tmp_path / "short.yaml")[1].invariants


def test_the_runbook_can_be_another(dcsim):
    """As with run: a scenario that passes under its own fails under a wrong one."""
    code, said, _ = dcsim("minimize", FOOTNOTE, "--runbook", "failback-copy")
    assert (code, "-> 1 step" in said) == (0, True), said


def test_a_population_comes_down_to_one_account(dcsim, put):
    """Whatever all of them did, one account does."""
    text = HEAD.format(name="many", runbook="failback-copy").split("  - ")[0]
    text += "  - {population: 3000, prefix: M, kind: user, email: registered, smartcard: friday}\nsteps:\n"
    text += '  - {at: session-2 +1m, account: "M*", every: 10ms, do: initiate-2fa, password: P1, channel: email}\n'
    code, said, _ = dcsim("minimize", put(text))
    assert (code, "1 step, 3,000 accounts -> 1 step\n" in said, "prefix:" in said) == (0, True, False), said


BAD = {
    "a scenario that passes": ([FOOTNOTE], "there is nothing to minimise"),
    "an invariant that holds": ([FOOTNOTE, "--invariant", "one-writer"], "does not break one-writer"),
    "an invariant that there is not": ([FOOTNOTE, "--invariant", "nothing"], "nothing"),
    "no scenario": ([], "SCENARIO"),
    "no such file": (["gone.yaml"], "no such file"),
    "a folder": ([ROOT / "scenarios"], "is a folder"),
    "a rulebook": ([ROOT / "dcsim/builtin/rulebooks/seoch-2fa-2023.yaml"], "this is a rulebook"),
    "a time that is none": ([FOOTNOTE, "--time", "soon"], "is not a duration"),
    "an unknown runbook": ([FOOTNOTE, "--runbook", "nothing"], "unknown runbook"),
    "an empty path": ([""], "an empty path"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_and_exits_2(name, dcsim, tmp_path):
    """With a sentence on stderr, nothing on stdout, no file written and no traceback."""
    words, says = BAD[name]
    code, out, err = dcsim("minimize", *words, "--out", tmp_path / "x.yaml")
    assert (code, out, "Traceback" in err, list(tmp_path.iterdir())) == (2, "", False, [])
    assert says in err


def test_a_result_that_cannot_be_written_is_told(dcsim, put, tmp_path):
    """Exit code 2, and the input as it was."""
    code, _, err = dcsim("minimize", put(long_one(1)), "--out", tmp_path / "no" / "such" / "x.yaml")
    assert (code, "DC117" in err, "Traceback" in err) == (2, True, False)


def test_when_the_time_is_up_what_there_is_is_told(dcsim, put):
    """It still fails alike, is not called the shortest, and says why."""
    path, started = put(long_one(1)), time.monotonic()
    code, said, _ = dcsim("minimize", path, "--time", "1ms")
    assert time.monotonic() - started < 10
    assert (code, "label: minimised" in said, "the time ran out" in said) == (0, True, True)
    assert "discarded-absent" in run(put(said, "short.yaml"))[1].invariants


FAILING = [p for p in discover([ROOT / "scenarios"]) if load_scenario(p).scenario.violations]


@pytest.mark.parametrize("path", FAILING, ids=lambda path: path.stem)
def test_every_violation_of_our_own_scenarios_can_be_minimised(path, dcsim, tmp_path):
    """Each comes out no longer than it was, loads, and breaks the same."""
    scenario, trace = run(path)
    for invariant in trace.invariants:
        out = tmp_path / f"{invariant}.yaml"
        code, said, err = dcsim("minimize", path, "--invariant", invariant, "--out", out, "--time", "4s")
        assert code == 0, said + err
        short, again = run(out)
        assert invariant in again.invariants
        before, after = (len(s.steps) + len(s.faults) for s in (scenario, short))
        assert after <= before
